//! `/rpc`: reads of the chain for browsers. The node itself is never exposed: what is not on the list is refused.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// Calls in one request.
pub const MAX_RPC_BATCH: usize = 20;
/// Blocks that one `eth_getLogs` may span.
pub const MAX_LOG_BLOCKS: u64 = 10_000;
/// Largest answer that is passed on.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// Calls under way at one time.
const MAX_CONCURRENT: usize = 32;

/// Methods that read and cost little.
const ALLOWED: [&str; 18] = [
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getCode",
    "eth_getLogs",
    "eth_getStorageAt",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_maxPriorityFeePerGas",
    "net_version",
    "web3_clientVersion",
];

// JSON-RPC 2.0, section 5.1, and the codes that Ethereum nodes use.
const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;
const UNAVAILABLE: i64 = -32_002;

#[derive(Clone)]
pub(super) struct Node {
    client: reqwest::Client,
    url: String,
    turns: Arc<Semaphore>,
}

/// Why a call is not passed on, or has no answer.
#[derive(Debug)]
struct Refused {
    code: i64,
    message: String,
}

fn refused(code: i64, message: impl Into<String>) -> Refused {
    Refused { code, message: message.into() }
}

impl Node {
    pub(super) fn new(client: reqwest::Client, url: &str) -> Self {
        Self { client, url: url.to_owned(), turns: Arc::new(Semaphore::new(MAX_CONCURRENT)) }
    }

    /// One call with its answer, whatever becomes of it.
    async fn answer(&self, call: &Value) -> Value {
        let id = call.get("id").cloned().unwrap_or(Value::Null);
        match self.pass_on(call).await {
            Ok(mut answer) => {
                answer.insert("id".into(), id);
                answer.into()
            }
            Err(Refused { code, message }) => {
                json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
            }
        }
    }

    async fn pass_on(&self, call: &Value) -> Result<serde_json::Map<String, Value>, Refused> {
        let method = call.get("method").and_then(Value::as_str);
        let method = method.ok_or_else(|| refused(INVALID_REQUEST, "not a JSON-RPC call"))?;
        if !ALLOWED.contains(&method) {
            return Err(refused(METHOD_NOT_FOUND, format!("{method} is not offered here: reads only")));
        }
        let params = call.get("params").cloned().unwrap_or_else(|| json!([]));
        if method == "eth_getLogs" {
            self.check_logs(&params).await?;
        }
        self.call(method, &params).await
    }

    /// Logs of one block, or of a range with an end.
    async fn check_logs(&self, params: &Value) -> Result<(), Refused> {
        let filter = params.get(0).and_then(Value::as_object);
        let filter = filter.ok_or_else(|| refused(INVALID_PARAMS, "eth_getLogs takes a filter"))?;
        if filter.contains_key("blockHash") {
            return Ok(());
        }
        let from = block_number(filter.get("fromBlock"))
            .ok_or_else(|| refused(INVALID_PARAMS, "fromBlock is a number here, in hex"))?;
        let to = match block_number(filter.get("toBlock")) {
            Some(number) => number,
            None => self.head().await?,
        };
        if to.saturating_sub(from) >= MAX_LOG_BLOCKS {
            return Err(refused(INVALID_PARAMS, format!("logs of at most {MAX_LOG_BLOCKS} blocks at a time")));
        }
        Ok(())
    }

    async fn head(&self) -> Result<u64, Refused> {
        let answer = self.call("eth_blockNumber", &json!([])).await?;
        block_number(answer.get("result")).ok_or_else(|| refused(UNAVAILABLE, "the node has no head"))
    }

    async fn call(&self, method: &str, params: &Value) -> Result<serde_json::Map<String, Value>, Refused> {
        let failed = |reason: String| {
            tracing::warn!(method, reason, "the chain's node");
            refused(UNAVAILABLE, "the chain's node does not answer; try again")
        };
        let _turn = self.turns.acquire().await.map_err(|_| refused(UNAVAILABLE, "the service ends"))?;
        // Written anew: nothing but method and parameters is the caller's.
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let request = self.client.post(&self.url).header(header::CONTENT_TYPE, "application/json").body(body);
        let mut response = request.send().await.map_err(|error| failed(error.without_url().to_string()))?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(error.without_url().to_string()))? {
            if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(refused(INVALID_PARAMS, format!("the answer has more than {MAX_ANSWER_BYTES} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(answer)) => Ok(answer),
            Ok(_) => Err(failed("not an object".into())),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// A block's number; a tag has none.
fn block_number(value: Option<&Value>) -> Option<u64> {
    u64::from_str_radix(value?.as_str()?.strip_prefix("0x")?, 16).ok()
}

pub(super) async fn rpc(State(node): State<Node>, body: Bytes) -> Response {
    let error = |code, message: String| {
        Json(json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } })).into_response()
    };
    match serde_json::from_slice::<Value>(&body) {
        Err(_) => error(PARSE_ERROR, "not JSON".into()),
        Ok(Value::Array(calls)) if calls.is_empty() || calls.len() > MAX_RPC_BATCH => {
            error(INVALID_REQUEST, format!("{} calls in one request, 1 to {MAX_RPC_BATCH}", calls.len()))
        }
        Ok(Value::Array(calls)) => {
            let answers = futures::future::join_all(calls.iter().map(|call| node.answer(call))).await;
            Json(answers).into_response()
        }
        Ok(call) => Json(node.answer(&call).await).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_writes_or_signs_is_on_the_list() {
        for method in ALLOWED {
            let word = method.split_once('_').unwrap().1;
            assert!(!["send", "sign", "set", "mine"].iter().any(|bad| word.starts_with(bad)), "{method}");
            assert!(["eth_", "net_", "web3_"].iter().any(|space| method.starts_with(space)), "{method}");
        }
    }

    #[test]
    fn block_numbers_are_hex_and_tags_are_none() {
        assert_eq!(block_number(Some(&json!("0x1f"))), Some(31));
        for value in [json!("latest"), json!("31"), json!(31), json!("0x")] {
            assert_eq!(block_number(Some(&value)), None, "{value}");
        }
    }
}
