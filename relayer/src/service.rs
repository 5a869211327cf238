//! The service: connects everything and runs until it is told to stop.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use p256::ecdsa::SigningKey;
use store::intake::Intake;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Config,
    account::Account,
    clock::now_unix_s,
    failure::{Failure, Fatal, Halt, Patience, until_done},
    intake::{self, Directory, LANE_QUEUE_RECORDS},
    ipfs::Ipfs,
    lane::{
        anchoring::{Chain, Standing},
        collecting::{self, Collector},
        pages::{self, Carrier},
    },
    leases::Leases,
    mqtt, receipts, refusals,
    rosters::Source,
    submissions::Sponsor,
};

/// How often the rosters of areas that other relayers collect are read again.
const FOREIGN_ROSTERS: Duration = Duration::from_secs(300);
/// How long a clean stop may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Relays until `shutdown`.
///
/// # Errors
/// [`Fatal`]: what only a person can put right.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Fatal> {
    config.check()?;
    match start(&config, &shutdown.child_token()).await {
        Ok(()) | Err(Halt::Stopped) => Ok(()),
        Err(Halt::Fatal(fatal)) => Err(fatal),
    }
}

async fn start(config: &Config, stop: &CancellationToken) -> Result<(), Halt> {
    let signer = config.signer().map_err(Fatal::Config)?;
    let receipt_key = config.receipt_key().map_err(Fatal::Config)?;
    let ipfs = Ipfs::new(&config.ipfs_api_url)?;
    let intake = Intake::connect(&config.store).await.map_err(Fatal::Store)?;
    let chain = until_done(stop, "RPC", || async { Chain::connect(config, signer.clone()).await }).await?;
    until_done(stop, "store, indexes", || async { intake.ensure_indexes().await }).await?;
    let mut firsts = BTreeMap::new();
    for &lane in &config.lanes {
        let first =
            until_done(stop, "lanes", || async { check_lane(&chain, &intake, &receipt_key, lane).await }).await?;
        firsts.insert(lane, first);
    }
    let holder = format!("{}/{}/{}", config.mqtt.client_id, std::process::id(), instance());
    let sponsor = match config.sponsor().map_err(Fatal::Config)? {
        Some(key) => {
            let account = until_done(stop, "RPC", || async { Account::connect(config, key.clone()).await }).await?;
            let (addresses, bump) = (config.contracts.clone(), Duration::from_secs(config.fee_bump_after_s));
            Some(Sponsor::new(intake.clone(), ipfs.clone(), account, addresses, holder.clone(), config.lease_s, bump))
        }
        None => None,
    };
    let leases = Leases::take(&intake, &config.lanes, holder, config.lease_s, stop).await?;
    let parts = Parts { config, chain, ipfs, intake, receipt_key, sponsor, stop };
    let ended = match parts.spawn(firsts, leases.clone()).await {
        Ok(tasks) => wait(tasks, stop).await,
        Err(halt) => Err(halt),
    };
    leases.release().await;
    ended
}

/// Tells this start from any other: a process that was killed may come back under its old id.
fn instance() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

/// Whether the relayer may serve the lane, and whether the store's pages are on this chain; number and start of the
/// lane's next page for a store that has none.
async fn check_lane(chain: &Chain, intake: &Intake, key: &SigningKey, lane: u32) -> Result<(u64, u64), Failure> {
    if let Err(error @ bindings::Error::NoContract(_)) = chain.contracts.lane(lane).await {
        return Err(Fatal::Chain(error).into());
    }
    let on_chain = chain.lane(lane).await?;
    let account = chain.account.address();
    if !chain.contracts.is_relayer(lane, account).await? {
        return Err(Fatal::NotGranted { lane, reason: format!("{account} is not one of its relayers") }.into());
    }
    let recorded = chain.contracts.receipt_key(lane, account).await?;
    if recorded.is_none_or(|recorded| recorded.to_point() != *key.verifying_key().to_encoded_point(false).as_bytes()) {
        let reason = format!("receipt_key_file is not the receipt key that {account} was granted with");
        return Err(Fatal::NotGranted { lane, reason }.into());
    }
    let first_open = intake.first_open_page(lane).await?.map(|page| page.number);
    let last_final = match first_open {
        Some(number) => number.checked_sub(1),
        None => intake.newest_page(lane).await?.map(|page| page.number),
    };
    if let Some(number) = last_final
        && let Some(page) = intake.page(lane, number).await?
        && chain.standing(&chain.contracts, &page).await? != Standing::Anchored
    {
        let reason = format!("page {number} was final and is not there");
        return Err(Fatal::OtherChain { lane, reason }.into());
    }
    Ok((on_chain.pages, on_chain.period_end_unix_s))
}

