//! A world with an indexer that follows it.

use std::{collections::HashMap, future::Future, time::Duration};

use bson::{Document, doc};
use futures::TryStreamExt as _;
use indexer::{Config, Error};
use store::{
    Settings,
    views::{
        Views,
        documents::{Batch, BatchStatus, DeviceTimeline, Outage, Site},
        sheets::Stated,
    },
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::{Secantus, World};

/// When to give up on something that should come by itself.
const PATIENCE: Duration = Duration::from_secs(90);

pub struct Fixture {
    pub world: World,
    pub store: Secantus,
    pub views: Views,
    pub config: Config,
    running: Option<(CancellationToken, JoinHandle<Result<(), Error>>)>,
}

impl Fixture {
    /// `None` where a component is absent, which was said then.
    pub async fn start(areas: usize, devices_an_area: u16) -> Option<Self> {
        // `RUST_LOG=indexer=debug` shows what the indexer does; a test that fails prints it.
        let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        let world = World::start(areas, devices_an_area).await?;
        let store = Secantus::start()?;
        let settings = Settings { uri: store.uri.clone(), database: "power_views".into() };
        let config = Config {
            rpc_url: world.anvil.url.clone(),
            contracts: world.addresses.clone(),
            ipfs_api_url: world.ipfs.api_url.clone(),
            poll_ms: 50,
            store: settings.clone(),
        };
        let views = Views::connect(&settings).await.expect("settings");
        let mut fixture = Self { world, store, views, config, running: None };
        fixture.resume();
        Some(fixture)
    }

    pub fn resume(&mut self) {
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(indexer::run(self.config.clone(), shutdown.clone()));
        self.running = Some((shutdown, task));
    }

    /// Stops the indexer in order.
    pub async fn stop(&mut self) {
        if let Some((shutdown, task)) = self.running.take() {
            shutdown.cancel();
            task.await.expect("no panic").expect("no error");
        }
    }

    /// Waits for the indexer to end by itself, by an error.
    pub async fn ended(&mut self) -> Error {
        let (_, task) = self.running.take().expect("it runs");
        let ended = tokio::time::timeout(PATIENCE, task).await.expect("it ends");
        ended.expect("no panic").expect_err("an error")
    }

    /// Asks again and again until there is an answer.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, ask: impl Fn() -> F) -> T {
        let asking = async {
            loop {
                if let Some(answer) = ask().await {
                    return answer;
                }
                if let Some((_, task)) = &self.running {
                    assert!(!task.is_finished(), "the indexer ended while waiting: {what}");
                }
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }

    pub async fn batch(&self, area: usize, number: u64, status: BatchStatus) -> Batch {
        let area_id = format!("area-{area}");
        self.until(&format!("batch {area_id}/{number} {status:?}"), || async {
            // A store that is away answers later.
            self.views.batch(&area_id, number).await.ok().flatten().filter(|batch| batch.status == status)
        })
        .await
    }

    pub async fn timeline(&self, device_id: &str) -> Option<DeviceTimeline> {
        self.views.timelines_of(&[device_id.to_owned()]).await.expect("read").remove(device_id)
    }

    /// A device's outages by start: start, end, and whether either is uncertain.
    pub async fn outages(&self, device_id: &str) -> Vec<(u64, Option<u64>, bool, bool)> {
        let outages: Vec<Outage> = self
            .database()
            .await
            .collection("outages")
            .find(doc! { "device_id": device_id })
            .sort(doc! { "start_unix_s": 1 })
            .await
            .expect("asked")
            .try_collect()
            .await
            .expect("read");
        outages.iter().map(|o| (o.start_unix_s, o.end_unix_s, o.start_uncertain, o.end_uncertain)).collect()
    }

    pub async fn database(&self) -> mongodb::Database {
        let client = mongodb::Client::with_uri_str(&self.store.uri).await.expect("an address");
        client.database(&self.config.store.database)
    }

    /// Makes all blocks so far final, and waits until the views know.
    pub async fn finalize(&self) {
        let head = self.world.head().await;
        self.world.mine(24).await;
        self.until("all is final", || async {
            let cursor = self.views.cursor().await.expect("read")?;
            let batches = self.database().await.collection::<Document>("batches");
            let open = batches.count_documents(doc! { "finalized": false }).await.expect("counted");
            (cursor.finalized_number >= head && open == 0).then_some(())
        })
        .await;
    }

    /// Sheets and progress are what follows from sites, timelines and batches.
    async fn assert_sheets(&self) {
        let timelines = self.database().await.collection::<DeviceTimeline>("timelines");
        let timelines: Vec<DeviceTimeline> =
            timelines.find(doc! {}).await.expect("asked").try_collect().await.expect("read");
        let timelines: HashMap<String, DeviceTimeline> =
            timelines.into_iter().map(|timeline| (timeline.device_id.clone(), timeline)).collect();
        let mut in_sheets = Vec::new();
        let sheets: Vec<_> = self.views.scan_sheets(None).await.expect("asked").try_collect().await.expect("read");
        for sheet in sheets {
            let content = sheet.unpack().expect("a sheet of this version");
            for site in content.sites {
                let stated = timelines.get(&site.device_id).map(Stated::from).unwrap_or_default();
                assert_eq!(site.stated, stated, "{}", site.device_id);
                in_sheets.push((site.device_id, content.feeders[site.feeder as usize].feeder_id.clone()));
            }
        }
        let sites = self.database().await.collection::<Site>("sites").find(doc! {}).await.expect("asked");
        let sites: Vec<Site> = sites.try_collect().await.expect("read");
        let enrolled = sites.into_iter().filter(|site| site.removed.is_none());
        let mut sites: Vec<_> = enrolled.map(|site| (site.device_id, site.feeder_id)).collect();
        sites.sort();
        in_sheets.sort();
        assert_eq!(in_sheets, sites);

        let batches = self.database().await.collection::<Batch>("batches").find(doc! {}).await.expect("asked");
        let batches: Vec<Batch> = batches.try_collect().await.expect("read");
        let mut ends: HashMap<String, u64> = HashMap::new();
        for batch in batches.iter().filter(|b| matches!(b.status, BatchStatus::Verified | BatchStatus::Empty)) {
            let end = ends.entry(batch.area_id.clone()).or_default();
            *end = batch.period_end_unix_s.max(*end);
        }
        assert_eq!(self.views.all_progress().await.expect("read"), ends);
    }

    /// All that the views hold, but for what tells of the time of reading.
    pub async fn dump(&self) -> Vec<(String, Vec<Document>)> {
        self.assert_sheets().await;
        let database = self.database().await;
        let mut dump = Vec::new();
        for name in [
            "areas",
            "sites",
            "timelines",
            "outages",
            "batches",
            "sheets",
            "progress",
            "actions",
            "complaints",
            "officials",
            "clocks",
            "notices",
            "testimonies",
        ] {
            let documents = database.collection::<Document>(name).find(doc! {}).sort(doc! { "_id": 1 }).await;
            dump.push((name.to_owned(), documents.expect("asked").try_collect().await.expect("read")));
        }
        dump
    }

    /// Drops the views and has them rebuilt from the same chain and node.
    pub async fn rebuild(&mut self) {
        self.stop().await;
        let before = self.views.cursor().await.expect("read").expect("a cursor");
        self.database().await.drop().await.expect("dropped");
        self.resume();
        self.until("the views are rebuilt", || async {
            let cursor = self.views.cursor().await.expect("read")?;
            let totals = self.views.totals().await.expect("read");
            (cursor.block_number >= before.block_number
                && cursor.finalized_number >= before.finalized_number
                && totals.waiting == 0)
                .then_some(())
        })
        .await;
        self.finalize().await;
    }
}
