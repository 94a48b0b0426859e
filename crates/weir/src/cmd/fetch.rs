//! `weir fetch`: what configuration files name by its address, brought beside them. Nothing else fetches it: a start needs no
//! network, and what a service answers today changes nothing until somebody looks at it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::spec::Reach;
use gateway::Gateway;
use snapshot::Snapshot;

use crate::cli::FetchArgs;
use crate::cmd::{say, say_error};

/// The longest file, in bytes, and how long one may take.
const BOUNDS: (usize, Duration) = (16 << 20, Duration::from_secs(30));

pub(crate) fn run(args: &FetchArgs) -> anyhow::Result<ExitCode> {
    let files = config::load(&args.path)?;
    let folder = config::folder(&args.path);
    let reach = if args.anywhere { Reach::Anywhere } else { Reach::Public };
    let gateway = crate::own::gateway(Snapshot::empty(), Arc::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut failed = 0;
    for url in &files.wanted {
        match runtime.block_on(one(&gateway, &folder, (url, reach))) {
            Ok(outcome) => say(&format!("{url}: {outcome}")),
            Err(error) => {
                failed += 1;
                say_error(&format!("{url}: {error:#}"));
            }
        }
    }
    say(&format!("{} fetched, {failed} failed", files.wanted.len() - failed));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Fetches one file; what is no description is not kept.
async fn one(gateway: &Gateway, folder: &Path, (url, reach): (&str, Reach)) -> anyhow::Result<&'static str> {
    let file = config::kept(folder, url).context("this is no address to fetch from")?;
    let fetched = gateway.fetch(url.to_owned(), reach, BOUNDS).await.map_err(anyhow::Error::msg)?;
    let read =
        config::Single::parse(Path::new(url), &fetched).map_err(|mistake| anyhow::anyhow!("{mistake}"))?;
    openapi::Description::read(&read.to_json())?;
    if std::fs::read(&file).is_ok_and(|before| *before == *fetched) {
        return Ok("as before");
    }
    let parent = file.parent().context("it has a folder")?;
    std::fs::create_dir_all(parent).with_context(|| format!("cannot make `{}`", parent.display()))?;
    // Whole or not at all.
    let beside = file.with_extension("new");
    std::fs::write(&beside, &fetched).with_context(|| format!("cannot write `{}`", beside.display()))?;
    std::fs::rename(&beside, &file).with_context(|| format!("cannot write `{}`", file.display()))?;
    Ok("fetched")
}
