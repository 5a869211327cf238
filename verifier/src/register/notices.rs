//! Planned outages from the chain alone: who announced what when, and whether that was in time.

use std::ops::RangeInclusive;

use alloy::{
    eips::BlockId,
    primitives::{Address, B256},
    rpc::types::Filter,
};
use bindings::{Event, NoticeAnnounced, area_to_bytes32, logs, typed_data::notice_id};
use serde::Serialize;

use super::{Check, Register};
use crate::Error;

/// A planned outage as it was announced, or changed.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeReport {
    /// Its id.
    pub notice: B256,
    /// The feeder; none for all feeders of the area.
    pub feeder: Option<String>,
    /// When the work begins.
    pub start_unix_s: u64,
    /// When it ends.
    pub end_unix_s: u64,
    /// When the supply is expected back.
    pub restoration_unix_s: u64,
    /// keccak256 of the reason.
    pub reason: B256,
    /// Whether there is no outage after all.
    pub withdrawn: bool,
    /// The notice that this one changes.
    pub changes: Option<B256>,
    /// The notice that changes this one.
    pub changed_by: Option<B256>,
    /// Whether it was announced after its start.
    pub late: bool,
    /// By whom.
    pub signer: Address,
    /// The official's level.
    pub signer_level: u8,
    /// When it was announced.
    pub at_unix_s: u64,
    /// The block.
    pub block_number: u64,
    /// The transaction.
    pub transaction_hash: B256,
    /// What was compared.
    pub checks: Vec<Check>,
}

impl NoticeReport {
    /// Whether it is about a feeder in a time.
    pub(super) fn touches(&self, feeder: Option<&str>, time_unix_s: RangeInclusive<u64>) -> bool {
        let is_here = self.feeder.is_none() || self.feeder.as_deref() == feeder;
        is_here && self.start_unix_s <= *time_unix_s.end() && self.end_unix_s >= *time_unix_s.start()
    }
}

/// The planned outages of an area.
#[derive(Clone, Debug, Serialize)]
pub struct NoticesReport {
    /// The area.
    pub area_id: String,
    /// In the order of the chain.
    pub notices: Vec<NoticeReport>,
    /// As of this block.
    pub block_number: u64,
}

impl NoticesReport {
    /// Whether everything that was compared holds.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.notices.iter().flat_map(|notice| &notice.checks).all(|check| check.holds)
    }
}

impl Register {
    /// The planned outages of an area, or of one feeder in it (those of all feeders among them).
    ///
    /// # Errors
    /// [`Error`] where the chain cannot be read.
    pub async fn planned(&self, area_id: &str, feeder: Option<&str>) -> Result<NoticesReport, Error> {
        self.verifier.place(area_id).await?;
        let (block_number, _) = self.head().await?;
        let mut notices = self.notices(area_id, block_number).await?;
        notices.retain(|notice| feeder.is_none() || notice.touches(feeder, 0..=u64::MAX));
        Ok(NoticesReport { area_id: area_id.to_owned(), notices, block_number })
    }

    /// All of an area, each compared with what the contracts hold.
    pub(super) async fn notices(&self, area_id: &str, to: u64) -> Result<Vec<NoticeReport>, Error> {
        let filter = Filter::new().address(self.addresses.notices).topic2(area_to_bytes32(area_id)?);
        let incomplete = || Error::Register("a log without its block".into());
        let mut notices = Vec::new();
        for log in logs(self.provider(), &filter, self.addresses.start_block, to).await? {
            let Some(Event::Announced(said)) = Event::decode(&log.inner, &self.addresses)? else { continue };
            let block_number = log.block_number.ok_or_else(incomplete)?;
            let transaction_hash = log.transaction_hash.ok_or_else(incomplete)?;
            let (changed_by, checks) = self.compare_notice(&said, to).await?;
            notices.push(NoticeReport {
                notice: said.id,
                feeder: said.feeder,
                start_unix_s: said.start_unix_s,
                end_unix_s: said.end_unix_s,
                restoration_unix_s: said.restoration_unix_s,
                reason: said.reason,
                withdrawn: said.withdrawn,
                changes: said.changes,
                changed_by,
                late: said.late,
                signer: said.signer,
                signer_level: said.signer_level,
                at_unix_s: said.at_unix_s,
                block_number,
                transaction_hash,
                checks,
            });
        }
        Ok(notices)
    }

    /// The notice that changes this one, and what was compared.
    async fn compare_notice(&self, said: &NoticeAnnounced, to: u64) -> Result<(Option<B256>, Vec<Check>), Error> {
        let id = notice_id(said, &self.contracts.notices_domain());
        let grant = self.grant(&said.area_id, said.signer, said.at_unix_s).await?;
        let held = self.contracts.at(BlockId::number(to)).notice(said.id).await?;
        let holds = held.as_ref().is_some_and(|held| {
            held.start_unix_s == said.start_unix_s
                && held.end_unix_s == said.end_unix_s
                && held.restoration_unix_s == said.restoration_unix_s
                && held.at_unix_s == said.at_unix_s
                && held.late == said.late
                && held.withdrawn == said.withdrawn
        });
        let checks = [
            (format!("notice {} is the hash of its content", said.id), id == said.id),
            ("its signer had the right to announce".into(), grant.map(|(level, _)| level) == Some(said.signer_level)),
            ("late is what was announced after its start".into(), said.late == (said.at_unix_s > said.start_unix_s)),
            ("the contract holds the same".into(), holds),
        ];
        let checks = checks.into_iter().map(|(what, holds)| Check { what, holds }).collect();
        Ok((held.and_then(|held| held.changed_by), checks))
    }
}
