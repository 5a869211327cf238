//! Fills the store.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use eyre::{bail, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use store::{Settings, intake::Intake, views::Views};

use crate::{figure::Figure, world::World};

/// Areas written at one time.
const MAX_CONCURRENT: usize = 4;

/// What is written beside areas, sites, sheets and batches.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Live readings.
    pub live: bool,
    /// Timelines.
    pub timelines: bool,
}

/// Fills an empty store with so many sites; leaves one that has them as it is.
pub async fn fill(views: &Settings, intake: &Settings, sites: usize, extent: Extent) -> eyre::Result<Vec<Figure>> {
    let (views, intake) = (Views::connect(views).await?, Intake::connect(intake).await?);
    let world = World::new(sites);
    let there: u64 = views.all_areas().await?.iter().map(|area| area.devices).sum();
    if there > 0 {
        ensure!(there == sites as u64, "the store holds {there} sites: give an empty one");
        eprintln!("the store holds {there} sites: used again, its readings are as old as it is");
        return Ok(Vec::new());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let begun = Instant::now();
    views.ensure_indexes().await?;
    intake.ensure_indexes().await?;
    let mut written = stream::iter(0..world.areas())
        .map(|area| {
            let (views, intake) = (views.clone(), intake.clone());
            async move {
                let bulk = world.area(area, now);
                views.fill(&bulk, extent.timelines).await?;
                if extent.live {
                    intake.put_live(&world.live(&bulk, now)).await?;
                }
                Ok::<_, store::StoreError>(())
            }
        })
        .buffer_unordered(MAX_CONCURRENT);
    let mut areas = 0;
    while written.try_next().await?.is_some() {
        areas += 1;
        if areas % 50 == 0 {
            eprintln!("{areas} of {} areas filled, {:.0} s", world.areas(), begun.elapsed().as_secs_f32());
        }
    }
    if areas != world.areas() {
        bail!("{areas} of {} areas filled", world.areas());
    }
    Ok(vec![Figure::new("views_fill", begun.elapsed().as_secs_f64(), "s")])
}
