//! The chain: anvil or geth, the contracts on it, and the rosters and lane that a devnet begins with.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alloy::{
    network::EthereumWallet,
    primitives::{Address, B256, U256, aliases::U40},
    providers::{DynProvider, Provider as _, ProviderBuilder},
    rpc::types::TransactionReceipt,
};
use bindings::{Addresses, Contracts, area_to_bytes32, deploy};
use protocol::roster::{Roster, SealedRoster};
use serde::{Deserialize, Serialize};

use crate::{error::DevnetError, keys::Keys, process::Recipe, settings::Client, tools::Tools};

/// The lane that anchors all areas of a devnet.
pub const LANE: u32 = 0;
/// Seconds between blocks.
const BLOCK_TIME_S: u64 = 1;
/// Rosters take effect this long after their block at the earliest; a devnet is in a hurry.
const ROSTER_DELAY_S: u32 = 1;
/// What the accounts that the devnet itself pays from begin with.
const SERVICE_ETHER: u64 = 1_000_000;
/// How long a transaction may take into a block.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the contracts are, and who anchors.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deployment {
    /// Where the contracts are.
    pub contracts: Addresses,
    /// Who anchors.
    pub relayer: Address,
}

impl Deployment {
    /// The anchoring contract as receipts name it (CAIP-10).
    #[must_use]
    pub fn caip10(&self) -> String {
        format!("eip155:{}:{:#x}", self.contracts.chain_id, self.contracts.anchors)
    }
}

/// How to start the chain; its state is kept in the folder.
///
/// # Errors
/// The folder cannot be made, or there is no geth.
pub fn prepare(folder: &Path, tools: &Tools, client: Client, port: u16) -> Result<Recipe, DevnetError> {
    let data = folder.join(client.name());
    fs::create_dir_all(&data).map_err(DevnetError::file(&data))?;
    let (program, fixed, settings, state) = match client {
        Client::Anvil => (
            tools.anvil.clone(),
            &["--hardfork", "osaka", "--silent", "--host", "127.0.0.1", "--slots-in-an-epoch", "1"][..],
            vec![
                ("--port", port.to_string()),
                ("--chain-id", client.chain_id().to_string()),
                ("--block-time", BLOCK_TIME_S.to_string()),
                // A crash loses at most so many seconds of the chain; the services say so and end.
                ("--state-interval", "5".into()),
            ],
            ["--state".into(), data.join("state.json").into()],
        ),
        Client::Geth => (
            tools.geth.clone().ok_or(DevnetError::MissingGeth)?,
            &["--dev", "--http", "--http.addr", "127.0.0.1", "--http.api", "eth,net,web3", "--ipcdisable"][..],
            vec![
                ("--http.port", port.to_string()),
                ("--dev.period", BLOCK_TIME_S.to_string()),
                ("--authrpc.port", "0".into()),
                ("--verbosity", "2".into()),
            ],
            ["--datadir".into(), data.into()],
        ),
    };
    let mut arguments: Vec<std::ffi::OsString> = fixed.iter().map(Into::into).collect();
    arguments.extend(settings.into_iter().flat_map(|(name, value)| [name.into(), value.into()]));
    arguments.extend(state);
    Ok(Recipe { name: client.name(), program, arguments, environment: vec![] })
}

