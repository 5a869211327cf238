//! Starting everything in order, watching over it, stopping it.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use ipfs_api_backend_hyper::{IpfsApi as _, IpfsClient, TryFromUri as _, request::BlockPut};

use crate::{
    broker,
    chain::{self, Deployment},
    endpoints::{Endpoints, write_json},
    error::DevnetError,
    keys::Keys,
    officials,
    page::Publishing,
    process::{Process, Recipe, wait_ready},
    scenario,
    services::{Context, Provenance},
    settings::{Ports, Settings},
    status::Observer,
    tools::Tools,
};

/// How long a part may take to get ready.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the start waits for the page to be on IPFS, so that it can say where; it goes on beside after that.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(5);
/// A part that ended by itself is started again this often, then the devnet ends.
const MAX_RESTARTS: u32 = 5;

/// A running devnet. Ends with the value: dropped, its parts are killed.
#[derive(Debug)]
pub struct Devnet {
    folder: PathBuf,
    /// Where everything is.
    pub endpoints: Endpoints,
    /// What its readings are.
    pub provenance: Provenance,
    /// Where its contracts are.
    pub deployment: Deployment,
    /// The kinds of its sites.
    pub kinds: BTreeSet<String>,
    /// In the order of their start.
    parts: Vec<Process>,
    restarts: u32,
    /// The page on its way to IPFS.
    publishing: Option<Publishing>,
    _lock: File,
}

/// Says what is going on while it goes on.
pub type Progress<'a> = &'a (dyn Fn(&str) + Sync);

impl Devnet {
    /// Starts everything, or what the folder holds again.
    ///
    /// # Errors
    /// [`DevnetError`]; what was started is stopped.
    pub async fn start(mut settings: Settings, progress: Progress<'_>) -> Result<Self, DevnetError> {
        let tools = Tools::find()?;
        let folder = open_folder(&settings)?;
        let lock = lock(&folder)?;
        if settings.fresh {
            clear(&folder)?;
        }
        let ports_file = folder.join("ports.json");
        settings.ports = remembered_ports(settings.ports, &ports_file)?;
        settings.replay = scenario::replay_folder(&settings)?;
        let keys = Keys::load_or_create(&folder.join("keys"))?;
        let mut endpoints = Endpoints::new(&settings, &folder, &tools);
        let logs = endpoints.logs_dir.clone();
        fs::create_dir_all(&logs).map_err(DevnetError::file(&logs))?;
        ports_are_free(&settings)?;

        progress("starting chain, broker, store and IPFS node");
        let mut parts = Vec::new();
        for recipe in foundations(&settings, &folder, &tools, &keys).await? {
            parts.push(Process::start(recipe, &logs)?);
        }
        foundations_ready(&mut parts, &endpoints).await?;
        let provider = chain::admin_provider(&endpoints.rpc_url, &keys)?;
        let deployment_file = folder.join("deployment.json");
        let scenario = scenario::enrol(&settings, &folder, progress).await?;
        let officials = officials::appoint(&keys.folder, scenario.area_ids())?;
        let deployment = match read_json::<Deployment>(&deployment_file)? {
            Some(deployment) => {
                chain::check(&provider, &deployment).await?;
                progress("resuming: contracts, rosters, records and queues are as they were left");
                deployment
            }
            None => {
                progress("deploying contracts");
                let deployment = chain::deploy_contracts(&provider, settings.chain, &keys).await?;
                let effective = chain::next_effective_from(&provider).await?;
                let sealed = scenario.rosters(effective)?;
                progress("publishing rosters, opening the lane");
                for (_, sealed) in &sealed {
                    publish(&endpoints.ipfs_api_url, sealed).await?;
                }
                chain::open(&provider, &deployment, &keys, &sealed).await?;
                progress("setting clocks, granting officials");
                officials::grant(&provider, settings.chain, &deployment.contracts, &officials).await?;
                write_json(&deployment_file, &deployment)?;
                deployment
            }
        };
        endpoints.deployed(&deployment, &officials);
        endpoints.write(&folder)?;

        progress("starting relayer, indexer, GraphQL and devices");
        let kinds = scenario.kinds();
        let provenance = scenario.provenance;
        let context = Context {
            folder: &folder,
            settings: &settings,
            tools: &tools,
            keys: &keys,
            deployment: &deployment,
            endpoints: &endpoints,
            provenance: &provenance,
        };
        for recipe in context.recipes()? {
            parts.push(Process::start(recipe, &logs)?);
        }
        // Not before the services: readings come first.
        let publishing = Publishing::begin(&endpoints.ipfs_api_url, progress);
        let mut devnet =
            Self { folder, endpoints, provenance, deployment, kinds, parts, restarts: 0, publishing, _lock: lock };
        devnet.services_ready().await?;
        devnet.published(PUBLISH_PATIENCE, progress).await?;
        Ok(devnet)
    }

