//! What devices and the relayer say to each other, by the broker.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use protocol::{key::PublicKey, receipt::Receipt, record::Record};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS, TlsConfiguration, Transport};

use super::PATIENCE;

/// The devices' line to the broker: they send what they have until a receipt covers it.
pub struct Line {
    client: AsyncClient,
    receipts: Arc<Mutex<HashMap<String, Receipt>>>,
}

impl Line {
    pub(super) async fn connect(port: u16, ca: Vec<u8>, receipt_key: PublicKey) -> Self {
        let _ = rumqttc::tokio_rustls::rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut options = MqttOptions::new("devices", "127.0.0.1", port);
        options
            .set_transport(Transport::Tls(TlsConfiguration::Simple { ca, alpn: None, client_auth: None }))
            .set_max_packet_size(1 << 20, 1 << 20)
            .set_inflight(1000)
            .set_clean_session(false);
        let (client, mut events) = AsyncClient::new(options, 10_000);
        let receipts = Arc::new(Mutex::new(HashMap::new()));
        let (subscriber, into) = (client.clone(), Arc::clone(&receipts));
        tokio::spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        let _ = subscriber.try_subscribe("power/v1/receipts/+", QoS::AtLeastOnce);
                    }
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        let receipt = Receipt::verify(&publish.payload, &receipt_key).expect("a true receipt");
                        assert!(publish.topic.ends_with(&format!("/{}", receipt.device_id)), "{}", publish.topic);
                        into.lock().unwrap().insert(receipt.device_id.clone(), receipt);
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
                }
            }
        });
        Self { client, receipts }
    }

    pub async fn publish(&self, device_id: &str, payload: impl Into<Vec<u8>>) {
        let topic = format!("power/v1/records/{device_id}");
        self.client.publish(topic, QoS::AtLeastOnce, false, payload.into()).await.unwrap();
    }

    pub fn receipt(&self, device_id: &str) -> Option<Receipt> {
        self.receipts.lock().unwrap().get(device_id).cloned()
    }

    pub fn forget_receipts(&self) {
        self.receipts.lock().unwrap().clear();
    }

    pub async fn send(&self, records: &[Record]) {
        for record in records {
            self.publish(&record.statement.device_id, record.to_bytes()).await;
        }
    }

    /// Sends records until each device's receipt covers its last, as devices do.
    pub async fn deliver(&self, records: &[Record]) {
        let deadline = Instant::now() + PATIENCE;
        let mut last_sent: Option<Instant> = None;
        loop {
            let receipts = self.receipts.lock().unwrap().clone();
            let covered = |record: &&Record| {
                let receipt = receipts.get(&record.statement.device_id);
                receipt.is_none_or(|receipt| receipt.sequence < record.statement.sequence)
            };
            let left: Vec<_> = records.iter().filter(covered).cloned().collect();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "no receipt for {:?}", left[0].statement);
            if last_sent.is_none_or(|sent| sent.elapsed() > Duration::from_secs(4)) {
                self.send(&left).await;
                last_sent = Some(Instant::now());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
