//! `weir serve`.

mod listen;
mod network;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use base::{Clock, Rng};
use gateway::{Gateway, Sink};
use snapshot::{Live, Snapshot};

pub(crate) use network::{Network, parse_network};

use crate::access_log::AccessLog;
use crate::cli::ServeArgs;
use crate::cmd::{say, say_error};
use crate::files;
use crate::secrets::FileSecrets;

/// Takes records where nothing else does.
struct Nowhere;

impl Sink for Nowhere {
    fn record(&self, _: trace::CallRecord) {}
}

pub(crate) fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let live = Live::new(first_snapshot(&args)?);
    let bound = listen::bind(&args, &clock)?;
    let (sink, log): (Arc<dyn Sink>, _) = match &args.access_log {
        Some(path) => {
            let (log, thread) = AccessLog::start(path)?;
            (Arc::new(log), Some(thread))
        }
        None => (Arc::new(Nowhere), None),
    };
    let gateway = build(&args, &clock, &live, sink);
    for (name, address) in bound.addresses() {
        say(&format!("listening on {address} ({name})"));
    }
    let running = bound.start({
        let gateway = gateway.clone();
        move |core| gateway.core(core)
    })?;
    let shutdown = running.shutdown();
    let control = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    control.block_on(async {
        let watch = watch::files(args.config.clone(), live.clone());
        tokio::select! {
            signal = terminated() => signal,
            () = watch => Ok(()),
        }
    })?;
    say("draining");
    shutdown.drain();
    running.join().context("a data-plane thread failed")?;
    drop(gateway);
    control.shutdown_timeout(Duration::from_secs(1));
    if let Some(thread) = log {
        thread.join().unwrap_or_default();
    }
    Ok(ExitCode::SUCCESS)
}

fn first_snapshot(args: &ServeArgs) -> anyhow::Result<Snapshot> {
    let Some(path) = &args.config else { return Ok(Snapshot::empty()) };
    match files::compile(path, 1, &FileSecrets)? {
        Ok(snapshot) => Ok(snapshot),
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| say_error(&mistake.to_string()));
            bail!("the configuration has {} mistakes; nothing was started", mistakes.len())
        }
    }
}

fn build(args: &ServeArgs, clock: &Clock, live: &Live, sink: Arc<dyn Sink>) -> Gateway {
    let trust = args.trust.clone();
    let config = gateway::Config {
        live: live.clone(),
        sink,
        clock: clock.clone(),
        trusted: Arc::new(move |address| trust.iter().any(|network| network.contains(address))),
        pseudonym: format!("weir-{:08x}", Rng::from_system().next_u64() >> 32).into(),
        body_limit: None,
        ai_body_limit: 32 << 20,
    };
    config.build()
}

/// Waits for SIGTERM or SIGINT.
async fn terminated() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
