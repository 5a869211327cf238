//! Boards that do not exist, behind a pseudo-terminal: the console and the bench profile as the image has them, on
//! simulated parts. A port like any other, to whoever opens it.

use std::{
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use atecc608::Atecc608;
use device::{
    bench::{BenchDevice, FlashKey},
    console::{Answer, Bench, Console, Identity, Partition as _, Probe, Region, Sealed, is_sealed},
    keeper::Keeper,
    settings,
};
use protocol::record::PowerStatus;
use rand::{RngCore as _, rngs::OsRng};
use rustix::{
    fs::OFlags,
    pty::{self, OpenptFlags},
    termios::{self, OptionalActions},
};
use simulators::{Clock, atecc608::SimAtecc608, flash::SimFlash};

/// Where the simulated settings begin: as in `firmware/esp32c3/partitions.csv`.
const SETTINGS_AT: u32 = 0x9000;
/// Where the simulated queue begins, and its sectors; the last one holds a development key.
const QUEUE_AT: u32 = 0x10000;
const QUEUE_SECTORS: usize = 32;
const KEY_AT: u32 = QUEUE_AT + ((QUEUE_SECTORS - 1) * node::flash::SECTOR) as u32;
const SECTORS: usize = 16 + QUEUE_SECTORS;

/// Which board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With a secure element; it ends its part here when its console starts the device.
    SecureElement,
    /// A bare board, which then goes to work over the same line.
    Development,
}

/// What a simulated board keeps over its restarts.
#[derive(Clone)]
pub struct Parts {
    clock: Clock,
    chip: SimAtecc608,
    /// Its flash.
    pub flash: SimFlash,
    /// Whether the board's button is held: the mains are gone.
    pub is_button_held: Arc<AtomicBool>,
}

impl Default for Parts {
    fn default() -> Self {
        let clock = Clock::default();
        Self {
            chip: SimAtecc608::blank(&clock),
            clock,
            flash: SimFlash::erased(SECTORS),
            is_button_held: Arc::default(),
        }
    }
}

/// A board that runs until this is dropped.
pub struct Board {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<io::Result<()>>>,
}

impl Board {
    /// Starts one on a new pseudo-terminal.
    ///
    /// # Errors
    /// The system has no pseudo-terminals.
    pub fn start(kind: Kind, parts: Parts) -> io::Result<Self> {
        let master = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        pty::grantpt(&master)?;
        pty::unlockpt(&master)?;
        let name = pty::ptsname(&master, Vec::new())?;
        let path = PathBuf::from(name.to_str().map_err(io::Error::other)?);
        // Held open here, so that the line is there while nobody else has it open; plain bytes from the start.
        let end = std::fs::File::options().read(true).write(true).open(&path)?;
        let mut line = termios::tcgetattr(&end)?;
        line.make_raw();
        termios::tcsetattr(&end, OptionalActions::Now, &line)?;
        rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK)?;
        let wire = Wire { file: std::fs::File::from(master), _end: end, stop: Arc::default() };
        let stop = wire.stop.clone();
        let run = move || match kind {
            Kind::SecureElement => with_secure_element(wire, &parts),
            Kind::Development => development(wire, &parts),
        };
        Ok(Self { path, stop, thread: Some(thread::Builder::new().name("board".into()).spawn(run)?) })
    }

    /// The terminal to open.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the board's end, which only comes by a fault or from another thread.
    ///
    /// # Errors
    /// The line's.
    pub fn wait(mut self) -> io::Result<()> {
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("it fell"))))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The board's end of the line.
struct Wire {
    file: std::fs::File,
    _end: std::fs::File,
    stop: Arc<AtomicBool>,
}

