//! From a board without a modem to a broker and back: records that come as lines are published, receipts become lines.
//! The board keeps its records until their receipts come, so nothing is lost when this stops.

use std::{
    io::{Read, Write},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use broker::Broker;
use device::{RECEIPTS_TOPIC, RECORDS_TOPIC};
use protocol::record::{PowerStatus, Record, RecordError};
use rumqttc::{Client, ClientError, Connection, Event, Packet, QoS};

use crate::{
    simulated::unix_s,
    talk::{Talk, TalkError, Words},
};

/// Between two times that the board is told.
pub const TIME_EVERY: Duration = Duration::from_secs(30);
/// How long the line is listened to before the broker is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Before a broker that was lost is tried again.
const BACK_OFF: Duration = Duration::from_secs(2);
/// Requests that the MQTT client holds.
const CLIENT_QUEUE: usize = 16;
/// What the broker says that was not looked at yet.
const MAX_HEARD: usize = 64;

/// Why a bridge does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The line to the board.
    #[error(transparent)]
    Talk(#[from] TalkError),
    /// A record that nobody would take, or another device's.
    #[error("the board says a record that is not its own: {0}")]
    Record(String),
    /// The board has no settings, or it is not at work.
    #[error("the board is not at work: provision it first, then let it start")]
    NotAtWork,
    /// The MQTT client is gone.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl From<RecordError> for BridgeError {
    fn from(error: RecordError) -> Self {
        Self::Record(error.to_string())
    }
}

/// What the broker says.
enum Heard {
    Up,
    Down(String),
    Acknowledged,
    Receipt(Vec<u8>),
}

/// Bridges until `stop` is set or the port is gone; says what passes, line by line.
///
/// # Errors
/// [`BridgeError`].
pub fn run<P: Read + Write>(
    talk: &mut Talk<P>,
    broker: &Broker,
    stop: &AtomicBool,
    say: &mut impl FnMut(&str),
) -> Result<(), BridgeError> {
    let found = Words::of(&talk.ask("who")?);
    let device_id = found.get("settings")?.to_owned();
    if device_id == "none" || found.get("kind")? != "development" {
        return Err(BridgeError::NotAtWork);
    }
    // A board whose console is still open starts now; one at work hears that a new bridge begins.
    talk.ask("start")?;
    let (client, connection) = Client::new(broker.options(&device_id), CLIENT_QUEUE);
    let (tell, heard) = mpsc::sync_channel(MAX_HEARD);
    thread::spawn(move || listen(connection, &tell));
    let mut bridge = Bridge { talk, client, device_id, under_way: None };
    let result = bridge.work(&heard, stop, say);
    // The connection's thread ends with it, and with the receiver.
    let _ = bridge.client.try_disconnect();
    result
}

/// Says what the broker says until nobody listens.
fn listen(mut connection: Connection, tell: &mpsc::SyncSender<Heard>) {
    for event in connection.iter() {
        let heard = match event {
            Ok(Event::Incoming(Packet::ConnAck(_))) => Heard::Up,
            Ok(Event::Incoming(Packet::PubAck(_))) => Heard::Acknowledged,
            Ok(Event::Incoming(Packet::Publish(publish))) => Heard::Receipt(publish.payload.to_vec()),
            Ok(_) => continue,
            Err(error) => Heard::Down(error.to_string()),
        };
        let is_down = matches!(heard, Heard::Down(_));
        if tell.send(heard).is_err() {
            return;
        }
        if is_down {
            thread::sleep(BACK_OFF);
        }
    }
}

struct Bridge<'t, P> {
    talk: &'t mut Talk<P>,
    client: Client,
    device_id: String,
    /// The record that the broker has not acknowledged.
    under_way: Option<u64>,
}

impl<P: Read + Write> Bridge<'_, P> {
    fn work(
        &mut self,
        heard: &mpsc::Receiver<Heard>,
        stop: &AtomicBool,
        say: &mut impl FnMut(&str),
    ) -> Result<(), BridgeError> {
        let mut time_due = Instant::now();
        let mut is_up = false;
        while !stop.load(Ordering::Relaxed) {
            // Without a broker the board is told no time: it keeps its records.
            if is_up && time_due <= Instant::now() {
                self.talk.tell(&format!("time {}", unix_s()))?;
                time_due = Instant::now() + TIME_EVERY;
            }
            if let Some(line) = self.talk.next_line(Instant::now() + LOOK)? {
                self.take_line(&line, say)?;
            }
            while let Ok(event) = heard.try_recv() {
                match event {
                    Heard::Up => {
                        is_up = true;
                        say("the broker is there");
                        self.client.try_subscribe(format!("{RECEIPTS_TOPIC}{}", self.device_id), QoS::AtLeastOnce)?;
                    }
                    Heard::Down(error) => {
                        (is_up, self.under_way) = (false, None);
                        say(&format!("no broker: {error}"));
                    }
                    Heard::Acknowledged => {
                        if let Some(sequence) = self.under_way.take() {
                            self.talk.tell(&format!("got {sequence}"))?;
                        }
                    }
                    Heard::Receipt(bytes) => {
                        let receipt = String::from_utf8_lossy(&bytes).into_owned();
                        self.talk.tell(&format!("receipt {receipt}"))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn take_line(&mut self, line: &str, say: &mut impl FnMut(&str)) -> Result<(), BridgeError> {
        let (_, text) = line.split_once(' ').unwrap_or(("", line));
        if let Some(freed) = text.strip_prefix("ok freed=").filter(|freed| *freed != "0") {
            say(&format!("receipt: {freed} records are safe"));
        }
        let Some(bytes) = line.strip_prefix("0 record ") else { return Ok(()) };
        let record = Record::parse(bytes.as_bytes())?;
        let statement = &record.statement;
        if statement.device_id != self.device_id {
            return Err(BridgeError::Record(statement.device_id.clone()));
        }
        let status = if statement.power_status == PowerStatus::On { "ON" } else { "OFF" };
        say(&format!("{status} since {}, sequence {}", statement.timestamp_unix_s, statement.sequence));
        // What the client does not take now the board says again.
        let topic = format!("{RECORDS_TOPIC}{}", self.device_id);
        if self.client.try_publish(topic, QoS::AtLeastOnce, false, bytes).is_ok() {
            self.under_way = Some(statement.sequence);
        }
        Ok(())
    }
}
