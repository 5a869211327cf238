//! The chain cursor. Each step reads, then writes in one transaction; a step that fails is done again.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use store::views::{
    accountability::Chronicle,
    documents::{Batch, BlockReference, ChainCursor},
};

use crate::{
    Backoff, Config, Error, Shared,
    chain::{Chain, Head, Said},
    pages::Pages,
};

/// Blocks of logs asked for at one time among final ones.
const MAX_RANGE_BLOCKS: u64 = 2_000;
/// Final blocks ahead of the cursor above which they are taken in ranges.
const FAR_BLOCKS: u64 = 16;
/// Blocks taken in one by one in one transaction.
const MAX_BLOCKS_A_STEP: u64 = 32;
/// Hashes of blocks that are not final kept at most: a chain that finalizes nothing for so long is stuck.
const MAX_WINDOW: usize = 16_384;
/// How often logs that a header's bloom speaks of are asked for before the bloom is taken to be a chance hit.
const MAX_BLOOM_MISSES: u32 = 3;
/// A head that stands still is noted again this often.
const SEEN_EVERY_S: u64 = 10;
/// A head that stands still this long is worth a warning: a silent stall is the worst.
const STALL_S: u64 = 120;

pub(crate) struct Follower {
    shared: Arc<Shared>,
    chain: Chain,
    contract: String,
    start_block: u64,
    cursor: Option<ChainCursor>,
    pages: Pages,
    misses: u32,
    warned_head: Option<u64>,
}

/// Reads where the views are, when chain and store answer.
pub(crate) async fn open(shared: &Arc<Shared>, config: &Config) -> Result<Follower, Error> {
    let mut backoff = Backoff::default();
    loop {
        match Follower::open(shared.clone(), config).await {
            Err(error) if error.is_retryable() => {
                let wait = backoff.next();
                tracing::warn!(%error, ?wait, "chain or store do not answer yet");
                tokio::time::sleep(wait).await;
            }
            opened => return opened,
        }
    }
}

