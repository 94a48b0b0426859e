//! Configuration files, reloaded when they change. A wrong one is refused whole and the running
//! configuration goes on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use snapshot::Live;

use crate::cmd::{say, say_error, say_mistakes};
use crate::files;
use crate::secrets::FileSecrets;

/// How often the files are looked at. Looking works on every file system, also where a folder is
/// swapped as a whole, which watching does not.
const LOOK: Duration = Duration::from_millis(500);

/// Never ends.
pub(crate) async fn files(path: Option<PathBuf>, live: Live) {
    let Some(path) = path else { return std::future::pending().await };
    let mut seen = fingerprint(&path);
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let now = fingerprint(&path);
        if now != seen {
            seen = now;
            reload(&path, &live);
        }
    }
}

fn reload(path: &Path, live: &Live) {
    let revision = live.peek().revision() + 1;
    match files::compile(path, revision, &FileSecrets) {
        Ok(Ok(snapshot)) => {
            say(&format!("configuration {revision} with {} documents is live", snapshot.len()));
            live.publish(Arc::new(snapshot));
        }
        Ok(Err(mistakes)) => {
            say_mistakes(&mistakes);
            say_error(&format!(
                "configuration refused: {} mistakes; the running one goes on",
                mistakes.len()
            ));
        }
        Err(error) => say_error(&format!("configuration refused: {error:#}; the running one goes on")),
    }
}

/// What tells that files have changed: their names, lengths and times.
fn fingerprint(path: &Path) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let Ok(meta) = std::fs::metadata(path) else { return Vec::new() };
    if !meta.is_dir() {
        return vec![(path.to_owned(), meta.len(), meta.modified().ok())];
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let mut all: Vec<_> = entries.flat_map(|entry| fingerprint(&entry.path())).collect();
    all.sort();
    all
}
