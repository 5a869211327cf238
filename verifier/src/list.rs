//! A list of leaves that should be anchored: what a fleet or a household holds receipts for.

use std::io::BufRead;

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
    /// A line is not `{"device_id","sequence","leaf"}`.
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
pub struct LeafList(Vec<ListedLeaf>);

/// What became of a list.
#[derive(Clone, Debug, Serialize)]
pub struct ListReport {
    /// Leaves of this area's devices in the list.
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
    ///
    /// # Errors
    /// [`ListError`].
    pub fn read(input: impl BufRead) -> Result<Self, ListError> {
        #[derive(Deserialize)]
        struct Line {
            device_id: String,
            sequence: u64,
            leaf: String,
        }
        let mut leaves = Vec::new();
        for (i, text) in input.lines().enumerate() {
            let text = text?;
            if text.trim().is_empty() {
                continue;
            }
            let broken = |reason: String| ListError::Line { line: i + 1, reason };
            let line: Line = serde_json::from_str(&text).map_err(|error| broken(error.to_string()))?;
            let leaf = from_hex(&line.leaf).ok_or_else(|| broken("leaf is not 64 hex digits".into()))?;
            if leaves.len() == MAX_LEAVES {
                return Err(ListError::TooLong);
            }
            leaves.push(ListedLeaf { device_id: line.device_id, sequence: line.sequence, leaf });
        }
        Ok(Self(leaves))
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
        };
        for leaf in self.0 {
            if !is_ours(&leaf.device_id) {
                report.of_other_areas += 1;
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
