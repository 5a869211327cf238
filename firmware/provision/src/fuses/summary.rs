//! The fuses of a chip as `espefuse --chip esp32c3 summary --format json` says them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Every fuse of block 0 that is not part of the chip's identity, as espefuse 5.6 names them. A summary with others is
/// of another chip, or of a tool that knows more than this does.
const NAMES: [&str; 44] = [
    "DIS_DIRECT_BOOT",
    "DIS_DOWNLOAD_ICACHE",
    "DIS_DOWNLOAD_MANUAL_ENCRYPT",
    "DIS_DOWNLOAD_MODE",
    "DIS_FORCE_DOWNLOAD",
    "DIS_ICACHE",
    "DIS_PAD_JTAG",
    "DIS_TWAI",
    "DIS_USB_JTAG",
    "DIS_USB_SERIAL_JTAG",
    "DIS_USB_SERIAL_JTAG_DOWNLOAD_MODE",
    "DIS_USB_SERIAL_JTAG_ROM_PRINT",
    "ENABLE_SECURITY_DOWNLOAD",
    "ERR_RST_ENABLE",
    "FLASH_TPUW",
    "FORCE_SEND_RESUME",
    "KEY_PURPOSE_0",
    "KEY_PURPOSE_1",
    "KEY_PURPOSE_2",
    "KEY_PURPOSE_3",
    "KEY_PURPOSE_4",
    "KEY_PURPOSE_5",
    "RD_DIS",
    "SECURE_BOOT_AGGRESSIVE_REVOKE",
    "SECURE_BOOT_EN",
    "SECURE_BOOT_KEY_REVOKE0",
    "SECURE_BOOT_KEY_REVOKE1",
    "SECURE_BOOT_KEY_REVOKE2",
    "SECURE_VERSION",
    "SOFT_DIS_JTAG",
    "SPI_BOOT_CRYPT_CNT",
    "UART_PRINT_CONTROL",
    "USB_EXCHG_PINS",
    "VDD_SPI_AS_GPIO",
    "WDT_DELAY_SEL",
    "WR_DIS",
    "BLOCK_KEY0",
    "BLOCK_KEY1",
    "BLOCK_KEY2",
    "BLOCK_KEY3",
    "BLOCK_KEY4",
    "BLOCK_KEY5",
    "BLOCK_USR_DATA",
    "BLOCK_SYS_DATA2",
];
/// Set at the factory on some parts, and no matter of security.
const FACTORY: [&str; 2] = ["ERR_RST_ENABLE", "FLASH_TPUW"];
/// Key blocks.
pub const BLOCKS: usize = 6;

/// Why a summary is of no use.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Not what espefuse prints.
    #[error("not a summary of fuses in JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Not of this chip.
    #[error("not the fuses of an ESP32-C3 as espefuse 5.6 lists them: {0}")]
    Names(String),
    /// Not a number, or not the bytes of a block.
    #[error("{0} has no value that can be read")]
    Value(String),
}

#[derive(Deserialize)]
struct Field {
    block: u32,
    category: String,
    raw_value: String,
    value: serde_json::Value,
    readable: bool,
}

/// A block of 32 bytes, in the order of the file that was burnt into it; `None` where it cannot be read.
pub type Block = Option<[u8; 32]>;

/// What is burnt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The chip's revision, major and minor.
    pub revision: (u32, u32),
    /// The fuses of block 0 that are not zero, but for those that the factory sets.
    pub fuses: BTreeMap<&'static str, u32>,
    /// The key blocks.
    pub keys: [Block; BLOCKS],
    /// The blocks for users and for the system's second part: empty on any chip of ours.
    pub others: [Block; 2],
}

impl Summary {
    /// From what espefuse wrote with `--file`, or printed: what stands before the first brace is passed over.
    ///
    /// # Errors
    /// [`SummaryError`].
    pub fn parse(text: &str) -> Result<Self, SummaryError> {
        let json = text.find('{').map_or(text, |at| &text[at..]);
        let fields: BTreeMap<String, Field> = serde_json::from_str(json)?;
        let is_ours = |name: &str, field: &Field| {
            (field.block == 0 && field.category != "identity") || name.starts_with("BLOCK_")
        };
        let stranger = fields.iter().find(|(name, field)| is_ours(name, field) && !NAMES.contains(&name.as_str()));
        if let Some((name, _)) = stranger {
            return Err(SummaryError::Names(format!("{name} is not one of them")));
        }
        let field = |name: &str| fields.get(name).ok_or_else(|| SummaryError::Names(format!("{name} is missing")));
        let number = |name: &str| {
            let digits = field(name)?.raw_value.trim_start_matches("0x");
            u32::from_str_radix(digits, 16).map_err(|_| SummaryError::Value(name.into()))
        };
        let mut fuses = BTreeMap::new();
        for name in NAMES.into_iter().filter(|name| !name.starts_with("BLOCK_") && !FACTORY.contains(name)) {
            match number(name)? {
                0 => {}
                value => _ = fuses.insert(name, value),
            }
        }
        let block = |name: &str| block(name, field(name)?);
        let mut keys = [None; BLOCKS];
        for (number, key) in keys.iter_mut().enumerate() {
            *key = block(&format!("BLOCK_KEY{number}"))?;
        }
        Ok(Self {
            revision: (number("WAFER_VERSION_MAJOR")?, number("WAFER_VERSION_MINOR")?),
            fuses,
            keys,
            others: [block("BLOCK_USR_DATA")?, block("BLOCK_SYS_DATA2")?],
        })
    }
}

/// The bytes of a block, as `value` lists them.
fn block(name: &str, field: &Field) -> Result<Block, SummaryError> {
    if !field.readable {
        return Ok(None);
    }
    let bytes = field.value.as_str().map(|text| text.split(' ').map(|byte| u8::from_str_radix(byte, 16)));
    let bytes: Option<Vec<u8>> = bytes.and_then(|bytes| bytes.collect::<Result<_, _>>().ok());
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.map(Some).ok_or_else(|| SummaryError::Value(name.into()))
}
