//! The tool as it is used.

use std::{
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output},
};

fn provision(text: &str) -> (Output, Option<Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    std::fs::write(&from, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_provision")).arg("settings").arg(&from).arg(&to).output().unwrap();
    let partition = std::fs::read(&to).ok();
    if partition.is_some() {
        assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o077, 0, "for its owner alone");
    }
    (output, partition)
}

const EXAMPLE: &str = include_str!("../example.settings");

#[test]
fn the_example_becomes_a_partition_that_the_device_reads() {
    let (output, partition) = provision(EXAMPLE);
    assert!(output.status.success(), "{output:?}");
    let partition = partition.unwrap();
    let settings = device::settings::parse(&partition, 100, &["power/v1/receipts/transformer-000001"]).unwrap();
    assert_eq!((settings.node.device_id.as_str(), settings.modem.mqtt().unwrap().port), ("transformer-000001", 8_883));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("secret-word"));
    assert_eq!(partition.len(), device::settings::MAX_SETTINGS);
    let (first, second) = partition.split_at(device::settings::COPY);
    assert_eq!(first, second, "two copies");
}

#[test]
fn a_file_that_everybody_could_read_is_its_owners_alone_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.bin");
    std::fs::write(&path, "longer than what comes after it").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    provision::partition::write_private(&path, b"secret-word").unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read(&path).unwrap(), b"secret-word");
}

#[test]
fn what_the_device_would_refuse_is_refused_here_and_named() {
    let cases = [
        ("port=8883", "port=0", "port"),
        ("heartbeat_s=900", "heartbeat_s=0", "heartbeat_s"),
        ("transformer-000001", "Transformer", "device_id"),
        ("latitude_e6=25594095", "latitude_e6=95000000", "coordinates"),
        ("host=broker.example", "host=a\"b", "host"),
        ("-----BEGIN", "----BEGIN", "certificate"),
        ("receipt_keys=04", "receipt_keys=05", "receipt_keys"),
        ("apn=iot.example\n", "", "apn"),
    ];
    for (from, to, named) in cases {
        let (output, partition) = provision(&EXAMPLE.replace(from, to));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && partition.is_none() && said.contains(named), "{to}: {said}");
        assert!(!said.contains("secret-word"), "{said}");
    }
}
