//! A relayer played by the test: it keeps what comes and answers with receipts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use fleet::{RECEIPTS_TOPIC, RECORDS_TOPIC, run::unix_ms};
use mosquitto::Mosquitto;
use p256::ecdsa::{Signature as EcdsaSignature, SigningKey, signature::Signer as _};
use protocol::{
    chain::DeviceChain,
    key::{PublicKey, Signature},
    receipt::Receipt,
    record::{PowerStatus, Record},
};
use rand::rngs::OsRng;
use rumqttc::{AsyncClient, Event, Packet, QoS};

pub const CONTRACT: &str = "eip155:31337:0x00000000000000000000000000000000000000aa";

/// What the relayer has.
#[derive(Default)]
pub struct Ledger {
    pub chains: BTreeMap<String, DeviceChain>,
    pub records: BTreeMap<(String, u64), Record>,
    /// Records that came again with other bytes: there must be none.
    pub conflicts: Vec<Record>,
    /// The first record that came of each device.
    pub first: BTreeMap<String, u64>,
    pub repeats: usize,
    changed: BTreeSet<String>,
    /// While set, receipts are signed by a stranger.
    pub forging: bool,
}

impl Ledger {
    fn take(&mut self, topic: &str, bytes: &[u8]) {
        let record = Record::parse(bytes).expect("devices publish canonical records");
        let (device_id, sequence) = (record.statement.device_id.clone(), record.statement.sequence);
        assert_eq!(topic.strip_prefix(RECORDS_TOPIC), Some(device_id.as_str()), "on the device's own topic");
        self.first.entry(device_id.clone()).or_insert(sequence);
        self.chains.entry(device_id.clone()).or_default().insert(&record.statement);
        self.changed.insert(device_id.clone());
        match self.records.get(&(device_id.clone(), sequence)) {
            Some(known) if *known == record => self.repeats += 1,
            Some(_) => self.conflicts.push(record),
            None => {
                self.records.insert((device_id, sequence), record);
            }
        }
    }

    /// Status and time of each edge of a device (a record whose status is not the one before it), by sequence.
    pub fn edges(&self, device_id: &str) -> Vec<(PowerStatus, u64)> {
        let mut edges = Vec::new();
        let mut last = PowerStatus::On;
        for record in self.records.range((device_id.into(), 0)..=(device_id.into(), u64::MAX)).map(|(_, r)| r) {
            if record.statement.power_status != last {
                last = record.statement.power_status;
                edges.push((last, record.statement.timestamp_unix_s));
            }
        }
        edges
    }

    pub fn complete_up_to(&self, device_id: &str) -> u64 {
        self.chains.get(device_id).and_then(|chain| chain.complete_up_to(1)).unwrap_or(0)
    }
}

/// The relayer's part: takes records, answers with receipts a few times a second.
pub struct Relayer {
    pub ledger: Arc<Mutex<Ledger>>,
    pub public_key: PublicKey,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Relayer {
    pub async fn start(mosquitto: &Mosquitto) -> Self {
        let (client, mut event_loop) = AsyncClient::new(mosquitto.broker().options("relayer"), 1024);
        client.subscribe(format!("{RECORDS_TOPIC}+"), QoS::AtLeastOnce).await.unwrap();
        while !matches!(event_loop.poll().await.expect("the broker is there"), Event::Incoming(Packet::SubAck(_))) {}
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let key = SigningKey::random(&mut OsRng);
        let public_key = public(&key);
        let taker = ledger.clone();
        let receive = tokio::spawn(async move {
            loop {
                if let Ok(Event::Incoming(Packet::Publish(publish))) = event_loop.poll().await {
                    taker.lock().unwrap().take(&publish.topic, &publish.payload);
                }
            }
        });
        let answer = tokio::spawn(answer(client, ledger.clone(), key));
        Self { ledger, public_key, tasks: vec![receive, answer] }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("what came was right")
    }
}

impl Drop for Relayer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_point(key.verifying_key().to_encoded_point(false).as_bytes()).unwrap()
}

async fn answer(client: AsyncClient, ledger: Arc<Mutex<Ledger>>, key: SigningKey) {
    let stranger = SigningKey::random(&mut OsRng);
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut receipts = Vec::new();
        {
            let mut ledger = ledger.lock().unwrap();
            let key = if ledger.forging { &stranger } else { &key };
            for device_id in std::mem::take(&mut ledger.changed) {
                let sequence = ledger.complete_up_to(&device_id);
                if sequence > 0 {
                    receipts.push((format!("{RECEIPTS_TOPIC}{device_id}"), receipt(key, device_id, sequence)));
                }
            }
        }
        for (topic, bytes) in receipts {
            client.publish(topic, QoS::AtLeastOnce, false, bytes).await.unwrap();
        }
    }
}

fn receipt(key: &SigningKey, device_id: String, sequence: u64) -> Vec<u8> {
    let receipt =
        Receipt { anchored_by_unix_s: unix_ms() / 1000 + 900, contract: CONTRACT.into(), device_id, sequence };
    let signature: EcdsaSignature = key.sign(&receipt.to_bytes());
    receipt.to_signed_bytes(&Signature::normalized(&signature.to_bytes()).unwrap())
}
