//! The typed data against the file that another implementation wrote, which the contracts are held to as well.

use std::borrow::Cow;

use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::sol_types::{Eip712Domain, SolStruct};
use bindings::typed_data::{complaints_domain, note_hash, notices_domain};
use bindings::{
    Act, Action, Filing, Notice, Say, Signed as _, SignedActions, SignedFiling, SignedNotice, SignedRemark,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../test/golden/typed-data.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn domain(case: &Value) -> Eip712Domain {
    let domain = &case["typedData"]["domain"];
    let (chain_id, contract) = (domain["chainId"].as_u64().unwrap(), domain["verifyingContract"].as_str().unwrap());
    let contract = contract.parse().unwrap();
    match domain["name"].as_str().unwrap() {
        "Power Tracker Complaints" => complaints_domain(chain_id, contract),
        "Power Tracker Notices" => notices_domain(chain_id, contract),
        other => panic!("{other}"),
    }
}

fn message<T: DeserializeOwned>(case: &Value) -> T {
    serde_json::from_value(case["typedData"]["message"].clone())
        .unwrap_or_else(|error| panic!("{}: {error}", case["name"]))
}

/// Struct hash and digest of a case, by the type that its primary type names.
fn hashes(case: &Value) -> (B256, B256) {
    fn both<T: SolStruct + DeserializeOwned>(case: &Value) -> (B256, B256) {
        let value = message::<T>(case);
        (value.eip712_hash_struct(), value.eip712_signing_hash(&domain(case)))
    }
    match case["typedData"]["primaryType"].as_str().unwrap() {
        "Filing" => both::<Filing>(case),
        "Action" => both::<Action>(case),
        "Notice" => both::<Notice>(case),
        "SignedFiling" => both::<SignedFiling>(case),
        "SignedActions" => both::<SignedActions>(case),
        "SignedRemark" => both::<SignedRemark>(case),
        "SignedNotice" => both::<SignedNotice>(case),
        other => panic!("{other}"),
    }
}

#[test]
fn every_golden_case_has_its_hashes() {
    let golden = golden();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 21);
    for case in cases {
        let want = |field: &str| case[field].as_str().unwrap().parse::<B256>().unwrap();
        assert_eq!(hashes(case), (want("structHash"), want("digest")), "{}", case["name"]);
    }
    assert_eq!(golden["empty_note"].as_str().unwrap().parse::<B256>().unwrap(), note_hash(""));
}

#[test]
fn ids_hashes_and_calls_follow_from_what_is_signed() {
    let golden = golden();
    let case = |name: &str| golden["cases"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    let digest = |case: &Value| case["digest"].as_str().unwrap().parse::<B256>().unwrap();

    let filed = case("filing");
    let filing: Filing = message(&filed);
    assert_eq!(filing.id(&domain(&filed)), digest(&filed));
    let call = filing.to_call().unwrap();
    assert_eq!((call.site, call.feeder.len()), ("hr-0002".to_owned(), 64));
    assert!(Filing { class: "Fuse".into(), ..filing.clone() }.to_call().is_err());
    assert!(Filing { area: String::new(), ..filing }.to_call().is_err());

    let all: SignedActions = message(&case("signed actions: all"));
    let signer = all.signer().unwrap();
    for (before, after) in all.actions.iter().zip(&all.actions[1..]) {
        assert_eq!((after.index, after.previous), (before.index + 1, before.hash()));
    }
    let first = &all.actions[0];
    assert_eq!(*first, Action::new(Act::Acknowledge, first.complaint, 1, first.complaint, "", signer));
    let call = all.actions[1].to_call().unwrap();
    assert_eq!((call.act, call.note), (Act::ResolveFixed.code(), keccak256("Note 1: “resolve: fixed” ✓")));
    assert_eq!(all.digest(&domain(&case("signed actions: all"))), digest(&case("signed actions: all")));
    let mut mixed = all.clone();
    mixed.actions[3].signer = Address::ZERO;
    assert_eq!(mixed.signer(), None);
    mixed.actions[3].act = "fix".into();
    assert!(mixed.actions[3].to_call().is_err());

    let still: SignedRemark = message(&case("signed still off"));
    assert_eq!(still.remark.to_call().unwrap().say, Say::StillOff.code());
    let announced = case("notice");
    let notice: Notice = message(&announced);
    assert_eq!(notice.id(&domain(&announced)), digest(&announced));
    assert_eq!(notice.to_call().unwrap().reason, keccak256(&notice.reason));
}

#[test]
fn unknown_fields_are_refused() {
    let golden = golden();
    let mut message = golden["cases"][2]["typedData"]["message"].clone();
    message["filing"]["admin"] = true.into();
    assert!(serde_json::from_value::<SignedFiling>(message).is_err());
}

/// The example of EIP-712 itself.
#[test]
fn the_example_of_eip_712() {
    alloy::sol! {
        struct Person { string name; address wallet; }
        struct Mail { Person from; Person to; string contents; }
    }
    let domain = Eip712Domain::new(
        Some(Cow::Borrowed("Ether Mail")),
        Some(Cow::Borrowed("1")),
        Some(U256::from(1)),
        Some("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC".parse().unwrap()),
        None,
    );
    let person = |name: &str, wallet: &str| Person { name: name.into(), wallet: wallet.parse().unwrap() };
    let mail = Mail {
        from: person("Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"),
        to: person("Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"),
        contents: "Hello, Bob!".into(),
    };
    let separator = "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f";
    assert_eq!(domain.separator(), separator.parse::<B256>().unwrap());
    let digest = "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2";
    assert_eq!(mail.eip712_signing_hash(&domain), digest.parse::<B256>().unwrap());
}
