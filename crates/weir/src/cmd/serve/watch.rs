//! Configuration files, reloaded when they change. A wrong one is refused whole and the running
//! configuration goes on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use config::Seen;
use parking_lot::Mutex;
use snapshot::Live;

use crate::cmd::{count_mistakes, say, say_error, say_mistakes};
use crate::files;
use crate::secrets::FileSecrets;

/// How often the files are looked at. Looking works on every file system, also where a folder is
/// swapped as a whole, which watching does not.
const LOOK: Duration = Duration::from_millis(500);

/// What is wrong with the configuration that was refused last, until one is taken; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused(Arc<Mutex<Option<String>>>);

impl Refused {
    /// Every mistake, one a line: file, line, path, what is wrong.
    pub(crate) fn mistakes(&self) -> Option<String> {
        self.0.lock().clone()
    }

    fn set(&self, mistakes: Option<String>) {
        *self.0.lock() = mistakes;
    }
}

/// What the files looked like before they were read: what changes meanwhile is a change.
#[derive(Debug)]
pub(crate) struct Watch {
    path: PathBuf,
    seen: Fingerprint,
    /// Further files that the documents name.
    used: Fingerprint,
}

/// What tells that files have changed.
type Fingerprint = Vec<Seen>;

impl Watch {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), seen: fingerprint(path), used: Vec::new() }
    }

    /// Looks at these files too, which were so before they were read.
    pub(crate) fn uses(&mut self, used: Vec<Seen>) {
        self.used = used;
    }

    /// Whether something is not as it was; it is taken as seen.
    fn has_changed(&mut self) -> bool {
        let now = fingerprint(&self.path);
        let used: Fingerprint = self.used.iter().map(|(file, ..)| look(file)).collect();
        let changed = now != self.seen || used != self.used;
        (self.seen, self.used) = (now, used);
        changed
    }
}

/// Never ends.
pub(crate) async fn files(watch: Option<Watch>, live: Live, refused: Refused) {
    let Some(mut watch) = watch else { return std::future::pending().await };
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if watch.has_changed() {
            let used = reload(&watch.path, &live, &refused);
            // Where nothing could be read, what was named before is looked at still.
            if let Some(used) = used {
                watch.uses(used);
            }
        }
    }
}

/// Takes what the files say now; gives the further files that their documents name.
fn reload(path: &Path, live: &Live, refused: &Refused) -> Option<Vec<Seen>> {
    let revision = live.peek().revision() + 1;
    let compiled = match files::compile(path, revision, &FileSecrets) {
        Ok(compiled) => compiled,
        Err(error) => {
            refused.set(Some(format!("{error:#}")));
            say_error(&format!("configuration refused: {error:#}; the running one goes on"));
            return None;
        }
    };
    match compiled.result {
        Ok(snapshot) => {
            let documents = snapshot.len();
            live.publish(Arc::new(snapshot));
            refused.set(None);
            say(&format!("configuration {revision} with {documents} documents is live"));
        }
        Err(mistakes) => {
            say_mistakes(&mistakes);
            let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            refused.set(Some(lines.join("\n")));
            let count = count_mistakes(mistakes.len());
            say_error(&format!("configuration refused: {count}; the running one goes on"));
        }
    }
    Some(compiled.used)
}

/// Of the files that would be read, and of no others: records of calls may be written in the same folder.
fn fingerprint(path: &Path) -> Fingerprint {
    let files = config::find(path).unwrap_or_default();
    files.iter().map(|file| look(file)).collect()
}

/// A file as it is now.
fn look(file: &Path) -> Seen {
    let meta = std::fs::metadata(file).ok();
    let (length, time) = meta.map_or((0, None), |meta| (meta.len(), meta.modified().ok()));
    (file.to_owned(), length, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_are_read_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str| std::fs::write(folder.path().join(name), "kind: Plan\nname: gold\n").unwrap();
        std::fs::create_dir_all(folder.path().join("data/calls")).unwrap();
        write("a.yaml");
        let first = fingerprint(folder.path());
        assert_eq!(first.len(), 1);
        for other in ["data/calls/1.sqlite", "data/weir.key", "notes.txt", ".a.yaml.swp.yaml"] {
            write(other);
            assert_eq!(fingerprint(folder.path()), first, "{other}");
        }
        write("data/b.yml");
        assert_ne!(fingerprint(folder.path()), first);
    }

    #[test]
    fn files_that_documents_name_are_looked_at_too() {
        let folder = tempfile::tempdir().unwrap();
        let flow = "kind: Flow\nname: f\nspec: {arazzo: f.json}\n";
        std::fs::write(folder.path().join("a.yaml"), flow).unwrap();
        let mut watch = Watch::new(folder.path());
        let compiled = files::compile(folder.path(), 1, &FileSecrets).unwrap();
        assert!(compiled.result.is_err(), "the file is not there yet");
        watch.uses(compiled.used);
        assert!(!watch.has_changed());
        std::fs::write(folder.path().join("f.json"), "{}").unwrap();
        assert!(watch.has_changed() && !watch.has_changed());
    }
}
