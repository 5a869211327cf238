//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use device::settings;
use eyre::WrapErr as _;

use crate::{
    partition,
    port::Port,
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
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub fn run(self) -> eyre::Result<()> {
        match self.command {
            Command::Device(arguments) => arguments.run(),
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
        let order = Order { confirmed_serial: self.confirm, seal: self.seal };
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
