//! The control plane of `weir serve`: the store, the admin API with the console, and the quickstart.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, bail};
use base::Clock;
use calllog::CallLog;
use control::Control;
use gateway::Gateway;
use snapshot::Live;
use store::Store;
use store::seal::Sealer;
use store_sqlite::SqliteStore;

use crate::cli::ServeArgs;
use crate::cmd::{say, say_error};
use crate::quickstart;

/// What was opened before anything listens, so that a failure leaves nothing half started.
pub(crate) struct Plane {
    /// `None` where the documents come from files.
    managed: Option<Managed>,
    log: CallLog,
}

struct Managed {
    control: Control,
    store: Arc<SqliteStore>,
    sealer: Sealer,
}

pub(crate) fn open(args: &ServeArgs, clock: &Clock, live: &Live, log: CallLog) -> anyhow::Result<Plane> {
    if args.config.is_some() {
        return Ok(Plane { managed: None, log });
    }
    let store = Arc::new(SqliteStore::open(&args.data)?);
    let key = args.data.join("weir.key");
    let sealer = Sealer::open(&key)?;
    let opened = Control::open(store.clone(), Sealer::open(&key)?, live.clone(), log.clone(), clock.clone())?;
    let control = match opened {
        Ok(control) => control,
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| say_error(&mistake.to_string()));
            bail!("the stored configuration has {} mistakes; nothing was started", mistakes.len())
        }
    };
    Ok(Plane { managed: Some(Managed { control, store, sealer }), log })
}

impl Plane {
    /// Serves the quickstart if asked for; prints where everything is. The future ends only on failure.
    pub(crate) async fn serve(
        self,
        args: &ServeArgs,
        _gateway: &Gateway,
        _metrics: net::Metrics,
        addresses: &[(Arc<str>, SocketAddr)],
    ) -> anyhow::Result<impl Future<Output = anyhow::Result<()>>> {
        for (name, address) in addresses {
            say(&format!("  {:<8} {name}://{address}", "gateway"));
        }
        if let Some(managed) = &self.managed {
            managed.control.live();
        }
        self.log.stats();
        drop(args);
        Ok(std::future::pending())
    }
}
