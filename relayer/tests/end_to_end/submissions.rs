//! What others sign, through reorganisations: what the chain forgets comes back, in its order, or is refused in words.

use alloy::{
    primitives::{Address, B256, aliases::U40},
    providers::{DynProvider, Provider as _},
    signers::{SignerSync as _, local::PrivateKeySigner},
};
use bindings::{
    Accountability, Act, Action, Filing, Signed, SignedActions, SignedFiling, area_to_bytes32,
    typed_data::name_to_bytes32,
};
use bson::{Binary, spec::BinarySubtype};
use protocol::complaint::Stage;
use relayer::clock::now_unix_s;
use serde::Serialize;
use serde_json::json;
use store::intake::documents::{Submission, SubmissionKind, SubmissionState};

use crate::{
    world::{AREAS, Options, World, eventually},
    world_or_skip,
};

/// No page is anchored meanwhile: each block is one of ours.
fn paying() -> Options {
    Options { pays: true, period_s: Some(1_800), ..Options::default() }
}

/// A relayer that pays, an area that takes complaints, and two officials of it.
struct Town {
    world: World,
    contracts: Accountability<DynProvider>,
    official: PrivateKeySigner,
    second: PrivateKeySigner,
    filer: PrivateKeySigner,
}

impl Town {
    async fn new(mut world: World) -> Self {
        let contracts = Accountability::new(world.provider.clone(), &world.addresses);
        let [official, second, filer] = [(); 3].map(|()| PrivateKeySigner::random());
        let (town, fuse) = (name_to_bytes32("town").unwrap(), name_to_bytes32("fuse").unwrap());
        let area = area_to_bytes32(AREAS[0]).unwrap();
        let mut sent = vec![
            contracts.clocks.setClock(town, fuse, 3_600, U40::ZERO).send().await.unwrap(),
            contracts.clocks.assign(area, town, U40::ZERO).send().await.unwrap(),
        ];
        for (level, wallet) in [(1, official.address()), (2, second.address())] {
            sent.push(contracts.officials.grant(area, wallet, level, U40::ZERO, U40::MAX).send().await.unwrap());
        }
        for pending in sent {
            assert!(pending.get_receipt().await.unwrap().status());
        }
        eventually("clocks and grants are in force", async || {
            let at = world.provider.get_block(alloy::eips::BlockId::latest()).await.ok()??.header.timestamp;
            contracts.clock_s(AREAS[0], "fuse", at).await.ok()?
        })
        .await;
        world.start_relayer_and_wait().await;
        Self { world, contracts, official, second, filer }
    }

    /// From now on a block comes with each transaction and not by itself, so that nothing becomes final meanwhile.
    async fn hold_the_clock(&self) {
        self.world.rpc("evm_setIntervalMining", json!([0])).await;
        self.world.rpc("evm_setAutomine", json!([true])).await;
    }

    /// Replaces the newest blocks by empty ones, as many as it takes for the complaint to stand so. Meanwhile the relayer is
    /// halted; it goes on with `signal_relayer("CONT")`.
    async fn forget_until(&self, complaint: B256, stage: Option<Stage>) {
        self.world.signal_relayer("STOP");
        let mut blocks = 0;
        eventually("the chain has forgotten it", async || {
            if self.stage(complaint).await == stage {
                return Some(());
            }
            blocks += 1;
            self.world.rpc("anvil_reorg", json!([blocks, []])).await;
            None
        })
        .await;
    }

    /// Takes in what somebody signed, as the API does.
    async fn take_in(
        &self,
        kind: SubmissionKind,
        key: &PrivateKeySigner,
        signed: &(impl Signed + Serialize),
    ) -> String {
        let digest = signed.digest(&self.contracts.complaints_domain());
        let bytes = key.sign_hash_sync(&digest).unwrap().as_bytes().to_vec();
        let submission = Submission {
            id: digest.to_string(),
            kind,
            area_id: AREAS[0].into(),
            payload: serde_json::to_string(signed).unwrap(),
            signer: format!("{:#x}", key.address()),
            signature: Binary { subtype: BinarySubtype::Generic, bytes },
            text: None,
            evidence: None,
            deadline_unix_s: signed.deadline().to(),
            received_unix_ms: now_unix_s() * 1_000,
            state: SubmissionState::Waiting,
            reason: None,
            reason_name: None,
            transactions: Vec::new(),
            block_number: None,
        };
        assert!(self.world.intake.add_submission(&submission).await.unwrap());
        submission.id
    }

