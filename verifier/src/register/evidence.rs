//! Evidence: fetched by its digest, each record checked against the chain.

use std::collections::HashMap;

use protocol::{
    Hash,
    block::MAX_BLOCK_BYTES,
    evidence::{Evidence, EvidenceAnchor},
};

use bindings::Filed;
use protocol::{flag::CLOCK_AHEAD_S, roster::Device};

use super::{Check, Register};
use crate::Error;

/// Evidence that ends longer before its complaint than this proves nothing of it.
const MAX_AGE_S: u64 = 7 * 86_400;

impl Register {
    /// Fetches a block of evidence and checks each of its records against the chain; how many it proves.
    pub(super) async fn evidence(&self, filed: &Filed, checks: &mut Vec<Check>) -> Result<usize, Error> {
        let (filing, digest): (_, Hash) = (&filed.filing, filed.filing.evidence.0);
        let area_id = filing.area.as_str();
        let mut check = |what: String, holds: bool| checks.push(Check { what, holds });
        let block = match self.verifier.ipfs().block(&digest, MAX_BLOCK_BYTES).await {
            Ok(block) => block,
            Err(error) => {
                check(format!("its evidence can be had: {error}"), false);
                return Ok(0);
            }
        };
        let evidence = match Evidence::parse(&block) {
            Ok(evidence) if evidence.area_id == area_id => evidence,
            Ok(other) => {
                check(format!("its evidence is of its area, not {}", other.area_id), false);
                return Ok(0);
            }
            Err(error) => {
                check(format!("its evidence is spelled as it must be: {error}"), false);
                return Ok(0);
            }
        };
        check("its evidence holds a record".into(), !evidence.records.is_empty());
        let age_s = (filed.at_unix_s + CLOCK_AHEAD_S).checked_sub(evidence.to_unix_s);
        check(
            "its evidence ends in the week before it was filed".into(),
            age_s.is_some_and(|age| age <= MAX_AGE_S + CLOCK_AHEAD_S),
        );
        let is_here = |device: &Device| match (filing.site.as_str(), filing.feeder.as_str()) {
            ("", feeder) => device.feeder_id == feeder,
            (site, _) => device.site_id == site,
        };
        let mut elsewhere = None;
        let (mut anchors, mut keys) = (HashMap::new(), HashMap::new());
        for record in &evidence.records {
            let number = record.batch_number;
            let anchored = match self.verifier.contracts().batch(area_id, number).await {
                Ok(anchored) => anchored,
                Err(bindings::Error::NoBatch { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            let roster = self.verifier.roster_in_force(area_id, anchored.period_start_unix_s).await?;
            let device_id = &record.record.statement.device_id;
            let sequence = record.record.statement.sequence;
            let device = roster.roster.device(device_id).filter(|device| {
                device.cell.is_none() && (device.first_sequence..=device.last_sequence).contains(&sequence)
            });
            if let Some(device) = device {
                if !is_here(device) {
                    elsewhere = Some(device_id.clone());
                }
                keys.insert((device_id.clone(), number), device.public_key.clone());
            }
            anchors.insert(number, EvidenceAnchor { root: anchored.root, count: anchored.count.into() });
        }
        let what = elsewhere.as_ref().map_or_else(|| "its devices".into(), |device| format!("device {device}"));
        check(format!("its evidence is of the complaint's place: {what}"), elsewhere.is_none());
        let proven = evidence.check(
            |number| anchors.get(&number).copied(),
            |device_id, number| keys.get(&(device_id.to_owned(), number)).cloned(),
        );
        match proven {
            Ok(()) => check(format!("its evidence: {} records, anchored and signed", evidence.records.len()), true),
            Err(error) => check(format!("its evidence: {error}"), false),
        }
        Ok(evidence.records.len())
    }
}
