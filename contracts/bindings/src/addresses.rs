//! Where the contracts are on a chain: `contracts/deployments/<chain id>.json`, which `script/Deploy.s.sol` writes.

use std::path::Path;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Where the contracts are on a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// The chain's id.
    pub chain_id: u64,
    /// A block before the first of theirs.
    pub start_block: u64,
    /// Who administers: in production a multisig.
    pub administrator: Address,
    /// Says what the administrator may do, and hands on parts of it.
    pub access_manager: Address,
    /// Lanes, pages, batches.
    pub anchors: Address,
    /// Rosters.
    pub rosters: Address,
    /// Officials' grants.
    pub officials: Address,
    /// Clocks of complaints.
    pub clocks: Address,
    /// Complaints and their actions.
    pub complaints: Address,
    /// Planned outages.
    pub notices: Address,
    /// Blocks of records past a relayer.
    pub testimonies: Address,
    /// Accounts of passkeys.
    pub passkeys: Address,
    /// Checks of records on the chain.
    pub verifier: Address,
}

impl Addresses {
    /// The contracts themselves, each once.
    #[must_use]
    pub fn contracts(&self) -> [Address; 10] {
        [
            self.access_manager,
            self.anchors,
            self.rosters,
            self.officials,
            self.clocks,
            self.complaints,
            self.notices,
            self.testimonies,
            self.passkeys,
            self.verifier,
        ]
    }

    /// Reads a file that `script/Deploy.s.sol` wrote.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let wrong = |reason: String| Error::InvalidDeployment { file: file.to_owned(), reason };
        let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
    }

    /// Writes the same.
    pub fn write(&self, file: &Path) -> Result<(), Error> {
        let wrong = |reason: String| Error::InvalidDeployment { file: file.to_owned(), reason };
        let text = serde_json::to_string_pretty(self).map_err(|error| wrong(error.to_string()))?;
        std::fs::write(file, text + "\n").map_err(|error| wrong(error.to_string()))
    }
}