/// Gives accounts of a devnet what their transactions cost, this many ether each.
///
/// # Errors
/// [`DevnetError::Chain`].
pub async fn fund(provider: &DynProvider, client: Client, accounts: &[Address], ether: u64) -> Result<(), DevnetError> {
    let value = U256::from(ether) * U256::from(10).pow(U256::from(18));
    if client == Client::Anvil {
        for account in accounts {
            let balance = (account, value);
            provider.raw_request::<_, serde_json::Value>("anvil_setBalance".into(), balance).await.map_err(rpc)?;
        }
        return Ok(());
    }
    // The developer's account, whose key the node holds.
    let holders: Vec<Address> = provider.raw_request("eth_accounts".into(), ()).await.map_err(rpc)?;
    let holder = holders.first().ok_or_else(|| DevnetError::Chain("the node holds no account to pay from".into()))?;
    // Counted here: geth, asked to count, may give one nonce twice while a block comes in ("replacement transaction underpriced").
    let first = provider.get_transaction_count(*holder).pending().await.map_err(rpc)?;
    for (account, nonce) in accounts.iter().zip(first..) {
        let nonce = U256::from(nonce);
        let payment = [serde_json::json!({ "from": holder, "to": account, "value": value, "nonce": nonce })];
        provider.raw_request::<_, B256>("eth_sendTransaction".into(), payment).await.map_err(rpc)?;
    }
    let deadline = tokio::time::Instant::now() + RECEIPT_TIMEOUT;
    for account in accounts {
        while provider.get_balance(*account).await.map_err(rpc)? < value {
            if tokio::time::Instant::now() > deadline {
                return Err(DevnetError::Chain(format!("{account} has not been paid")));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    Ok(())
}

/// A provider that signs as the devnet's administrator.
///
/// # Errors
/// The URL is none.
pub fn admin_provider(rpc_url: &str, keys: &Keys) -> Result<DynProvider, DevnetError> {
    let url = rpc_url.parse().map_err(|e| DevnetError::Chain(format!("{rpc_url}: {e}")))?;
    let wallet = EthereumWallet::from(keys.admin.clone());
    let provider = ProviderBuilder::new().wallet(wallet).connect_http(url);
    provider.client().set_poll_interval(Duration::from_millis(200));
    Ok(provider.erased())
}

/// Whether the contracts of a deployment are on the chain.
///
/// # Errors
/// [`DevnetError::Stale`] where they are not, [`DevnetError::Chain`] where the chain does not answer.
pub async fn check(provider: &DynProvider, deployment: &Deployment) -> Result<(), DevnetError> {
    for contract in deployment.contracts.contracts() {
        if provider.get_code_at(contract).await.map_err(rpc)?.is_empty() {
            return Err(DevnetError::Stale(format!("the chain has no contract at {contract}")));
        }
    }
    Ok(())
}

/// Deploys the contracts.
///
/// # Errors
/// [`DevnetError::Chain`].
pub async fn deploy_contracts(provider: &DynProvider, client: Client, keys: &Keys) -> Result<Deployment, DevnetError> {
    let accounts = [keys.admin.address(), keys.relayer.address(), keys.sponsor.address()];
    fund(provider, client, &accounts, SERVICE_ETHER).await?;
    let made = deploy(provider.clone(), keys.admin.address(), ROSTER_DELAY_S).await?;
    Ok(Deployment { contracts: made.addresses, relayer: keys.relayer.address() })
}

/// Publishes the first rosters, then opens the lane of their areas for the relayer: in that order, so that a roster is
/// in force when the lane's first period begins. `sealed` are on IPFS already.
///
/// # Errors
/// [`DevnetError::Chain`].
pub async fn open(
    provider: &DynProvider,
    deployment: &Deployment,
    keys: &Keys,
    sealed: &[(Roster, SealedRoster)],
) -> Result<(), DevnetError> {
    let Addresses { anchors, rosters, .. } = deployment.contracts;
    let contracts = Contracts::new(provider.clone(), anchors, rosters);
    let all_areas = B256::ZERO;
    let mut sent = vec![contracts.rosters.grantRegistrar(keys.admin.address(), all_areas).send().await.map_err(call)?];
    // The node estimates gas on its latest block: the grant must be in it.
    confirm(std::mem::take(&mut sent)).await?;
    for (roster, sealed) in sealed {
        let devices = u32::try_from(roster.devices().len()).unwrap_or(u32::MAX);
        let publish = contracts.rosters.publish(
            area_to_bytes32(&roster.area_id)?,
            roster.version,
            sealed.digest.into(),
            sealed.root.into(),
            devices,
            U40::from(roster.effective_from_unix_s),
        );
        sent.push(publish.send().await.map_err(call)?);
    }
    confirm(std::mem::take(&mut sent)).await?;
    let effective = sealed.iter().map(|(roster, _)| roster.effective_from_unix_s).max().unwrap_or(0);
    while chain_time(provider).await? < effective {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    confirm(vec![contracts.anchors.openLane().send().await.map_err(call)?]).await?;
    let key = keys.receipt_key.to_point();
    let (x, y) = (B256::from_slice(&key[1..33]), B256::from_slice(&key[33..]));
    sent.push(contracts.anchors.grantRelayer(LANE, deployment.relayer, x, y).send().await.map_err(call)?);
    for (roster, _) in sealed {
        let area = area_to_bytes32(&roster.area_id)?;
        sent.push(contracts.anchors.joinLane(LANE, area).send().await.map_err(call)?);
    }
    confirm(sent).await
}

/// A time for new rosters to take effect that the contract accepts.
///
/// # Errors
/// [`DevnetError::Chain`].
pub async fn next_effective_from(provider: &DynProvider) -> Result<u64, DevnetError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    // Two blocks for the grant and the publishing, the delay, and time for a busy machine to put the rosters on IPFS.
    Ok(now.max(chain_time(provider).await?) + 6 * BLOCK_TIME_S + u64::from(ROSTER_DELAY_S))
}

pub(crate) async fn chain_time(provider: &DynProvider) -> Result<u64, DevnetError> {
    let block = provider.get_block(alloy::eips::BlockId::latest()).await.map_err(rpc)?;
    Ok(block.map_or(0, |block| block.header.timestamp))
}

pub(crate) type Sent = alloy::providers::PendingTransactionBuilder<alloy::network::Ethereum>;

pub(crate) async fn confirm(sent: Vec<Sent>) -> Result<(), DevnetError> {
    for pending in sent {
        let receipt: TransactionReceipt =
            pending.with_timeout(Some(RECEIPT_TIMEOUT)).get_receipt().await.map_err(rpc)?;
        if !receipt.status() {
            return Err(DevnetError::Chain(format!("transaction {} was refused", receipt.transaction_hash)));
        }
    }
    Ok(())
}

pub(crate) fn rpc(error: impl std::fmt::Display) -> DevnetError {
    DevnetError::Chain(error.to_string())
}

pub(crate) fn call(error: alloy::contract::Error) -> DevnetError {
    bindings::Error::from(error).into()
}
