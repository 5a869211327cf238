//! The command line.

use std::path::{Path, PathBuf};

use broker::Broker;
use clap::{Args, Parser, Subcommand};
use eyre::{WrapErr as _, bail};
use orders::{Changes, Configuration};
use protocol::key::PublicKey;

use crate::{
    keys::Key,
    serve::{self, Config},
    sign,
};

/// Signs releases and configurations for devices, and serves them over the broker.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key in a new file, and print its public half.
    NewKey {
        /// The file.
        file: PathBuf,
    },
    /// Print the public half of a key: for `operator_key` in a device's settings, or for the keys of a release.
    PublicKey {
        /// The key's file.
        file: PathBuf,
    },
    /// Sign the manifest of an image; board, release and security version are the image's own.
    SignRelease {
        /// The release key.
        #[arg(long, value_name = "PEM")]
        key: PathBuf,
        /// The image, as `script/firmware image` leaves it.
        #[arg(long, value_name = "FILE")]
        image: PathBuf,
        /// Where the manifest goes.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Sign a configuration for a device: what is not given is as it was provisioned.
    SignConfiguration(ConfigurationArgs),
    /// Publish orders and serve them until stopped.
    Serve(ServeArgs),
}

#[derive(Debug, Args)]
struct ConfigurationArgs {
    /// The operator's key.
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
    /// The device.
    #[arg(long, value_name = "ID")]
    device: String,
    /// The configuration's number: above that of the one before.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    /// Seconds between heartbeats.
    #[arg(long)]
    heartbeat_s: Option<u64>,
    /// The broker's name.
    #[arg(long)]
    host: Option<String>,
    /// The broker's port.
    #[arg(long)]
    port: Option<u16>,
    /// Seconds without traffic until the modem pings.
    #[arg(long)]
    keep_alive_s: Option<u16>,
    /// The contract that receipts name, `eip155:<chain>:0x<address>`.
    #[arg(long)]
    contract: Option<String>,
    /// A relayer's receipt key, 130 hex digits; twice while it changes.
    #[arg(long, value_name = "HEX", value_parser = public_key)]
    receipt_key: Vec<PublicKey>,
    /// Where the configuration goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The broker, `mqtts://host:port`.
    #[arg(long, value_name = "URL")]
    broker: String,
    /// The authority that signed the broker's certificate.
    #[arg(long, value_name = "PEM")]
    ca: PathBuf,
    /// The operator's user name at the broker.
    #[arg(long, requires = "password_file")]
    username: Option<String>,
    /// The file with the password.
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
    /// A device to serve; as often as there are devices.
    #[arg(long, value_name = "ID", required = true)]
    device: Vec<String>,
    /// A device's public key, `ID=HEX`: its reports are checked against it.
    #[arg(long, value_name = "ID=HEX", value_parser = device_key)]
    device_key: Vec<(String, PublicKey)>,
    /// The signed manifest of the release that every one of them is to run.
    #[arg(long, value_name = "FILE", requires = "image")]
    manifest: Option<PathBuf>,
    /// The manifest's image.
    #[arg(long, value_name = "FILE", requires = "manifest")]
    image: Option<PathBuf>,
    /// A signed configuration, for the device that it names; as often as there are any.
    #[arg(long, value_name = "FILE")]
    configuration: Vec<PathBuf>,
}

impl Cli {
    /// Does what it says.
    ///
    /// # Errors
    /// Whatever keeps it from that, in words.
    pub async fn run(self) -> eyre::Result<()> {
        match self.command {
            Command::NewKey { file } => println!("{}", Key::make(&file)?.public().to_hex()),
            Command::PublicKey { file } => println!("{}", Key::read(&file)?.public().to_hex()),
            Command::SignRelease { key, image, out } => {
                let (manifest, signed) = sign::manifest(&read(&image)?, &Key::read(&key)?)?;
                write(&out, &signed)?;
                println!(
                    "{}: release {} for {}, security version {}, {} bytes",
                    out.display(),
                    manifest.release,
                    manifest.board,
                    manifest.security_version,
                    manifest.size
                );
            }
            Command::SignConfiguration(args) => {
                let (key, out) = (Key::read(&args.key)?, args.out.clone());
                let configuration = args.configuration();
                write(&out, &sign::configuration(&configuration, &key)?)?;
                println!(
                    "{}: configuration {} for {}",
                    out.display(),
                    configuration.configuration,
                    configuration.device_id
                );
            }
            Command::Serve(args) => match serve::serve(args.config()?).await {},
        }
        Ok(())
    }
}

impl ConfigurationArgs {
    fn configuration(self) -> Configuration {
        let changes = Changes {
            contract: self.contract,
            heartbeat_s: self.heartbeat_s,
            host: self.host,
            keep_alive_s: self.keep_alive_s,
            port: self.port,
            receipt_keys: self.receipt_key,
        };
        Configuration { configuration: self.number, device_id: self.device, changes }
    }
}

impl ServeArgs {
    fn config(self) -> eyre::Result<Config> {
        let login = match (self.username, self.password_file) {
            (Some(username), Some(file)) => Some((username, String::from_utf8(read(&file)?)?.trim().to_owned())),
            _ => None,
        };
        let mut config = Config::new(Broker::parse(&self.broker, read(&self.ca)?, login)?, self.device)?;
        config.keys.extend(self.device_key);
        if let (Some(manifest), Some(image)) = (self.manifest, self.image) {
            config.release(read(&manifest)?, read(&image)?).wrap_err_with(|| manifest.display().to_string())?;
        }
        for file in self.configuration {
            config.configuration(read(&file)?).wrap_err_with(|| file.display().to_string())?;
        }
        if config.orders_nothing() {
            println!("no orders: only reports are shown");
        }
        Ok(config)
    }
}

fn read(path: &Path) -> eyre::Result<Vec<u8>> {
    std::fs::read(path).wrap_err_with(|| path.display().to_string())
}

fn write(path: &Path, bytes: &[u8]) -> eyre::Result<()> {
    std::fs::write(path, bytes).wrap_err_with(|| path.display().to_string())
}

fn public_key(text: &str) -> Result<PublicKey, String> {
    PublicKey::from_hex(text).map_err(|error| error.to_string())
}

fn device_key(text: &str) -> eyre::Result<(String, PublicKey)> {
    let Some((id, key)) = text.split_once('=') else { bail!("ID=HEX") };
    Ok((id.into(), PublicKey::from_hex(key)?))
}
