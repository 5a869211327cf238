//! A chain for a test.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use alloy::network::EthereumWallet;
use alloy::primitives::{Address, B256, address, b256};
use alloy::providers::{DynProvider, Provider as _, ProviderBuilder};
use alloy::signers::local::PrivateKeySigner;

/// The first two of the keys that every anvil funds.
pub const ADMIN_KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
pub const ADMIN: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
pub const STRANGER_KEY: B256 = b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d");
pub const STRANGER: Address = address!("70997970C51812dc3A010C7d01b50e0d17dc79C8");

/// An anvil of the pinned version on a free port; it ends with the value.
pub struct Anvil {
    child: Child,
    url: String,
}

impl Anvil {
    /// `None` where `npm install` has not been run: the test then says so and proves nothing.
    pub fn start() -> Option<Self> {
        let scope = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/@foundry-rs");
        let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
        let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let binary = scope.join(format!("anvil-{os}-{arch}/bin/anvil"));
        if !binary.exists() {
            eprintln!("SKIPPED, NOT TESTED: {} is absent; run `npm install` first", binary.display());
            return None;
        }
        let mut child = Command::new(binary)
            .args(["--hardfork", "osaka", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("anvil starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = lines
            .find_map(|line| line.ok()?.strip_prefix("Listening on ").map(str::to_owned))
            .expect("anvil says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, url: format!("http://{address}") })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn provider(&self, key: B256) -> DynProvider {
        let signer = PrivateKeySigner::from_bytes(&key).expect("a key");
        let url = self.url.parse().expect("a URL");
        // A cached nonce would skip one at each refusal, and the next transaction would wait for it for ever.
        let builder = ProviderBuilder::new().with_simple_nonce_management();
        builder.wallet(EthereumWallet::from(signer)).connect_http(url).erased()
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A mined transaction, which must have succeeded.
#[macro_export]
macro_rules! send {
    ($call:expr) => {{
        let receipt: alloy::rpc::types::TransactionReceipt = $call.send().await.unwrap().get_receipt().await.unwrap();
        assert!(receipt.status());
        receipt
    }};
}
