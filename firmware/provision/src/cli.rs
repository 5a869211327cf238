//! The command line.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use broker::Broker;
use clap::{Args, Parser, Subcommand};
use device::settings;
use eyre::WrapErr as _;

use crate::{
    bridge,
    fuses::{self, FuseError, Plan, security::SecurityInfo},
    partition,
    port::Port,
    roster::{self, Area, Removal},
    run::{self, Order},
    simulated::{Board, Kind, Parts},
    site::SiteFile,
    talk::Talk,
};

/// Gives a device its key, its settings and its label.
#[derive(Debug, Parser)]
#[command(name = "provision", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The whole run over a serial line: key, settings, certificate request, test, label, roster entry.
    Device(DeviceArguments),
    /// Only makes the image of the settings partition, from a text like firmware/provision/example.settings.
    Settings {
        /// The text.
        from: PathBuf,
        /// The image: for its owner alone, since it holds the broker's password.
        to: PathBuf,
    },
    /// Makes the next version of an area's roster from the one before and the entries of devices.
    Roster(RosterArguments),
    /// Says which fuses are to be burnt for Secure Boot v2 and flash encryption, and burns none.
    Fuses(FuseArguments),
    /// Carries the records of a board without a modem to a broker, and receipts back, until it is stopped.
    Bridge(BridgeArguments),
    /// Runs a board that does not exist, and prints the terminal on which it answers.
    Simulate {
        /// A bare board without a secure element.
        #[arg(long)]
        bench: bool,
    },
}

#[derive(Debug, Args)]
struct DeviceArguments {
    /// The serial port, such as /dev/ttyACM0 or /dev/ttyUSB0.
    #[arg(long, required_unless_present = "simulate", conflicts_with = "simulate")]
    port: Option<PathBuf>,
    /// Use a simulated device that ends with this command.
    #[arg(long)]
    simulate: bool,
    /// The file of the device and its place, like firmware/provision/example.site.toml.
    #[arg(long)]
    site: PathBuf,
    /// The folder for roster-entry.json, request.pem, label.svg and settings.bin.
    #[arg(long)]
    out: PathBuf,
    /// The secure element's serial number: let it make its key and lock itself, which cannot be undone.
    #[arg(long, value_name = "SERIAL")]
    confirm: Option<String>,
    /// Close the console for good once everything else has been done.
    #[arg(long)]
    seal: bool,
    /// For a device that ran under another id: erase the records in its flash. What was not delivered is lost.
    #[arg(long)]
    erase: bool,
}

#[derive(Debug, Args)]
struct RosterArguments {
    /// The folder of the version before: header.json, rows-000.jsonl, …
    #[arg(long, required_unless_present = "area", conflicts_with_all = ["area", "name", "utc_offset_s"])]
    before: Option<PathBuf>,
    /// The id of an area that has no roster yet.
    #[arg(long, requires = "name")]
    area: Option<String>,
    /// Its name for people.
    #[arg(long, requires = "area")]
    name: Option<String>,
    /// Its offset from UTC in seconds.
    #[arg(long, allow_hyphen_values = true, default_value_t = 19_800)]
    utc_offset_s: i32,
    /// From when it counts, in UNIX seconds: later than its block by the contract's delay.
    #[arg(long)]
    effective_from: u64,
    /// A device that leaves its site.
    #[arg(long, requires_all = ["last_sequence", "reason"])]
    remove: Option<String>,
    /// The last of its sequences that counts.
    #[arg(long, requires = "remove")]
    last_sequence: Option<u64>,
    /// Why it leaves.
    #[arg(long, requires = "remove")]
    reason: Option<String>,
    /// The folder for the new version.
    #[arg(long)]
    out: PathBuf,
    /// Entries of devices, as `provision device` writes them.
    entries: Vec<PathBuf>,
}