pub(crate) async fn run(mut follower: Follower, shared: &Arc<Shared>, config: &Config) -> Result<(), Error> {
    let mut backoff = Backoff::default();
    loop {
        match follower.step().await {
            Ok(more) => {
                backoff.reset();
                if !more {
                    tokio::time::sleep(config.poll()).await;
                }
            }
            Err(error) if error.is_retryable() => {
                let wait = backoff.next();
                tracing::warn!(%error, ?wait, "the chain is not followed for now");
                tokio::time::sleep(wait).await;
                // What was written before the answer was lost is read again: starting and going on are the same.
                follower = open(shared, config).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

impl Follower {
    async fn open(shared: Arc<Shared>, config: &Config) -> Result<Self, Error> {
        let provider = shared.verifier.contracts().anchors.provider().clone();
        let chain = Chain::new(provider, &config.contracts);
        let contract = chain.contract().await?;
        let cursor = shared.views.cursor().await?;
        if let Some(cursor) = cursor.as_ref().filter(|cursor| cursor.contract != contract) {
            return Err(Error::OtherContract { found: cursor.contract.clone(), configured: contract });
        }
        shared.views.take_over().await?;
        shared.views.ensure_indexes().await?;
        shared.views.ensure_sheets().await?;
        tracing::info!(%contract, block = cursor.as_ref().map(|c| c.block_number), "following the chain");
        Ok(Self {
            shared,
            chain,
            contract,
            start_block: config.contracts.start_block,
            cursor,
            pages: Pages::default(),
            misses: 0,
            warned_head: None,
        })
    }

    /// One step; true where there may be more to do at once.
    async fn step(&mut self) -> Result<bool, Error> {
        let head = self.chain.latest().await?;
        let finalized = self.chain.finalized().await?;
        let Some(cursor) = self.cursor.clone() else { return self.begin(&head).await };
        if head.number < cursor.block_number && self.is_lagging(&cursor, &head) {
            return Err(Error::Inconsistent(format!(
                "its head {} is behind block {} that it gave before",
                head.number, cursor.block_number
            )));
        }
        if !self.holds(cursor.block_number, &cursor.block_hash).await? {
            self.roll_back(cursor).await?;
            return Ok(true);
        }
        let ahead = finalized.as_ref().map_or(0, |f| f.number.saturating_sub(cursor.block_number));
        if let Some(finalized) = finalized.as_ref().filter(|_| ahead > FAR_BLOCKS) {
            self.take_range(cursor, finalized, &head).await?;
            return Ok(true);
        }
        if head.number > cursor.block_number {
            return self.take_blocks(cursor, finalized.as_ref(), &head).await;
        }
        self.stand_still(cursor, finalized.as_ref(), &head).await
    }

    async fn begin(&mut self, head: &Head) -> Result<bool, Error> {
        let number = self.start_block.saturating_sub(1);
        let Some(base) = self.chain.at(number).await? else {
            tracing::info!(head = head.number, start_block = self.start_block, "the chain has not come so far yet");
            return Ok(false);
        };
        let cursor = ChainCursor {
            id: "chain".into(),
            contract: self.contract.clone(),
            block_number: base.number,
            block_hash: base.hash.to_string(),
            block_time_unix_s: base.time_unix_s,
            finalized_number: base.number,
            head_number: head.number,
            seen_unix_s: now_unix_s(),
            window: vec![reference(&base)],
        };
        self.advance(cursor, &[], &Chronicle::default()).await?;
        Ok(true)
    }

    /// Whether a head below the cursor is of the chain that was followed.
    fn is_lagging(&self, cursor: &ChainCursor, head: &Head) -> bool {
        let known = cursor.window.iter().find(|block| block.number == head.number);
        // Below the window all is final: a head there is behind, or of another chain, which shows when it grows.
        known.map_or(head.number < cursor.finalized_number, |block| block.hash == head.hash.to_string())
    }

    async fn holds(&self, number: u64, hash: &str) -> Result<bool, Error> {
        Ok(self.chain.at(number).await?.is_some_and(|block| block.hash.to_string() == hash))
    }

    /// Goes back to the newest block that both the views and the chain have.
    async fn roll_back(&mut self, cursor: ChainCursor) -> Result<(), Error> {
        let mut ancestor = None;
        for block in cursor.window.iter().rev() {
            if self.holds(block.number, &block.hash).await? {
                ancestor = Some(block.clone());
                break;
            }
        }
        let ancestor = ancestor.filter(|block| block.number >= cursor.finalized_number);
        let Some(ancestor) = ancestor else {
            let known = cursor.window.first().map(|block| block.hash.clone()).unwrap_or_default();
            return Err(Error::DeepReorg { number: cursor.finalized_number, known });
        };
        let block = self.chain.at(ancestor.number).await?;
        let block = block.ok_or_else(|| Error::Inconsistent("a block is gone while it is looked at".into()))?;
        let mut moved = ChainCursor {
            block_number: ancestor.number,
            block_hash: ancestor.hash.clone(),
            block_time_unix_s: block.time_unix_s,
            seen_unix_s: now_unix_s(),
            ..cursor.clone()
        };
        moved.window.retain(|block| block.number <= ancestor.number);
        let offsets = self.shared.utc_offsets().await?;
        let lock = self.shared.writer.lock().await;
        let dropped = self.shared.views.roll_back(&cursor, &moved, &offsets).await?;
        drop(lock);
        tracing::warn!(from = cursor.block_number, to = ancestor.number, dropped, "reorg: rolled back");
        self.pages = Pages::default();
        self.cursor = Some(moved);
        self.shared.announce_areas();
        Ok(())
    }

    /// Takes final blocks in by ranges: they are not replaced any more, so the end of a range is enough to remember.
    async fn take_range(&mut self, cursor: ChainCursor, finalized: &Head, head: &Head) -> Result<(), Error> {
        let to = finalized.number.min(cursor.block_number + MAX_RANGE_BLOCKS);
        let end = self.chain.at(to).await?;
        let end = end.ok_or_else(|| Error::Inconsistent(format!("it has no block {to} below its finalized one")))?;
        let said = self.chain.said_between(cursor.block_number + 1, to).await?;
        let batches = self.pages.batches(&self.shared, &said, to).await?;
        let window = vec![reference(&end)];
        let moved = moved(cursor, &end, head, to, window);
        self.advance(moved, &batches, &said.chronicle).await?;
        self.settle().await?;
        self.announce(&said, &batches);
        Ok(())
    }

    /// Takes blocks in one by one, each the child of the one before.
    async fn take_blocks(&mut self, cursor: ChainCursor, finalized: Option<&Head>, head: &Head) -> Result<bool, Error> {
        let mut window = cursor.window.clone();
        let (mut last, mut parent) = (None, cursor.block_hash.clone());
        let mut all = Said::default();
        for number in cursor.block_number + 1..=head.number.min(cursor.block_number + MAX_BLOCKS_A_STEP) {
            let Some(block) = self.chain.at(number).await? else { break };
            if block.parent_hash.to_string() != parent {
                break;
            }
            let Some(said) = self.said_in(&block).await? else { break };
            all.pages.extend(said.pages);
            all.chronicle.extend(said.chronicle);
            all.areas_changed |= said.areas_changed;
            parent = block.hash.to_string();
            window.push(reference(&block));
            last = Some(block);
        }
        // Nothing fits on the cursor's block: the next step sees whether that one is still there.
        let Some(last) = last else { return Ok(false) };
        let finalized_number = finalized_number(&cursor, finalized, &window, last.number);
        let batches = self.pages.batches(&self.shared, &all, finalized_number).await?;
        let moved = moved(cursor, &last, head, finalized_number, window);
        self.advance(moved, &batches, &all.chronicle).await?;
        self.settle().await?;
        self.announce(&all, &batches);
        Ok(head.number > last.number)
    }

    async fn said_in(&mut self, block: &Head) -> Result<Option<Said>, Error> {
        match self.chain.said_in(block).await? {
            Some(said) => {
                self.misses = 0;
                Ok(Some(said))
            }
            None if self.misses < MAX_BLOOM_MISSES => {
                self.misses += 1;
                Ok(None)
            }
            None => {
                tracing::info!(block = block.number, "the bloom speaks of our events by chance");
                self.misses = 0;
                Ok(Some(Said::default()))
            }
        }
    }

    /// No new block: what is final may have moved all the same, and that the node still answers is noted.
    async fn stand_still(&mut self, cursor: ChainCursor, finalized: Option<&Head>, head: &Head) -> Result<bool, Error> {
        let finalized_number = finalized_number(&cursor, finalized, &cursor.window, cursor.block_number);
        let now = now_unix_s();
        if now.saturating_sub(head.time_unix_s) > STALL_S && self.warned_head != Some(head.number) {
            tracing::warn!(
                head = head.number,
                seconds = now.saturating_sub(head.time_unix_s),
                "the chain stands still"
            );
            self.warned_head = Some(head.number);
        }
        if finalized_number == cursor.finalized_number && now < cursor.seen_unix_s + SEEN_EVERY_S {
            return Ok(false);
        }
        let mut seen = ChainCursor { finalized_number, head_number: head.number, seen_unix_s: now, ..cursor };
        trim(&mut seen.window, finalized_number);
        self.advance(seen, &[], &Chronicle::default()).await?;
        self.settle().await?;
        self.shared.moved.notify_one();
        Ok(false)
    }

    async fn advance(&mut self, cursor: ChainCursor, batches: &[Batch], chronicle: &Chronicle) -> Result<(), Error> {
        let lock = self.shared.writer.lock().await;
        self.shared.views.advance(self.cursor.as_ref(), &cursor, batches, chronicle).await?;
        drop(lock);
        self.cursor = Some(cursor);
        Ok(())
    }

    async fn settle(&self) -> Result<(), Error> {
        let Some(cursor) = &self.cursor else { return Ok(()) };
        let offsets = self.shared.utc_offsets().await?;
        loop {
            let _lock = self.shared.writer.lock().await;
            if self.shared.views.settle(cursor.finalized_number, &offsets).await? == 0 {
                return Ok(());
            }
        }
    }

    fn announce(&self, said: &Said, batches: &[Batch]) {
        if said.areas_changed {
            self.shared.announce_areas();
        } else {
            self.shared.moved.notify_one();
        }
        for page in &said.pages {
            let filled = page.page.entries.iter().filter(|entry| !entry.is_empty()).count();
            tracing::info!(
                lane = page.page.lane,
                page = page.page.number,
                block = page.block_number,
                batches = filled,
                "anchored"
            );
        }
        tracing::debug!(batches = batches.len(), block = self.cursor.as_ref().map(|c| c.block_number), "taken in");
    }
}

/// What is final as far as it was taken in: the node's word, where it speaks of the chain that was followed.
fn finalized_number(cursor: &ChainCursor, finalized: Option<&Head>, window: &[BlockReference], last: u64) -> u64 {
    let Some(finalized) = finalized else { return cursor.finalized_number };
    if finalized.number > last {
        return last.max(cursor.finalized_number);
    }
    let known = window.iter().any(|block| block.number == finalized.number && block.hash == finalized.hash.to_string());
    if known { finalized.number.max(cursor.finalized_number) } else { cursor.finalized_number }
}

fn moved(
    cursor: ChainCursor,
    last: &Head,
    head: &Head,
    finalized_number: u64,
    mut window: Vec<BlockReference>,
) -> ChainCursor {
    trim(&mut window, finalized_number);
    ChainCursor {
        block_number: last.number,
        block_hash: last.hash.to_string(),
        block_time_unix_s: last.time_unix_s,
        finalized_number,
        head_number: head.number,
        seen_unix_s: now_unix_s(),
        window,
        ..cursor
    }
}

/// Keeps the finalized block and what is above it.
fn trim(window: &mut Vec<BlockReference>, finalized_number: u64) {
    window.retain(|block| block.number >= finalized_number);
    let surplus = window.len().saturating_sub(MAX_WINDOW);
    window.drain(..surplus);
}

fn reference(block: &Head) -> BlockReference {
    BlockReference { number: block.number, hash: block.hash.to_string() }
}

fn now_unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
