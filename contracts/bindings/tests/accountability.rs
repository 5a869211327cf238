//! The contracts for complaints on a real chain: filed, acted upon, remarked, refused, all by signature, and read back.

mod support;

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, Bytes, aliases::U40, keccak256};
use alloy::providers::{DynProvider, Provider as _};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::{SignerSync as _, local::PrivateKeySigner};
use alloy::sol_types::Eip712Domain;
use bindings::typed_data::{name_to_bytes32, note_hash};
use bindings::{
    Accountability, Act, Action, Addresses, Complaint, Error, Event, Filing, Grant, Notice, Refusal, Remark, Say,
    Signed, SignedActions, SignedFiling, SignedNotice, SignedRemark, Stage, area_to_bytes32, deploy, is_signed_by,
};
use support::{ADMIN, ADMIN_KEY, Anvil};

const AREA: &str = "palwal-3";
const CLOCK_S: u32 = 4 * 3600;

/// A chain with one area, its clocks and an official; everything is sent by the administrator, whoever signs.
struct World {
    provider: DynProvider,
    contracts: Accountability<DynProvider>,
    addresses: Addresses,
    official: PrivateKeySigner,
    filer: PrivateKeySigner,
}

impl World {
    async fn new(anvil: &Anvil) -> Self {
        let provider = anvil.provider(ADMIN_KEY);
        let made = deploy(provider.clone(), ADMIN, 0).await.unwrap();
        let contracts = made.accountability;
        let key = |byte| PrivateKeySigner::from_bytes(&B256::repeat_byte(byte)).unwrap();
        let world = Self { provider, contracts, addresses: made.addresses, official: key(1), filer: key(2) };
        let (area, town) = (area_to_bytes32(AREA).unwrap(), name_to_bytes32("town").unwrap());
        send!(made.contracts.anchors.openLane());
        send!(made.contracts.anchors.joinLane(0, area));
        send!(world.contracts.clocks.setClock(town, name_to_bytes32("fuse").unwrap(), CLOCK_S, U40::ZERO));
        send!(world.contracts.clocks.assign(area, town, U40::ZERO));
        send!(world.contracts.officials.grant(area, world.official.address(), 1, U40::ZERO, U40::MAX));
        world.pass(10).await;
        world
    }

    async fn pass(&self, seconds: u64) {
        self.provider.raw_request::<_, serde_json::Value>("evm_increaseTime".into(), [seconds]).await.unwrap();
        self.provider.raw_request::<_, serde_json::Value>("evm_mine".into(), ()).await.unwrap();
    }

    async fn now(&self) -> u64 {
        self.provider.get_block(BlockId::latest()).await.unwrap().unwrap().header.timestamp
    }

    fn filing(&self, text: &str) -> Filing {
        Filing {
            area: AREA.into(),
            site: "hr-0001".into(),
            feeder: "achheja-ds".into(),
            class: "fuse".into(),
            text: keccak256(text),
            evidence: B256::ZERO,
            filer: self.filer.address(),
        }
    }

    async fn file(&self, text: &str) -> (B256, TransactionReceipt) {
        let signed = SignedFiling { filing: self.filing(text), deadline: U40::MAX };
        let signature = sign(&self.filer, &signed, &self.contracts.complaints_domain());
        let call = signed.filing.to_call().unwrap();
        let receipt = send!(self.contracts.complaints.fileBySig(call, signed.deadline, signature));
        (signed.filing.id(&self.contracts.complaints_domain()), receipt)
    }

    async fn complaint(&self, id: B256) -> Complaint {
        self.contracts.complaint(id).await.unwrap().expect("filed")
    }

    /// Sends actions that one signer signed.
    async fn act(&self, signer: &PrivateKeySigner, actions: &[Action]) -> Result<TransactionReceipt, Error> {
        let signed = SignedActions { actions: actions.to_vec(), deadline: U40::MAX };
        let signature = sign(signer, &signed, &self.contracts.complaints_domain());
        let calls = actions.iter().map(|action| action.to_call().unwrap()).collect();
        let call = self.contracts.complaints.actBySig(calls, signer.address(), signed.deadline, signature);
        Ok(call.send().await?.get_receipt().await.unwrap())
    }

    fn events(&self, receipt: &TransactionReceipt) -> Vec<Event> {
        let logs = receipt.inner.logs().iter();
        logs.filter_map(|log| Event::decode(&log.inner, &self.addresses).unwrap()).collect()
    }
}

