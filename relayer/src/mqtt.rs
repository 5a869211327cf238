//! The broker: records in over a persistent session, acknowledged by hand and in order; receipts out over a
//! connection of their own, so that waiting to send one never holds up acknowledgements.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rumqttc::{
    AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS, SubscribeReasonCode, TlsConfiguration, Transport,
    tokio_rustls::rustls::crypto::aws_lc_rs,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{ConfigError, Mqtt},
    failure::{Halt, Patience},
};

/// Devices publish to this and their id.
pub const RECORDS_TOPIC: &str = "power/v1/records/";
/// Devices listen to this and their id.
pub const RECEIPTS_TOPIC: &str = "power/v1/receipts/";

/// MQTT has 16-bit packet identifiers: a broker cannot have more than this on the way to us unacknowledged.
pub const MOST_UNACKNOWLEDGED: usize = 65_535;
/// Most receipts on their way to the broker.
const RECEIPTS_UNDER_WAY: u16 = 512;
/// Largest packet that is read: MQTT's own limit, since one that is not read would come again for ever. The broker's
/// `message_size_limit` is what guards memory.
const MAX_PACKET_BYTES: usize = 268_435_460;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a clean goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// What came from the broker.
#[derive(Debug)]
pub struct Arrival {
    /// The topic's last part: the device that it says it is from.
    pub topic_device: String,
    /// What should be a record.
    pub payload: Vec<u8>,
    /// For acknowledging it.
    pub ticket: Ticket,
}

/// The right and duty to acknowledge one publish.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    connection: u64,
    number: u64,
    packet_id: u16,
}

/// Acknowledges publishes in the order in which they came, as MQTT 3.1.1 section 4.6 demands; those of a connection
/// that has ended are left, since the broker sends them again.
#[derive(Clone)]
pub struct Acks(Arc<Mutex<AckState>>);

struct AckState {
    client: AsyncClient,
    connection: u64,
    issued: u64,
    sent: u64,
    done: BTreeMap<u64, u16>,
}

