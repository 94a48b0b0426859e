//! Servers that answer what a case says nothing of, such as `weir simulate`.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, bail};
use base::Clock;
use flow::engine::{Call, Lost, Reply};
use flow::program;

use super::super::own::{Calls, MODELS, Served, Server};
use super::suite::Suite;
use crate::cli::FlowTestArgs;

/// The servers of sources.
pub(super) struct Servers {
    calls: Calls,
    /// The server of each source: for operations, and for queries of GraphQL, which have no path of their own.
    sources: HashMap<String, [String; 2]>,
    clock: Clock,
}

// === impl Servers ===

impl Servers {
    /// Those that are named, if any are.
    pub(super) fn new(suite: &Suite, args: &FlowTestArgs) -> anyhow::Result<Option<Self>> {
        let (mut servers, mut sources) = (Vec::new(), HashMap::new());
        for (name, url) in &args.server {
            if !suite.program.sources.iter().any(|source| **source == **name) {
                bail!(
                    "`--server {name}=…`: there is no source `{name}`; there are {}",
                    suite.program.sources.join(", ")
                );
            }
            let server = || {
                Server::parse(url)
                    .with_context(|| format!("`--server {name}={url}`: an address is `http://HOST:PORT`"))
            };
            let operations = Served::new(name, server()?, &args.header);
            let schema = Served::schema(name, server()?, &args.header);
            sources.insert(name.clone(), [operations.base(), schema.base()]);
            servers.extend([operations, schema]);
        }
        if let Some(models) = Served::models(&args.models)? {
            servers.push(models);
            let asked = suite.program.sources.iter().filter(|name| name.ends_with(program::MODELS));
            sources.extend(asked.map(|name| (name.to_string(), [MODELS; 2].map(str::to_owned))));
        }
        if servers.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { calls: Calls::new(&servers)?, sources, clock: Clock::system() }))
    }

    /// What becomes of a call to a source, and how long that takes; none where it has no server.
    pub(super) fn answer(&self, source: &str, call: &Call) -> Option<(Duration, Result<Reply, Lost>)> {
        let [operations, schema] = self.sources.get(source)?;
        let server = if call.request.target.is_empty() { schema } else { operations };
        let started = self.clock.now();
        let result = self.calls.make(server, (*call.request).clone());
        Some((self.clock.now().since(started), result))
    }
}