struct Parts<'a> {
    config: &'a Config,
    chain: Chain,
    ipfs: Ipfs,
    intake: Intake,
    receipt_key: SigningKey,
    sponsor: Option<Sponsor>,
    stop: &'a CancellationToken,
}

type Tasks = JoinSet<Result<(), Halt>>;

impl Parts<'_> {
    /// Starts every task. Records are taken from the broker last, when all who handle them are there.
    async fn spawn(self, firsts: BTreeMap<u32, (u64, u64)>, leases: Leases) -> Result<Tasks, Halt> {
        let Self { config, chain, ipfs, intake, receipt_key, sponsor, stop } = self;
        let records = mqtt::Records::new(&config.mqtt).map_err(Fatal::Config)?;
        let receipts = mqtt::Receipts::new(&config.mqtt).map_err(Fatal::Config)?;
        let source = Source::new(chain.contracts.clone(), ipfs.clone());
        let (directory, due) = (Arc::new(Directory::default()), receipts::Due::default());
        let (refused, refused_queue) = refusals::queue();
        let mut tasks = Tasks::new();
        tasks.spawn(leases.keep(stop.clone()));
        if let Some(sponsor) = sponsor {
            tasks.spawn(sponsor.run(stop.clone()));
        }
        let mut queues = BTreeMap::new();
        for (lane, first) in firsts {
            let turned = Arc::new(Notify::new());
            let context = collecting::Context {
                lane,
                period_s: config.period_s,
                allowance_s: config.allowance_s(),
                intake: intake.clone(),
                source: source.clone(),
                directory: Arc::clone(&directory),
                acks: records.acks.clone(),
                refused: refused.clone(),
                due: due.clone(),
                turned: Arc::clone(&turned),
                stop: stop.clone(),
            };
            let collector = Collector::load(context, first).await?;
            let (queue, candidates) = mpsc::channel(LANE_QUEUE_RECORDS);
            queues.insert(lane, queue);
            tasks.spawn(collector.run(candidates));
            let context = pages::Context {
                lane,
                lanes: config.lanes.clone(),
                intake: intake.clone(),
                ipfs: ipfs.clone(),
                chain: chain.clone(),
                source: source.clone(),
                fee_bump_after: Duration::from_secs(config.fee_bump_after_s),
                turned,
                stop: stop.clone(),
            };
            tasks.spawn(Carrier::new(context).run());
        }
        tasks.spawn(refusals::count(intake.clone(), records.acks.clone(), refused_queue, stop.clone()));
        let sender = receipts.client.clone();
        tasks.spawn(receipts::send(due, chain.contract_name(), receipt_key, sender, stop.clone()));
        tasks.spawn(receipts.run(stop.clone()));
        tasks.spawn(know_foreign(source, config.lanes.clone(), Arc::clone(&directory), stop.clone()));
        let (arrivals, arrived) = mpsc::channel(mqtt::MOST_UNACKNOWLEDGED);
        tasks.spawn(intake::dispatch(arrived, directory, queues, refused, stop.clone()));
        tasks.spawn(records.receive(arrivals, stop.clone()));
        tracing::info!(lanes = ?config.lanes, account = %chain.account.address(), "relaying");
        Ok(tasks)
    }
}

/// Waits for the first task to end, then ends the others.
async fn wait(mut tasks: Tasks, stop: &CancellationToken) -> Result<(), Halt> {
    let first = tasks.join_next().await;
    stop.cancel();
    let rest = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_TIMEOUT, rest).await.is_err() {
        tracing::warn!("some tasks did not stop in time");
    }
    match first {
        Some(Ok(result)) => result,
        Some(Err(error)) => Err(Halt::Fatal(Fatal::Task(error))),
        None => Ok(()),
    }
}

/// Keeps the directory of other relayers' devices. Without it their records are refused all the same, as unknown.
async fn know_foreign(
    source: Source,
    lanes: Vec<u32>,
    directory: Arc<Directory>,
    stop: CancellationToken,
) -> Result<(), Halt> {
    let mut patience = Patience::with("rosters of other lanes");
    loop {
        let wait = match source.foreign(&lanes, now_unix_s()).await {
            Ok(devices) => {
                patience.succeeded();
                directory.set_foreign(devices);
                FOREIGN_ROSTERS
            }
            Err(failure) => patience.failed(&failure.to_string()),
        };
        tokio::select! { () = stop.cancelled() => return Err(Halt::Stopped), () = tokio::time::sleep(wait) => {} }
    }
}