impl RosterArguments {
    fn run(self) -> eyre::Result<()> {
        let area = self.area.zip(self.name).map(|(id, name)| Area { id, name, utc_offset_s: self.utc_offset_s });
        let before = match (&self.before, area) {
            (Some(folder), _) => Ok(roster::load(folder)?),
            (None, Some(area)) => Err(area),
            (None, None) => return Err(eyre::eyre!("--before or --area")),
        };
        let removal = self.remove.zip(self.last_sequence).zip(self.reason);
        let removal = removal.map(|((device_id, last_sequence), reason)| Removal { device_id, last_sequence, reason });
        let entries = roster::entries(&self.entries)?;
        let next = roster::next(before, entries, removal.as_slice(), self.effective_from)?;
        let told = roster::write(&next, &self.out)?;
        let devices = if next.devices().len() == 1 { "device" } else { "devices" };
        println!("version {} of {}: {} {devices}", next.version, next.area_id, next.devices().len());
        let words = told["arguments"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
        println!("# first put every file but {} on IPFS (raw blocks), then, as the area's registrar:", roster::PUBLISH);
        println!("contracts/cast send ROSTERS '{}' {}", roster::FUNCTION, words.collect::<Vec<_>>().join(" "));
        Ok(())
    }
}

#[derive(Debug, Args)]
struct BridgeArguments {
    /// The board's port.
    #[arg(long)]
    port: PathBuf,
    /// The broker, mqtts://host:port.
    #[arg(long)]
    broker: String,
    /// The certificate of the authority that signed the broker's, in PEM.
    #[arg(long)]
    ca: PathBuf,
    /// User name at the broker.
    #[arg(long, requires = "password_file")]
    username: Option<String>,
    /// File with the password at the broker.
    #[arg(long, requires = "username")]
    password_file: Option<PathBuf>,
}

impl BridgeArguments {
    fn run(self) -> eyre::Result<()> {
        let read = |path: &Path| std::fs::read_to_string(path).wrap_err_with(|| path.display().to_string());
        let password = self.password_file.as_deref().map(read).transpose()?;
        let login = self.username.zip(password).map(|(name, password)| (name, password.trim_end().to_owned()));
        let broker = Broker::parse(&self.broker, read(&self.ca)?.into_bytes(), login)?;
        let port = Port::open(&self.port).wrap_err_with(|| self.port.display().to_string())?;
        bridge::run(&mut Talk::new(port), &broker, &AtomicBool::new(false), &mut |line| println!("{line}"))?;
        Ok(())
    }
}

#[derive(Debug, Args)]
struct FuseArguments {
    /// What `espefuse --chip esp32c3 --port PORT summary --format json --file FILE` wrote.
    #[arg(long, required_unless_present = "security_info", conflicts_with = "security_info")]
    summary: Option<PathBuf>,
    /// What `esptool --chip esp32c3 --port PORT get-security-info` printed after the last command, when no summary can be
    /// had any more.
    #[arg(long, requires = "check")]
    security_info: Option<PathBuf>,
    /// The digest of a signing key (`espsecure digest-sbv2-public-key`): one to three times.
    #[arg(long, required = true)]
    digest: Vec<PathBuf>,
    /// This chip's key for its flash (`espsecure generate-flash-encryption-key`).
    #[arg(long)]
    flash_key: PathBuf,
    /// The port in the commands.
    #[arg(long, default_value = "PORT")]
    port: String,
    /// Only say whether the chip is as planned: with a summary up to the command before the last, after which there is
    /// none; with --security-info after the last.
    #[arg(long)]
    check: bool,
}

impl FuseArguments {
    fn run(self) -> eyre::Result<()> {
        let plan = Plan::new(&self.flash_key, &self.digest)?;
        let all = plan.steps.len();
        if let Some(path) = &self.security_info {
            let text = std::fs::read_to_string(path).wrap_err_with(|| path.display().to_string())?;
            plan.finished(&SecurityInfo::parse(&text)?)?;
            println!(
                "complete: command {all} of {all} has been carried out, and what the chip still says is as planned"
            );
            return Ok(());
        }
        let summary = self.summary.as_deref().ok_or_else(|| eyre::eyre!("--summary or --security-info"))?;
        let done = plan.done(&fuses::read_summary(summary)?)?;
        // The last command ends the reading of fuses: what a summary can show of a chip is the state before it.
        if self.check && done + 1 < all {
            return Err(FuseError::Unfinished(done, all).into());
        }
        match all - done {
            0 => println!("complete: {all} of {all} commands, every fuse as planned and no other"),
            1 => {
                println!("# {done} of {all} commands have been carried out, every fuse as planned and no other");
                println!("# NOT FINISHED: the last is to come, after the flash is written and the device has started.");
                println!("# After it no summary can be made: check it with --check --security-info");
            }
            _ => println!("# {done} of {all} commands have been carried out. Nothing is burnt by this tool."),
        }
        print!("{}", plan.text(done, &self.port));
        Ok(())
    }
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn run(self) -> eyre::Result<()> {
        match self.command {
            Command::Device(arguments) => arguments.run(),
            Command::Roster(arguments) => arguments.run(),
            Command::Fuses(arguments) => arguments.run(),
            Command::Bridge(arguments) => arguments.run(),
            Command::Settings { from, to } => settings_image(&from, &to),
            Command::Simulate { bench } => {
                let kind = if bench { Kind::Development } else { Kind::SecureElement };
                let board = Board::start(kind, Parts::default())?;
                println!("{}", board.path().display());
                Ok(board.wait()?)
            }
        }
    }
}

impl DeviceArguments {
    fn run(self) -> eyre::Result<()> {
        let site = SiteFile::read(&self.site)?;
        let development = site.device_id()?.starts_with(protocol::roster::DEVELOPMENT_PREFIX);
        let kind = if development { Kind::Development } else { Kind::SecureElement };
        let board = if self.simulate { Some(Board::start(kind, Parts::default())?) } else { None };
        let path = board.as_ref().map_or(self.port.as_deref().unwrap_or(Path::new("")), Board::path);
        let port = Port::open(path).wrap_err_with(|| path.display().to_string())?;
        let order = Order { confirmed_serial: self.confirm, seal: self.seal, erase: self.erase };
        run::run(&mut Talk::new(port), &site, &self.out, &order, &mut |line| println!("{line}"))?;
        Ok(())
    }
}

fn settings_image(from: &Path, to: &Path) -> eyre::Result<()> {
    let text = std::fs::read_to_string(from).wrap_err_with(|| from.display().to_string())?;
    let image = partition::image(&text)?;
    partition::write_private(to, &image).wrap_err_with(|| to.display().to_string())?;
    println!("{}: settings of {}", to.display(), settings::device_id(&image)?);
    Ok(())
}
