//! The control plane of `weir serve`: the store, the admin API with the console, and the quickstart.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use admin::{Admin, Bounds, ListenerView, StoreView};
use anyhow::Context;
use base::{Clock, Rng, Secret};
use calllog::CallLog;
use control::{Control, Dispatch, Source};
use gateway::Gateway;
use net::Metrics;
use snapshot::Live;
use stateport::EventPort;
use store::Vault;
use store::seal::{SealError, Sealer};
use store_sqlite::SqliteStore;
use tokio_util::sync::CancellationToken;

use crate::access_log::Dropped;
use crate::cli::ServeArgs;
use crate::cmd::serve::numbers::Numbers;
use crate::cmd::serve::watch::Refused;
use crate::cmd::serve::{jobs, probe, run_flow, webhooks};
use crate::cmd::{refused, say};
use crate::{key_file, quickstart};

/// What was opened before anything listens, so that a failure leaves nothing half started.
pub(crate) struct Plane {
    listener: std::net::TcpListener,
    control: Control,
    store: Arc<SqliteStore>,
    sealer: Sealer,
}

/// Opens the store and, unless the documents come from files, publishes what is in it.
pub(crate) fn open(args: &ServeArgs, clock: &Clock, live: &Live, log: CallLog) -> anyhow::Result<Plane> {
    let store = Arc::new(SqliteStore::open(&args.data)?);
    let (sealer, own) = (key_file::open(&args.data, &store)?, key_file::open(&args.data, &store)?);
    let listener = listen(args.admin)?;
    if args.config.is_some() {
        let control = Control::over_files(store.clone(), own, live.clone(), log, clock.clone());
        return Ok(Plane { listener, control, store, sealer });
    }
    match Control::open(store.clone(), own, live.clone(), log, clock.clone())? {
        Ok(control) => Ok(Plane { listener, control, store, sealer }),
        Err(mistakes) => Err(refused("the stored configuration", &mistakes, "nothing was started")),
    }
}

