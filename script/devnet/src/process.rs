//! Child processes: each with a log of its own, stopped politely and then not, and never left behind.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::{Child, Command};

use crate::error::DevnetError;

/// How long a process may take to end after SIGTERM.
const STOP_GRACE: Duration = Duration::from_secs(15);
/// How much of a log is shown when its process fails.
const TAIL_LINES: usize = 15;
/// A log this large is moved aside at the next start of its process.
const MAX_LOG_BYTES: u64 = 64 << 20;

/// How to start a part: kept, so that it can be started again.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// For people and for the log's name.
    pub name: &'static str,
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its environment beside ours.
    pub environment: Vec<(&'static str, OsString)>,
}

/// A running part.
#[derive(Debug)]
pub struct Process {
    recipe: Recipe,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts a part, its output appended to `<logs>/<name>.log`. It is in a process group of its own, so that
    /// Ctrl-C in a terminal reaches us alone and we stop the parts in order, and it ends with us however we end.
    ///
    /// # Errors
    /// The log or the executable could not be opened.
    pub fn start(recipe: Recipe, logs: &Path) -> Result<Self, DevnetError> {
        let log = logs.join(format!("{}.log", recipe.name));
        if fs::metadata(&log).is_ok_and(|m| m.len() > MAX_LOG_BYTES) {
            fs::rename(&log, log.with_extension("log.1")).map_err(DevnetError::file(&log))?;
        }
        let output = File::options().create(true).append(true).open(&log).map_err(DevnetError::file(&log))?;
        let errors = output.try_clone().map_err(DevnetError::file(&log))?;
        // setpriv (util-linux) asks the kernel to end the child with its parent, kill -9 included.
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig").arg("KILL").arg("--").arg(&recipe.program);
        command.args(&recipe.arguments).envs(recipe.environment.iter().map(|(k, v)| (k, v)));
        command.stdin(Stdio::null()).stdout(output).stderr(errors).process_group(0).kill_on_drop(true);
        let child = command.spawn().map_err(DevnetError::file(&recipe.program))?;
        Ok(Self { recipe, log, child })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.recipe.name
    }

    /// Its process id while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// The error that tells of this part, with the end of its log.
    #[must_use]
    pub fn failure(&self, what: impl Into<String>) -> DevnetError {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
        DevnetError::Part { name: self.recipe.name, what: what.into(), log: self.log.clone(), tail }
    }

    /// Ends it at once: SIGKILL.
    pub async fn kill(&mut self) {
        // An error here means that it has ended.
        let _ = self.child.kill().await;
    }

    /// Starts the same again; the old one must have ended.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn again(&self) -> Result<Self, DevnetError> {
        let logs = self.log.parent().unwrap_or(Path::new("."));
        Self::start(self.recipe.clone(), logs)
    }

    /// SIGTERM, and SIGKILL where that is not enough. Returns whether it ended by itself.
    pub async fn stop(&mut self) -> bool {
        let Some(id) = self.child.id() else { return true };
        // kill(1) rather than a binding: no unsafe code for one signal at shutdown.
        let _ = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        if tokio::time::timeout(STOP_GRACE, self.child.wait()).await.is_ok() {
            return true;
        }
        self.kill().await;
        false
    }
}

/// Waits until `ready` holds, the process ends, or time runs out.
///
/// # Errors
/// [`DevnetError::Part`] with the end of its log.
pub async fn wait_ready<F: Future<Output = bool>>(
    process: &mut Process,
    limit: Duration,
    mut ready: impl FnMut() -> F,
) -> Result<(), DevnetError> {
    let deadline = tokio::time::Instant::now() + limit;
    while !ready().await {
        if let Some(status) = process.ended() {
            return Err(process.failure(format!("ended: {status}")));
        }
        if tokio::time::Instant::now() > deadline {
            return Err(process.failure(format!("was not ready within {} s", limit.as_secs())));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
