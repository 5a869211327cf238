//! Who acts on complaints in a devnet, and how long they have: an official of level 1 and one of level 2 in each area, and
//! the clocks of a distribution company.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use alloy::{
    primitives::{Address, aliases::U40},
    providers::DynProvider,
};
use bindings::{Accountability, Addresses, area_to_bytes32, schedules, typed_data::name_to_bytes32};
use serde::{Deserialize, Serialize};

use crate::{
    chain::{call, chain_time, confirm, fund},
    error::DevnetError,
    keys,
    settings::Client,
};

/// The levels that an area has officials of.
const LEVELS: [u8; 2] = [1, 2];
/// The schedules that areas follow in turn: nobody has said which of a devnet's areas are towns.
const SCHEDULES: [&str; 2] = ["tgspdcl-town", "tgspdcl-rural"];
/// Enough for whoever acts without the service that pays for others.
const OFFICIAL_ETHER: u64 = 1;
/// Grants do not end before the contract's time does, in 40 bits.
const UNTIL: U40 = U40::MAX;

/// An official of a devnet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Official {
    /// The area.
    pub area_id: String,
    /// 1 acts first.
    pub level: u8,
    /// The wallet.
    pub wallet: Address,
    /// Its key, readable by the devnet's owner alone.
    pub key_file: PathBuf,
}

/// The officials of these areas; makes the keys that are missing.
///
/// # Errors
/// A key cannot be read or written.
pub fn appoint<'a>(keys: &Path, area_ids: impl Iterator<Item = &'a str>) -> Result<Vec<Official>, DevnetError> {
    let mut officials = Vec::new();
    for area_id in area_ids {
        for level in LEVELS {
            let key_file = keys.join(format!("official-{area_id}-{level}.key"));
            let wallet = keys::signer(&key_file)?.address();
            officials.push(Official { area_id: area_id.to_owned(), level, wallet, key_file });
        }
    }
    Ok(officials)
}

/// Sets the clocks, lets each area follow a schedule, and grants the officials.
///
/// # Errors
/// [`DevnetError::Chain`].
pub async fn grant(
    provider: &DynProvider,
    client: Client,
    addresses: &Addresses,
    officials: &[Official],
) -> Result<(), DevnetError> {
    let wallets: Vec<Address> = officials.iter().map(|official| official.wallet).collect();
    fund(provider, client, &wallets, OFFICIAL_ETHER).await?;
    let contracts = Accountability::new(provider.clone(), addresses);
    let mut sent = Vec::new();
    for name in SCHEDULES {
        let schedule = name_to_bytes32(name)?;
        for (class, seconds) in &schedules()[name] {
            let set = contracts.clocks.setClock(schedule, name_to_bytes32(class)?, *seconds, U40::ZERO);
            sent.push(set.send().await.map_err(call)?);
        }
    }
    let mut areas: Vec<&str> = officials.iter().map(|official| official.area_id.as_str()).collect();
    areas.dedup();
    for (area_id, name) in areas.into_iter().zip(SCHEDULES.into_iter().cycle()) {
        let assign = contracts.clocks.assign(area_to_bytes32(area_id)?, name_to_bytes32(name)?, U40::ZERO);
        sent.push(assign.send().await.map_err(call)?);
    }
    for official in officials {
        let area = area_to_bytes32(&official.area_id)?;
        let grant = contracts.officials.grant(area, official.wallet, official.level, U40::ZERO, UNTIL);
        sent.push(grant.send().await.map_err(call)?);
    }
    confirm(sent).await?;
    // Clocks run from the second after their block: nobody is to be told that an area is unknown.
    let set = chain_time(provider).await?;
    while chain_time(provider).await? <= set {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}
