//! `weir key`: API keys and their hashes.

use std::process::ExitCode;

use anyhow::Context;
use base::Rng;
use snapshot::key_hash;

use crate::cli::KeyArgs;
use crate::cmd::say;

/// Letters and digits that are not mistaken for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

pub(crate) fn run(args: &KeyArgs) -> anyhow::Result<ExitCode> {
    let key = match args.hash.as_deref() {
        None => {
            let key = generate();
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

/// `weir_` and 32 random characters: 160 bits.
pub(crate) fn generate() -> String {
    let mut bytes = [0_u8; 32];
    Rng::fill_secret(&mut bytes);
    let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
    std::iter::once("weir_".to_owned()).chain(letters.map(|letter| char::from(*letter).to_string())).collect()
}
