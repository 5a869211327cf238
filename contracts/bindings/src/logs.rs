//! Logs of a contract over many blocks, in pieces that any node answers.

use alloy::{
    providers::Provider,
    rpc::types::{Filter, Log},
};

use crate::Error;

/// Blocks of logs asked for at one time.
const MAX_RANGE_BLOCKS: u64 = 10_000;

/// All logs of a filter from one block to another, both inclusive, in the order of the chain.
///
/// # Errors
/// [`Error`], of the node.
pub async fn logs(provider: &impl Provider, filter: &Filter, from: u64, to: u64) -> Result<Vec<Log>, Error> {
    let (mut all, mut from) = (Vec::new(), from);
    while from <= to {
        let until = to.min(from.saturating_add(MAX_RANGE_BLOCKS - 1));
        let range = filter.clone().from_block(from).to_block(until);
        all.extend(provider.get_logs(&range).await?);
        from = until + 1;
    }
    all.sort_by_key(|log| (log.block_number, log.log_index));
    Ok(all)
}
