//! `weir key`: API keys and their hashes.

use std::process::ExitCode;

use anyhow::Context;
use control::generate_key;
use snapshot::key_hash;

use crate::cli::KeyArgs;
use crate::cmd::say;

pub(crate) fn run(args: &KeyArgs) -> anyhow::Result<ExitCode> {
    let key = match args.hash.as_deref() {
        None => {
            let key = generate_key();
            say(&format!("key:      {key}"));
            key
        }
        Some("-") => {
            std::io::read_to_string(std::io::stdin()).context("cannot read the key")?.trim().to_owned()
        }
        Some(key) => key.to_owned(),
    };
    say(&format!("key_hash: {}", key_hash(key.as_bytes())));
    Ok(ExitCode::SUCCESS)
}
