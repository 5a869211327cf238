//! The broker: mosquitto with TLS, on certificates that the devnet makes for itself.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio::process::Command;

use crate::{error::DevnetError, process::Recipe, tools::Tools};

/// Who the relayer is to the broker.
pub const RELAYER_USER: &str = "relayer";

/// The file with the operator's password, beside that of the relayer.
pub const OPERATOR_PASSWORD: &str = "operator.password";
/// Who the devices' operator is to the broker.
const OPERATOR_USER: &str = "operator";

/// Devices sign what they send, so the broker need not know them: anybody may publish records, requests and reports and
/// read receipts and orders (which are signed too). Nobody but the relayer may read records or publish receipts, nobody
/// but the operator publish orders or read requests and reports.
const ACCESS: &str = "topic write power/v1/records/+\ntopic read power/v1/receipts/+\ntopic read power/v1/orders/+/+\n\
                      topic write power/v1/requests/+\ntopic write power/v1/reports/+\n\n\
                      user relayer\ntopic read power/v1/records/+\ntopic write power/v1/receipts/+\n\n\
                      user operator\ntopic write power/v1/orders/+/+\ntopic read power/v1/requests/+\n\
                      topic read power/v1/reports/+\n";

/// The authority's certificate, which clients trust.
#[must_use]
pub fn authority_file(folder: &Path) -> PathBuf {
    folder.join("ca.pem")
}

/// Writes certificates, passwords and configuration where they are missing, and says how to start the broker.
///
/// # Errors
/// A file cannot be written or a certificate not made.
pub async fn prepare(folder: &Path, tools: &Tools, port: u16, password_file: &Path) -> Result<Recipe, DevnetError> {
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(DevnetError::file(&data))?;
    if !folder.join("server.key").exists() {
        certificates(folder)?;
    }
    let access = folder.join("access.conf");
    fs::write(&access, ACCESS).map_err(DevnetError::file(&access))?;
    let users = password(folder, tools, password_file).await?;
    let configuration = folder.join("mosquitto.conf");
    let show = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "listener {port} 127.0.0.1\ncertfile {}\nkeyfile {}\nallow_anonymous true\npassword_file {}\nacl_file {}\n\
         persistence true\npersistence_location {}/\nautosave_interval 5\nmax_inflight_messages 1000\n\
         max_queued_messages 100000\nmessage_size_limit 1024\nlog_dest stderr\nlog_type error\nlog_type warning\n\
         log_type notice\nconnection_messages false\nuser {}\n",
        show("server.pem"),
        show("server.key"),
        users.display(),
        access.display(),
        data.display(),
        // Started by root it would otherwise change to a user that may not read the folder.
        std::env::var("USER").unwrap_or_else(|_| "root".into()),
    );
    fs::write(&configuration, text).map_err(DevnetError::file(&configuration))?;
    Ok(Recipe {
        name: "mosquitto",
        program: tools.mosquitto.clone(),
        arguments: vec!["-c".into(), configuration.into()],
        environment: vec![],
    })
}

/// The password file, hashed as mosquitto wants it. The operator's password lies beside the relayer's.
async fn password(folder: &Path, tools: &Tools, password_file: &Path) -> Result<PathBuf, DevnetError> {
    let password = fs::read_to_string(password_file).map_err(DevnetError::file(password_file))?;
    let operator_file = password_file.with_file_name(OPERATOR_PASSWORD);
    let operator = fs::read_to_string(&operator_file).map_err(DevnetError::file(&operator_file))?;
    let users = folder.join("users");
    let text = format!("{RELAYER_USER}:{}\n{OPERATOR_USER}:{}\n", password.trim(), operator.trim());
    write_secret(&users, &text)?;
    let status = Command::new(&tools.mosquitto_passwd).arg("-U").arg(&users).status().await;
    match status.map_err(DevnetError::file(&tools.mosquitto_passwd))? {
        status if status.success() => Ok(users),
        status => {
            Err(DevnetError::File { path: users, error: std::io::Error::other(format!("mosquitto_passwd: {status}")) })
        }
    }
}

fn certificates(folder: &Path) -> Result<(), DevnetError> {
    let failed = |error: rcgen::Error| DevnetError::File {
        path: folder.to_owned(),
        error: std::io::Error::other(format!("certificate: {error}")),
    };
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "power tracker devnet");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_key = KeyPair::generate().map_err(failed)?;
    let certificate = authority.self_signed(&authority_key).map_err(failed)?;
    let issuer = Issuer::new(authority, authority_key);
    let server = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).map_err(failed)?;
    let server_key = KeyPair::generate().map_err(failed)?;
    let server = server.signed_by(&server_key, &issuer).map_err(failed)?;
    let path = authority_file(folder);
    fs::write(&path, certificate.pem()).map_err(DevnetError::file(&path))?;
    let path = folder.join("server.pem");
    fs::write(&path, server.pem()).map_err(DevnetError::file(&path))?;
    // Last: its presence says that all three are there.
    write_secret(&folder.join("server.key"), &server_key.serialize_pem())
}

fn write_secret(path: &Path, text: &str) -> Result<(), DevnetError> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(DevnetError::file(path))?;
    file.write_all(text.as_bytes()).map_err(DevnetError::file(path))
}