    async fn file(&self) -> (B256, String) {
        let filing = Filing {
            area: AREAS[0].into(),
            site: String::new(),
            feeder: "feeder-1".into(),
            class: "fuse".into(),
            text: PrivateKeySigner::random().to_bytes(),
            evidence: B256::ZERO,
            filer: self.filer.address(),
        };
        let id = filing.id(&self.contracts.complaints_domain());
        let signed = SignedFiling { filing, deadline: deadline() };
        (id, self.take_in(SubmissionKind::Filing, &self.filer, &signed).await)
    }

    async fn acknowledge(&self, complaint: B256) -> String {
        let action = Action::new(Act::Acknowledge, complaint, 1, complaint, "on our way", self.official.address());
        let signed = SignedActions { actions: vec![action], deadline: deadline() };
        self.take_in(SubmissionKind::Actions, &self.official, &signed).await
    }

    async fn submission(&self, id: &str) -> Submission {
        self.world.intake.submission(id).await.unwrap().unwrap()
    }

    async fn until(&self, id: &str, states: &[SubmissionState]) -> Submission {
        eventually(&format!("a submission is {states:?}"), async || {
            let submission = self.world.intake.submission(id).await.ok()??;
            states.contains(&submission.state).then_some(submission)
        })
        .await
    }

    async fn stage(&self, complaint: B256) -> Option<Stage> {
        self.contracts.complaint(complaint).await.unwrap().map(|complaint| complaint.stage)
    }
}

fn deadline() -> U40 {
    U40::from(now_unix_s() + 3_600)
}

const DONE: [SubmissionState; 2] = [SubmissionState::Mined, SubmissionState::Final];

