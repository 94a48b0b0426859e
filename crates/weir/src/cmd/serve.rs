//! `weir serve`.

mod control_plane;
mod jobs;
mod listen;
mod network;
mod numbers;
mod probe;
mod run_flow;
mod watch;
mod webhooks;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use base::{Clock, Rng, Secret};
use gateway::{Gateway, Sink};
use snapshot::{Live, Snapshot};
use stateport::{EventPort, JobPort, StatePort};
use store_sqlite::{JobsConfig, StateConfig};
use tokio_util::sync::CancellationToken;

pub(crate) use network::{Network, parse_network};

use crate::access_log::AccessLog;
use crate::cli::ServeArgs;
use crate::cmd::{refused, say};
use crate::files;
use crate::records::Records;
use crate::secrets::FileSecrets;

/// What calls leave for later calls: so much of it on disk, so much of that of one owner, so much also in memory, in bytes.
const STATE_ON_DISK: u64 = 1 << 30;
const STATE_OF_OWNER: u64 = 128 << 20;
const STATE_IN_MEMORY: usize = 32 << 20;

/// Files of callers, and their batches, in the folder `files`; so much of that of one owner.
const FILES_ON_DISK: u64 = 8 << 30;
const FILES_OF_OWNER: u64 = 2 << 30;
const FILES_IN_MEMORY: usize = 8 << 20;

/// Calls that are answered later, and their answers, in `jobs.db`.
const JOBS_ON_DISK: u64 = 4 << 30;

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<ExitCode> {
    log_to_stderr();
    let clock = Clock::system();
    let mut watch = args.config.as_deref().map(watch::Watch::new);
    let live = Live::new(first_snapshot(args, watch.as_mut())?);
    let records = calllog::Config {
        keep_days: args.record_days,
        disk_budget: args.record_bytes.0,
        body_days: args.body_days,
        body_budget: args.body_bytes.0,
        ..calllog::Config::new(args.data.join("calls"))
    };
    let (recorder, log, writer) = records.build(clock.clone())?;
    let (access_log, access_thread) = match &args.access_log {
        Some(path) => AccessLog::start(path).map(|(log, thread)| (Some(log), Some(thread)))?,
        None => (None, None),
    };
    let access_log_dropped = access_log.as_ref().map(AccessLog::dropped).unwrap_or_default();
    let plane = control_plane::open(args, &clock, &live, log)?;
    let state = StateConfig {
        folder: args.data.clone(),
        disk_budget: STATE_ON_DISK,
        owner_budget: STATE_OF_OWNER,
        memory_budget: STATE_IN_MEMORY,
    };
    let state = Arc::new(state.build(clock.clone())?);
    let files = StateConfig {
        folder: args.data.join("files"),
        disk_budget: FILES_ON_DISK,
        owner_budget: FILES_OF_OWNER,
        memory_budget: FILES_IN_MEMORY,
    };
    let files = Arc::new(files.build(clock.clone())?);
    let jobs =
        JobsConfig { folder: args.data.clone(), disk_budget: JOBS_ON_DISK, vault: plane.vault_of_jobs()? };
    let jobs = Arc::new(jobs.build(clock.clone())?);
    let bound = listen::bind(args, &clock)?;
    let reasons_at = plane.reasons_at(args)?.into();
    let kept = Kept { state, files, jobs, events: plane.events(), seal_key: plane.seal_key()? };
    let gateway = build(args, &clock, &live, (Arc::new(Records { recorder, access_log }), kept), reasons_at);
    let addresses = bound.addresses();
    let metrics = bound.metrics();
    let running = bound.start({
        let gateway = gateway.clone();
        move |core| gateway.core(core)
    })?;
    let shutdown = running.shutdown();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        let _ends_with_this = stop.clone().drop_guard();
        let refused = watch::Refused::default();
        let data_plane = control_plane::DataPlane {
            gateway: gateway.clone(),
            metrics,
            access_log_dropped,
            addresses,
            refused: refused.clone(),
        };
        let webhooks = webhooks::send(plane.dispatch()?, gateway.clone());
        let served = plane.serve(args, data_plane, stop).await?;
        let watch = watch::files(watch, live.clone(), refused);
        tokio::select! {
            signal = terminated() => signal,
            ended = served => ended,
            () = watch => Ok(()),
            () = webhooks => Ok(()),
        }
    })?;
    say("draining: calls under way are finished, no new ones are taken");
    shutdown.drain();
    running.join().context("a data-plane thread failed")?;
    runtime.shutdown_timeout(Duration::from_secs(1));
    drop(gateway);
    writer.finish();
    if let Some(thread) = access_thread {
        thread.join().unwrap_or_default();
    }
    Ok(ExitCode::SUCCESS)
}

/// What calls leave for later calls and for webhooks, and what seals the ids that lead there.
struct Kept {
    state: Arc<dyn StatePort>,
    files: Arc<dyn StatePort>,
    jobs: Arc<dyn JobPort>,
    events: Arc<dyn EventPort>,
    seal_key: Secret<[u8; 32]>,
}

fn first_snapshot(args: &ServeArgs, watch: Option<&mut watch::Watch>) -> anyhow::Result<Snapshot> {
    let (Some(path), Some(watch)) = (&args.config, watch) else { return Ok(Snapshot::empty()) };
    let compiled = files::compile(path, 1, &FileSecrets)?;
    watch.uses(compiled.used);
    match compiled.result {
        Ok(snapshot) => Ok(snapshot),
        Err(mistakes) => Err(refused("the configuration", &mistakes, "nothing was started")),
    }
}

fn build(
    args: &ServeArgs,
    clock: &Clock,
    live: &Live,
    (sink, kept): (Arc<dyn Sink>, Kept),
    reasons_at: Arc<str>,
) -> Gateway {
    let trust = args.trust.clone();
    let config = gateway::Config {
        live: live.clone(),
        sink,
        clock: clock.clone(),
        trusted: Arc::new(move |address| trust.iter().any(|network| network.contains(address))),
        pseudonym: format!("weir-{:08x}", Rng::from_system().next_u64() >> 32).into(),
        reasons_at,
        body_limit: None,
        ai_body_limit: 32 << 20,
        state: kept.state,
        files: kept.files,
        jobs: kept.jobs,
        events: kept.events,
        seal_key: kept.seal_key,
    };
    config.build()
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::new("info,h2=warn,hyper=warn,rustls=warn");
    // A second call, as in tests, keeps the first one's settings.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
        .unwrap_or_default();
}

/// Waits for SIGTERM or SIGINT.
pub(crate) async fn terminated() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
