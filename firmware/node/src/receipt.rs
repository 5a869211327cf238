//! Which receipts count.

use protocol::receipt::{Receipt, ReceiptError};

use crate::Config;

/// Why a receipt frees nothing, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptRefusal<'a> {
    /// Not canonical, or of none of the trusted keys.
    #[error(transparent)]
    Invalid(#[from] ReceiptError),
    /// No key is trusted.
    #[error("no receipt key is trusted")]
    NoKey,
    /// For another device.
    #[error("receipt for {0}")]
    OtherDevice(&'a str),
    /// Names another contract.
    #[error("receipt for contract {0}")]
    OtherContract(&'a str),
    /// For records that were never made.
    #[error("receipt up to {0}, which was never made")]
    NeverMade(u64),
}

/// The receipt in these bytes, if it is for this device, this contract and records that were made.
pub(crate) fn check<'a>(
    bytes: &'a [u8],
    config: &Config,
    next_sequence: u64,
) -> Result<Receipt<&'a str>, ReceiptRefusal<'a>> {
    if config.receipt_keys.is_empty() {
        return Err(ReceiptRefusal::NoKey);
    }
    let receipt = Receipt::verify_borrowed(bytes, &config.receipt_keys)?;
    if receipt.device_id != config.device_id {
        return Err(ReceiptRefusal::OtherDevice(receipt.device_id));
    }
    if receipt.contract != config.contract {
        return Err(ReceiptRefusal::OtherContract(receipt.contract));
    }
    if receipt.sequence >= next_sequence {
        return Err(ReceiptRefusal::NeverMade(receipt.sequence));
    }
    Ok(receipt)
}
