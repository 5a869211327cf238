//! Carrying pages to the chain. One sweep looks at each page that is not finalized, in order, and takes it as far as
//! it can go now; what a sweep finds is all in the store and on the chain, so starting is a sweep like any other.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use bindings::{Anchors::AnchorsErrors, Refusal};
use futures::TryStreamExt;
use protocol::{Hash, record::Record};
use store::intake::{
    Intake,
    documents::{Page, PageState},
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    account::Fate,
    failure::{Failure, Fatal, Halt, Patience},
    ipfs::Ipfs,
    lane::{
        anchoring::{Chain, Standing},
        history,
        sealing::{self, Readings, SealedPage},
    },
    rosters::Source,
};

/// How long between two sweeps when nothing calls for one.
const SWEEP: Duration = Duration::from_secs(1);
/// Most pages that one sweep looks at.
const PAGES_PER_SWEEP: u32 = 64;

/// What carrying pages needs of the rest.
#[derive(Clone)]
pub struct Context {
    /// The lane.
    pub lane: u32,
    /// All lanes that this relayer's account anchors.
    pub lanes: Vec<u32>,
    /// The store.
    pub intake: Intake,
    /// IPFS.
    pub ipfs: Ipfs,
    /// The chain.
    pub chain: Chain,
    /// Where rosters come from.
    pub source: Source,
    /// When to raise a transaction's fee.
    pub fee_bump_after: Duration,
    /// Told when a page was turned.
    pub turned: Arc<Notify>,
    /// Given when the relayer is to stop.
    pub stop: CancellationToken,
}

/// A lane's pages on their way.
pub struct Carrier {
    context: Context,
    readings: Readings,
    /// The pages before this one are folded into `readings`.
    folded: u64,
    /// The page sealed last, until it is published.
    sealed: Option<(u64, SealedPage)>,
    /// When each transaction was first sent by this process.
    sent: HashMap<String, Instant>,
}

impl Carrier {
    /// Nothing is read before the first sweep.
    #[must_use]
    pub fn new(context: Context) -> Self {
        Self { context, readings: Readings::default(), folded: 0, sealed: None, sent: HashMap::new() }
    }

