//! How far a devnet is: one line for people, one summary for scripts.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::intake::Intake;

use crate::{endpoints::Endpoints, error::DevnetError, services};

/// Everything that a line or a summary tells.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// The devices' own word.
    pub fleet: Option<fleet::Status>,
    /// Records that are durable.
    pub records: u64,
    /// Public records on the chain, as the relayer counts.
    pub public_anchored: u64,
    /// Houses' leaves on the chain.
    pub sealed_anchored: u64,
    /// What GraphQL says in `_meta`.
    pub meta: Meta,
    /// The areas that are indexed.
    pub areas: Vec<AreaStatus>,
}

/// `_meta` of GraphQL. What follows the chain is absent before the indexer's first block.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The chain's newest block.
    pub head_number: Option<u64>,
    /// Blocks between that and the newest in the views.
    pub lag_blocks: Option<u64>,
    /// Public records in verified batches.
    pub records_verified: u64,
    /// Refused records.
    pub records_refused: u64,
    /// Batches on the chain that are not empty.
    pub batches_anchored: u64,
    /// Those that verified.
    pub batches_verified: u64,
    /// Those that failed.
    pub batches_failed: u64,
}

/// One area.
#[derive(Clone, Debug)]
pub struct AreaStatus {
    /// Which.
    pub area_id: String,
    /// Whether a batch of it was verified.
    pub has_verified_batch: bool,
}

/// The one line of JSON that `--once` ends with.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// How many areas.
    pub areas: u64,
    /// How many devices.
    pub devices: u64,
    /// Kinds of sites.
    pub kinds: BTreeSet<String>,
    /// Durable records.
    pub records: u64,
    /// Batches on the chain that are not empty.
    pub batches_anchored: u64,
    /// Public records on the chain.
    pub records_anchored: u64,
    /// Public records in batches that verified.
    pub records_verified: u64,
    /// Houses' leaves on the chain.
    pub sealed_anchored: u64,
    /// Refused records.
    pub refused: u64,
    /// `live`, `replay` or `generated`.
    pub provenance: String,
    /// Seconds from the start to here.
    pub seconds: u64,
}

/// Asks everybody how far they are.
#[derive(Debug)]
pub struct Observer {
    /// Areas that were seen with a verified batch: they need not be asked for again.
    verified: Mutex<BTreeSet<String>>,
    intake: Intake,
    client: reqwest::Client,
    graphql_url: String,
    fleet_status: std::path::PathBuf,
}

const QUERY: &str = "{ _meta { headNumber lagBlocks recordsVerified recordsRefused batchesAnchored batchesVerified \
                     batchesFailed } areas { areaId } }";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

impl Observer {
    /// An observer of this devnet.
    ///
    /// # Errors
    /// The store's address is none.
    pub async fn new(endpoints: &Endpoints, folder: &Path) -> Result<Self, DevnetError> {
        let settings = store::Settings { uri: endpoints.mongodb_uri.clone(), database: services::INTAKE.into() };
        let client = reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build();
        Ok(Self {
            verified: Mutex::default(),
            intake: Intake::connect(&settings).await?,
            client: client.map_err(|e| DevnetError::GraphQl(e.to_string()))?,
            graphql_url: endpoints.graphql_url.clone(),
            fleet_status: services::fleet_folder(folder).join("status.json"),
        })
    }

    /// How far everything is now.
    ///
    /// # Errors
    /// A part does not answer.
    pub async fn status(&self) -> Result<Status, DevnetError> {
        // Written anew every second by renaming: absent only before the first.
        let fleet = fs::read_to_string(&self.fleet_status).unwrap_or_default();
        let counts = self.intake.counts().await?;
        let data = self.query(QUERY).await?;
        let meta = serde_json::from_value(data["_meta"].clone());
        let mut areas = Vec::new();
        for area_id in data["areas"].as_array().into_iter().flatten().filter_map(|area| area["areaId"].as_str()) {
            let has_verified_batch = self.has_verified_batch(area_id).await?;
            areas.push(AreaStatus { area_id: area_id.into(), has_verified_batch });
        }
        Ok(Status {
            fleet: serde_json::from_str(&fleet).ok(),
            records: counts.records,
            public_anchored: counts.public_confirmed,
            sealed_anchored: counts.sealed_confirmed,
            meta: meta.map_err(|e| DevnetError::GraphQl(format!("{e} in {data}")))?,
            areas,
        })
    }