    /// Notes where the page is on IPFS, once it is. A page that does not get there is no reason to end.
    async fn published(&mut self, patience: Duration, progress: Progress<'_>) -> Result<(), DevnetError> {
        let Some(publishing) = &mut self.publishing else { return Ok(()) };
        let Some(published) = publishing.wait(patience).await else { return Ok(()) };
        self.publishing = None;
        match published {
            Ok(cid) => {
                progress(&format!("the page is on IPFS: {cid}"));
                self.endpoints.published(cid);
                self.endpoints.write(&self.folder)
            }
            Err(error) => {
                progress(&format!("the page is not on IPFS: {error}"));
                Ok(())
            }
        }
    }

    async fn services_ready(&mut self) -> Result<(), DevnetError> {
        let health = format!("{}/health", self.endpoints.dapp_url);
        if let Some(graphql) = self.parts.iter_mut().find(|part| part.name() == "graphql") {
            wait_ready(graphql, READY_TIMEOUT, || answers(&health)).await?;
        }
        Ok(())
    }

    /// Who asks its parts how far they are.
    ///
    /// # Errors
    /// The store's address is none.
    pub async fn observer(&self) -> Result<Observer, DevnetError> {
        Observer::new(&self.endpoints, &self.folder).await
    }

    /// The devnet's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts again what ended by itself, and says so; notes what was finished beside.
    ///
    /// # Errors
    /// A part keeps ending.
    pub async fn watch(&mut self, progress: Progress<'_>) -> Result<(), DevnetError> {
        self.published(Duration::ZERO, progress).await?;
        for at in 0..self.parts.len() {
            let Some(status) = self.parts[at].ended() else { continue };
            self.restarts += 1;
            if self.restarts > MAX_RESTARTS {
                return Err(self.parts[at].failure(format!("ended again: {status}")));
            }
            progress(&format!("{} ended ({status}); starting it again", self.parts[at].name()));
            // A part that cannot start should not be started a hundred times a second.
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.parts[at] = self.parts[at].again()?;
        }
        Ok(())
    }

    /// Ends a part at once, as a crash would.
    pub async fn kill(&mut self, name: &str) {
        for part in self.parts.iter_mut().filter(|part| part.name() == name) {
            part.kill().await;
        }
    }

    /// Asks a part to end.
    pub async fn stop_part(&mut self, name: &str) {
        for part in self.parts.iter_mut().filter(|part| part.name() == name) {
            part.stop().await;
        }
    }

    /// Starts a part again that has ended.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_part(&mut self, name: &str) -> Result<(), DevnetError> {
        for part in self.parts.iter_mut().filter(|part| part.name() == name) {
            *part = part.again()?;
        }
        Ok(())
    }

    /// Watches over a part no more: it has ended for good.
    pub fn retire(&mut self, name: &str) {
        self.parts.retain(|part| part.name() != name);
    }

    /// Stops everything, the last started first.
    pub async fn stop(mut self) {
        for part in self.parts.iter_mut().rev() {
            part.stop().await;
        }
    }
}

/// Absolute, so that a part started elsewhere finds it.
fn open_folder(settings: &Settings) -> Result<PathBuf, DevnetError> {
    fs::create_dir_all(&settings.dir).map_err(DevnetError::file(&settings.dir))?;
    settings.dir.canonicalize().map_err(DevnetError::file(&settings.dir))
}

fn lock(folder: &Path) -> Result<File, DevnetError> {
    let path = folder.join("lock");
    let file = File::options().create(true).append(true).open(&path).map_err(DevnetError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DevnetError::AlreadyRunning(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(DevnetError::File { path, error }),
    }
}

/// Removes what a devnet makes and nothing else: the folder may have been named by mistake.
fn clear(folder: &Path) -> Result<(), DevnetError> {
    let folders = ["anvil", "broker", "fleet", "geth", "ipfs", "keys", "logs", "mongodb"];
    let files = ["deployment.json", "endpoints.json", "ports.json", "relayer.toml", "indexer.toml", "graphql.toml"];
    for path in folders.map(|name| folder.join(name)) {
        if path.exists() {
            fs::remove_dir_all(&path).map_err(DevnetError::file(&path))?;
        }
    }
    for path in files.map(|name| folder.join(name)) {
        if path.exists() {
            fs::remove_file(&path).map_err(DevnetError::file(&path))?;
        }
    }
    Ok(())
}

/// Free ports stay the folder's own, so that a resumed devnet is where it was.
fn remembered_ports(ports: Ports, file: &Path) -> Result<Ports, DevnetError> {
    if !ports.free_ports {
        return Ok(ports);
    }
    if let Some([rpc, mqtt, mongodb, api, gateway, http]) = read_json::<[u16; 6]>(file)? {
        return Ok(Ports {
            rpc_port: rpc,
            mqtt_port: mqtt,
            mongodb_port: mongodb,
            ipfs_api_port: api,
            ipfs_gateway_port: gateway,
            http_port: http,
            ..ports
        });
    }
    let ports = ports.resolved().map_err(DevnetError::file("a free port"))?;
    write_json(file, &ports.named().map(|(_, port)| port))?;
    Ok(ports)
}

fn ports_are_free(settings: &Settings) -> Result<(), DevnetError> {
    for (option, port) in settings.ports.named() {
        let unused = match option {
            "--mongodb-port" => settings.mongodb_uri.is_some(),
            "--ipfs-api-port" | "--ipfs-gateway-port" => settings.ipfs_api_url.is_some(),
            _ => false,
        };
        if !unused && std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
            return Err(DevnetError::PortTaken { port, option });
        }
    }
    Ok(())
}

