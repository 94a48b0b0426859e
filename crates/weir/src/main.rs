//! The `weir` binary: parse, build, run, exit code.

mod access_log;
mod cli;
mod cmd;
mod files;
mod key_file;
mod own;
mod quickstart;
mod records;
mod secrets;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let outcome = match cli::Cli::parse().command {
        cli::Command::Serve(args) => cmd::serve::run(&args),
        cli::Command::Check(args) => cmd::check::run(&args),
        cli::Command::Fetch(args) => cmd::fetch::run(&args),
        cli::Command::Import(args) => cmd::import::run(&args),
        cli::Command::Explain(args) => cmd::explain::run(&args),
        cli::Command::Openapi(args) => cmd::openapi::run(&args),
        cli::Command::Flow(command) => cmd::flow::run(&command),
        cli::Command::Simulate(args) => cmd::simulate::run(&args),
        cli::Command::Key(args) => cmd::key::run(&args),
        cli::Command::Schema => cmd::schema::run(),
    };
    outcome.unwrap_or_else(|error| {
        cmd::say_error(&format!("weir: {error:#}"));
        ExitCode::FAILURE
    })
}
