//! `weir check`: every mistake, with file, line and path.

use std::process::ExitCode;

use crate::cli::CheckArgs;
use crate::cmd::{count_mistakes, say, say_error, say_mistakes};
use crate::files;
use crate::secrets::{AnySecrets, FileSecrets};

pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let secrets: &dyn snapshot::Secrets = if args.no_secrets { &AnySecrets } else { &FileSecrets };
    match files::compile(&args.path, 1, secrets)?.result {
        Ok(snapshot) => {
            say(&format!("{}: {} documents, no mistakes", args.path.display(), snapshot.len()));
            Ok(ExitCode::SUCCESS)
        }
        Err(mistakes) => {
            say_mistakes(&mistakes);
            say_error(&count_mistakes(mistakes.len()));
            Ok(ExitCode::FAILURE)
        }
    }
}
