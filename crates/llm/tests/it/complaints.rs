//! What users of AI gateways complain of, each with a test of its own over every dialect and every provider, whole and
//! streamed. The threads stand in `data/complaints.json`; a test says in its comment which it guards against, and
//! `cargo xtask gen` lists both in docs/complaints.md.

mod next_turn;
mod requests;
mod state;
mod streams;
mod tools;
mod usage;

use llm::{Context, Dialect, ProviderKind};

use crate::facts::Facts;
use crate::same_facts::{DIALECTS, PROVIDERS, answers};
use crate::support::{context, read, translate};

/// An answer of a provider's, as it reached a client.
struct Reached {
    dialect: Dialect,
    /// Which answer for whom, for messages.
    name: String,
    /// What the client was sent.
    bytes: Vec<u8>,
    facts: Facts,
}

/// An answer of every provider that has the case, to clients of every dialect, whole and streamed.
fn reached(case: &str) -> Vec<Reached> {
    let mut all = Vec::new();
    for &(provider, folder, ending) in PROVIDERS {
        let file = |ending: &str| format!("answers/{folder}/{case}{ending}");
        if !crate::support::path(&file(".json")).exists() {
            continue;
        }
        for &(dialect, (whole, streaming)) in DIALECTS {
            if !answers(provider, dialect) {
                continue;
            }
            for (streamed, read_facts) in [(false, whole), (true, streaming)] {
                let bytes = sent(provider, dialect, &file(if streamed { ending } else { ".json" }), streamed);
                let facts = read_facts(&bytes);
                let name = format!("{case} of {provider:?} to {dialect:?}, streamed: {streamed}");
                all.push(Reached { dialect, name, bytes, facts });
            }
        }
    }
    assert!(all.len() > 50, "{case} is there only {} times", all.len());
    all
}

/// What a client is sent of the answer in a file.
fn sent(provider: ProviderKind, dialect: Dialect, file: &str, streamed: bool) -> Vec<u8> {
    let (ctx, body) = (Context { dialect, ..context(true) }, read(file));
    if streamed {
        return translate(provider, ctx, [body.as_slice()]).out;
    }
    let answer = provider.decode_response(&body, &ctx).unwrap();
    if answer.unchanged { body } else { answer.body }
}
