//! Checks and generators: `cargo xtask tidy`, `cargo xtask gen [--check]`, `cargo xtask licences`,
//! `cargo xtask catalogue CSV`.

mod bans;
mod catalogue;
mod complaints;
mod conformance;
mod generate;
mod licences;
mod matrix;
mod metadata;
mod tidy;
mod vendors;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[..] {
        ["tidy"] => tidy::run(&root()),
        ["gen"] => generate::run(&root(), generate::Mode::Write),
        ["gen", "--check"] => generate::run(&root(), generate::Mode::Check),
        ["licences"] => licences::run(&root()).and_then(|()| bans::run(&root())),
        ["catalogue", csv] => write_catalogue(csv),
        _ => Err(anyhow::anyhow!("usage: cargo xtask tidy | gen [--check] | licences | catalogue CSV")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn write_catalogue(csv: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(csv).with_context(|| format!("cannot read `{csv}`"))?;
    std::fs::write(root().join(catalogue::FILE), catalogue::generate(&text)?)?;
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// A line for the person at the terminal.
fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stderr().lock(), "{line}").unwrap_or_default();
}

/// Fails with all that was found, one a line.
fn report(what: &str, found: &[String]) -> anyhow::Result<()> {
    for line in found {
        say(line);
    }
    if !found.is_empty() {
        bail!("{what}: {} found", found.len());
    }
    say(&format!("{what}: nothing found"));
    Ok(())
}