impl Acks {
    fn new(client: AsyncClient) -> Self {
        Self(Arc::new(Mutex::new(AckState { client, connection: 0, issued: 0, sent: 0, done: BTreeMap::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, AckState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Acknowledges: what these tickets stand for is durable, or refused and counted.
    pub fn done(&self, tickets: impl IntoIterator<Item = Ticket>) {
        let mut state = self.lock();
        for ticket in tickets {
            if ticket.connection == state.connection {
                state.done.insert(ticket.number, ticket.packet_id);
            }
        }
        while let Some(packet_id) = {
            let next = state.sent;
            state.done.remove(&next)
        } {
            state.sent += 1;
            let mut publish = Publish::new("", QoS::AtLeastOnce, Vec::new());
            publish.pkid = packet_id;
            // A packet identifier of 0 is a publish that asks for no acknowledgement. The channel has room for all
            // that can be unacknowledged; if it is closed, so is the connection.
            if packet_id != 0 && state.client.try_ack(&publish).is_err() {
                tracing::debug!("an acknowledgement was not sent; the broker will repeat the record");
            }
        }
    }

    fn issue(&self, packet_id: u16) -> Ticket {
        let mut state = self.lock();
        let number = state.issued;
        state.issued += 1;
        Ticket { connection: state.connection, number, packet_id }
    }

    /// Forgets the tickets of the connection that has ended, and what of it still waits to be sent: by the next one
    /// the broker may give the same identifiers to other publishes.
    fn begin(&self, events: &mut EventLoop) {
        let mut state = self.lock();
        events.clean();
        state.connection += 1;
        (state.issued, state.sent) = (0, 0);
        state.done.clear();
    }
}

fn options(config: &Mqtt, suffix: &str) -> Result<MqttOptions, ConfigError> {
    // Other crates of the process may bring another provider along; rustls then wants to be told.
    let _ = aws_lc_rs::default_provider().install_default();
    let (host, port) = config.address()?;
    let (ca, password) = config.secrets()?;
    let mut options = MqttOptions::new(format!("{}{suffix}", config.client_id), host, port);
    options
        .set_transport(Transport::Tls(TlsConfiguration::Simple { ca: ca.into_bytes(), alpn: None, client_auth: None }))
        .set_credentials(&config.username, password)
        .set_clean_session(false)
        .set_keep_alive(KEEP_ALIVE)
        .set_inflight(RECEIPTS_UNDER_WAY)
        .set_max_packet_size(MAX_PACKET_BYTES, MAX_PACKET_BYTES);
    Ok(options)
}

/// The connection over which records come.
pub struct Records {
    client: AsyncClient,
    events: EventLoop,
    /// For acknowledging them.
    pub acks: Acks,
}

impl Records {
    /// Prepares the connection; it is made by [`Records::receive`].
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn new(config: &Mqtt) -> Result<Self, ConfigError> {
        let mut options = options(config, "")?;
        options.set_manual_acks(true);
        let (client, events) = AsyncClient::new(options, MOST_UNACKNOWLEDGED + 16);
        Ok(Self { acks: Acks::new(client.clone()), client, events })
    }

    /// Hands on what comes until `stop`; connects again whenever the connection is lost.
    ///
    /// # Errors
    /// [`Halt::Stopped`] only.
    pub async fn receive(mut self, queue: mpsc::Sender<Arrival>, stop: CancellationToken) -> Result<(), Halt> {
        let mut patience = Patience::with("broker, records");
        loop {
            let event = tokio::select! {
                () = stop.cancelled() => break,
                event = self.events.poll() => event,
            };
            match event {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    // The channel has room: what waited for the connection before this one was dropped.
                    let _ = self.client.try_subscribe(format!("{RECORDS_TOPIC}+"), QoS::AtLeastOnce);
                }
                Ok(Event::Incoming(Packet::SubAck(ack))) => {
                    if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                        tracing::error!("the broker does not let this user subscribe to records");
                    } else {
                        patience.succeeded();
                        tracing::info!("listening to the broker");
                    }
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    let ticket = self.acks.issue(publish.pkid);
                    let topic_device = publish.topic.strip_prefix(RECORDS_TOPIC).unwrap_or_default().to_owned();
                    let arrival = Arrival { topic_device, payload: publish.payload.to_vec(), ticket };
                    if queue.send(arrival).await.is_err() {
                        break;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    self.acks.begin(&mut self.events);
                    let wait = patience.failed(&error.to_string());
                    tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(wait) => {} }
                }
            }
        }
        let _ = self.client.try_disconnect();
        let _ = tokio::time::timeout(GOODBYE, async { while self.events.poll().await.is_ok() {} }).await;
        Err(Halt::Stopped)
    }
}

/// The connection over which receipts go.
pub struct Receipts {
    /// Sends them.
    pub client: AsyncClient,
    events: EventLoop,
}

impl Receipts {
    /// Prepares the connection; it is made by [`Receipts::run`].
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn new(config: &Mqtt) -> Result<Self, ConfigError> {
        let (client, events) = AsyncClient::new(options(config, "-receipts")?, usize::from(RECEIPTS_UNDER_WAY));
        Ok(Self { client, events })
    }

    /// Keeps the connection until `stop`.
    ///
    /// # Errors
    /// [`Halt::Stopped`] only.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), Halt> {
        let mut patience = Patience::with("broker, receipts");
        loop {
            let event = tokio::select! {
                () = stop.cancelled() => return Err(Halt::Stopped),
                event = self.events.poll() => event,
            };
            match event {
                Ok(Event::Incoming(Packet::ConnAck(_))) => patience.succeeded(),
                Ok(_) => {}
                Err(error) => {
                    let wait = patience.failed(&error.to_string());
                    tokio::select! { () = stop.cancelled() => return Err(Halt::Stopped), () = tokio::time::sleep(wait) => {} }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acks() -> (Acks, EventLoop, MqttOptions) {
        let mut options = MqttOptions::new("test", "127.0.0.1", 1);
        options.set_manual_acks(true);
        let (client, events) = AsyncClient::new(options.clone(), 16);
        (Acks::new(client), events, options)
    }

    #[test]
    fn acknowledgements_keep_the_order_of_arrival() {
        let (acks, _events, _) = acks();
        let tickets: Vec<_> = [11, 12, 13].map(|id| acks.issue(id)).into();
        acks.done([tickets[2]]);
        assert_eq!(acks.lock().sent, 0, "the first is not durable yet");
        acks.done([tickets[0]]);
        assert_eq!(acks.lock().sent, 1);
        acks.done([tickets[1]]);
        let state = acks.lock();
        assert_eq!((state.sent, state.done.len()), (3, 0));
    }

    #[test]
    fn a_ticket_of_an_ended_connection_acknowledges_nothing() {
        let (acks, mut events, _) = acks();
        let old = acks.issue(11);
        acks.begin(&mut events);
        acks.issue(11);
        acks.done([old]);
        assert_eq!(acks.lock().sent, 0);
    }
}
