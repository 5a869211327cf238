//! The command line: arguments in, exit status out.

use std::{
    fmt::Display,
    fs::File,
    io::{self, BufReader, Write as _},
    path::{Path, PathBuf},
};

use alloy::{
    primitives::{Address, B256},
    transports::http::reqwest::Url,
};
use bindings::Addresses;
use clap::{Parser, Subcommand};
use serde::{Deserialize, Serialize};

use crate::{
    Counted, Ipfs, IpfsError, LeafList, RecordQuery, Register, Verdict, Verifier,
    bulk::{BulkError, InclusionArgs, check_inclusion, check_records, root_of_lines},
};

/// Where a devnet that runs in the working directory says where it is.
const DEVNET_ENDPOINTS: &str = ".devnet/endpoints.json";

/// Checks power records from an Ethereum RPC and IPFS alone; no service of this project is asked.
///
/// Exit status: 0 if what was asked holds; 1 if it does not, or could not be established (chain away, no such batch);
/// 2 if the question itself does not parse.
#[derive(Parser, Debug)]
#[command(name = "verifier", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Finds a device's record and proves it, each step with its values
    Record {
        /// The device
        #[arg(long, value_name = "DEVICE")]
        device: String,
        /// The record's sequence
        #[arg(long)]
        sequence: u64,
        /// The area, if known; else the rosters of all areas are searched
        #[arg(long)]
        area: Option<String>,
        /// A batch to look at first; not trusted, the answer is the same without
        #[arg(long, value_name = "NUMBER")]
        batch: Option<u64>,
        #[command(flatten)]
        source: Source,
    },
    /// Checks one batch
    Batch {
        /// The area
        area: String,
        /// The batch number
        number: u64,
        #[command(flatten)]
        source: Source,
    },
    /// Checks all batches of an area, and what only shows across them
    Area {
        /// The area
        area: String,
        /// First batch number; the area's first by default
        #[arg(long, value_name = "NUMBER")]
        from: Option<u64>,
        /// Last batch number, inclusive; the newest by default, and where it is higher than that
        #[arg(long, value_name = "NUMBER")]
        to: Option<u64>,
        /// JSON lines {"device_id","sequence","leaf"}, or a fleet's own list: also checks that each leaf, of a fleet
        /// each receipted one, is anchored exactly once
        #[arg(long, value_name = "FILE")]
        list: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Lists the outages of an area's transformers and streets, as their own signed records tell them
    Outages {
        /// The area
        area: String,
        /// Only this device's
        #[arg(long, value_name = "DEVICE")]
        device: Option<String>,
        #[command(flatten)]
        source: Source,
    },
    /// Replays a complaint from the chain, and says what the sensors say of it
    Complaint {
        /// The complaint, 0x and hex
        id: B256,
        #[command(flatten)]
        source: Source,
    },
    /// Lists the planned outages of an area: who announced what, and whether in time
    Notices {
        /// The area
        area: String,
        /// Only what concerns this feeder
        #[arg(long)]
        feeder: Option<String>,
        #[command(flatten)]
        source: Source,
    },
    /// Counts what became of the complaints of an area, by the clock and by the sensors
    Scorecard {
        /// The area
        #[arg(long)]
        area: String,
        /// One official's wallet; all of the area by default
        #[arg(long, value_name = "ADDRESS")]
        official: Option<Address>,
        /// Only the complaints of one substation's sites and feeders
        #[arg(long, value_name = "STATION")]
        station: Option<String>,
        /// Begin of the period, UNIX seconds; the beginning by default
        #[arg(long, value_name = "UNIX_S")]
        from: Option<u64>,
        /// End of the period, exclusive; the newest block by default
        #[arg(long, value_name = "UNIX_S")]
        to: Option<u64>,
        #[command(flatten)]
        source: Source,
    },
    /// Reads JSON lines {"public_key","record"}; answers each with {"valid":true,"leaf"} or {"valid":false,"error"}
    Records,
    /// Reads leaves' data as hex, one a line; prints the RFC 6962 root
    Root,
    /// Checks an RFC 6962 inclusion proof: 0 if it holds, 1 if not, 2 if the text does not parse
    Inclusion(InclusionArgs),
}

