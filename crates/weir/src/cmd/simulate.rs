//! `weir simulate`.

use std::process::ExitCode;

use anyhow::Context;
use simulate::{Config, Latency};

use crate::cli::SimulateArgs;
use crate::cmd::say;

pub(crate) fn run(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    let latency = if args.no_latency { Latency::None } else { Latency::Natural };
    let (error_rate, cut_rate) = (args.error_rate, args.cut_rate);
    let simulator = Config { seed: args.seed, latency, error_rate, cut_rate, ..Config::default() }.build();
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

/// Waits for SIGTERM or SIGINT; without a way to hear of them, for ever.
async fn terminated() {
    if super::serve::terminated().await.is_err() {
        std::future::pending::<()>().await;
    }
}
