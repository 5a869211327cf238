//! Complaints through reorganisations: what is gone from the chain is gone from the views, and rebuilt they are the same.

use alloy::primitives::{B256, aliases::U40};
use bindings::{Accountability, Act, Complaint, Filing, area_to_bytes32, typed_data::name_to_bytes32};
use serde_json::json;
use store::views::documents;

use crate::{fixture::Fixture, world::ADMIN};

const CLOCK_S: u32 = 3_600;

macro_rules! mined {
    ($call:expr) => {
        assert!($call.send().await.expect("sent").get_receipt().await.expect("mined").status())
    };
}

struct Office {
    contracts: Accountability<alloy::providers::DynProvider>,
}

impl Office {
    /// Area 0 takes complaints, and the administrator acts on them.
    async fn open(f: &Fixture) -> Self {
        let contracts = Accountability::new(f.world.provider.clone(), &f.world.addresses);
        let (area, town) = (area_to_bytes32("area-0").unwrap(), name_to_bytes32("town").unwrap());
        let fuse = name_to_bytes32("fuse").unwrap();
        mined!(contracts.clocks.setClock(town, fuse, CLOCK_S, U40::ZERO));
        mined!(contracts.clocks.assign(area, town, U40::ZERO));
        mined!(contracts.officials.grant(area, ADMIN, 1, U40::ZERO, U40::MAX));
        // Clocks run from the second after their block.
        f.world.raw("evm_increaseTime", json!([5])).await;
        f.world.mine(1).await;
        Self { contracts }
    }

    async fn file(&self, text: u8) -> B256 {
        let filing = Filing {
            area: "area-0".into(),
            site: "site-1".into(),
            feeder: String::new(),
            class: "fuse".into(),
            text: B256::repeat_byte(text),
            evidence: B256::ZERO,
            filer: ADMIN,
        };
        mined!(self.contracts.complaints.file(filing.to_call().unwrap()));
        filing.id(&self.contracts.complaints_domain())
    }

    async fn act(&self, id: B256, act: Act) {
        let stands: Complaint = self.contracts.complaint(id).await.unwrap().expect("filed");
        let action = stands.next(act, "", ADMIN).to_call().unwrap();
        mined!(self.contracts.complaints.act(vec![action]));
    }
}

async fn stands(f: &Fixture, id: B256, stage: &str) -> documents::Complaint {
    f.until(&format!("complaint {id} {stage}"), || async {
        f.views.complaint(&id.to_string()).await.ok().flatten().filter(|complaint| complaint.stage == stage)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorg_takes_actions_and_filings_back() {
    let Some(mut f) = Fixture::start(1, 3).await else { return };
    let office = Office::open(&f).await;
    let id = office.file(1).await;
    let filed = stands(&f, id, "filed").await;
    assert_eq!((filed.clock_s, filed.index, filed.site_id.as_deref()), (CLOCK_S, 0, Some("site-1")));
    assert_eq!(f.views.officials_of("area-0").await.unwrap().len(), 1);
    f.finalize().await;

    // Done, and undone by the chain; then done otherwise.
    let snapshot = f.world.raw("evm_snapshot", json!([])).await;
    office.act(id, Act::Acknowledge).await;
    office.act(id, Act::ResolveFixed).await;
    let other = office.file(2).await;
    stands(&f, other, "filed").await;
    let area = area_to_bytes32("area-0").unwrap();
    mined!(office.contracts.officials.revoke(area, ADMIN, Default::default()));
    f.until("the grant is revoked", || async { f.views.officials_of("area-0").await.ok()?.first()?.revoked_at_unix_s })
        .await;
    f.world.raw("evm_revert", json!([snapshot])).await;
    office.act(id, Act::Reject).await;
    f.world.mine(3).await;
    let rejected = stands(&f, id, "rejected").await;
    assert_eq!((rejected.index, rejected.entries), (1, 2), "{rejected:?}");
    assert_eq!(f.views.complaint(&other.to_string()).await.unwrap(), None, "it was never filed");
    assert_eq!(f.views.officials_of("area-0").await.unwrap()[0].revoked_at_unix_s, None);
    let chain = office.contracts.complaint(id).await.unwrap().expect("filed");
    assert_eq!(rejected.head, chain.head.to_string());
    let entries = f.views.entries_of(&id.to_string(), 100).await.unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1].signer, format!("{:#x}", ADMIN));

    office.act(id, Act::Reopen).await;
    let reopened = stands(&f, id, "reopened").await;
    assert_eq!((reopened.reopenings, reopened.opened_level), (1, 2));
    f.finalize().await;
    let before = f.dump().await;
    f.rebuild().await;
    assert_eq!(before, f.dump().await);
    f.stop().await;
}