fn listen(address: SocketAddr) -> anyhow::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address);
    let listener =
        listener.with_context(|| format!("cannot listen on {address} for the console and the admin API"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// What the control plane shows of the data plane.
pub(crate) struct DataPlane {
    pub(crate) gateway: Gateway,
    pub(crate) metrics: Metrics,
    pub(crate) access_log_dropped: Dropped,
    /// The name and the address of every listener, as they were bound, in the order of the metrics.
    pub(crate) addresses: Vec<(Arc<str>, SocketAddr)>,
    pub(crate) refused: Refused,
}

impl Plane {
    /// What seals ids that providers hand out. Without the key file it holds until the process ends.
    pub(crate) fn seal_key(&self) -> anyhow::Result<Secret<[u8; 32]>> {
        match self.sealer.derive("ids of providers") {
            Err(error @ SealError::Lost(_)) => {
                tracing::warn!("ids that providers hand out are good until this process ends: {error}");
                let mut key = [0; 32];
                Rng::fill_secret(&mut key);
                Ok(Secret::new(key))
            }
            derived => Ok(derived?),
        }
    }

    /// What seals jobs. Without the key file none is taken in and none is taken up.
    pub(crate) fn vault_of_jobs(&self) -> anyhow::Result<Vault> {
        let vault = Vault::of(&self.sealer, "jobs")?;
        if let Some(path) = vault.lost() {
            tracing::warn!(
                "jobs rest until the key file `{}` is put back and weir is started again",
                path.display()
            );
        }
        Ok(vault)
    }

    /// What takes in events of flows.
    pub(crate) fn events(&self) -> Arc<dyn EventPort> {
        Arc::new(webhooks::Events(self.control.clone()))
    }

    /// What webhooks are to be sent.
    pub(crate) fn dispatch(&self) -> anyhow::Result<Dispatch> {
        Ok(Dispatch::new(&self.control)?)
    }

    /// What stands before a reason's code in the `type` of a problem: where the page of reasons is served.
    pub(crate) fn reasons_at(&self, args: &ServeArgs) -> anyhow::Result<String> {
        let mut address = self.listener.local_addr()?;
        let base = match &args.docs_url {
            Some(base) => base.clone(),
            // All of the machine's addresses together are none that one could go to.
            None if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
            None => {
                address.set_ip(address.ip().to_canonical());
                format!("http://{address}")
            }
        };
        Ok(format!("{base}{}#", admin::REASONS))
    }

    /// Serves the admin API and, if asked for, the quickstart; prints where everything is. The future that
    /// is given back ends only if one of them fails.
    pub(crate) async fn serve(
        self,
        args: &ServeArgs,
        data_plane: DataPlane,
        shutdown: CancellationToken,
    ) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        let address = self.listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        let simulator = Simulator::bind(args).await?;
        for (name, address) in &data_plane.addresses {
            say(&format!("gateway   {name}://{address}"));
        }
        say(&format!("console   http://{address}"));
        if let Some(token) = self.control.new_setup_token()? {
            say(&format!(
                "set-up    http://{address}/setup?token={token} (makes the first administrator; works once)"
            ));
        }
        if let Some(simulator) = &simulator {
            self.quickstart(simulator.address, &data_plane.addresses)?;
        }
        let simulator = serve_simulator(simulator, shutdown.clone());
        let router = self.admin(args, data_plane, shutdown.clone()).router();
        Ok(async move {
            tokio::select! {
                ended = admin::serve(listener, router, Bounds::default(), shutdown) => ended.context("the admin API failed"),
                ended = simulator => ended,
            }
        })
    }

    fn quickstart(&self, simulator: SocketAddr, addresses: &[(Arc<str>, SocketAddr)]) -> anyhow::Result<()> {
        let key = quickstart::fill(&self.control, &*self.store, &self.sealer, simulator)?;
        let gateway = addresses.first().map(|(name, address)| format!("{name}://{address}"));
        if let (Some(key), Some(gateway)) = (key, gateway) {
            say(&format!("key       {key}"));
            say("\ntry, in another terminal:\n");
            for line in quickstart::lines(&gateway, &key) {
                say(&format!("  {line}\n"));
            }
        }
        Ok(())
    }

    fn admin(&self, args: &ServeArgs, data_plane: DataPlane, shutdown: CancellationToken) -> Admin {
        let DataPlane { gateway, metrics, access_log_dropped, addresses, refused } = data_plane;
        let numbers =
            Numbers { listeners: metrics.clone(), gateway: gateway.clone(), access_log: access_log_dropped };
        let prober = probe::prober(gateway.clone());
        let runner = run_flow::runner(gateway.clone());
        let jobs = Arc::new(jobs::Desk(gateway.clone()));
        let health = move |upstream: &snapshot::Upstream| {
            gateway.health(upstream).iter().filter_map(|view| serde_json::to_value(view).ok()).collect()
        };
        let listeners = move || {
            let with_address = metrics.read().into_iter().zip(&addresses);
            with_address.map(|(metrics, (_, address))| listener_view(&metrics, address)).collect()
        };
        Admin {
            control: self.control.clone(),
            health: Arc::new(health),
            prober,
            runner,
            jobs,
            listeners: Arc::new(listeners),
            metrics: Arc::new(move || numbers.text()),
            config_error: Arc::new(move || refused.mistakes()),
            console: console::router(),
            version: env!("CARGO_PKG_VERSION"),
            store: store_view(self.control.source(), args.config.as_deref(), &args.data),
            hosts: args.admin_host.clone(),
            shutdown,
        }
    }
}

fn store_view(source: Source, config: Option<&Path>, data: &Path) -> StoreView {
    let (kind, path) = match (source, config) {
        (Source::Files, Some(path)) => ("files", path),
        _ => ("sqlite", data),
    };
    StoreView { kind: kind.into(), path: Some(path.display().to_string()) }
}

fn listener_view(metrics: &net::ListenerMetrics, address: &SocketAddr) -> ListenerView {
    ListenerView {
        protocol: metrics.name.to_string(),
        name: metrics.name.to_string(),
        address: address.to_string(),
        connections: metrics.active,
    }
}

/// Where the quickstart's shop and models listen.
struct Simulator {
    listener: tokio::net::TcpListener,
    /// As it was bound.
    address: SocketAddr,
}

impl Simulator {
    /// Binds it, if the quickstart is asked for.
    async fn bind(args: &ServeArgs) -> anyhow::Result<Option<Self>> {
        if !args.quickstart {
            return Ok(None);
        }
        let address = args.quickstart_listen;
        let listener = tokio::net::TcpListener::bind(address).await;
        let listener =
            listener.with_context(|| format!("cannot listen on {address} for the quickstart's simulator"))?;
        let address = listener.local_addr()?;
        Ok(Some(Self { listener, address }))
    }
}

/// Never ends where there is none.
async fn serve_simulator(simulator: Option<Simulator>, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Some(Simulator { listener, .. }) = simulator else { return std::future::pending().await };
    let simulator = simulate::Config::default().build();
    let served = simulator.serve(listener, shutdown.cancelled_owned()).await;
    served.context("the quickstart's simulator failed")
}
