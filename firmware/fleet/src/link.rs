//! One connection to the broker, shared by some devices. A new MQTT session after every failure: what was under way is
//! the nodes' to send again, so that no client library's queue can hold old records back.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Outgoing, Packet, QoS, SubscribeFilter};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{Line, RECEIPTS_TOPIC};

/// Records that the client library holds before its own queue pushes back.
const CLIENT_QUEUE: usize = 64;
/// Topics in one SUBSCRIBE packet.
const TOPICS_A_PACKET: usize = 50;
const FIRST_BACK_OFF: Duration = Duration::from_millis(250);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(15);

/// A message on its way to the broker.
#[derive(Debug)]
pub(crate) struct Send {
    pub(crate) device: usize,
    pub(crate) topic: String,
    pub(crate) sequence: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) due: Instant,
}

/// What a connection tells the devices on it.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    Up { link: usize },
    Down { link: usize },
    Acknowledged { device: usize, sequence: u64 },
    Receipt { device: usize, topic: String, bytes: Vec<u8> },
}

/// One connection.
pub(crate) struct Link {
    pub(crate) link: usize,
    pub(crate) options: MqttOptions,
    /// The devices on it, by number.
    pub(crate) device_ids: HashMap<usize, String>,
    /// The same, by id.
    pub(crate) devices: HashMap<String, usize>,
    pub(crate) line: Line,
    pub(crate) events: mpsc::Sender<LinkEvent>,
    pub(crate) stop: CancellationToken,
}

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum SessionEnd {
    #[error(transparent)]
    Connection(#[from] Box<ConnectionError>),
    #[error("the broker refused a subscription")]
    Subscription,
    #[error("the line is cut")]
    Cut,
    #[error("the fleet stops")]
    Stopped,
}

/// Records handed to the client, in its order, and those that it has given a packet id.
#[derive(Default)]
struct UnderWay {
    waiting: VecDeque<(usize, u64)>,
    by_packet: HashMap<u16, (usize, u64)>,
}

impl Link {
    /// Connects again and again until told to stop.
    pub(crate) async fn run(mut self, mut records: mpsc::Receiver<Send>) {
        let started = Instant::now();
        let mut back_off = FIRST_BACK_OFF;
        while !self.stop.is_cancelled() {
            if self.line.holds_for(started.elapsed()) != Some(Duration::ZERO) {
                let mut was_up = false;
                let end = self.session(&mut records, started, &mut was_up).await;
                if was_up {
                    back_off = FIRST_BACK_OFF;
                    let _ = self.events.send(LinkEvent::Down { link: self.link }).await;
                }
                if let SessionEnd::Stopped = end {
                    return;
                }
                tracing::info!(link = self.link, %end, "connection lost");
            }
            // What waits here was handed over before the loss: its nodes send it again.
            while records.try_recv().is_ok() {}
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep(back_off) => {}
            }
            back_off = (back_off * 2).min(LONGEST_BACK_OFF);
        }
    }

    /// One session, from CONNECT to its end. The two loops below are futures that live as long as it does, so that
    /// neither is cancelled half way through a packet.
    async fn session(&mut self, records: &mut mpsc::Receiver<Send>, started: Instant, was_up: &mut bool) -> SessionEnd {
        let (client, mut event_loop) = AsyncClient::new(self.options.clone(), CLIENT_QUEUE);
        let under_way = Arc::new(Mutex::new(UnderWay::default()));
        let cut = async {
            match self.line.holds_for(started.elapsed()) {
                Some(left) => sleep(left).await,
                None => std::future::pending().await,
            }
        };
        let (up, is_up) = tokio::sync::oneshot::channel();
        tokio::select! {
            end = self.receive(&client, &mut event_loop, &under_way, up, was_up) => end,
            end = self.send(&client, records, &under_way, is_up) => end,
            () = cut => SessionEnd::Cut,
            () = self.stop.cancelled() => SessionEnd::Stopped,
        }
    }

    async fn receive(
        &self,
        client: &AsyncClient,
        event_loop: &mut EventLoop,
        under_way: &Mutex<UnderWay>,
        up: tokio::sync::oneshot::Sender<()>,
        was_up: &mut bool,
    ) -> SessionEnd {
        let mut up = Some(up);
        let mut subscriptions = 0;
        loop {
            match event_loop.poll().await {
                Err(error) => return Box::new(error).into(),
                Ok(Event::Incoming(Packet::ConnAck(_))) => subscriptions = self.subscribe(client),
                Ok(Event::Incoming(Packet::SubAck(ack))) => {
                    if ack.return_codes.contains(&rumqttc::SubscribeReasonCode::Failure) {
                        return SessionEnd::Subscription;
                    }
                    subscriptions -= 1;
                    if let Some(up) = up.take_if(|_| subscriptions == 0) {
                        *was_up = true;
                        let _ = self.events.send(LinkEvent::Up { link: self.link }).await;
                        let _ = up.send(());
                    }
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    let device = publish.topic.strip_prefix(RECEIPTS_TOPIC).and_then(|id| self.devices.get(id));
                    if let Some(&device) = device.filter(|_| !self.line.loses()) {
                        let (topic, bytes) = (publish.topic, publish.payload.to_vec());
                        let _ = self.events.send(LinkEvent::Receipt { device, topic, bytes }).await;
                    }
                }
                Ok(Event::Outgoing(Outgoing::Publish(packet))) => {
                    let mut under_way = under_way.lock().expect("no holder panics");
                    if let Some(sent) = under_way.waiting.pop_front() {
                        under_way.by_packet.insert(packet, sent);
                    }
                }
                Ok(Event::Incoming(Packet::PubAck(ack))) => {
                    let sent = under_way.lock().expect("no holder panics").by_packet.remove(&ack.pkid);
                    if let Some((device, sequence)) = sent {
                        let _ = self.events.send(LinkEvent::Acknowledged { device, sequence }).await;
                    }
                }
                Ok(_) => {}
            }
        }
    }

    /// Asks for the receipts of all devices; says in how many packets.
    fn subscribe(&self, client: &AsyncClient) -> usize {
        let topics: Vec<SubscribeFilter> = self
            .device_ids
            .values()
            .map(|id| SubscribeFilter::new(format!("{RECEIPTS_TOPIC}{id}"), QoS::AtLeastOnce))
            .collect();
        let packets = topics.chunks(TOPICS_A_PACKET).map(<[_]>::to_vec).collect::<Vec<_>>();
        let count = packets.len();
        let client = client.clone();
        // Not awaited here: whoever polls the event loop must not wait for its queue.
        tokio::spawn(async move {
            for packet in packets {
                let _ = client.subscribe_many(packet).await;
            }
        });
        count
    }

    async fn send(
        &self,
        client: &AsyncClient,
        records: &mut mpsc::Receiver<Send>,
        under_way: &Mutex<UnderWay>,
        is_up: tokio::sync::oneshot::Receiver<()>,
    ) -> SessionEnd {
        if is_up.await.is_err() {
            return SessionEnd::Stopped;
        }
        while let Some(Send { device, topic, sequence, bytes, due }) = records.recv().await {
            if due > Instant::now() {
                sleep_until(due).await;
            }
            if self.line.loses() {
                continue;
            }
            under_way.lock().expect("no holder panics").waiting.push_back((device, sequence));
            if client.publish(topic, QoS::AtLeastOnce, false, bytes).await.is_err() {
                break;
            }
        }
        SessionEnd::Stopped
    }
}