/// The parts that are not ours, and the IPFS node.
async fn foundations(
    settings: &Settings,
    folder: &Path,
    tools: &Tools,
    keys: &Keys,
) -> Result<Vec<Recipe>, DevnetError> {
    let ports = &settings.ports;
    let broker_folder = folder.join("broker");
    let mut recipes = vec![
        chain::prepare(folder, tools, settings.chain, ports.rpc_port)?,
        broker::prepare(&broker_folder, tools, ports.mqtt_port, &keys.mqtt_password_file).await?,
    ];
    if settings.mongodb_uri.is_none() {
        let data = folder.join("mongodb");
        fs::create_dir_all(&data).map_err(DevnetError::file(&data))?;
        recipes.push(Recipe {
            name: "secantusd",
            program: tools.secantusd.clone(),
            arguments: vec![
                "--port".into(),
                ports.mongodb_port.to_string().into(),
                "--storage-path".into(),
                data.into(),
                "--sync-on-commit".into(),
            ],
            environment: vec![],
        });
    }
    if settings.ipfs_api_url.is_none() {
        recipes.push(Recipe {
            name: "ipfs-node",
            program: tools.service("ipfs-node"),
            arguments: vec![
                "--repo".into(),
                folder.join("ipfs").into(),
                "--api".into(),
                format!("127.0.0.1:{}", ports.ipfs_api_port).into(),
                "--gateway".into(),
                format!("127.0.0.1:{}", ports.ipfs_gateway_port).into(),
            ],
            environment: vec![],
        });
    }
    Ok(recipes)
}

async fn foundations_ready(parts: &mut [Process], endpoints: &Endpoints) -> Result<(), DevnetError> {
    for part in parts {
        let url = match part.name() {
            "anvil" | "geth" => &endpoints.rpc_url,
            "mosquitto" => &endpoints.mqtt_url,
            "secantusd" => &endpoints.mongodb_uri,
            _ => &endpoints.ipfs_api_url,
        };
        let address = address(url).to_owned();
        wait_ready(part, READY_TIMEOUT, || async { tokio::net::TcpStream::connect(&address).await.is_ok() }).await?;
    }
    Ok(())
}

/// `host:port` of a URL.
fn address(url: &str) -> &str {
    url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(url)
}

async fn answers(url: &str) -> bool {
    reqwest::get(url).await.is_ok_and(|answer| answer.status().is_success())
}

/// Puts a roster's blocks on IPFS: the rows, then the header that lists them.
async fn publish(api_url: &str, sealed: &protocol::roster::SealedRoster) -> Result<(), DevnetError> {
    let failed = |error: String| DevnetError::Ipfs(error);
    let client = IpfsClient::from_str(api_url).map_err(|e| failed(e.to_string()))?;
    for block in sealed.blocks.iter().chain([&sealed.header]) {
        let options = BlockPut { format: Some("raw"), mhtype: Some("sha2-256"), mhlen: Some(32), pin: Some(true) };
        let put = client.block_put_with_options(std::io::Cursor::new(block.clone()), options).await;
        let put = put.map_err(|e| failed(e.to_string()))?;
        let expected = protocol::cid::from_digest(&protocol::digest(block));
        if put.key != expected {
            return Err(failed(format!("a block came out as {} instead of {expected}", put.key)));
        }
        client.pin_add(&expected, true).await.map_err(|e| failed(e.to_string()))?;
    }
    Ok(())
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, DevnetError> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path).map_err(DevnetError::file(path))?;
    serde_json::from_str(&text).map(Some).map_err(|e| DevnetError::Stale(format!("{}: {e}", path.display())))
}