/// Where chain and IPFS are.
#[derive(clap::Args, Debug)]
struct Source {
    /// Ethereum JSON-RPC [default: that of the endpoints, else http://127.0.0.1:8545]
    #[arg(long, value_name = "URL")]
    rpc_url: Option<String>,
    /// Kubo's RPC [default: that of the endpoints, else http://127.0.0.1:5001]
    #[arg(long, value_name = "URL")]
    ipfs_api: Option<String>,
    /// The contract Anchors
    #[arg(long, value_name = "ADDRESS")]
    anchors: Option<Address>,
    /// The contract Rosters
    #[arg(long, value_name = "ADDRESS")]
    rosters: Option<Address>,
    /// JSON file with rpc_url, ipfs_api_url and contracts (anchors and rosters; all of them where testimonies are to be
    /// read, for complaints, scorecards and notices); without it and without addresses, .devnet/endpoints.json
    #[arg(long, value_name = "FILE")]
    endpoints: Option<PathBuf>,
    /// Prints the report as JSON
    #[arg(long)]
    json: bool,
}

/// What this command reads of an endpoints file.
#[derive(Default, Deserialize)]
struct Endpoints {
    rpc_url: Option<String>,
    ipfs_api_url: Option<String>,
    #[serde(default)]
    contracts: serde_json::Value,
}

