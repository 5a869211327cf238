//! The configuration: one TOML file, unknown fields refused.

use std::time::Duration;

use bindings::Addresses;
use serde::Deserialize;

/// How the indexer runs. `example.toml` beside the crate has every field.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Ethereum JSON-RPC, http.
    pub rpc_url: String,
    /// Where the contracts are, and since when: what `contracts/deployments/<chain id>.json` says.
    pub contracts: Addresses,
    /// Kubo's RPC.
    pub ipfs_api_url: String,
    /// How often the chain is asked for its head, in milliseconds.
    #[serde(default = "default_poll_ms")]
    pub poll_ms: u64,
    /// The views database.
    pub store: store::Settings,
}

fn default_poll_ms() -> u64 {
    500
}

impl Config {
    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms.max(10))
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn the_example_is_read_and_unknown_fields_are_refused() {
        let example = include_str!("../example.toml");
        let config: Config = toml::from_str(example).unwrap();
        assert_eq!(config.store.database, "power_views");
        assert!(!format!("{config:?}").contains(&config.store.uri));
        assert!(toml::from_str::<Config>(&format!("pool_ms = 1\n{example}")).is_err());
    }
}
