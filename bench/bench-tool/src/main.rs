//! What `bench/ai.py` and `bench/flows.py` need that scripts are too slow for: a mock provider, a load at a given rate, the
//! catalogue, the translation of a chat by itself, and the planner of flows.

mod load;
mod mock;
mod pair;
mod plan;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use llm::catalogue::Catalogue;
use tokio::time::Instant;

const USAGE: &str = "usage: bench-tool mock PORT FOLDER | load PORT REQUEST CONNECTIONS COUNT RATE | catalogue \
                     | plan STEPS | pair DIALECT REQUEST ANSWER ROUNDS";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        ["mock", port, folder] => port.parse().context("PORT").and_then(|port| mock::run(port, folder)),
        ["load", port, request, connections, count, rate] => {
            load::Plan::read([port, connections, count, rate], request).and_then(load::Plan::run)
        }
        ["catalogue"] => Ok(catalogue()),
        ["plan", count] => count.parse().context("STEPS").and_then(plan::run),
        ["pair", dialect, request, answer, rounds] => rounds
            .parse()
            .context("ROUNDS")
            .and_then(|rounds| pair::Pair::read(dialect, request, answer)?.run(rounds)),
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    match outcome {
        Ok(line) => {
            writeln!(std::io::stdout().lock(), "{line}").unwrap_or_default();
            ExitCode::SUCCESS
        }
        Err(error) => {
            writeln!(std::io::stderr().lock(), "bench-tool: {error:#}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

/// Loads the catalogue and reads each of its lines: how many there are, and the microseconds of either.
fn catalogue() -> String {
    let began = Instant::now();
    let catalogue = Catalogue::builtin();
    let loaded = began.elapsed().as_micros();
    let models = catalogue.iter().count();
    format!("{models} {loaded} {}", began.elapsed().as_micros())
}
