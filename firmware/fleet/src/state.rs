//! The folder in which a fleet lives: keys, what was fixed at enrolment, journal, and a lock.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::{EnrolConfig, Scenario, Source, keys, keys::DeviceKey};

/// Why a state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Not readable or writable.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Another fleet uses it: two would sign different records under the same sequences.
    #[error("{0} is in use by another fleet")]
    Locked(PathBuf),
    /// Not what it was enrolled with.
    #[error("the state was enrolled with something else: {0}")]
    Differs(&'static str),
    /// Not a file of ours.
    #[error("{path}: {error}")]
    Json {
        /// Which.
        path: PathBuf,
        /// Why.
        error: serde_json::Error,
    },
}

impl StateError {
    pub(crate) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |error| Self::Io { path: path.clone(), error }
    }
}

/// What is fixed at enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixed {
    pub(crate) scenario_sha256: String,
    pub(crate) shift_s: i64,
    pub(crate) heartbeat_s: u64,
    /// Whole devices keep their sequences in flash and counter of their own, others in the journal: with one after the other
    /// they would come again.
    #[serde(default)]
    pub(crate) whole: bool,
    /// Keeps the names of this fleet's connections apart from another's at the same broker.
    pub(crate) client_tag: String,
}

/// An opened state folder, locked while this lives.
pub(crate) struct State {
    pub(crate) fixed: Fixed,
    pub(crate) keys: Vec<DeviceKey>,
    pub(crate) journal_path: PathBuf,
    _lock: File,
}

impl State {
    /// Opens the folder; makes keys and fixes the shift on the first call.
    pub(crate) fn open(config: &EnrolConfig, scenario: &Scenario, now_unix_s: u64) -> Result<Self, StateError> {
        let dir = config.state_dir.as_path();
        std::fs::create_dir_all(dir).map_err(StateError::io(dir))?;
        let lock = File::create(dir.join("lock")).map_err(StateError::io(dir))?;
        lock.try_lock().map_err(|_| StateError::Locked(dir.into()))?;
        // Keys first: with only those there, the next start fixes the rest; nothing has been published yet.
        let keys = keys::load_or_make(&dir.join("keys"), scenario.sites.iter().map(|site| site.device_id.clone()))?;
        let fixed = Self::fix(&dir.join("fixed.json"), scenario, config, now_unix_s)?;
        Ok(Self { fixed, keys, journal_path: dir.join("journal"), _lock: lock })
    }

    fn fix(path: &Path, scenario: &Scenario, config: &EnrolConfig, now_unix_s: u64) -> Result<Fixed, StateError> {
        let (heartbeat_s, whole) = (config.heartbeat_s, config.whole || config.source == Source::Drill);
        let json = |error| StateError::Json { path: path.into(), error };
        if path.exists() {
            let bytes = std::fs::read(path).map_err(StateError::io(path))?;
            let fixed: Fixed = serde_json::from_slice(&bytes).map_err(json)?;
            if fixed.scenario_sha256 != scenario.digest() {
                return Err(StateError::Differs("the scenario"));
            }
            if fixed.heartbeat_s != heartbeat_s {
                return Err(StateError::Differs("--heartbeat-s"));
            }
            if fixed.whole != whole {
                return Err(StateError::Differs("--whole"));
            }
            return Ok(fixed);
        }
        let fixed = Fixed {
            scenario_sha256: scenario.digest(),
            shift_s: scenario.shift_s(now_unix_s),
            heartbeat_s,
            whole,
            client_tag: format!("{:08x}", rand::thread_rng().r#gen::<u32>()),
        };
        write_whole(path, &serde_json::to_vec(&fixed).map_err(json)?).map_err(StateError::io(path))?;
        Ok(fixed)
    }
}

/// Replaces a file: a reader, or a crash, sees the old content or the new, and nothing between.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let mut file = File::create(&name)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&name, path)
}
