//! What `sol!` makes of the committed ABI: one module a contract, with its calls, events, errors and bytecode.

#![allow(missing_docs, clippy::all)]

alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Anchors,
    "abi/Anchors.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Rosters,
    "abi/Rosters.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    AccessManager,
    "abi/AccessManager.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Officials,
    "abi/Officials.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Clocks,
    "abi/Clocks.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Complaints,
    "abi/Complaints.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Notices,
    "abi/Notices.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Testimonies,
    "abi/Testimonies.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Passkeys,
    "abi/Passkeys.json"
);
alloy::sol!(
    #[sol(rpc, extra_derives(Debug, PartialEq, Eq))]
    Verifier,
    "abi/Verifier.json"
);
alloy::sol! {
    /// Of an account with code, which says itself whether a signature is its own (ERC-1271).
    #[sol(rpc)]
    interface IERC1271 {
        function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
    }
}
