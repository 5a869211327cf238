//! How the atlas is read from the store and kept up to date. Reading it for the first time and after a stream broke is
//! the same: streams are opened, everything is read, then the streams are taken in.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use futures::TryStreamExt as _;
use store::{
    StoreError,
    intake::{Intake, documents::Live},
    views::{
        Views,
        documents::{self, Area, Batch, BatchStatus},
        sheets::SheetContent,
    },
    watch::{Event, Watch},
};
use tokio::{sync::broadcast, task::JoinSet};

use super::{Atlas, MAX_SITES, Sheet};
use crate::{
    changes::{BatchNews, Change},
    now::unix_s,
};

/// Pause before change streams that broke are opened again.
const REOPEN: Duration = Duration::from_secs(2);
/// The places of the streams in `Inner::heard_unix_s`.
const AREAS: usize = 0;
const SHEETS: usize = 1;
const BATCHES: usize = 2;
const LIVE: usize = 3;

/// Where everything comes from and who is told of changes.
#[derive(Clone)]
struct Follower {
    atlas: Atlas,
    views: Views,
    intake: Intake,
    changes: broadcast::Sender<Change>,
}

/// Reads and follows the store for ever; a server that goes away is waited for.
pub async fn follow(atlas: Atlas, views: Views, intake: Intake, changes: broadcast::Sender<Change>) {
    let follower = Follower { atlas, views, intake, changes };
    let mut told = false;
    loop {
        let Err(error) = follower.run().await;
        // While the store is away the same is found every time.
        if follower.atlas.0.is_read.load(Ordering::Acquire) || !told {
            tracing::warn!(%error, "the map is not followed for now");
            told = true;
        }
        tokio::time::sleep(REOPEN).await;
    }
}

impl Follower {
    async fn run(&self) -> Result<std::convert::Infallible, StoreError> {
        let areas = self.views.watch_areas().await?;
        let sheets = self.views.watch_sheets().await?;
        let batches = self.views.watch_batches().await?;
        let live = self.intake.watch_live().await?;
        self.read().await?;
        let mut tasks = JoinSet::new();
        let this = || self.clone();
        tasks.spawn(each(areas, AREAS, this(), |this, event| async move { this.area(event).await }));
        tasks.spawn(each(sheets, SHEETS, this(), |this, event| async move { this.sheet(event).await }));
        tasks.spawn(each(live, LIVE, this(), |this, event| async move { this.live(event).await }));
        let news = Arc::new(std::sync::Mutex::new(BatchNews::default()));
        tasks.spawn(each(batches, BATCHES, this(), move |this, event| {
            let news = news.clone();
            async move { this.batch(event, &news).await }
        }));
        match tasks.join_next().await {
            Some(Ok(ended)) => ended,
            _ => Err(StoreError::Broken("a task that follows the store ended")),
        }
    }

    /// Reads everything.
    async fn read(&self) -> Result<(), StoreError> {
        let begun = std::time::Instant::now();
        let areas = self.views.all_areas().await?;
        let progress = self.views.all_progress().await?;
        let mut contents: HashMap<String, Vec<SheetContent>> = HashMap::new();
        let mut count = 0;
        let mut found = self.views.scan_sheets(None).await?;
        while let Some(sheet) = found.try_next().await? {
            let content = sheet.unpack()?;
            count += content.sites.len();
            if count > MAX_SITES {
                self.atlas.0.is_too_large.store(true, Ordering::Release);
                return Err(StoreError::Broken("more sites than are kept"));
            }
            contents.entry(sheet.area_id).or_default().push(content);
        }
        let mut sheets = BTreeMap::new();
        let now = unix_s();
        for area in areas {
            let contents = contents.remove(&area.area_id).unwrap_or_default();
            let sheet = Sheet::new(area, contents, now);
            sheet.set_as_of(progress.get(&sheet.area.area_id).copied());
            sheets.insert(sheet.area.area_id.clone(), Arc::new(sheet));
        }
        let mut live = self.intake.scan_live().await?;
        while let Some(live) = live.try_next().await? {
            if let Some(sheet) = sheets.get(&live.area_id) {
                sheet.put_live(&live);
            }
        }
        // Any area that is accounted for: asked about all, some servers would read all batches.
        if let Some((area_id, _)) = progress.iter().max_by_key(|(_, end)| **end) {
            let latest = self.views.batches_where(Some(area_id), None, None, 1).await?;
            latest.iter().for_each(|batch| self.atlas.set_period(batch));
        }
        let areas = sheets.len();
        *self.atlas.0.sheets.write().unwrap_or_else(PoisonError::into_inner) = sheets;
        (0..super::STREAMS).for_each(|stream| self.atlas.heard(stream));
        self.atlas.0.is_too_large.store(false, Ordering::Release);
        self.atlas.0.is_read.store(true, Ordering::Release);
        self.atlas.0.read.notify_waiters();
        tracing::info!(areas, sites = count, seconds = begun.elapsed().as_secs_f32(), "the map is read");
        Ok(())
    }

