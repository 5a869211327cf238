//! Orders over the broker: published retained, so that a device has them whenever it connects; blocks as they are asked
//! for; progress and reports on the standard output, a line each.
//!
//! A new session after every failure. Nothing is kept here: devices ask again for what they lack.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    time::Duration,
};

use broker::Broker;
use orders::{
    Configuration, Manifest, OrderError, Report,
    topics::{BLOCK, CONFIGURATION, ORDERS_TOPIC, RELEASE, REPORTS_TOPIC, REQUESTS_TOPIC},
    transfer::Request,
};
use protocol::key::PublicKey;
use rumqttc::{AsyncClient, ClientError, ConnectionError, Event, EventLoop, Packet, Publish, QoS, SubscribeFilter};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

/// Most devices that are served at a time.
pub const MAX_DEVICES: usize = 20_000;
/// Topics in one SUBSCRIBE packet.
const TOPICS_A_PACKET: usize = 50;
/// Requests that wait for their answers; one more is dropped, and asked again.
const MAX_WAITING: usize = 256;
/// Messages that the client library holds.
const CLIENT_QUEUE: usize = 64;
/// Between two tries at a broker.
const PAUSE: Duration = Duration::from_secs(5);
/// Between two answers to one device: whoever floods the topic of its requests gets no more than a line can carry.
const ANSWER_PAUSE: Duration = Duration::from_millis(20);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// None, or too many.
    #[error("1 to {MAX_DEVICES} devices, not {0}")]
    Devices(usize),
    /// Not a signed order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The image is another one than the manifest's.
    #[error("the image is not the one of the manifest")]
    Image,
    /// For a device that is not served.
    #[error("it is for {0}, which is not among the devices")]
    OtherDevice(String),
}

/// What is served to whom.
pub struct Config {
    broker: Broker,
    devices: Vec<String>,
    /// Whose reports are checked.
    pub keys: HashMap<String, PublicKey>,
    release: Option<(Manifest, Vec<u8>, Vec<u8>)>,
    configurations: BTreeMap<String, Vec<u8>>,
}

impl Config {
    /// Nothing yet, to these devices.
    ///
    /// # Errors
    /// [`ServeError::Devices`].
    pub fn new(broker: Broker, devices: Vec<String>) -> Result<Self, ServeError> {
        if devices.is_empty() || devices.len() > MAX_DEVICES {
            return Err(ServeError::Devices(devices.len()));
        }
        Ok(Self { broker, devices, keys: HashMap::new(), release: None, configurations: BTreeMap::new() })
    }

    /// The release for all of them. Whose signature it carries is the devices' to check.
    ///
    /// # Errors
    /// [`ServeError::Order`], [`ServeError::Image`].
    pub fn release(&mut self, signed: Vec<u8>, image: Vec<u8>) -> Result<(), ServeError> {
        let manifest = Manifest::parse(&signed)?;
        if manifest.image_sha256 != protocol::digest(&image) || manifest.size != image.len() as u64 {
            return Err(ServeError::Image);
        }
        self.release = Some((manifest, signed, image));
        Ok(())
    }

    /// A configuration, for the device that it names.
    ///
    /// # Errors
    /// [`ServeError::Order`], [`ServeError::OtherDevice`].
    pub fn configuration(&mut self, signed: Vec<u8>) -> Result<(), ServeError> {
        let device_id = Configuration::parse(&signed)?.device_id;
        if !self.devices.contains(&device_id) {
            return Err(ServeError::OtherDevice(device_id));
        }
        self.configurations.insert(device_id, signed);
        Ok(())
    }

