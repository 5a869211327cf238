//! What a person can set: where things lie, ports, times, and which parts are their own.

use std::{net::Ipv4Addr, path::PathBuf};

use clap::{Args, ValueEnum};
use fleet::generate::{DEFAULT_DEVICES, MIN_DEVICES};

/// Options of `devnet up`, which is what `script/up` runs.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Folder of this devnet: keys, data, logs, endpoints.json
    #[arg(long, env = "DEVNET_DIR", value_name = "DIR", default_value = ".devnet")]
    pub dir: PathBuf,
    /// Begin anew: delete what an earlier devnet left in the folder
    #[arg(long)]
    pub fresh: bool,
    /// Run until every area has an anchored, indexed and verified batch and the backlog is through; then print one
    /// line of JSON, stop everything and exit
    #[arg(long)]
    pub once: bool,
    /// Give --once up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1200)]
    pub once_timeout_s: u64,
    /// Seconds of a batch's period (5 to 1800; a city would take 900)
    #[arg(long, env = "DEVNET_PERIOD_S", value_name = "SECONDS", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(5..=1800))]
    pub period_s: u64,
    /// Hours of the past that the devices deliver first
    #[arg(long, env = "DEVNET_BACKLOG_HOURS", value_name = "HOURS", default_value_t = 48)]
    pub backlog_hours: u64,
    /// Folder of real outages to replay (devices.csv, outages.csv); by default ../shared/data/haryana where it is
    /// present, otherwise a scenario of the same shape is generated
    #[arg(long, env = "HARYANA_DIR", value_name = "DIR")]
    pub replay: Option<PathBuf>,
    /// Generate a scenario from this seed even where outages to replay are present
    #[arg(long, value_name = "SEED", conflicts_with = "replay")]
    pub generate: Option<u64>,
    /// How many devices to generate
    #[arg(long, value_name = "N", default_value_t = DEFAULT_DEVICES as u64, requires = "generate",
          value_parser = clap::value_parser!(u64).range(MIN_DEVICES as u64..=fleet::MAX_DEVICES as u64))]
    pub devices: u64,
    /// Run the devices whole, drivers and all, on simulated modems, secure elements and flash
    #[arg(long)]
    pub whole: bool,
    /// Run whole simulated devices, drivers and all, through four days of faults of the field
    #[arg(long, conflicts_with_all = ["replay", "generate"])]
    pub drill: bool,
    /// Where the parts listen
    #[command(flatten)]
    pub ports: Ports,
    /// Which client runs the chain
    #[arg(long, env = "DEVNET_CHAIN", value_name = "CLIENT", value_enum, default_value_t = Client::Anvil)]
    pub chain: Client,
    /// A MongoDB of your own (replica set or sharded), instead of the embedded SecantusDB
    #[arg(long, env = "DEVNET_MONGODB_URI", value_name = "URI", hide_env_values = true)]
    pub mongodb_uri: Option<String>,
    /// Kubo's RPC of an IPFS node of your own, instead of the embedded one
    #[arg(long, env = "DEVNET_IPFS_API_URL", value_name = "URL", requires = "ipfs_gateway_url")]
    pub ipfs_api_url: Option<String>,
    /// The gateway of that IPFS node
    #[arg(long, env = "DEVNET_IPFS_GATEWAY_URL", value_name = "URL", requires = "ipfs_api_url")]
    pub ipfs_gateway_url: Option<String>,
}

/// A client that runs the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Client {
    /// Foundry's, from npm.
    Anvil,
    /// go-ethereum in its developer mode: `go install github.com/ethereum/go-ethereum/cmd/geth@v1.16.7`.
    Geth,
}

impl Client {
    /// The id of its chain.
    #[must_use]
    pub fn chain_id(self) -> u64 {
        match self {
            Self::Anvil => 31_337,
            // The one id that its developer mode has.
            Self::Geth => 1_337,
        }
    }

    /// As logs name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anvil => "anvil",
            Self::Geth => "geth",
        }
    }
}

/// Where the parts listen, all on 127.0.0.1.
#[derive(Args, Clone, Debug)]
pub struct Ports {
    /// Take free ports instead of the ones below (kept for the folder's next start)
    #[arg(long, env = "DEVNET_FREE_PORTS")]
    pub free_ports: bool,
    /// Ethereum JSON-RPC
    #[arg(long, env = "DEVNET_RPC_PORT", value_name = "PORT", default_value_t = 8545)]
    pub rpc_port: u16,
    /// MQTT over TLS
    #[arg(long, env = "DEVNET_MQTT_PORT", value_name = "PORT", default_value_t = 8883)]
    pub mqtt_port: u16,
    /// MongoDB wire protocol
    #[arg(long, env = "DEVNET_MONGODB_PORT", value_name = "PORT", default_value_t = 27027)]
    pub mongodb_port: u16,
    /// IPFS: Kubo's RPC
    #[arg(long, env = "DEVNET_IPFS_API_PORT", value_name = "PORT", default_value_t = 5001)]
    pub ipfs_api_port: u16,
    /// IPFS: gateway
    #[arg(long, env = "DEVNET_IPFS_GATEWAY_PORT", value_name = "PORT", default_value_t = 8080)]
    pub ipfs_gateway_port: u16,
    /// GraphQL and the web page
    #[arg(long, env = "DEVNET_HTTP_PORT", value_name = "PORT", default_value_t = 4000)]
    pub http_port: u16,
}

impl Ports {
    /// Each port with the option that sets it.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u16); 6] {
        [
            ("--rpc-port", self.rpc_port),
            ("--mqtt-port", self.mqtt_port),
            ("--mongodb-port", self.mongodb_port),
            ("--ipfs-api-port", self.ipfs_api_port),
            ("--ipfs-gateway-port", self.ipfs_gateway_port),
            ("--http-port", self.http_port),
        ]
    }

    /// These ports, with free ones in place of the settings where that is asked for. Others may take a free port
    /// between now and its use; the part then says so and does not start.
    ///
    /// # Errors
    /// No port is free.
    pub fn resolved(mut self) -> std::io::Result<Self> {
        if self.free_ports {
            // All are held at once, so that none is given twice.
            let held: Vec<_> =
                (0..6).map(|_| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
            let port = |i: usize| held[i].local_addr().map(|a| a.port());
            self.rpc_port = port(0)?;
            self.mqtt_port = port(1)?;
            self.mongodb_port = port(2)?;
            self.ipfs_api_port = port(3)?;
            self.ipfs_gateway_port = port(4)?;
            self.http_port = port(5)?;
        }
        Ok(self)
    }
}
