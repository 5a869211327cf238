//! A list of leaves that should be anchored: what a fleet or a household holds receipts for.

use std::{collections::HashMap, io::BufRead};

use protocol::{Hash, from_hex};
use serde::{Deserialize, Serialize};

/// Most leaves in a list.
pub const MAX_LEAVES: usize = 50_000_000;
/// Missing and repeated leaves that a report names one by one.
const MAX_NAMED: usize = 1000;

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Reading failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A line is neither `{"device_id","sequence","leaf"}` nor one of a fleet's own list.
    #[error("line {line}: {reason}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// More than [`MAX_LEAVES`].
    #[error("more than {MAX_LEAVES} leaves")]
    TooLong,
}

/// A leaf of a list.
#[derive(Clone, Debug, Serialize)]
pub struct ListedLeaf {
    /// Whose.
    pub device_id: String,
    /// Its record's sequence.
    pub sequence: u64,
    /// 64 hex digits.
    #[serde(serialize_with = "hex")]
    pub leaf: Hash,
}

fn hex<S: serde::Serializer>(leaf: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&protocol::to_hex(leaf))
}

/// A list as it was read.
#[derive(Clone, Debug, Default)]
pub struct LeafList {
    leaves: Vec<ListedLeaf>,
    /// By device, up to where its records are receipted.
    receipted: HashMap<String, u64>,
}

/// What became of a list.
#[derive(Clone, Debug, Serialize)]
pub struct ListReport {
    /// Leaves of this area's devices in the list that must be anchored.
    pub listed: u64,
    /// Those anchored exactly once.
    pub anchored_once: u64,
    /// How many are not anchored.
    pub missing_count: u64,
    /// How many are anchored more than once.
    pub repeated_count: u64,
    /// The first of those that are not anchored.
    pub missing: Vec<ListedLeaf>,
    /// The first of those that are anchored more than once.
    pub repeated: Vec<ListedLeaf>,
    /// Leaves of devices that no roster of this area names; not looked for here.
    pub of_other_areas: u64,
    /// Leaves of this area's devices that the list's receipts do not cover; not looked for.
    pub unreceipted: u64,
}

impl ListReport {
    /// Whether every leaf of this area is anchored exactly once.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.anchored_once == self.listed
    }
}

impl LeafList {
    /// Reads JSON lines `{"device_id","sequence","leaf",…}`; further fields are not looked at, empty lines skipped.
    /// Where there are lines `{"event":"receipted_up_to","device_id","sequence"}`, as in a fleet's own list, only
    /// leaves up to there must be anchored; other lines with an `event` but `made` say nothing of leaves.
    ///
    /// # Errors
    /// [`ListError`].
    pub fn read(input: impl BufRead) -> Result<Self, ListError> {
        #[derive(Deserialize)]
        struct Line {
            event: Option<String>,
        }
        #[derive(Deserialize)]
        struct Receipted {
            device_id: String,
            sequence: u64,
        }
        #[derive(Deserialize)]
        struct Leaf {
            device_id: String,
            sequence: u64,
            leaf: String,
        }
        let mut list = Self::default();
        for (i, text) in input.lines().enumerate() {
            let text = text?;
            if text.trim().is_empty() {
                continue;
            }
            let broken = |reason: String| ListError::Line { line: i + 1, reason };
            let syntax = |error: serde_json::Error| broken(error.to_string());
            let line: Line = serde_json::from_str(&text).map_err(syntax)?;
            match line.event.as_deref() {
                None | Some("made") => {}
                Some("receipted_up_to") => {
                    let Receipted { device_id, sequence } = serde_json::from_str(&text).map_err(syntax)?;
                    let highest = list.receipted.entry(device_id).or_default();
                    *highest = sequence.max(*highest);
                    continue;
                }
                Some(_) => continue,
            }
            let Leaf { device_id, sequence, leaf } = serde_json::from_str(&text).map_err(syntax)?;
            let leaf = from_hex(&leaf).ok_or_else(|| broken("leaf is not 64 hex digits".into()))?;
            if list.leaves.len() == MAX_LEAVES {
                return Err(ListError::TooLong);
            }
            list.leaves.push(ListedLeaf { device_id, sequence, leaf });
        }
        Ok(list)
    }

    /// Looks each leaf of an area's devices up.
    pub(crate) fn check(self, is_ours: impl Fn(&str) -> bool, times_anchored: impl Fn(&Hash) -> u64) -> ListReport {
        let mut report = ListReport {
            listed: 0,
            anchored_once: 0,
            missing_count: 0,
            repeated_count: 0,
            missing: Vec::new(),
            repeated: Vec::new(),
            of_other_areas: 0,
            unreceipted: 0,
        };
        for leaf in self.leaves {
            if !is_ours(&leaf.device_id) {
                report.of_other_areas += 1;
                continue;
            }
            let covered = self.receipted.get(&leaf.device_id).is_some_and(|highest| leaf.sequence <= *highest);
            if !self.receipted.is_empty() && !covered {
                report.unreceipted += 1;
                continue;
            }
            report.listed += 1;
            let (count, named) = match times_anchored(&leaf.leaf) {
                0 => (&mut report.missing_count, &mut report.missing),
                1 => {
                    report.anchored_once += 1;
                    continue;
                }
                _ => (&mut report.repeated_count, &mut report.repeated),
            };
            *count += 1;
            if named.len() < MAX_NAMED {
                named.push(leaf);
            }
        }
        report
    }
}
