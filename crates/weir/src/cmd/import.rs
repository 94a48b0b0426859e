//! `weir import`: documents of YAML files into the store, all of them or none.

use std::process::ExitCode;

use base::Clock;
use control::{Import, Imported};
use store_sqlite::SqliteStore;

use crate::cli::ImportArgs;
use crate::cmd::{count_mistakes, refused, say, say_error, say_mistakes};
use crate::key_file;

pub(crate) fn run(args: &ImportArgs) -> anyhow::Result<ExitCode> {
    let mut files = config::load(&args.path)?;
    let store = SqliteStore::open(&args.data)?;
    let sealer = key_file::open(&args.data, &store)?;
    let import = match Import::open(&store, &sealer)? {
        Ok(import) => import,
        Err(mistakes) => return Err(refused("the stored configuration", &mistakes, "nothing was written")),
    };
    if !files.mistakes.is_empty() {
        let found = import.check(&files.documents, &files.unread);
        return Ok(refuse(&files, &found));
    }
    let documents = std::mem::take(&mut files.documents);
    match import.write(documents, "import", Clock::system().wall())? {
        Ok(Imported { written, unchanged, revision }) => {
            let path = args.path.display();
            say(&format!("{path}: {written} documents written, {unchanged} unchanged; revision {revision}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(found) => Ok(refuse(&files, &found)),
    }
}

/// Says what is wrong: in files with its line, in documents of the store by their name.
fn refuse(files: &config::Files, found: &[snapshot::Mistake]) -> ExitCode {
    let (here, stored): (Vec<_>, Vec<_>) = found.iter().cloned().partition(|m| files.has(&m.document));
    let here = crate::files::located(files, files.mistakes.clone(), &here);
    say_mistakes(&here);
    say_mistakes(&stored);
    let count = count_mistakes(here.len() + stored.len());
    say_error(&format!("{count}; nothing was written"));
    ExitCode::FAILURE
}