/// Why a question could not be asked or answered.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file of endpoints or leaves cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// Nothing says where the contracts are.
    #[error("where is the contract {0}? Give --{0}, or --endpoints, or run beside .devnet/endpoints.json")]
    NoAddress(&'static str),
    /// The address of the RPC is none.
    #[error("not an address of an RPC: {0}")]
    RpcUrl(String),
    /// The chain or IPFS cannot be asked, or has no such thing.
    #[error(transparent)]
    Verify(#[from] crate::Error),
    /// Standard input or an argument does not parse.
    #[error(transparent)]
    Bulk(#[from] BulkError),
    /// Writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl CliError {
    /// The exit status: 1 where the answer could not be had, 2 where the question does not parse.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Verify(crate::Error::Ipfs(IpfsError::Address(_))) => 2,
            Self::Verify(_) | Self::Io(_) | Self::Bulk(BulkError::Io(_)) => 1,
            Self::File { .. } | Self::NoAddress(_) | Self::RpcUrl(_) | Self::Bulk(_) => 2,
        }
    }

    /// Whether the reader of `verifier records` has read enough: no error of ours.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Bulk(BulkError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// What became of writing an answer: a reader that left (as `| head -1` does) changes nothing of the exit status.
fn shown(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Answers a command line; `true` where what was asked holds.
///
/// # Errors
/// [`CliError`] where it could not be asked.
pub async fn run(cli: Cli) -> Result<bool, CliError> {
    match cli.command {
        Command::Record { device, sequence, area, batch, source } => {
            let query = RecordQuery { device_id: device, sequence, area_id: area, batch_hint: batch };
            let report = source.verifier()?.find_record(&query).await?;
            source.print(&report)?;
            Ok(!report.proofs.is_empty() || !report.testified.is_empty())
        }
        Command::Batch { area, number, source } => {
            let report = source.verifier()?.check_batch(&area, number).await?;
            source.print(&report)?;
            Ok(matches!(report.verdict, Verdict::Verified | Verdict::Empty))
        }
        Command::Area { area, from, to, list, source } => {
            let list = list.as_deref().map(read_list).transpose()?;
            let report = source.verifier()?.audit_area(&area, from, to, list).await?;
            source.print(&report)?;
            Ok(report.is_good())
        }
        Command::Outages { area, device, source } => {
            let report = source.verifier()?.outages(&area, device.as_deref()).await?;
            source.print(&report)?;
            Ok(report.is_good())
        }
        Command::Complaint { id, source } => match source.register()?.complaint(id).await? {
            Some(report) => {
                source.print(&report)?;
                Ok(report.is_good())
            }
            None => {
                eprintln!("verifier: there is no complaint {id}");
                Ok(false)
            }
        },
        Command::Notices { area, feeder, source } => {
            let report = source.register()?.planned(&area, feeder.as_deref()).await?;
            source.print(&report)?;
            Ok(report.is_good())
        }
        Command::Scorecard { area, official, station, from, to, source } => {
            let counted = Counted { area_id: area, official, station, from_unix_s: from, to_unix_s: to };
            let report = source.register()?.scorecard(&counted).await?;
            source.print(&report)?;
            Ok(report.is_good())
        }
        Command::Records => check_records(io::stdin().lock(), io::stdout().lock()).map(|()| true).map_err(Into::into),
        Command::Root => {
            let root = root_of_lines(io::stdin().lock())?;
            shown(writeln!(io::stdout(), "{}", protocol::to_hex(&root)))?;
            Ok(true)
        }
        Command::Inclusion(args) => {
            let verdict = check_inclusion(&args)?;
            let written = match verdict {
                Ok(()) => writeln!(io::stdout(), "valid"),
                Err(error) => writeln!(io::stdout(), "invalid: {error}"),
            };
            shown(written)?;
            Ok(verdict.is_ok())
        }
    }
}

impl Source {
    fn verifier(&self) -> Result<Verifier, CliError> {
        let known = self.endpoints()?;
        let address = |name: &'static str, given: Option<Address>| {
            let known = || known.contracts.get(name)?.as_str()?.parse().ok();
            given.or_else(known).ok_or(CliError::NoAddress(name))
        };
        let anchors = address("anchors", self.anchors)?;
        let rosters = address("rosters", self.rosters)?;
        let or = |given: &Option<String>, known: Option<String>, default: &str| {
            given.clone().or(known).unwrap_or_else(|| default.to_owned())
        };
        let rpc_url = or(&self.rpc_url, known.rpc_url, "http://127.0.0.1:8545");
        let rpc_url: Url = rpc_url.parse().map_err(|_| CliError::RpcUrl(rpc_url))?;
        let ipfs = or(&self.ipfs_api, known.ipfs_api_url, "http://127.0.0.1:5001");
        let ipfs = Ipfs::new(&ipfs).map_err(crate::Error::from)?;
        let verifier = Verifier::connect(rpc_url, anchors, rosters, ipfs);
        // Addresses given one by one are of another installation than the file's.
        let is_of_file = self.anchors.is_none() && self.rosters.is_none();
        match serde_json::from_value::<Addresses>(known.contracts).ok().filter(|_| is_of_file) {
            Some(all) => Ok(verifier.with_testimonies(&all)),
            None => Ok(verifier),
        }
    }

    /// Complaints have more contracts than records: their addresses come from a file.
    fn register(&self) -> Result<Register, CliError> {
        #[derive(Deserialize)]
        struct Deployed {
            contracts: Addresses,
        }
        let path = self.endpoints.clone().unwrap_or_else(|| DEVNET_ENDPOINTS.into());
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let Deployed { contracts } = serde_json::from_str(&text).map_err(|error| unreadable(&path, error))?;
        Ok(Register::new(self.verifier()?, contracts))
    }

    fn endpoints(&self) -> Result<Endpoints, CliError> {
        let default = Path::new(DEVNET_ENDPOINTS);
        let path = match &self.endpoints {
            Some(path) => path,
            None if self.anchors.is_none() && self.rosters.is_none() && default.exists() => default,
            None => return Ok(Endpoints::default()),
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        serde_json::from_str(&text).map_err(|error| unreadable(path, error))
    }

    fn print(&self, report: &(impl Display + Serialize)) -> Result<(), io::Error> {
        let mut out = io::stdout().lock();
        let written =
            if self.json { writeln!(out, "{}", serde_json::to_string(report)?) } else { write!(out, "{report}") };
        shown(written)
    }
}

fn unreadable(path: &Path, reason: impl Display) -> CliError {
    CliError::File { path: path.display().to_string(), reason: reason.to_string() }
}

fn read_list(path: &Path) -> Result<LeafList, CliError> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    LeafList::read(BufReader::new(file)).map_err(|error| unreadable(path, error))
}