    async fn has_verified_batch(&self, area_id: &str) -> Result<bool, DevnetError> {
        let known = |area_id: &str| self.verified.lock().unwrap_or_else(PoisonError::into_inner).contains(area_id);
        if known(area_id) {
            return Ok(true);
        }
        let query =
            format!("{{ batches(areaId: \"{area_id}\", status: VERIFIED, first: 1) {{ items {{ number }} }} }}");
        let found = self.query(&query).await?["batches"]["items"].as_array().is_some_and(|items| !items.is_empty());
        if found {
            self.verified.lock().unwrap_or_else(PoisonError::into_inner).insert(area_id.into());
        }
        Ok(found)
    }

    /// The `data` of a query.
    ///
    /// # Errors
    /// [`DevnetError::GraphQl`].
    pub async fn query(&self, query: &str) -> Result<Value, DevnetError> {
        let failed = |e: reqwest::Error| DevnetError::GraphQl(e.to_string());
        let body = json!({ "query": query }).to_string();
        let request = self.client.post(&self.graphql_url).header("content-type", "application/json").body(body);
        let text = request.send().await.map_err(failed)?.text().await.map_err(failed)?;
        let answer: Value = serde_json::from_str(&text).map_err(|e| DevnetError::GraphQl(e.to_string()))?;
        match answer.get("errors") {
            None => Ok(answer["data"].clone()),
            Some(errors) => Err(DevnetError::GraphQl(errors.to_string())),
        }
    }
}

impl Status {
    /// One line for a terminal.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { fleet, meta, .. } = self;
        let failed = match meta.batches_failed {
            0 => String::new(),
            n => format!(", {n} FAILED"),
        };
        format!(
            "{} records ({} still queued at devices) | {} batches anchored, {} verified{failed} | head {}, lag {} \
             blocks | {} refused",
            self.records,
            fleet.as_ref().map_or(0, |fleet| fleet.backlog_left),
            meta.batches_anchored,
            meta.batches_verified,
            meta.head_number.unwrap_or(0),
            meta.lag_blocks.unwrap_or(0),
            meta.records_refused,
        )
    }

    /// What `--once` still waits for; nothing when all is done.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if self.areas.is_empty() {
            missing.push("no area is indexed".into());
        }
        for area in self.areas.iter().filter(|area| !area.has_verified_batch) {
            missing.push(format!("area {} has no verified batch", area.area_id));
        }
        match &self.fleet {
            None => missing.push("the devices have not started".into()),
            Some(fleet) if fleet.backlog_left > 0 => {
                missing.push(format!("{} records of the past are queued at devices", fleet.backlog_left));
            }
            Some(_) => {}
        }
        missing
    }

    /// What is durable but not yet anchored and verified; nothing when all is.
    #[must_use]
    pub fn unfinished(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let anchored = self.public_anchored + self.sealed_anchored;
        if anchored < self.records {
            missing.push(format!("{} records are not anchored", self.records - anchored));
        }
        if self.meta.records_verified != self.public_anchored {
            missing.push(format!(
                "{} of {} anchored public records are verified ({} batches failed)",
                self.meta.records_verified, self.public_anchored, self.meta.batches_failed
            ));
        }
        missing
    }

    /// The summary.
    #[must_use]
    pub fn summary(&self, kinds: BTreeSet<String>, provenance: &str, seconds: u64) -> Summary {
        Summary {
            areas: self.areas.len() as u64,
            devices: self.fleet.as_ref().map_or(0, |fleet| fleet.devices),
            kinds,
            records: self.records,
            batches_anchored: self.meta.batches_anchored,
            records_anchored: self.public_anchored,
            records_verified: self.meta.records_verified,
            sealed_anchored: self.sealed_anchored,
            refused: self.meta.records_refused,
            provenance: provenance.into(),
            seconds,
        }
    }
}
