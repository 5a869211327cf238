//! The configuration files of our own services, and how to start them.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use serde::Serialize;
use toml::{Table, Value};

use crate::{
    broker,
    chain::{Deployment, LANE},
    endpoints::Endpoints,
    error::DevnetError,
    keys::Keys,
    page,
    process::Recipe,
    scenario,
    settings::Settings,
    tools::Tools,
};

/// The database that the relayer writes.
pub const INTAKE: &str = "power_intake";
/// The database that the indexer writes.
pub const VIEWS: &str = "power_views";

/// What a scenario is, for `_meta` and every export.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Provenance {
    /// `live`, `replay` or `generated`.
    pub kind: String,
    /// In words.
    pub source: String,
    /// By how much a replay was moved.
    pub shift_s: i64,
    /// How far an outage's end may be off.
    pub uncertainty_s: u64,
}

/// What every recipe needs.
pub struct Context<'a> {
    /// The devnet's folder.
    pub folder: &'a Path,
    /// As the person set it.
    pub settings: &'a Settings,
    /// Executables.
    pub tools: &'a Tools,
    /// Secrets, by path.
    pub keys: &'a Keys,
    /// Addresses.
    pub deployment: &'a Deployment,
    /// URLs.
    pub endpoints: &'a Endpoints,
    /// What the scenario is.
    pub provenance: &'a Provenance,
}

impl Context<'_> {
    /// Writes the services' configuration and says how to start them, in order.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn recipes(&self) -> Result<Vec<Recipe>, DevnetError> {
        Ok(vec![
            self.service("relayer", self.relayer())?,
            self.service("indexer", self.indexer())?,
            self.service("graphql", self.graphql())?,
            self.fleet(),
        ])
    }

    fn service(&self, name: &'static str, table: Table) -> Result<Recipe, DevnetError> {
        let path = self.folder.join(format!("{name}.toml"));
        // A store of one's own may have a password in its address.
        write_private(&path, &table.to_string()).map_err(DevnetError::file(&path))?;
        Ok(Recipe {
            name,
            program: self.tools.service(name),
            arguments: vec!["--config".into(), path.into()],
            environment: vec![],
        })
    }

    fn chain(&self) -> Table {
        Table::from_iter([
            ("rpc_url".into(), self.endpoints.rpc_url.clone().into()),
            ("contracts".into(), self.contracts()),
            ("ipfs_api_url".into(), self.endpoints.ipfs_api_url.clone().into()),
        ])
    }

    fn contracts(&self) -> Value {
        // Numbers and texts: TOML has both.
        Value::try_from(&self.deployment.contracts).unwrap_or_else(|error| unreachable!("{error}"))
    }

    fn store(&self, database: &str) -> Value {
        Table::from_iter([
            ("uri".to_owned(), self.endpoints.mongodb_uri.clone().into()),
            ("database".to_owned(), database.into()),
        ])
        .into()
    }

    fn relayer(&self) -> Table {
        let mut table = self.chain();
        let mqtt = Table::from_iter([
            ("url".to_owned(), self.endpoints.mqtt_url.clone().into()),
            ("ca_file".to_owned(), text(&self.endpoints.mqtt_ca_file)),
            ("client_id".to_owned(), "relayer".into()),
            ("username".to_owned(), broker::RELAYER_USER.into()),
            ("password_file".to_owned(), text(&self.keys.mqtt_password_file)),
        ]);
        table.extend([
            ("lanes".to_owned(), Value::Array(vec![i64::from(LANE).into()])),
            ("period_s".to_owned(), integer(self.settings.period_s)),
            ("signer_key_file".to_owned(), text(&self.keys.relayer_file)),
            ("sponsor_key_file".to_owned(), text(&self.keys.sponsor_file)),
            ("receipt_key_file".to_owned(), text(&self.keys.receipt_file)),
            ("store".to_owned(), self.store(INTAKE)),
            ("mqtt".to_owned(), mqtt.into()),
        ]);
        table
    }

    fn indexer(&self) -> Table {
        let mut table = self.chain();
        table.insert("store".into(), self.store(VIEWS));
        table
    }

    fn graphql(&self) -> Table {
        let mut table = self.chain();
        let provenance = Table::from_iter([
            ("kind".to_owned(), self.provenance.kind.clone().into()),
            ("source".to_owned(), self.provenance.source.clone().into()),
            ("shift_s".to_owned(), self.provenance.shift_s.into()),
            ("uncertainty_s".to_owned(), integer(self.provenance.uncertainty_s)),
        ]);
        table.extend([
            ("listen".to_owned(), format!("127.0.0.1:{}", self.settings.ports.http_port).into()),
            ("ipfs_gateway_url".to_owned(), self.endpoints.ipfs_gateway_url.clone().into()),
            ("intake".to_owned(), self.store(INTAKE)),
            ("views".to_owned(), self.store(VIEWS)),
            ("provenance".to_owned(), provenance.into()),
            // As its defaults have it.
            ("sponsorship".to_owned(), Table::new().into()),
            ("operator".to_owned(), "this devnet".into()),
        ]);
        if let Some(page) = page::built() {
            table.insert("dapp_dir".into(), text(&page));
        }
        if let Some((folder, credit)) = scenario::basemap(self.settings) {
            table.insert("basemap_dir".into(), text(&folder));
            table.insert("basemap_credit".into(), credit.into());
        }
        table
    }

    fn fleet(&self) -> Recipe {
        let state = fleet_folder(self.folder);
        let mut arguments: Vec<std::ffi::OsString> = vec!["--state".into(), state.clone().into()];
        match (&self.settings.replay, self.settings.generate) {
            (Some(folder), _) => arguments.extend(["--replay".into(), folder.into()]),
            _ if self.settings.drill => arguments.push("--drill".into()),
            (None, seed) => {
                let seed = seed.unwrap_or(scenario::DEFAULT_SEED).to_string();
                let devices = self.settings.devices.to_string();
                arguments.extend(["--generate".into(), seed.into(), "--devices".into(), devices.into()])
            }
        }
        if self.settings.whole {
            arguments.push("--whole".into());
        }
        let settings = [
            ("--heartbeat-s", scenario::heartbeat_s(self.settings).to_string()),
            ("--backlog-hours", self.settings.backlog_hours.to_string()),
            ("--broker", self.endpoints.mqtt_url.clone()),
            ("--ca", self.endpoints.mqtt_ca_file.display().to_string()),
            ("--receipt-key", self.keys.receipt_key.to_hex()),
            ("--contract", self.deployment.caip10()),
            ("--status", state.join("status.json").display().to_string()),
            ("--list", state.join("list.jsonl").display().to_string()),
        ];
        arguments.extend(settings.into_iter().flat_map(|(name, value)| [name.into(), value.into()]));
        Recipe { name: "fleet", program: self.tools.service("fleet"), arguments, environment: vec![] }
    }
}

/// Writes a file that nobody else may read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    // A file that was there keeps the mode that it had.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

/// Where the devices keep their keys and queues.
#[must_use]
pub fn fleet_folder(folder: &Path) -> PathBuf {
    folder.join("fleet")
}

fn text(path: &Path) -> Value {
    path.display().to_string().into()
}

fn integer(value: u64) -> Value {
    i64::try_from(value).unwrap_or(i64::MAX).into()
}
