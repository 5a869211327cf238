//! Pages on their way to the chain. The task that collects opens and closes them; the one that anchors advances them.

use bson::{doc, to_bson};
use futures::TryStreamExt;

use super::{
    Intake,
    documents::{Page, PageState},
    int, is_duplicate_key,
};
use crate::StoreError;

impl Intake {
    /// Adds a page. Given again, `Ok`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a page of this number begins at another time.
    pub async fn open_page(&self, page: &Page) -> Result<(), StoreError> {
        match self.pages_collection().insert_one(page).await {
            Ok(_) => Ok(()),
            Err(error) if is_duplicate_key(&error) => match self.page(page.lane, page.number).await? {
                Some(stored) if stored.period_start_unix_s == page.period_start_unix_s => Ok(()),
                _ => Err(StoreError::Conflict("pages")),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Ends a page's period: nothing is added to it from here on. Given again with the same end, `Ok`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where it was ended at another time.
    pub async fn close_page(&self, lane: u32, number: u64, period_end_unix_s: u64) -> Result<(), StoreError> {
        let filter =
            doc! { "_id": Page::id(lane, number), "period_end_unix_s": { "$in": [null, int(period_end_unix_s)] } };
        let update = doc! { "$set": { "period_end_unix_s": int(period_end_unix_s) } };
        let result = self.pages_collection().update_one(filter, update).await?;
        if result.matched_count == 1 { Ok(()) } else { Err(StoreError::Conflict("pages")) }
    }

    /// Replaces a page that is in one of the states `from`. Given again, as after a write of which the answer was
    /// lost, `Ok`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the stored page is in another state.
    pub async fn advance(&self, page: &Page, from: &[PageState]) -> Result<(), StoreError> {
        let states: Result<Vec<_>, _> = from.iter().map(to_bson).collect();
        let states = states.map_err(|e| StoreError::Unreadable { collection: "pages", reason: e.to_string() })?;
        let filter = doc! { "_id": &page.id, "state": { "$in": states } };
        let result = self.pages_collection().replace_one(filter, page).await?;
        if result.matched_count == 1 || self.page(page.lane, page.number).await?.as_ref() == Some(page) {
            return Ok(());
        }
        Err(StoreError::Conflict("pages"))
    }

    /// A page.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn page(&self, lane: u32, number: u64) -> Result<Option<Page>, StoreError> {
        Ok(self.pages_collection().find_one(doc! { "_id": Page::id(lane, number) }).await?)
    }

    /// A lane's pages from a number on, in order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pages(&self, lane: u32, from: u64, limit: u32) -> Result<Vec<Page>, StoreError> {
        let filter = doc! { "lane": i64::from(lane), "number": { "$gte": int(from) } };
        let found = self.pages_collection().find(filter).sort(doc! { "number": 1 }).limit(i64::from(limit)).await?;
        Ok(found.try_collect().await?)
    }

    /// The lane's page that is being collected, or was last: the one with the highest number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_page(&self, lane: u32) -> Result<Option<Page>, StoreError> {
        let filter = doc! { "lane": i64::from(lane) };
        Ok(self.pages_collection().find_one(filter).sort(doc! { "number": -1 }).await?)
    }

    /// The highest nonce among the transactions of these lanes' pages that are submitted and not yet confirmed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn highest_nonce_under_way(&self, lanes: &[u32]) -> Result<Option<u64>, StoreError> {
        let lanes: Vec<i64> = lanes.iter().map(|lane| i64::from(*lane)).collect();
        let mut found = self.pages_collection().find(doc! { "lane": { "$in": lanes }, "state": "submitted" }).await?;
        let mut highest = None;
        while let Some(page) = found.try_next().await? {
            highest = highest.max(page.transactions.iter().map(|transaction| transaction.nonce).max());
        }
        Ok(highest)
    }

    /// The lane's first page that is not finalized.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn first_open_page(&self, lane: u32) -> Result<Option<Page>, StoreError> {
        let filter = doc! { "lane": i64::from(lane), "state": { "$ne": "finalized" } };
        Ok(self.pages_collection().find_one(filter).sort(doc! { "number": 1 }).await?)
    }
}
