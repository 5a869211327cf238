//! Receipts: the relayer's signed word to a device. One that is lost is asked for again by the record that comes
//! again, so none is stored.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{key::Signature, receipt::Receipt};
use rumqttc::{AsyncClient, QoS};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    failure::{Fatal, Halt},
    mqtt::RECEIPTS_TOPIC,
};

/// How long receipts of a device are gathered into one.
const GATHER: Duration = Duration::from_millis(100);
/// Most receipts signed at a time.
const RECEIPTS_PER_TURN: usize = 256;

/// Receipts that are due: at most one a device, the newest.
#[derive(Clone, Default)]
pub struct Due {
    receipts: Arc<Mutex<BTreeMap<String, (u64, u64)>>>,
    some: Arc<Notify>,
}

impl Due {
    /// Owes a device a receipt up to `sequence`, anchored by `anchored_by_unix_s`.
    pub fn owe(&self, device_id: &str, sequence: u64, anchored_by_unix_s: u64) {
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = receipts.entry(device_id.to_owned()).or_default();
        *newest = (*newest).max((sequence, anchored_by_unix_s));
        drop(receipts);
        self.some.notify_one();
    }

    fn take(&self) -> Vec<(String, (u64, u64))> {
        let mut receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        while taken.len() < RECEIPTS_PER_TURN
            && let Some(first) = receipts.pop_first()
        {
            taken.push(first);
        }
        taken
    }
}

/// Signs and sends what is due until `stop`.
///
/// # Errors
/// [`Halt`].
pub async fn send(
    due: Due,
    contract: String,
    key: SigningKey,
    client: AsyncClient,
    stop: CancellationToken,
) -> Result<(), Halt> {
    let key = Arc::new(key);
    loop {
        tokio::select! { () = stop.cancelled() => return Err(Halt::Stopped), () = due.some.notified() => {} }
        tokio::time::sleep(GATHER).await;
        loop {
            let taken = due.take();
            if taken.is_empty() {
                break;
            }
            let (key, contract) = (Arc::clone(&key), contract.clone());
            let signed = tokio::task::spawn_blocking(move || sign_all(taken, &contract, &key));
            for (device_id, receipt) in signed.await.map_err(Fatal::Task)? {
                let sent = client.publish(format!("{RECEIPTS_TOPIC}{device_id}"), QoS::AtLeastOnce, false, receipt);
                tokio::select! {
                    () = stop.cancelled() => return Err(Halt::Stopped),
                    sent = sent => if sent.is_err() { return Err(Halt::Stopped) },
                }
            }
        }
    }
}

fn sign_all(due: Vec<(String, (u64, u64))>, contract: &str, key: &SigningKey) -> Vec<(String, Vec<u8>)> {
    due.into_iter()
        .filter_map(|(device_id, (sequence, anchored_by_unix_s))| {
            let receipt =
                Receipt { anchored_by_unix_s, contract: contract.to_owned(), device_id: device_id.clone(), sequence };
            let signature: EcdsaSignature = key.sign(&receipt.to_bytes());
            let signature = Signature::normalized(&signature.to_bytes()).ok()?;
            Some((device_id, receipt.to_signed_bytes(&signature)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use protocol::key::PublicKey;

    use super::*;

    #[test]
    fn receipts_of_a_device_become_one_that_verifies() {
        let due = Due::default();
        due.owe("d-1", 4, 100);
        due.owe("d-1", 9, 200);
        due.owe("d-1", 9, 150);
        due.owe("d-0", 1, 100);
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = key.verifying_key().to_encoded_point(false);
        let public_key = PublicKey::from_point(point.as_bytes()).unwrap();
        let signed = sign_all(due.take(), "eip155:1:0xab", &key);
        let read: Vec<_> = signed.iter().map(|(_, bytes)| Receipt::verify(bytes, &public_key).unwrap()).collect();
        assert_eq!(read.len(), 2);
        assert_eq!((read[1].device_id.as_str(), read[1].sequence, read[1].anchored_by_unix_s), ("d-1", 9, 200));
        assert!(due.take().is_empty());
    }
}