    /// Whether there is neither a release nor a configuration.
    #[must_use]
    pub fn orders_nothing(&self) -> bool {
        self.release.is_none() && self.configurations.is_empty()
    }
}

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum SessionEnd {
    #[error(transparent)]
    Connection(#[from] Box<ConnectionError>),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("the broker refused a subscription: who may read requests and reports?")]
    Subscription,
}

/// Serves until the process is stopped.
pub async fn serve(config: Config) -> Infallible {
    loop {
        let client_id = format!("operator-{:08x}", rand::random::<u32>());
        let (client, event_loop) = AsyncClient::new(config.broker.options(&client_id), CLIENT_QUEUE);
        let (requests_in, requests) = mpsc::channel(MAX_WAITING);
        // Two futures side by side: whoever polls the event loop must not wait for its queue.
        let end = tokio::select! {
            end = hear(&config, event_loop, requests_in) => end,
            end = answer(&config, &client, requests) => end.map_or_else(SessionEnd::from, |()| SessionEnd::Subscription),
        };
        println!("connection lost: {end}; again in {} s", PAUSE.as_secs());
        sleep(PAUSE).await;
    }
}

/// Takes what comes: gives requests on, shows reports.
async fn hear(config: &Config, mut event_loop: EventLoop, requests: mpsc::Sender<(String, Request)>) -> SessionEnd {
    loop {
        match event_loop.poll().await {
            Err(error) => return Box::new(error).into(),
            Ok(Event::Incoming(Packet::ConnAck(_))) => println!("connected to the broker"),
            Ok(Event::Incoming(Packet::SubAck(ack)))
                if ack.return_codes.contains(&rumqttc::SubscribeReasonCode::Failure) =>
            {
                return SessionEnd::Subscription;
            }
            Ok(Event::Incoming(Packet::Publish(Publish { topic, payload, .. }))) => {
                if let Some(device_id) = topic.strip_prefix(REPORTS_TOPIC) {
                    show(config, device_id, &payload);
                } else if let Some(device_id) = topic.strip_prefix(REQUESTS_TOPIC)
                    && let Ok(request) = Request::parse(&payload)
                {
                    let _ = requests.try_send((device_id.into(), request));
                }
            }
            Ok(_) => {}
        }
    }
}

/// Subscribes, publishes the orders, then answers requests.
async fn answer(
    config: &Config,
    client: &AsyncClient,
    mut requests: mpsc::Receiver<(String, Request)>,
) -> Result<(), ClientError> {
    let filter = |prefix: &str, device: &String| SubscribeFilter::new(format!("{prefix}{device}"), QoS::AtLeastOnce);
    let both = |device| [filter(REQUESTS_TOPIC, device), filter(REPORTS_TOPIC, device)];
    let filters: Vec<_> = config.devices.iter().flat_map(both).collect();
    for packet in filters.chunks(TOPICS_A_PACKET) {
        client.subscribe_many(packet.to_vec()).await?;
    }
    for device in &config.devices {
        let orders = [
            (RELEASE, config.release.as_ref().map(|(_, signed, _)| signed)),
            (CONFIGURATION, config.configurations.get(device)),
        ];
        for (kind, bytes) in orders.into_iter().filter_map(|(kind, bytes)| Some((kind, bytes?))) {
            client.publish(format!("{ORDERS_TOPIC}{device}/{kind}"), QoS::AtLeastOnce, true, bytes.clone()).await?;
        }
    }
    let mut answered: HashMap<String, Instant> = HashMap::new();
    while let Some((device, request)) = requests.recv().await {
        let Some((manifest, _, image)) = config.release.as_ref().filter(|(it, ..)| it.release == request.release)
        else {
            println!("{device}: asks for release {}, which is not served", request.release);
            continue;
        };
        let too_soon = answered.get(&device).is_some_and(|at| at.elapsed() < ANSWER_PAUSE);
        if too_soon || !config.devices.contains(&device) {
            continue;
        }
        let sectors = manifest.size.div_ceil(orders::SECTOR as u64);
        println!("{device}: release {}, sector {} of {sectors}", manifest.release, request.sector + 1);
        for block in request.answers(image) {
            // Lost ones are asked for again: no acknowledgement, which would cost a message each.
            client.publish(format!("{ORDERS_TOPIC}{device}/{BLOCK}"), QoS::AtMostOnce, false, block).await?;
        }
        answered.insert(device, Instant::now());
    }
    Ok(())
}

/// A report, and whether it is the device's.
fn show(config: &Config, device_id: &str, bytes: &[u8]) {
    let checked = config.keys.get(device_id).map(|key| Report::verify(bytes, key));
    let (report, whose) = match checked {
        Some(Ok(report)) => (report, "signed by the device"),
        Some(Err(error)) => return println!("{device_id}: a report that is refused: {error}"),
        None => match Report::parse(bytes) {
            Ok((report, _)) => (report, "signature not checked: no key given"),
            Err(error) => return println!("{device_id}: a report that is refused: {error}"),
        },
    };
    if report.device_id != device_id {
        return println!("{device_id}: a report that is refused: it is of {}", report.device_id);
    }
    println!("{device_id}: report ({whose}): {}", String::from_utf8_lossy(&report.to_bytes()));
}
