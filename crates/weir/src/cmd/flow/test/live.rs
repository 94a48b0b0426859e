//! Servers that answer what a case says nothing of, such as `weir simulate`.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, bail};
use base::Clock;
use flow::engine::{Call, Lost, Reply};

use super::super::own::{Calls, Server};
use super::suite::Suite;
use crate::cli::FlowTestArgs;

/// The servers of sources.
pub(super) struct Servers {
    calls: Calls,
    sources: HashSet<String>,
    clock: Clock,
}

// === impl Servers ===

impl Servers {
    /// Those that are named, if any are.
    pub(super) fn new(suite: &Suite, args: &FlowTestArgs) -> anyhow::Result<Option<Self>> {
        let mut servers = Vec::new();
        for (name, url) in &args.server {
            if !suite.program.sources.iter().any(|source| **source == **name) {
                bail!(
                    "`--server {name}=…`: there is no source `{name}`; there are {}",
                    suite.program.sources.join(", ")
                );
            }
            let server = Server::parse(url)
                .with_context(|| format!("`--server {name}={url}`: an address is `http://HOST:PORT`"))?;
            servers.push((name.clone(), server));
        }
        if servers.is_empty() {
            return Ok(None);
        }
        let calls = Calls::new(&servers, &args.header)?;
        let sources = servers.into_iter().map(|(name, _)| name).collect();
        Ok(Some(Self { calls, sources, clock: Clock::system() }))
    }

    /// What becomes of a call to a source, and how long that takes; none where it has no server.
    pub(super) fn answer(&self, source: &str, call: &Call) -> Option<(Duration, Result<Reply, Lost>)> {
        self.sources.contains(source).then(|| {
            let started = self.clock.now();
            let result = self.calls.make(source, call.request.clone());
            (self.clock.now().since(started), result)
        })
    }
}
