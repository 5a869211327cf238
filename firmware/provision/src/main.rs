//! `provision settings FROM TO`: checks a text of settings (`firmware/provision/example.settings` is one) exactly as
//! the device will, and writes the image of its settings partition, to be flashed with
//! `esptool write-flash 0x9000 TO`. The file holds the broker's password: it is made for its owner alone.

use std::{
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use device::{RECEIPTS_TOPIC, settings};
use eyre::{WrapErr as _, bail, eyre};

fn main() -> eyre::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, from, to] = &arguments[..] else { bail!("provision settings FROM TO") };
    if command != "settings" {
        bail!("no such command: {command} (settings)");
    }
    let text = std::fs::read_to_string(from).wrap_err_with(|| from.clone())?;
    let partition = image(&text)?;
    write(&PathBuf::from(to), &partition).wrap_err_with(|| to.clone())?;
    println!("{to}: settings of {}", settings::device_id(&partition)?);
    Ok(())
}

/// The partition's bytes, if the device will take them.
fn image(text: &str) -> eyre::Result<Vec<u8>> {
    let mut partition = settings::seal(text).into_bytes();
    if partition.len() > settings::MAX_SETTINGS {
        bail!("settings of {} bytes, at most {}", partition.len(), settings::MAX_SETTINGS);
    }
    partition.resize(settings::MAX_SETTINGS, 0xff);
    let topic = format!("{RECEIPTS_TOPIC}{}", settings::device_id(&partition)?);
    let settings = settings::parse(&partition, node::MAX_QUEUE, &topic)?;
    settings.node.check()?;
    settings.modem.check().map_err(|error| eyre!("{error}"))?;
    Ok(partition)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
