//! Operations that are known by the hash of their text: those that clients bring themselves, as Apollo's do ("automatic
//! persisted queries"), and a list beside which nothing is run.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use super::limits::Limits;
use crate::http::Request;
use crate::{Error, parse, tokens};

/// Whose texts are known.
#[derive(Debug, Default)]
pub enum Persisted {
    /// Nobody's: each request brings its text.
    #[default]
    Off,
    /// Those that clients have brought before.
    Automatic(Registered),
    /// Those of a list, and no other is run.
    Only(AllowList),
}

/// Texts that clients have brought, the latest of them.
#[derive(Debug)]
pub struct Registered {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    texts: HashMap<[u8; 32], String>,
    order: VecDeque<[u8; 32]>,
    bytes: usize,
}

/// The texts that may be run.
#[derive(Debug, Default)]
pub struct AllowList {
    texts: HashMap<[u8; 32], String>,
    /// By the hashes of their tokens, so that how a text is set out does not count.
    normal: HashSet<[u8; 32]>,
}

// === impl Persisted ===

impl Persisted {
    /// The text that a request means, where it has none of its own. A text that comes with its hash must have it.
    pub(super) fn text(&self, request: &Request) -> Result<String, Error> {
        let hash = request.extensions.get("persistedQuery").map(named).transpose()?;
        match (&request.query, hash) {
            (Some(text), Some(hash)) if sha256(text) != hash => {
                Err(Error::new("provided sha does not match query")
                    .coded("BAD_REQUEST")
                    .hinted("hash the text as it is sent"))
            }
            (Some(text), _) => Ok(text.clone()),
            (None, None) => Err(Error::new("`query` is missing").coded("BAD_REQUEST")),
            (None, Some(hash)) => match self {
                // Clients look at these words and send the text.
                Self::Off => {
                    Err(Error::new("PersistedQueryNotSupported").coded("PERSISTED_QUERY_NOT_SUPPORTED"))
                }
                Self::Automatic(registered) => registered.get(&hash).ok_or_else(unknown),
                Self::Only(list) => list.texts.get(&hash).cloned().ok_or_else(unknown),
            },
        }
    }

    /// Whether a text may be run at all.
    pub(super) fn allows(&self, normal: &str) -> Result<(), Error> {
        match self {
            Self::Only(list) if !list.normal.contains(&sha256(normal)) => {
                let error = Error::new("this operation is not among those that may be run here");
                Err(error
                    .coded("OPERATION_NOT_ALLOWED")
                    .hinted("ask who publishes this API to add it to the list"))
            }
            _ => Ok(()),
        }
    }

    /// Keeps the text of a request that came with its hash.
    pub(super) fn keep(&self, request: &Request) {
        if let (Self::Automatic(registered), Some(text)) = (self, &request.query)
            && request.extensions.contains_key("persistedQuery")
        {
            registered.insert(text);
        }
    }
}

fn unknown() -> Error {
    Error::new("PersistedQueryNotFound").coded("PERSISTED_QUERY_NOT_FOUND")
}

/// The hash that `extensions.persistedQuery` names.
fn named(value: &Value) -> Result<[u8; 32], Error> {
    let bad =
        |message: &str| Error::new(message).coded("BAD_REQUEST").hinted("send `version` 1 and `sha256Hash`");
    if value.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(bad("Unsupported persisted query version"));
    }
    let text = value.get("sha256Hash").and_then(Value::as_str).unwrap_or_default();
    hex(text).ok_or_else(|| bad("`sha256Hash` is not a SHA-256 in hexadecimal"))
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let mut hash = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        *byte = pair.iter().fold(0, |so_far, digit| (so_far << 4) | u8::try_from(*digit).unwrap_or_default());
    }
    Some(hash)
}

pub(super) fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

/// The hash of a text, in hexadecimal.
pub(crate) fn digest_of(text: &str) -> String {
    let half = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    sha256(text).into_iter().flat_map(|byte| [half(byte >> 4), half(byte & 15)]).collect()
}

// === impl Registered ===

impl Registered {
    /// Keeps at most so many bytes of texts.
    pub fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    fn get(&self, hash: &[u8; 32]) -> Option<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).texts.get(hash).cloned()
    }

    /// The oldest give way.
    fn insert(&self, text: &str) {
        let hash = sha256(text);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if text.len() > self.most || kept.texts.contains_key(&hash) {
            return;
        }
        kept.bytes += text.len();
        kept.texts.insert(hash, text.to_owned());
        kept.order.push_back(hash);
        while kept.bytes > self.most {
            let Some(oldest) = kept.order.pop_front() else { break };
            kept.bytes -= kept.texts.remove(&oldest).map_or(0, |text| text.len());
        }
    }
}

// === impl AllowList ===

impl AllowList {
    /// A list of texts; one that is no text of GraphQL's is named.
    pub fn new(texts: impl IntoIterator<Item = String>) -> Result<Self, (usize, Error)> {
        let mut list = Self::default();
        for (at, text) in texts.into_iter().enumerate() {
            let limits = Limits { length: usize::MAX, tokens: usize::MAX, ..Limits::default() };
            let scan = tokens::scan(&text, &limits).map_err(|error| (at, error))?;
            parse::query(&text).map_err(|error| (at, error))?;
            list.normal.insert(sha256(&scan.normal));
            list.texts.insert(sha256(&text), text);
        }
        Ok(list)
    }
}