    /// An area's roster is another: its sheet is made anew.
    async fn area(&self, event: Event<Area>) -> Result<(), StoreError> {
        let area_id = match &event {
            Event::Quiet => return Ok(()),
            Event::Put(area) if self.atlas.sheet(&area.area_id).is_some_and(|sheet| sheet.area == *area) => {
                return Ok(());
            }
            Event::Put(area) => area.area_id.clone(),
            Event::Gone(area_id) => area_id.clone(),
        };
        let _turn = self.atlas.0.turn.write().await;
        let sheet = match self.views.area(&area_id).await? {
            Some(area) => Some(self.sheet_of(area).await?),
            None => None,
        };
        let mut sheets = self.atlas.0.sheets.write().unwrap_or_else(PoisonError::into_inner);
        match sheet {
            Some(sheet) => sheets.insert(area_id, Arc::new(sheet)),
            None => sheets.remove(&area_id),
        };
        Ok(())
    }

    /// An area as it is in the store.
    async fn sheet_of(&self, area: Area) -> Result<Sheet, StoreError> {
        let area_id = area.area_id.clone();
        let found = self.views.scan_sheets(Some(&area_id)).await?;
        let contents = found.and_then(|sheet| std::future::ready(sheet.unpack())).try_collect().await?;
        let sheet = Sheet::new(area, contents, unix_s());
        for live in self.intake.live_of_areas(std::slice::from_ref(&area_id)).await? {
            sheet.put_live(&live);
        }
        sheet.set_as_of(self.views.accounted_unix_s(&area_id).await?);
        Ok(sheet)
    }

    /// What devices stated in verified batches. Another roster shows in the area.
    async fn sheet(&self, event: Event<documents::Sheet>) -> Result<(), StoreError> {
        let _turn = self.atlas.0.turn.read().await;
        if let Event::Put(stored) = event
            && let Some(sheet) = self.atlas.sheet(&stored.area_id)
        {
            for device_id in sheet.put_stated(&stored.unpack()?) {
                self.tell(&sheet, device_id);
            }
        }
        Ok(())
    }

    /// Houses are left out: they have no place on a sheet.
    async fn live(&self, event: Event<Live>) -> Result<(), StoreError> {
        let _turn = self.atlas.0.turn.read().await;
        if let Event::Put(live) = event
            && let Some(sheet) = self.atlas.sheet(&live.area_id)
            && sheet.put_live(&live)
        {
            self.tell(&sheet, live.device_id);
        }
        Ok(())
    }

    async fn batch(&self, event: Event<Batch>, news: &std::sync::Mutex<BatchNews>) -> Result<(), StoreError> {
        match event {
            Event::Put(batch) => {
                self.atlas.set_period(&batch);
                if matches!(batch.status, BatchStatus::Verified | BatchStatus::Empty)
                    && let Some(sheet) = self.atlas.sheet(&batch.area_id)
                {
                    sheet.account(batch.period_end_unix_s);
                }
                let change = news.lock().unwrap_or_else(PoisonError::into_inner).change(batch);
                if let Some(change) = change {
                    // Nobody listening is no failure.
                    let _ = self.changes.send(change);
                }
            }
            Event::Gone(id) => {
                let area_id = id.rsplit_once('/').map_or(id.as_str(), |(area_id, _)| area_id);
                if let Some(sheet) = self.atlas.sheet(area_id) {
                    sheet.set_as_of(self.views.accounted_unix_s(area_id).await?);
                }
            }
            Event::Quiet => {}
        }
        Ok(())
    }

    fn tell(&self, sheet: &Sheet, device_id: String) {
        // Nobody listening is no failure.
        let _ = self.changes.send(Change::Site { area_id: sheet.area.area_id.clone(), device_id });
    }
}

/// Takes a stream in until it breaks.
async fn each<T, F, R>(
    mut watch: Watch<T>,
    stream: usize,
    follower: Follower,
    take: F,
) -> Result<std::convert::Infallible, StoreError>
where
    T: serde::de::DeserializeOwned + Unpin + Send + Sync + 'static,
    F: Fn(Follower, Event<T>) -> R,
    R: Future<Output = Result<(), StoreError>>,
{
    loop {
        let event = watch.next().await?;
        take(follower.clone(), event).await?;
        follower.atlas.heard(stream);
    }
}

impl Sheet {
    /// Takes in what the store's sheet says now; gives the devices of which that is news.
    fn put_stated(&self, content: &SheetContent) -> Vec<String> {
        let now = unix_s();
        let mut changed = Vec::new();
        let mut heard = self.heard_mut();
        for site in &content.sites {
            let Some(heard) = self.position(&site.device_id).and_then(|i| heard.get_mut(i)) else { continue };
            if heard.put_stated(&site.stated, now, self.area.utc_offset_s) {
                changed.push(site.device_id.clone());
            }
        }
        drop(heard);
        self.recount();
        changed
    }

    fn put_live(&self, live: &Live) -> bool {
        let Some(i) = self.position(&live.device_id) else { return false };
        let heartbeat_s = self.places[i].heartbeat_s;
        self.heard_mut().get_mut(i).is_some_and(|heard| heard.put_live(live, heartbeat_s))
    }
}
