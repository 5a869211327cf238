//! Who may leave a photo here, and what becomes of it.

use bson::{Binary, spec::BinarySubtype};
use store::{
    StoreError,
    intake::{
        Intake,
        documents::{Erasure, Photo},
    },
};
use tokio::sync::Semaphore;

use super::{Checked, PhotoError, check};
use crate::now::unix_s;

/// Photos decoded at one time: each takes a core and some tens of megabytes.
const MAX_CONCURRENT_CHECKS: usize = 2;
/// Photos in memory at one time, those that are being received among them; more are told to come back.
const MAX_UNDER_WAY: usize = 16;

/// Takes photos in that texts name.
pub(crate) struct Photos {
    intake: Intake,
    is_open: bool,
    under_way: Semaphore,
    checks: Semaphore,
}

/// Why a photo is not kept, or not here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// The service keeps nothing for others.
    #[error("this service takes nothing in")]
    Closed,
    /// No text names it.
    #[error("no complaint's text names this photo: give the text first (submitText)")]
    NotNamed,
    /// It was here and was erased.
    #[error("this photo was erased: {}", .0.reason)]
    Erased(Erasure),
    /// Nobody has given it yet.
    #[error("this photo is not here")]
    Absent,
    /// The bytes are of another digest.
    #[error("these bytes have another SHA-256: give the photo that the text names, unchanged")]
    OtherDigest,
    /// The bytes are no photo that is taken.
    #[error(transparent)]
    Unacceptable(#[from] PhotoError),
    /// Too many at one time.
    #[error("too many photos at one time; try again in a moment")]
    Busy,
    /// The store is away.
    #[error("the store does not answer; try again")]
    Store,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "store");
        Self::Store
    }
}

/// A place for a photo that may be given now.
pub(crate) struct Place<'a> {
    photos: &'a Photos,
    digest: String,
    _under_way: tokio::sync::SemaphorePermit<'a>,
}

impl Photos {
    /// Over this intake; closed where the service keeps nothing for others.
    pub(crate) fn new(intake: Intake, is_open: bool) -> Self {
        let (under_way, checks) = (Semaphore::new(MAX_UNDER_WAY), Semaphore::new(MAX_CONCURRENT_CHECKS));
        Self { intake, is_open, under_way, checks }
    }

    /// A place for the photo of this digest, before any of it is read; none where it is here already.
    ///
    /// # Errors
    /// [`Refused`].
    pub(crate) async fn place(&self, digest: &str) -> Result<Option<Place<'_>>, Refused> {
        if !self.is_open {
            return Err(Refused::Closed);
        }
        let under_way = self.under_way.try_acquire().map_err(|_| Refused::Busy)?;
        if let Some(known) = self.intake.photo_without_bytes(digest).await? {
            return known.erasure.map_or(Ok(None), |erasure| Err(Refused::Erased(erasure)));
        }
        if !self.intake.is_named_photo(digest).await? {
            return Err(Refused::NotNamed);
        }
        Ok(Some(Place { photos: self, digest: digest.to_owned(), _under_way: under_way }))
    }

    /// A photo that is here, with its bytes.
    ///
    /// # Errors
    /// [`Refused::Absent`], [`Refused::Erased`], [`Refused::Store`].
    pub(crate) async fn find(&self, digest: &str) -> Result<(Photo, Vec<u8>), Refused> {
        let mut photo = self.intake.photo(digest).await?.ok_or(Refused::Absent)?;
        match (photo.bytes.take(), photo.erasure.clone()) {
            (Some(bytes), None) => Ok((photo, bytes.bytes)),
            (_, Some(erasure)) => Err(Refused::Erased(erasure)),
            (None, None) => Err(Refused::Absent),
        }
    }
}

impl Place<'_> {
    /// Checks the photo and keeps it, durably. The same again changes nothing.
    ///
    /// # Errors
    /// [`Refused`].
    pub(crate) async fn keep(self, bytes: Vec<u8>) -> Result<(), Refused> {
        if protocol::to_hex(&protocol::digest(&bytes)) != self.digest {
            return Err(Refused::OtherDigest);
        }
        let _turn = self.photos.checks.acquire().await.map_err(|_| Refused::Busy)?;
        let checked = tokio::task::spawn_blocking(move || (check(&bytes), bytes)).await;
        // A decoder that panics has met bytes that it does not know.
        let (checked, bytes) = checked.map_err(|_| PhotoError::malformed("unreadable"))?;
        let Checked { kind, width, height } = checked?;
        let size = bytes.len() as u64;
        let photo = Photo {
            digest: self.digest,
            kind,
            width,
            height,
            size,
            bytes: Some(Binary { subtype: BinarySubtype::Generic, bytes }),
            received_unix_s: unix_s(),
            erasure: None,
        };
        Ok(self.photos.intake.add_photo(&photo).await?)
    }
}