fn sign(signer: &PrivateKeySigner, signed: &impl Signed, domain: &Eip712Domain) -> Bytes {
    signer.sign_hash_sync(&signed.digest(domain)).unwrap().as_bytes().into()
}

fn name(error: Error) -> String {
    match error {
        Error::Refused(refusal) => refusal.name(),
        other => panic!("not a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn a_complaint_lives_and_every_step_is_read_back() {
    let Some(anvil) = Anvil::start() else { return };
    let world = World::new(&anvil).await;
    let none = world.contracts.complaint(B256::repeat_byte(9)).await.unwrap();
    assert_eq!(none, None);

    let (id, receipt) = world.file("no supply since noon").await;
    let [Event::Filed(filed)] = &world.events(&receipt)[..] else { panic!("{receipt:?}") };
    assert_eq!((filed.complaint, filed.clock_s), (id, CLOCK_S));
    assert_eq!(filed.filing, world.filing("no supply since noon"));
    let complaint = world.complaint(id).await;
    assert_eq!((complaint.stage, complaint.last, complaint.level), (Stage::Filed, None, 1));
    assert_eq!((complaint.index, complaint.head), (0, id));
    assert_eq!((complaint.area_id.as_str(), complaint.class.as_str()), (AREA, "fuse"));
    assert_eq!(complaint.due_at_unix_s, complaint.filed_at_unix_s + u64::from(CLOCK_S));

    let acknowledged = complaint.next(Act::Acknowledge, "On its way", world.official.address());
    assert_eq!(world.contracts.refusal(&acknowledged).await.unwrap(), None);
    let receipt = world.act(&world.official, std::slice::from_ref(&acknowledged)).await.unwrap();
    let [Event::Acted(acted)] = &world.events(&receipt)[..] else { panic!("{receipt:?}") };
    assert_eq!((acted.act, acted.index, acted.hash), (Act::Acknowledge, 1, acknowledged.hash()));
    assert_eq!((acted.note, acted.signer_level, acted.level), (note_hash("On its way"), Some(1), 1));
    assert_eq!(world.complaint(id).await.head, acknowledged.hash());

    // Late, so that it is the next officer's turn; then closed, disputed, reopened.
    world.pass(u64::from(CLOCK_S) + 1).await;
    let complaint = world.complaint(id).await;
    assert_eq!((complaint.stage, complaint.level), (Stage::Acknowledged, 2));
    let resolved = complaint.next(Act::ResolveFixed, "", world.official.address());
    world.act(&world.official, &[resolved]).await.unwrap();
    let remark = Remark::new(Say::StillOff, id, 0, "", world.official.address());
    assert!(!world.contracts.said(&remark).await.unwrap());
    let signed = SignedRemark { remark: remark.clone(), deadline: U40::MAX };
    let signature = sign(&world.official, &signed, &world.contracts.complaints_domain());
    let call = remark.to_call().unwrap();
    let receipt = send!(world.contracts.complaints.remarkBySig(call, remark.signer, signed.deadline, signature));
    let [Event::Remarked(said)] = &world.events(&receipt)[..] else { panic!("{receipt:?}") };
    assert_eq!((said.say, said.reopening, said.signer), (Say::StillOff, 0, world.official.address()));
    assert!(world.contracts.said(&remark).await.unwrap());

    let complaint = world.complaint(id).await;
    assert!(!complaint.stage.is_open() && complaint.last == Some(Act::ResolveFixed));
    let reopened = complaint.next(Act::Reopen, "Dark again", world.filer.address());
    let receipt = world.act(&world.filer, &[reopened]).await.unwrap();
    let [Event::Acted(acted)] = &world.events(&receipt)[..] else { panic!("{receipt:?}") };
    assert_eq!((acted.signer_level, acted.level, acted.act), (None, 3, Act::Reopen));
    let complaint = world.complaint(id).await;
    assert_eq!((complaint.stage, complaint.reopenings, complaint.index), (Stage::Reopened, 1, 3));

    // As of the block before it was not there.
    let before = BlockId::number(receipt.block_number.unwrap() - 1);
    assert_eq!(world.contracts.at(before).complaint(id).await.unwrap().unwrap().stage, Stage::Resolved);
}

#[tokio::test]
async fn a_queue_is_done_with_one_signature_and_what_is_refused_is_named() {
    let Some(anvil) = Anvil::start() else { return };
    let world = World::new(&anvil).await;
    let mut actions = Vec::new();
    for text in ["one", "two", "three"] {
        let (id, _) = world.file(text).await;
        actions.push(world.complaint(id).await.next(
            Act::ResolveNotOurs,
            "The transmission company's",
            world.official.address(),
        ));
    }
    actions[1].index = 7;
    let refusal = world.contracts.refusal(&actions[1]).await.unwrap().expect("refused");
    assert_eq!(refusal.name(), "WrongIndex");
    let receipt = world.act(&world.official, &actions).await.unwrap();
    let events = world.events(&receipt);
    let Event::ActionRefused { complaint, index: 7, reason, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!((*complaint, reason), (actions[1].complaint, &refusal));
    assert!(matches!((&events[0], &events[2]), (Event::Acted(_), Event::Acted(_))), "{events:?}");

    // Alone it is an error, by name and with its arguments; so are all others.
    let error = world.act(&world.official, &actions[1..2]).await.unwrap_err();
    assert!(error.to_string().contains("WrongIndex") && error.to_string().contains("given: 7"), "{error}");
    let stranger = PrivateKeySigner::from_bytes(&B256::repeat_byte(3)).unwrap();
    let action = Action { signer: stranger.address(), index: 1, ..actions[1].clone() };
    let error = world.act(&stranger, &[action]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the contract refuses: NotOfficial {{ area: {AREA}, account: {:#x} }}", stranger.address())
    );
    let error = world.act(&stranger, &actions[1..2]).await.unwrap_err();
    assert_eq!(name(error), "InvalidSignature");

    let unknown = Filing { area: "hisar".into(), ..world.filing("x") };
    let call = world.contracts.complaints.file(unknown.to_call().unwrap()).from(world.filer.address());
    assert_eq!(call.call().await.map_err(|error| name(error.into())).unwrap_err(), "UnknownArea");
    let call = world.contracts.complaints.fileBySig(world.filing("y").to_call().unwrap(), U40::ZERO, Bytes::new());
    assert_eq!(call.call().await.map_err(|error| name(error.into())).unwrap_err(), "Expired");
}

#[tokio::test]
async fn grants_clocks_notices_and_testimonies_are_read_back() {
    let Some(anvil) = Anvil::start() else { return };
    let world = World::new(&anvil).await;
    let (contracts, official, now) = (&world.contracts, world.official.address(), world.now().await);
    assert_eq!(contracts.official_level(AREA, official, now).await.unwrap(), Some(1));
    assert_eq!(contracts.official_level("hisar", official, u64::MAX).await.unwrap(), None);
    let receipt = send!(contracts.officials.revoke(area_to_bytes32(AREA).unwrap(), official, Default::default()));
    let revoked = world.now().await;
    let [Event::OfficialRevoked { at_unix_s, wallet, .. }] = world.events(&receipt)[..] else { panic!("{receipt:?}") };
    assert_eq!((at_unix_s, wallet), (revoked, official));
    let [Grant { revoked_at_unix_s: Some(at), level: 1, .. }] =
        contracts.grants(Some(AREA), official).await.unwrap()[..]
    else {
        panic!("one grant, revoked")
    };
    assert_eq!(at, revoked);
    assert_eq!(contracts.official_level(AREA, official, revoked).await.unwrap(), None);
    assert_eq!(contracts.official_level(AREA, official, revoked - 1).await.unwrap(), Some(1));
    let receipt = send!(contracts.officials.grant(B256::ZERO, official, 4, U40::ZERO, U40::MAX));
    assert!(matches!(world.events(&receipt)[..], [Event::OfficialGranted { area_id: None, level: 4, .. }]));
    assert_eq!(contracts.grants(None, official).await.unwrap().len(), 1);

    assert_eq!(contracts.clock_s(AREA, "fuse", now).await.unwrap(), Some(CLOCK_S));
    assert_eq!(contracts.clock_s(AREA, "line", now).await.unwrap(), None);
    assert_eq!(contracts.classes("town").await.unwrap(), ["fuse"]);
    assert_eq!(contracts.clocks("town", "fuse").await.unwrap()[0].duration_s, CLOCK_S);
    assert_eq!(contracts.assignments(AREA).await.unwrap()[0].schedule.as_deref(), Some("town"));

    let notice = Notice {
        area: AREA.into(),
        feeder: "achheja-ds".into(),
        start: U40::from(now - 5),
        end: U40::from(now + 3_600),
        restoration: U40::from(now + 3_600),
        reason: "Transformer is replaced".into(),
        withdrawn: false,
        changes: B256::ZERO,
        signer: official,
    };
    let signed = SignedNotice { notice: notice.clone(), deadline: U40::MAX };
    let signature = sign(&world.official, &signed, &contracts.notices_domain());
    let call = notice.to_call().unwrap();
    let receipt = send!(contracts.notices.announceBySig(call, official, signed.deadline, signature));
    let id = notice.id(&contracts.notices_domain());
    let [Event::Announced(announced)] = &world.events(&receipt)[..] else { panic!("{receipt:?}") };
    assert_eq!((announced.id, announced.late, announced.signer_level), (id, true, 4));
    assert_eq!(announced.feeder.as_deref(), Some("achheja-ds"));
    let kept = contracts.notice(id).await.unwrap().expect("announced");
    assert!(kept.late && kept.changed_by.is_none() && kept.start_unix_s == now - 5);
    assert_eq!(contracts.notice(B256::ZERO).await.unwrap(), None);

    let digest = B256::repeat_byte(5);
    assert_eq!(contracts.testified_at_unix_s(AREA, digest).await.unwrap(), None);
    let receipt = send!(contracts.testimonies.testify(area_to_bytes32(AREA).unwrap(), digest));
    let at = world.now().await;
    assert_eq!(contracts.testified_at_unix_s(AREA, digest).await.unwrap(), Some(at));
    let want = Event::Testified { area_id: AREA.into(), digest, by: ADMIN, at_unix_s: at };
    assert_eq!(world.events(&receipt), [want]);
    let again = contracts.testimonies.testify(area_to_bytes32(AREA).unwrap(), digest).call().await;
    let Some(Error::Refused(refusal)) = again.err().map(Error::from) else { panic!("not a refusal") };
    assert!(matches!(refusal, Refusal::Testimonies(_)) && refusal.name() == "AlreadyTestified", "{refusal}");
}

#[tokio::test]
async fn signatures_of_keys_and_of_accounts_with_code() {
    let Some(anvil) = Anvil::start() else { return };
    let world = World::new(&anvil).await;
    let digest = B256::repeat_byte(8);
    let signature = Bytes::from(world.filer.sign_hash_sync(&digest).unwrap().as_bytes().to_vec());
    let check =
        async |signer, digest, signature: &Bytes| is_signed_by(&world.provider, signer, digest, signature).await;
    assert!(check(world.filer.address(), digest, &signature).await.unwrap());
    assert!(!check(world.official.address(), digest, &signature).await.unwrap());
    assert!(!check(Address::ZERO, digest, &signature).await.unwrap());

    // The account of a passkey: there once it is made, and asked; nonsense is no signature of it. So is a contract that
    // knows no signatures.
    let generator = (
        "0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296".parse().unwrap(),
        "0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5".parse().unwrap(),
    );
    let account = world.contracts.passkey_account(generator.0, generator.1).await.unwrap();
    assert!(world.provider.get_code_at(account).await.unwrap().is_empty());
    send!(world.contracts.passkeys.create(generator.0.into(), generator.1.into()));
    assert!(!world.provider.get_code_at(account).await.unwrap().is_empty());
    assert!(!check(account, digest, &signature).await.unwrap());
    assert!(!check(*world.contracts.officials.address(), digest, &signature).await.unwrap());

    drop(anvil);
    let error = check(account, digest, &signature).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn addresses_are_read_as_the_script_writes_them() {
    let folder = std::env::temp_dir().join(format!("addresses-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("1.json");
    let one = Address::repeat_byte(1);
    let addresses = Addresses {
        chain_id: 1,
        start_block: 2,
        administrator: one,
        access_manager: one,
        anchors: one,
        rosters: one,
        officials: one,
        clocks: one,
        complaints: one,
        notices: one,
        testimonies: one,
        passkeys: one,
        verifier: one,
    };
    addresses.write(&file).unwrap();
    assert_eq!(Addresses::read(&file).unwrap(), addresses);
    std::fs::write(&file, r#"{"chain_id":1,"owner":"me"}"#).unwrap();
    assert!(matches!(Addresses::read(&file), Err(Error::InvalidDeployment { .. })));
    let missing = Addresses::read(&folder.join("2.json")).unwrap_err();
    assert!(missing.to_string().contains("2.json"), "{missing}");
    std::fs::remove_dir_all(&folder).unwrap();
}