impl Wire {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The bytes that have come; waits a moment where there are none.
    fn take(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(1));
                Ok(0)
            }
            result => result,
        }
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        let mut bytes = line.as_bytes();
        while !bytes.is_empty() && !self.is_over() {
            match self.file.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(1)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// A board with its modem on the bench, and no mains connected.
struct BenchProbe(Option<bool>);

impl Probe for BenchProbe {
    fn mains_pulses(&mut self) -> u32 {
        0
    }

    fn modem_answers(&mut self) -> Option<bool> {
        self.0
    }
}

fn console<K: Keeper>(wire: &mut Wire, flash: &SimFlash, keeper: &mut K, modem: Option<bool>) -> io::Result<()> {
    let mut console = Console::default();
    let (mut partition, mut probe) = (region(flash), BenchProbe(modem));
    let mut buffer = [0; 256];
    while !wire.is_over() {
        let count = wire.take(&mut buffer)?;
        for byte in &buffer[..count] {
            let mut bench = Bench {
                keeper,
                partition: &mut partition,
                probe: &mut probe,
                queue_limit: node::flash::capacity(QUEUE_SECTORS - 1),
                release: env!("CARGO_PKG_VERSION"),
            };
            let Some(answer) = console.take(*byte, &mut bench) else { continue };
            wire.say(answer.line())?;
            if let Answer::Start(_) = answer {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Where the console works: the settings, and the queue without the sector of a development key.
fn region(flash: &SimFlash) -> Region<SimFlash> {
    Region(flash.clone(), SETTINGS_AT, QUEUE_AT..KEY_AT)
}

fn identity<K: Keeper>(flash: &SimFlash, keeper: &mut K) -> io::Result<Identity> {
    Identity::read(keeper, &mut region(flash), env!("CARGO_PKG_VERSION")).map_err(io::Error::other)
}

fn with_secure_element(mut wire: Wire, parts: &Parts) -> io::Result<()> {
    let mut chip = Atecc608::new(parts.chip.bus(100_000), parts.clock.clone(), atecc608::ADDRESS);
    let settings = region(&parts.flash).read_whole().map_err(io::Error::other)?;
    if !is_sealed(&settings) {
        console(&mut wire, &parts.flash, &mut chip, Some(true))?;
    }
    let mut sealed = Sealed::new(&identity(&parts.flash, &mut chip)?);
    let mut buffer = [0; 256];
    while !wire.is_over() {
        let count = wire.take(&mut buffer)?;
        for byte in &buffer[..count] {
            if let Some(answer) = sealed.take(*byte) {
                wire.say(&answer)?;
            }
        }
    }
    Ok(())
}

fn development(mut wire: Wire, parts: &Parts) -> io::Result<()> {
    let random = || {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        bytes
    };
    let mut keeper = FlashKey::new(parts.flash.clone(), KEY_AT, "0080e1000001".into(), random);
    keeper.make().map_err(io::Error::other)?;
    console(&mut wire, &parts.flash, &mut keeper, None)?;
    if wire.is_over() {
        return Ok(());
    }
    let bytes = region(&parts.flash).read_whole().map_err(io::Error::other)?;
    let config = settings::check(&bytes, node::flash::capacity(QUEUE_SECTORS - 1)).map_err(io::Error::other)?;
    let identity = identity(&parts.flash, &mut keeper)?.to_words();
    let flash = (parts.flash.clone(), QUEUE_AT, QUEUE_SECTORS - 1);
    let mut device = BenchDevice::start(flash, keeper, config, identity).map_err(io::Error::other)?;
    let started = Instant::now();
    let mut buffer = [0; 256];
    while !wire.is_over() {
        let now_ms = started.elapsed().as_millis() as u64;
        let is_held = parts.is_button_held.load(Ordering::Relaxed);
        let level = if is_held { PowerStatus::Off } else { PowerStatus::On };
        device.poll(level, now_ms).map_err(io::Error::other)?;
        let count = wire.take(&mut buffer)?;
        for byte in &buffer[..count] {
            device.take(*byte, now_ms).map_err(io::Error::other)?;
        }
        while let Some(line) = device.say() {
            wire.say(&line)?;
        }
    }
    Ok(())
}

/// Seconds since 1970, of this computer.
#[must_use]
pub fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
