//! What fields are answered from.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use store::{
    intake::Intake,
    views::{Views, documents::Site, read::Totals},
};
use tokio::sync::Mutex;
use verifier::Verifier;

use crate::{
    ApiError, Config,
    atlas::{AreaNow, Atlas},
    changes::Changes,
    evidence::Evidence,
    now::{Cells, Coverages},
    photo::Photos,
    schema::Subscriptions,
    submissions::Submissions,
};

/// How old counts over everything may be.
const TOTALS_FRESH: Duration = Duration::from_secs(2);

/// What fields are answered from; cheap to clone.
#[derive(Clone)]
pub struct Sources(Arc<Inner>);

struct Inner {
    config: Config,
    views: Views,
    intake: Intake,
    cells: Cells,
    coverages: Coverages,
    atlas: Atlas,
    evidence: Evidence,
    changes: Changes,
    submissions: Submissions,
    photos: Photos,
    sites: DataLoader<Sites>,
    subscriptions: Subscriptions,
    totals: Mutex<Option<(Instant, Counts)>>,
}

/// Counts over everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Over the batches.
    pub totals: Totals,
    /// Over the intake.
    pub intake: store::intake::Counts,
    /// Refused records.
    pub refused: u64,
}

impl Sources {
    /// Over these.
    #[must_use]
    pub fn new(
        config: Config,
        views: Views,
        intake: Intake,
        verifier: Verifier,
        atlas: Atlas,
        changes: Changes,
        submissions: Submissions,
    ) -> Self {
        Self(Arc::new(Inner {
            photos: Photos::new(intake.clone(), config.sponsorship.is_some()),
            config,
            cells: Cells::new(intake.clone(), verifier.clone()),
            coverages: Coverages::new(views.clone()),
            evidence: Evidence::new(views.clone(), verifier),
            atlas,
            changes,
            submissions,
            sites: DataLoader::new(Sites(views.clone()), tokio::spawn),
            subscriptions: Subscriptions::default(),
            totals: Mutex::default(),
            views,
            intake,
        }))
    }

    /// Those of a query.
    pub(crate) fn of<'a>(context: &Context<'a>) -> async_graphql::Result<&'a Self> {
        context.data::<Self>()
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The views.
    #[must_use]
    pub fn views(&self) -> &Views {
        &self.0.views
    }

    /// The intake.
    #[must_use]
    pub fn intake(&self) -> &Intake {
        &self.0.intake
    }

    /// Where every site is and how it stands.
    #[must_use]
    pub fn atlas(&self) -> &Atlas {
        &self.0.atlas
    }

    /// Proofs.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.0.evidence
    }

    /// Changes.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// Where statements and words are taken in.
    #[must_use]
    pub fn submissions(&self) -> &Submissions {
        &self.0.submissions
    }

    /// Where photos are taken in and found.
    pub(crate) fn photos(&self) -> &Photos {
        &self.0.photos
    }

    /// Places for subscriptions.
    pub(crate) fn subscriptions(&self) -> &Subscriptions {
        &self.0.subscriptions
    }

    /// Houses by cells.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.0.cells
    }

    /// Coverage of areas.
    #[must_use]
    pub fn coverages(&self) -> &Coverages {
        &self.0.coverages
    }

    /// An area as it stands.
    ///
    /// # Errors
    /// As [`Atlas::as_of`].
    pub async fn area_now(&self, area_id: &str) -> Result<Option<AreaNow>, ApiError> {
        self.0.atlas.area(area_id).await
    }

    /// Sites by their devices, in the order given; many asked for at once are one read.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn sites(&self, device_ids: &[String]) -> Result<Vec<Arc<Site>>, ApiError> {
        let mut found = self.0.sites.load_many(device_ids.iter().cloned()).await.map_err(|_| ApiError::Store)?;
        Ok(device_ids.iter().filter_map(|device_id| found.remove(device_id)).collect())
    }

    /// A site by its device; many asked for at once are one read.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn site(&self, device_id: &str) -> Result<Option<Arc<Site>>, ApiError> {
        self.0.sites.load_one(device_id.to_owned()).await.map_err(|_| ApiError::Store)
    }

    /// Counts over everything, at most two seconds old, counted once for all who ask.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub async fn counts(&self) -> Result<Counts, ApiError> {
        let mut kept = self.0.totals.lock().await;
        if let Some((at, counts)) = *kept
            && at.elapsed() < TOTALS_FRESH
        {
            return Ok(counts);
        }
        let (totals, intake, refusals) =
            tokio::try_join!(self.0.views.totals(), self.0.intake.counts(), self.0.intake.refusals())?;
        let counts = Counts { totals, intake, refused: refusals.iter().map(|refusal| refusal.count).sum() };
        *kept = Some((Instant::now(), counts));
        Ok(counts)
    }
}

struct Sites(Views);

impl Loader<String> for Sites {
    type Value = Arc<Site>;
    type Error = Arc<ApiError>;

    async fn load(&self, device_ids: &[String]) -> Result<HashMap<String, Arc<Site>>, Self::Error> {
        let sites = self.0.sites_of_devices(device_ids).await.map_err(|error| Arc::new(error.into()))?;
        Ok(sites.into_iter().map(|site| (site.device_id.clone(), Arc::new(site))).collect())
    }
}