    /// Sweeps until the relayer stops.
    ///
    /// # Errors
    /// [`Halt`].
    pub async fn run(mut self) -> Result<(), Halt> {
        let mut patience = Patience::with("carrying pages");
        let (stop, turned) = (self.context.stop.clone(), Arc::clone(&self.context.turned));
        loop {
            let swept = tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Halt::Stopped),
                swept = self.sweep() => swept,
            };
            let wait = match swept {
                Ok(()) => {
                    patience.succeeded();
                    SWEEP
                }
                Err(Failure::Retryable(reason)) => patience.failed(&reason).max(SWEEP),
                Err(Failure::Fatal(fatal)) => return Err(Halt::Fatal(fatal)),
            };
            tokio::select! {
                () = stop.cancelled() => return Err(Halt::Stopped),
                () = turned.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Takes every page as far as it can go now.
    ///
    /// # Errors
    /// [`Failure`]; what was done until then is stored.
    pub async fn sweep(&mut self) -> Result<(), Failure> {
        let Some(first) = self.context.intake.first_open_page(self.context.lane).await? else { return Ok(()) };
        let pages = self.context.intake.pages(self.context.lane, first.number, PAGES_PER_SWEEP).await?;
        // Pages anchor in order; a page is sealed and published while the one before waits for its block.
        let mut anchoring = true;
        for mut page in pages {
            if page.state == PageState::Collecting {
                let Some(end) = page.period_end_unix_s else { break };
                self.seal(&mut page, end).await?;
            }
            if page.state == PageState::Sealed {
                self.publish(&mut page).await?;
            }
            if anchoring {
                anchoring = self.anchor(&mut page).await?;
            } else {
                // A page before it is not on the chain, so neither is this one.
                self.unconfirm(&mut page).await?;
            }
        }
        Ok(())
    }

    /// Collecting, closed -> sealed. A crash before the write leaves it closed: sealing again gives the same.
    async fn seal(&mut self, page: &mut Page, period_end_unix_s: u64) -> Result<(), Failure> {
        let sealed = self.make(page, period_end_unix_s).await?;
        page.entries = sealed.entries.clone();
        page.state = PageState::Sealed;
        self.context.intake.advance(page, &[PageState::Collecting]).await?;
        tracing::info!(lane = page.lane, number = page.number, batches = sealed.batches.len(), "page sealed");
        self.sealed = Some((page.number, sealed));
        Ok(())
    }

    /// Sealed -> published. A crash on the way leaves some blocks on IPFS: putting them again changes nothing.
    async fn publish(&mut self, page: &mut Page) -> Result<(), Failure> {
        if self.sealed.as_ref().is_none_or(|(number, _)| *number != page.number) {
            let end = page.period_end_unix_s.unwrap_or_default();
            let sealed = self.make(page, end).await?;
            if sealed.entries[..] != page.entries[..sealed.entries.len().min(page.entries.len())] {
                return Err(needs_operator(page, "sealing it again gave another content".to_owned()));
            }
            self.sealed = Some((page.number, sealed));
        }
        let Some((_, sealed)) = &self.sealed else { return Ok(()) };
        let blocks = sealed.batches.iter().flat_map(|batch| batch.blocks.iter().map(Vec::as_slice));
        self.context.ipfs.publish(blocks.collect()).await?;
        // Whoever finds a header finds what it lists.
        self.context.ipfs.publish(sealed.batches.iter().map(|batch| batch.header.as_slice()).collect()).await?;
        page.state = PageState::Published;
        self.context.intake.advance(page, &[PageState::Sealed]).await?;
        tracing::info!(lane = page.lane, number = page.number, "page published");
        self.sealed = None;
        Ok(())
    }

    /// Published -> submitted -> confirmed -> finalized, and back where a reorganisation drops the page; whether the
    /// next page may be anchored.
    async fn anchor(&mut self, page: &mut Page) -> Result<bool, Failure> {
        let chain = self.context.chain.clone();
        match chain.standing(&chain.contracts, page).await? {
            Standing::Anchored => self.confirm(page).await,
            Standing::Other(found) => {
                let reason = format!("the chain has another page in its place: {found}");
                Err(needs_operator(page, reason))
            }
            Standing::Awaited => {
                self.unconfirm(page).await?;
                Ok(false)
            }
            Standing::Next => {
                let lane = chain.lane(page.lane).await?;
                if lane.pages == page.number && lane.period_end_unix_s != page.period_start_unix_s {
                    let reason = format!(
                        "page {} starts at {}, on the chain at {}",
                        page.number, page.period_start_unix_s, lane.period_end_unix_s
                    );
                    return Err(Fatal::OtherChain { lane: page.lane, reason }.into());
                }
                self.unconfirm(page).await?;
                self.submit(page).await?;
                Ok(false)
            }
        }
    }

    async fn confirm(&mut self, page: &mut Page) -> Result<bool, Failure> {
        if page.state != PageState::Confirmed {
            let before = page.state;
            page.state = PageState::Confirmed;
            page.block_number = Some(self.block_of(page).await?);
            self.context.intake.advance(page, &[before]).await?;
            for transaction in &page.transactions {
                self.sent.remove(&transaction.hash);
            }
            tracing::info!(lane = page.lane, number = page.number, block = page.block_number, "page confirmed");
        }
        if self.context.chain.is_final(page).await? {
            page.state = PageState::Finalized;
            self.context.intake.advance(page, &[PageState::Confirmed]).await?;
            tracing::info!(lane = page.lane, number = page.number, "page finalized");
        }
        Ok(true)
    }

    /// Confirmed -> submitted, where a reorganisation dropped the page.
    async fn unconfirm(&self, page: &mut Page) -> Result<(), Failure> {
        if page.state == PageState::Confirmed {
            tracing::warn!(lane = page.lane, number = page.number, "dropped by a reorganisation");
            page.state = PageState::Submitted;
            page.block_number = None;
            self.context.intake.advance(page, &[PageState::Confirmed]).await?;
        }
        Ok(())
    }

    async fn block_of(&self, page: &Page) -> Result<u64, Failure> {
        for transaction in page.transactions.iter().rev() {
            if let Fate::Mined(block) = self.context.chain.account.fate(transaction).await? {
                return Ok(block);
            }
        }
        Ok(self.context.chain.account.head().await?.0)
    }

    /// Sends what is stored, again if need be; signs and stores anew only where that can never be mined, or waits
    /// for too long. A crash between the write and the sending leaves what the next sweep sends.
    async fn submit(&mut self, page: &mut Page) -> Result<(), Failure> {
        let chain = self.context.chain.clone();
        // The contract takes no period that ends after the block.
        let (_, head_unix_s) = chain.account.head().await?;
        if page.period_end_unix_s.is_none_or(|end| end > head_unix_s) {
            return Ok(());
        }
        let Some(newest) = page.transactions.last().cloned() else {
            return self.sign_and_send(page, None).await;
        };
        let first_sent = *self.sent.entry(newest.hash.clone()).or_insert_with(Instant::now);
        match chain.account.fate(&newest).await? {
            // The page is not in the lane, so this is about to show, or about to be undone.
            Fate::Mined(_) => Ok(()),
            Fate::Reverted => match chain.refusal(page).await? {
                Some(refusal) if !may_pass(&refusal) => {
                    Err(needs_operator(page, format!("the contract refuses: {refusal}")))
                }
                // It was refused then and may not be now: as after a reorganisation, or when an area joined.
                _ => self.sign_and_send(page, None).await,
            },
            Fate::Unknown if chain.account.is_spent(newest.nonce).await? => self.sign_and_send(page, None).await,
            Fate::Unknown | Fate::Pending if first_sent.elapsed() >= self.context.fee_bump_after => {
                tracing::warn!(lane = page.lane, number = page.number, "raising the fee");
                self.sign_and_send(page, Some(&newest)).await
            }
            Fate::Unknown => chain.account.send(&newest).await,
            Fate::Pending => Ok(()),
        }
    }

    async fn sign_and_send(
        &mut self,
        page: &mut Page,
        earlier: Option<&store::intake::documents::Transaction>,
    ) -> Result<(), Failure> {
        let (before, chain) = (page.state, self.context.chain.clone());
        self.add_joined_areas(page).await?;
        let _signing = chain.signing.lock().await;
        let under_way = self.context.intake.highest_nonce_under_way(&self.context.lanes).await?;
        let transaction = match chain.sign(page, earlier, under_way).await {
            Err(Failure::Fatal(Fatal::Chain(bindings::Error::Refused(refusal)))) => {
                let reason = format!("the contract refuses: {refusal}");
                return Err(if may_pass(&refusal) { Failure::retryable(reason) } else { needs_operator(page, reason) });
            }
            signed => signed?,
        };
        page.transactions.push(transaction.clone());
        page.state = PageState::Submitted;
        self.context.intake.advance(page, &[before]).await?;
        self.sent.insert(transaction.hash.clone(), Instant::now());
        tracing::info!(lane = page.lane, number = page.number, hash = transaction.hash, "page submitted");
        chain.account.send(&transaction).await
    }

    /// The contract wants an entry for areas, too, that joined after the page was sealed.
    async fn add_joined_areas(&self, page: &mut Page) -> Result<(), Failure> {
        let areas = self.context.chain.contracts.areas(page.lane).await?;
        for area_id in areas.iter().skip(page.entries.len()) {
            page.entries.push(sealing::empty_entry(area_id, &[0; 32]));
        }
        Ok(())
    }

    /// Seals a closed page from what is stored.
    async fn make(&mut self, page: &Page, period_end_unix_s: u64) -> Result<SealedPage, Failure> {
        let rosters = self.context.source.lane(page.lane, page.period_start_unix_s).await?;
        let latest = self.latest(page).await?;
        let records = self.fold(page).await?;
        let (sealing, readings) = (page.clone(), std::mem::take(&mut self.readings));
        let work = move || {
            let sealed = sealing::seal(&sealing, period_end_unix_s, &rosters, &latest, records, &readings);
            (sealed, readings)
        };
        let (sealed, readings) = tokio::task::spawn_blocking(work).await.map_err(Fatal::Task)?;
        self.readings = readings;
        sealed.map_err(|unknown| needs_operator(page, unknown.to_string()))
    }

    /// The page's records; with those of all pages before it in `readings`, itself included.
    async fn fold(&mut self, page: &Page) -> Result<Vec<Record>, Failure> {
        if self.folded > page.number + 1 {
            (self.readings, self.folded) = (Readings::default(), 0);
        }
        // A page that is sealed a second time is folded in already; doing so again changes nothing.
        let mut chunks = self.context.intake.chunks(page.lane, self.folded.min(page.number), page.number).await?;
        let mut records = Vec::new();
        while let Some(chunk) = chunks.try_next().await? {
            let some = history::records(&chunk)?;
            some.iter().for_each(|record| self.readings.take(&record.statement));
            if chunk.number == page.number {
                records.extend(some);
            }
        }
        self.folded = page.number + 1;
        Ok(records)
    }

    /// The areas' last digests before a page: from the page before, or, where the store begins later than the lane,
    /// from the chain.
    async fn latest(&self, page: &Page) -> Result<BTreeMap<String, Hash>, Failure> {
        let Some(before) = page.number.checked_sub(1) else { return Ok(BTreeMap::new()) };
        if let Some(previous) = self.context.intake.page(page.lane, before).await? {
            return Ok(sealing::latest_digests(&previous.entries));
        }
        let contracts = &self.context.chain.contracts;
        let areas = contracts.areas(page.lane).await?;
        let mut latest = BTreeMap::new();
        for number in (0..page.number).rev() {
            let anchored = contracts.page(page.lane, number).await?;
            let entries = anchored.map(|page| page.entries).unwrap_or_default();
            for (area_id, entry) in areas.iter().zip(entries).filter(|(_, entry)| !entry.is_empty()) {
                latest.entry(area_id.clone()).or_insert(entry.digest);
            }
            if latest.len() == areas.len() {
                break;
            }
        }
        Ok(latest)
    }
}

fn needs_operator(page: &Page, reason: String) -> Failure {
    Fatal::OperatorActionRequired { lane: page.lane, number: page.number, reason }.into()
}

/// Whether the lane may only have moved on since it was looked at: the next look tells what became of the page.
fn may_pass(refusal: &Refusal) -> bool {
    use AnchorsErrors::{WrongLength, WrongNumber, WrongPeriod, WrongPrevious};
    matches!(refusal, Refusal::Anchors(WrongLength(_) | WrongNumber(_) | WrongPeriod(_) | WrongPrevious(_)))
}
