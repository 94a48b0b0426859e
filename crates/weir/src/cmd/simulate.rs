//! `weir simulate`.

use std::process::ExitCode;

use anyhow::Context;
use simulate::{Config, RateLimit};

use crate::cli::SimulateArgs;
use crate::cmd::say;

pub(crate) fn run(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    let config = Config {
        seed: args.seed,
        latency: args.latency,
        error_rate: args.error_rate,
        error_statuses: args.error_statuses.clone(),
        cut_rate: args.cut_rate,
        rate_limit: rate_limit(args),
        ..Config::default()
    };
    let simulator = config.build();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
        let address = listener.local_addr()?;
        say(&format!("shop       http://{address}/shop (described at /shop/openapi.json)"));
        say(&format!("OpenAI     http://{address}/openai/v1"));
        say(&format!("Anthropic  http://{address}/anthropic"));
        simulator.serve(listener, terminated()).await.context("the simulator failed")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A limit on one of the two leaves the other without one.
fn rate_limit(args: &SimulateArgs) -> Option<RateLimit> {
    let (requests, tokens) = (args.requests_per_minute, args.tokens_per_minute);
    (requests.is_some() || tokens.is_some()).then(|| RateLimit {
        requests_per_minute: requests.unwrap_or(u32::MAX),
        tokens_per_minute: tokens.unwrap_or(u32::MAX),
    })
}

/// Waits for SIGTERM or SIGINT; without a way to hear of them, for ever.
async fn terminated() {
    if super::serve::terminated().await.is_err() {
        std::future::pending::<()>().await;
    }
}
