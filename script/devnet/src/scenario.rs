//! The devices of a devnet: real outages replayed where their files are, generated ones of the same shape elsewhere.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use fleet::{AreaRows, EnrolConfig, Source};
use protocol::roster::{Roster, SealedRoster};

use crate::{
    error::DevnetError,
    services::{Provenance, fleet_folder},
    settings::Settings,
    up::Progress,
};

/// Where outages to replay lie beside a checkout.
const BESIDE: &str = "../shared/data/haryana";
/// Whose data the outlines and places there are; a `credit.txt` in a folder of one's own goes before this.
const BASEMAP_CREDIT: &str = "Ministry of Rural Development, PMGSY, through DataMeet \
                              (Government Open Data License - India)";
/// The seed of a scenario that nobody chose.
pub const DEFAULT_SEED: u64 = 1;
/// Seconds between heartbeats, but in a drill.
pub const HEARTBEAT_S: u64 = 900;
/// How far an end of a replayed outage may be off: its utility was asked every 76 to 87 minutes.
const REPLAY_UNCERTAINTY_S: u64 = 40 * 60;

/// Enrolled devices.
pub struct Enrolled {
    areas: Vec<AreaRows>,
    /// What their readings are.
    pub provenance: Provenance,
}

/// Seconds between heartbeats.
#[must_use]
pub fn heartbeat_s(settings: &Settings) -> u64 {
    if settings.drill { fleet::drill::HEARTBEAT_S } else { HEARTBEAT_S }
}

/// The folder to replay, if any.
///
/// # Errors
/// A folder was named that does not hold the files.
pub fn replay_folder(settings: &Settings) -> Result<Option<PathBuf>, DevnetError> {
    let holds = |folder: &Path| folder.join("devices.csv").is_file() && folder.join("outages.csv").is_file();
    if let Some(folder) = &settings.replay {
        if !holds(folder) {
            let missing = format!("{} has no devices.csv and outages.csv", folder.display());
            return Err(DevnetError::Fleet(missing));
        }
        return folder.canonicalize().map(Some).map_err(DevnetError::file(folder));
    }
    let beside = crate::tools::root().join(BESIDE);
    Ok((settings.generate.is_none() && !settings.drill && holds(&beside)).then_some(beside))
}

/// Outlines and places for the map, and whose data they are, if they are at hand: in the folder to replay, or beside the
/// checkout.
#[must_use]
pub fn basemap(settings: &Settings) -> Option<(PathBuf, String)> {
    let holds = |folder: &PathBuf| folder.join("blocks.geojson").is_file() && folder.join("places.csv").is_file();
    let folders = [settings.replay.clone(), Some(crate::tools::root().join(BESIDE))];
    let folder = folders.into_iter().flatten().find(holds)?;
    let own = std::fs::read_to_string(folder.join("credit.txt")).ok().filter(|text| !text.trim().is_empty());
    Some((folder, own.unwrap_or_else(|| BASEMAP_CREDIT.into())))
}

/// Makes keys and fixes the shift in time at the first start; says the same at every later one.
///
/// # Errors
/// [`DevnetError::Fleet`].
pub async fn enrol(settings: &Settings, folder: &Path, progress: Progress<'_>) -> Result<Enrolled, DevnetError> {
    let source = match (&settings.replay, settings.generate) {
        _ if settings.drill => Source::Drill,
        (Some(dir), _) => Source::Replay(dir.clone()),
        (None, seed) => {
            progress("no outages to replay are at hand: generating a scenario of the same shape");
            Source::Generated { seed: seed.unwrap_or(DEFAULT_SEED), devices: settings.devices as usize }
        }
    };
    let config = EnrolConfig {
        source,
        state_dir: fleet_folder(folder),
        roster_out: None,
        heartbeat_s: heartbeat_s(settings),
        whole: settings.whole,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let enrolment = tokio::task::spawn_blocking(move || fleet::enrol(&config, now))
        .await
        .map_err(|e| DevnetError::Fleet(e.to_string()))?
        .map_err(|e| DevnetError::Fleet(e.to_string()))?;
    let replay = enrolment.provenance == protocol::roster::Provenance::Replay;
    let provenance = Provenance {
        kind: enrolment.provenance.as_str().into(),
        source: enrolment.source,
        shift_s: enrolment.shift_s,
        uncertainty_s: if replay { REPLAY_UNCERTAINTY_S } else { 0 },
    };
    Ok(Enrolled { areas: enrolment.areas, provenance })
}

impl Enrolled {
    /// The kinds of sites that are enrolled.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<String> {
        self.areas.iter().flat_map(|area| &area.devices).map(|device| device.kind.as_str().into()).collect()
    }

    /// The areas.
    pub fn area_ids(&self) -> impl Iterator<Item = &str> {
        self.areas.iter().map(|area| area.area_id.as_str())
    }

    /// The first roster of each area.
    ///
    /// # Errors
    /// The rows make no roster.
    pub fn rosters(&self, effective_from_unix_s: u64) -> Result<Vec<(Roster, SealedRoster)>, DevnetError> {
        let roster = |area: &AreaRows| {
            Roster::new(
                area.area_id.clone(),
                area.name.clone(),
                1,
                effective_from_unix_s,
                area.utc_offset_s,
                area.devices.clone(),
            )
        };
        self.areas
            .iter()
            .map(|area| {
                let roster = roster(area).map_err(|e| DevnetError::Fleet(format!("{}: {e}", area.area_id)))?;
                let sealed = roster.seal();
                Ok((roster, sealed))
            })
            .collect()
    }
}
