//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, builder::RangedU64ValueParser};
use protocol::key::PublicKey;

use crate::{
    Broker, EnrolConfig, Line, MAX_DEVICES, RunConfig, Source, drill,
    generate::{DEFAULT_DEVICES, MIN_DEVICES},
};

/// Seconds between heartbeats, but for the drill's.
const HEARTBEAT_S: u64 = 900;

/// Many simulated devices with the real device logic, each with its own key, over a real broker.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    enrol: Option<EnrolArgs>,
    #[command(flatten)]
    run: Option<RunArgs>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make keys and the shift in time, once, and write the rows for the registrar; run nothing.
    Enrol(EnrolArgs),
}

#[derive(Debug, Args)]
struct EnrolArgs {
    /// Replay the outages of devices.csv and outages.csv in this folder (read in place).
    #[arg(long, value_name = "DIR", required_unless_present_any = ["generate", "drill"], conflicts_with = "generate")]
    replay: Option<PathBuf>,
    /// Make a scenario of the same shape, the same for the same seed.
    #[arg(long, value_name = "SEED")]
    generate: Option<u64>,
    /// Run whole devices, modem, secure element and flash simulated, through eight faults of the field.
    #[arg(long, conflicts_with_all = ["replay", "generate"])]
    drill: bool,
    /// How many devices to generate, rounded up to whole feeders of three. Nothing with --drill or --replay.
    #[arg(long, default_value_t = DEFAULT_DEVICES as u64, value_parser = parse_devices())]
    devices: u64,
    /// Whole devices, modem, secure element, flash and supply simulated, as --drill does. They live through the hours of
    /// the past one by one.
    #[arg(long)]
    whole: bool,
    /// Where keys, shift and journal live; a restart resumes from it.
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Write one JSON file per area with the rows for the registrar.
    #[arg(long, value_name = "DIR")]
    roster_out: Option<PathBuf>,
    /// Seconds between heartbeats, fixed at enrolment; without it 900, with --drill four hours.
    #[arg(long)]
    heartbeat_s: Option<u64>,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Hours of the past that the devices deliver as their backlog at the first start. Nothing with --drill.
    #[arg(long, default_value_t = 48)]
    backlog_hours: u64,
    /// The broker, `mqtts://host:port`.
    #[arg(long, value_name = "URL")]
    broker: String,
    /// The certificate authority that signed the broker's certificate (PEM).
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    /// User name at the broker.
    #[arg(long, requires = "password_file")]
    username: Option<String>,
    /// File with the password at the broker.
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
    /// Connections over which the devices are spread.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=1024))]
    connections: u64,
    /// A relayer's receipt key, uncompressed point in hex; may be repeated (at most eight).
    #[arg(long, value_name = "HEX", required = true, value_parser = parse_key)]
    receipt_key: Vec<PublicKey>,
    /// The contract that receipts must name, `eip155:<chain id>:0x<address in lower case>`.
    #[arg(long, value_name = "CAIP10")]
    contract: String,
    /// Rewritten every second with one JSON line.
    #[arg(long, value_name = "FILE")]
    status: Option<PathBuf>,
    /// Every record made and receipt taken, appended as JSON lines. Nothing with --drill and --whole: whole devices keep
    /// their own flash.
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Of a thousand records, and of a thousand receipts, lose so many on the line.
    #[arg(long, value_name = "PERMILLE", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=999))]
    drop: u64,
    /// Delay each record on the line by up to so many milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    delay_ms: u64,
    /// Cut every connection each EVERY seconds for FOR seconds.
    #[arg(long, value_name = "EVERY:FOR", value_parser = Line::parse_outage)]
    outage_of_line: Option<(u64, u64)>,
}

fn parse_devices() -> RangedU64ValueParser {
    clap::value_parser!(u64).range(MIN_DEVICES as u64..=MAX_DEVICES as u64)
}

fn parse_key(text: &str) -> Result<PublicKey, String> {
    PublicKey::from_hex(text).map_err(|error| error.to_string())
}

impl EnrolArgs {
    fn config(&self) -> EnrolConfig {
        let source = match (&self.replay, self.generate) {
            _ if self.drill => Source::Drill,
            (Some(dir), _) => Source::Replay(dir.clone()),
            (None, seed) => Source::Generated { seed: seed.unwrap_or_default(), devices: self.devices as usize },
        };
        let usual_s = if self.drill { drill::HEARTBEAT_S } else { HEARTBEAT_S };
        EnrolConfig {
            source,
            state_dir: self.state.clone(),
            roster_out: self.roster_out.clone(),
            heartbeat_s: self.heartbeat_s.unwrap_or(usual_s),
            whole: self.whole,
        }
    }
}

impl Cli {
    /// What `fleet enrol` was asked for.
    #[must_use]
    pub fn enrolment(&self) -> Option<EnrolConfig> {
        self.command.as_ref().map(|Command::Enrol(args)| args.config())
    }

    /// What a run was asked for.
    ///
    /// # Errors
    /// Files that cannot be read, a broker that is no `mqtts://host:port`.
    pub fn run_config(self) -> eyre::Result<RunConfig> {
        let (enrol, args) = self.enrol.zip(self.run).ok_or_else(|| eyre::eyre!("nothing to run: see --help"))?;
        let login = match (args.username, args.password_file) {
            (Some(username), Some(file)) => Some((username, std::fs::read_to_string(file)?.trim_end().to_owned())),
            _ => None,
        };
        Ok(RunConfig {
            enrol: enrol.config(),
            backlog_hours: args.backlog_hours,
            broker: Broker::parse(&args.broker, std::fs::read(args.ca)?, login)?,
            connections: args.connections as usize,
            receipt_keys: args.receipt_key,
            contract: args.contract,
            status: args.status,
            list: args.list,
            line: Line { drop_permille: args.drop as u32, delay_ms: args.delay_ms, outage_s: args.outage_of_line },
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    const KEY: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn enrol_needs_no_broker_and_run_does() {
        let enrol = Cli::try_parse_from(["fleet", "enrol", "--generate", "7", "--state", "s"]).unwrap();
        let config = enrol.enrolment().unwrap();
        assert!(matches!(config.source, Source::Generated { seed: 7, devices: DEFAULT_DEVICES }));
        assert_eq!(config.heartbeat_s, HEARTBEAT_S);
        assert!(Cli::try_parse_from(["fleet", "--generate", "7", "--state", "s"]).is_err());
        assert!(Cli::try_parse_from(["fleet", "enrol", "--state", "s"]).is_err());
        let run = ["--generate", "7", "--state", "s", "--broker", "mqtts://h:1", "--ca", "f", "--receipt-key", KEY];
        let run = ["fleet"].iter().chain(&run).chain(&["--contract", "eip155:1:0xaa", "--outage-of-line", "60:5"]);
        let run = Cli::try_parse_from(run).unwrap();
        assert!(run.enrolment().is_none());
        assert_eq!(run.enrol.unwrap().config().source, Source::Generated { seed: 7, devices: DEFAULT_DEVICES });
        assert_eq!(run.run.unwrap().outage_of_line, Some((60, 5)));
    }

    #[test]
    fn the_drill_has_a_heartbeat_of_its_own_unless_told_otherwise() {
        let heartbeat_s = |more: &[&str]| {
            let drill = ["fleet", "enrol", "--drill", "--state", "s"];
            Cli::try_parse_from(drill.iter().chain(more)).unwrap().enrolment().unwrap().heartbeat_s
        };
        assert_eq!((heartbeat_s(&[]), heartbeat_s(&["--heartbeat-s", "60"])), (drill::HEARTBEAT_S, 60));
    }
}
