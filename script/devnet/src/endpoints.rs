//! `endpoints.json`: where everything is, for people and scripts.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bindings::Addresses;
use serde::{Deserialize, Serialize};

use crate::{broker, chain::Deployment, error::DevnetError, officials::Official, settings::Settings, tools::Tools};

/// Addresses of a running devnet. Nothing secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Endpoints {
    /// Ethereum JSON-RPC.
    pub rpc_url: String,
    /// The chain's id.
    pub chain_id: u64,
    /// The contracts; none before they are deployed.
    pub contracts: Option<Addresses>,
    /// Who acts on complaints, in each area.
    #[serde(default)]
    pub officials: Vec<Official>,
    /// The web page, and the origin of `/graphql`, `/ipfs` and `/rpc`.
    pub dapp_url: String,
    /// The CID of the built page; none before it is on IPFS, and where it is not built.
    #[serde(default)]
    pub dapp_cid: Option<String>,
    /// The page from the IPFS gateway, asking the service at `dapp_url`.
    #[serde(default)]
    pub dapp_ipfs_url: Option<String>,
    /// GraphQL over HTTP and WebSocket.
    pub graphql_url: String,
    /// GraphiQL.
    pub graphiql_url: String,
    /// Kubo's RPC.
    pub ipfs_api_url: String,
    /// The IPFS gateway: blocks, files and folders.
    pub ipfs_gateway_url: String,
    /// The broker.
    pub mqtt_url: String,
    /// The authority that the broker's certificate is signed by.
    pub mqtt_ca_file: PathBuf,
    /// The store.
    pub mongodb_uri: String,
    /// Its databases: intake and views.
    pub mongodb_databases: [String; 2],
    /// Logs, one file a part.
    pub logs_dir: PathBuf,
    /// The command that checks all this from chain and IPFS alone.
    pub verifier: PathBuf,
    /// The devices' own list of what they made and what was receipted.
    pub fleet_list: PathBuf,
    /// Seconds of a batch's period.
    pub period_s: u64,
}

impl Endpoints {
    /// What follows from the settings.
    #[must_use]
    pub fn new(settings: &Settings, folder: &Path, tools: &Tools) -> Self {
        let ports = &settings.ports;
        let local = |port: u16| format!("http://127.0.0.1:{port}");
        let or_local = |own: &Option<String>, port| own.clone().unwrap_or_else(|| local(port));
        let dapp_url = local(ports.http_port);
        Self {
            rpc_url: local(ports.rpc_port),
            chain_id: settings.chain.chain_id(),
            contracts: None,
            officials: Vec::new(),
            graphql_url: format!("{dapp_url}/graphql"),
            graphiql_url: format!("{dapp_url}/graphiql"),
            dapp_url,
            dapp_cid: None,
            dapp_ipfs_url: None,
            ipfs_api_url: or_local(&settings.ipfs_api_url, ports.ipfs_api_port),
            ipfs_gateway_url: or_local(&settings.ipfs_gateway_url, ports.ipfs_gateway_port),
            mqtt_url: format!("mqtts://127.0.0.1:{}", ports.mqtt_port),
            mqtt_ca_file: broker::authority_file(&folder.join("broker")),
            mongodb_uri: settings
                .mongodb_uri
                .clone()
                .unwrap_or_else(|| format!("mongodb://127.0.0.1:{}/?directConnection=true", ports.mongodb_port)),
            mongodb_databases: [crate::services::INTAKE.into(), crate::services::VIEWS.into()],
            logs_dir: folder.join("logs"),
            verifier: tools.service("verifier"),
            fleet_list: crate::services::fleet_folder(folder).join("list.jsonl"),
            period_s: settings.period_s,
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), DevnetError> {
        // A store of one's own may have a password in its address.
        let mut shown = self.clone();
        shown.mongodb_uri = without_password(&self.mongodb_uri);
        write_json(&folder.join("endpoints.json"), &shown)
    }

    pub(crate) fn published(&mut self, cid: String) {
        // The page's own address is behind the #, so the gateway sees the folder alone.
        self.dapp_ipfs_url = Some(format!("{}/ipfs/{cid}/#/?service={}", self.ipfs_gateway_url, self.dapp_url));
        self.dapp_cid = Some(cid);
    }

    pub(crate) fn deployed(&mut self, deployment: &Deployment, officials: &[Official]) {
        self.contracts = Some(deployment.contracts.clone());
        self.officials = officials.to_vec();
    }
}

fn without_password(uri: &str) -> String {
    match (uri.split_once("://"), uri.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => uri.to_owned(),
    }
}

/// Writes JSON beside and renames it into place.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), DevnetError> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let beside = path.with_extension("json.new");
    fs::write(&beside, text + "\n").map_err(DevnetError::file(&beside))?;
    fs::rename(&beside, path).map_err(DevnetError::file(path))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_password_is_written() {
        let without = super::without_password;
        assert_eq!(without("mongodb://u:p@ss@h:1/?x=1"), "mongodb://h:1/?x=1");
        assert_eq!(without("mongodb://h:1/?x=1"), "mongodb://h:1/?x=1");
    }
}