#[tokio::test(flavor = "multi_thread")]
async fn a_filing_that_the_chain_forgets_comes_back_before_what_is_done_about_it() {
    let town = Town::new(world_or_skip!(paying())).await;
    town.hold_the_clock().await;
    let (complaint, filing) = town.file().await;
    town.until(&filing, &[SubmissionState::Mined]).await;
    assert_eq!(town.stage(complaint).await, Some(Stage::Filed));

    // The official has read it and signs; meanwhile the block that filed it is replaced by an empty one.
    town.forget_until(complaint, None).await;
    let action = town.acknowledge(complaint).await;
    town.world.signal_relayer("CONT");
    let done = town.until(&action, &[DONE[0], DONE[1], SubmissionState::Refused]).await;
    assert_ne!(done.state, SubmissionState::Refused, "{done:?}");
    assert_eq!(town.stage(complaint).await, Some(Stage::Acknowledged));

    // Both are taken away: both come back, each once.
    town.forget_until(complaint, None).await;
    town.world.signal_relayer("CONT");
    eventually("both are back", async || (town.stage(complaint).await == Some(Stage::Acknowledged)).then_some(()))
        .await;
    for id in [&filing, &action] {
        town.until(id, &DONE).await;
    }
    let stands = town.contracts.complaint(complaint).await.unwrap().unwrap();
    assert_eq!((stands.index, stands.last), (1, Some(Act::Acknowledge)));
    // With blocks again they become final, and stay.
    town.world.rpc("evm_setIntervalMining", json!([1])).await;
    for id in [&filing, &action] {
        town.until(id, &[SubmissionState::Final]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_whose_place_was_taken_meanwhile_is_refused_in_words() {
    let town = Town::new(world_or_skip!(paying())).await;
    town.hold_the_clock().await;
    let (complaint, filing) = town.file().await;
    town.until(&filing, &[SubmissionState::Mined]).await;
    let action = town.acknowledge(complaint).await;
    town.until(&action, &[SubmissionState::Mined]).await;

    // In the chain that stays, the second official was faster: by a transaction of somebody else, in the same block's place.
    town.forget_until(complaint, Some(Stage::Filed)).await;
    let reject = Action::new(Act::Reject, complaint, 1, complaint, "not ours", town.second.address());
    let signed = SignedActions { actions: vec![reject.clone()], deadline: deadline() };
    let digest = signed.digest(&town.contracts.complaints_domain());
    let signature = town.second.sign_hash_sync(&digest).unwrap().as_bytes().to_vec();
    let (actions, signer): (_, Address) = (vec![reject.to_call().unwrap()], town.second.address());
    let call = town.contracts.complaints.actBySig(actions, signer, signed.deadline, signature.into());
    assert!(call.send().await.unwrap().get_receipt().await.unwrap().status());
    town.world.signal_relayer("CONT");

    let refused = town.until(&action, &[SubmissionState::Refused]).await;
    assert_eq!(refused.reason_name.as_deref(), Some("WrongIndex"), "{:?}", refused.reason);
    assert!(refused.reason.is_some_and(|reason| !reason.is_empty()));
    assert_eq!(town.stage(complaint).await, Some(Stage::Rejected));
    assert!(DONE.contains(&town.submission(&filing).await.state), "what was filed stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_somebody_else_sent_first_is_done() {
    let town = Town::new(world_or_skip!(paying())).await;
    town.hold_the_clock().await;
    let (complaint, filing) = town.file().await;
    town.until(&filing, &[SubmissionState::Mined]).await;
    town.world.signal_relayer("STOP");
    let id = town.acknowledge(complaint).await;
    let taken = town.submission(&id).await;
    let signed: SignedActions = serde_json::from_str(&taken.payload).unwrap();
    let actions = signed.actions.iter().map(|action| action.to_call().unwrap()).collect();
    let (signer, signature) = (town.official.address(), taken.signature.bytes.into());
    let call = town.contracts.complaints.actBySig(actions, signer, signed.deadline, signature);
    assert!(call.send().await.unwrap().get_receipt().await.unwrap().status());
    town.world.signal_relayer("CONT");
    let done = town.until(&id, &[DONE[0], DONE[1], SubmissionState::Refused]).await;
    assert_ne!(done.state, SubmissionState::Refused, "{done:?}");
    assert!(done.transactions.is_empty(), "nothing had to be paid");
    assert_eq!(town.stage(complaint).await, Some(Stage::Acknowledged));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_ipfs_complaints_go_on_and_evidence_follows() {
    let mut town = Town::new(world_or_skip!(paying())).await;
    town.hold_the_clock().await;
    town.world.ipfs_part.stop("KILL");
    let block = b"{\"a\":1}";
    let digest = protocol::to_hex(&protocol::digest(block));
    town.world.intake.add_evidence(&digest, block, now_unix_s()).await.unwrap();
    let (complaint, filing) = town.file().await;
    town.until(&filing, &[SubmissionState::Mined]).await;
    assert_eq!(town.stage(complaint).await, Some(Stage::Filed));
    assert_eq!(town.world.intake.unpublished_evidence(10).await.unwrap().len(), 1);
    town.world.ipfs_part.start_again();
    eventually("the evidence is on IPFS", async || {
        town.world.intake.unpublished_evidence(10).await.ok()?.is_empty().then_some(())
    })
    .await;
}

/// More than are looked at in one round are in blocks, and nothing becomes final: what is new goes on all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_to_be_final_holds_up_nothing() {
    let more_config = "finality_depth_blocks = 100000\n".into();
    let town = Town::new(world_or_skip!(Options { more_config, ..paying() })).await;
    town.hold_the_clock().await;
    let mut filings = Vec::new();
    for _ in 0..70 {
        filings.push(town.file().await);
    }
    for (_, filing) in &filings {
        town.until(filing, &[SubmissionState::Mined]).await;
    }
    let (complaint, later) = town.file().await;
    let mined = town.until(&later, &[SubmissionState::Mined]).await;
    assert_eq!(town.stage(complaint).await, Some(Stage::Filed));
    let mut nonces: Vec<u64> = mined.transactions.iter().map(|transaction| transaction.nonce).collect();
    for (_, filing) in &filings {
        nonces.extend(town.submission(filing).await.transactions.iter().map(|transaction| transaction.nonce));
    }
    nonces.sort_unstable();
    let given = nonces.len();
    nonces.dedup();
    assert_eq!((nonces.len(), given), (71, 71), "each has one nonce, and no other has it");

    // The newest is taken back by the chain, and comes again although seventy older ones wait.
    town.forget_until(complaint, None).await;
    town.world.signal_relayer("CONT");
    eventually("it is back", async || (town.stage(complaint).await == Some(Stage::Filed)).then_some(())).await;
}
