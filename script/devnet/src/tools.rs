//! Where the programs are that a devnet starts.

use std::path::{Path, PathBuf};

use crate::error::DevnetError;

/// Paths of executables, each known to exist.
#[derive(Clone, Debug)]
pub struct Tools {
    /// Our own binaries.
    pub services: PathBuf,
    /// The chain.
    pub anvil: PathBuf,
    /// The chain, where that is asked for: not everybody has it.
    pub geth: Option<PathBuf>,
    /// The broker.
    pub mosquitto: PathBuf,
    /// Makes the broker's password file.
    pub mosquitto_passwd: PathBuf,
    /// The store.
    pub secantusd: PathBuf,
}

impl Tools {
    /// Finds them: by an environment variable, else where `script/up` puts them.
    ///
    /// # Errors
    /// [`DevnetError::MissingProgram`], which names both.
    pub fn find() -> Result<Self, DevnetError> {
        let executable = std::env::current_exe().map_err(DevnetError::file("this program"))?;
        // Tests run from <profile>/deps, one below the binaries.
        let services = executable
            .ancestors()
            .skip(1)
            .find(|folder| folder.join("relayer").exists())
            .ok_or(DevnetError::MissingProgram {
                program: "relayer",
                looked: format!("beside {}", executable.display()),
                variable: "nothing: build the workspace",
            })?
            .to_owned();
        let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
        let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        let packaged = root().join(format!("node_modules/@foundry-rs/anvil-{os}-{arch}/bin/anvil"));
        let cache = std::env::var_os("POWER_TRACKER_CACHE").map_or_else(
            || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/power-tracker"),
            PathBuf::from,
        );
        Ok(Self {
            services,
            anvil: one("anvil", "ANVIL", &[packaged])?,
            geth: geth(&cache),
            mosquitto: one("mosquitto", "MOSQUITTO", &on_path("mosquitto"))?,
            mosquitto_passwd: one("mosquitto_passwd", "MOSQUITTO_PASSWD", &on_path("mosquitto_passwd"))?,
            secantusd: one("secantusd-py", "SECANTUSD", &[cache.join("venv/bin/secantusd-py")])?,
        })
    }

    /// One of our own binaries.
    #[must_use]
    pub fn service(&self, name: &str) -> PathBuf {
        self.services.join(name)
    }
}

/// Where `contracts/rehearse` looks for it too.
fn geth(cache: &Path) -> Option<PathBuf> {
    let mut places = on_path("geth");
    places.push(cache.join("bin/geth"));
    std::env::var_os("GETH").map(PathBuf::from).or_else(|| places.into_iter().find(|path| path.is_file()))
}

/// The checkout: what `script/up` says, else where this was built.
#[must_use]
pub fn root() -> PathBuf {
    std::env::var_os("POWER_TRACKER_ROOT")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").components().collect(), PathBuf::from)
}

fn on_path(program: &str) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers in sbin, which is not on everybody's path.
    std::env::split_paths(&path).chain(["/usr/sbin".into()]).map(|folder| folder.join(program)).collect()
}

fn one(program: &'static str, variable: &'static str, places: &[PathBuf]) -> Result<PathBuf, DevnetError> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    places.iter().find(|path| path.is_file()).cloned().ok_or_else(|| DevnetError::MissingProgram {
        program,
        looked: match places {
            [place] => place.display().to_string(),
            _ => "on the PATH".into(),
        },
        variable,
    })
}
