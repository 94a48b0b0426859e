//! The answer to an item.

use std::sync::OnceLock;

use bytes::Bytes;
use message::{Fields, Known};
use serde_json::Value;

/// The answer to an item.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its fields, without those of its connection.
    pub fields: Fields,
    /// Its body, as it came.
    pub body: Bytes,
    /// The body as others refer to it, once one does.
    read: OnceLock<Option<Value>>,
}

// === impl Answer ===

impl Answer {
    /// An answer; what its fields say of a connection or a length is left out.
    pub fn new(status: u16, mut fields: Fields, body: Bytes) -> Self {
        let own =
            |known: Known| known.is_hop_by_hop() || matches!(known, Known::ContentLength | Known::Trailer);
        fields.retain(|known, _, _| !own(known));
        Self { status, fields, body, read: OnceLock::new() }
    }

    /// Whether those that refer to it cannot be made.
    pub fn is_failure(&self) -> bool {
        self.status >= 400
    }

    /// The body: read if it is JSON, else text; `None`: it is neither.
    pub(crate) fn value(&self) -> Option<&Value> {
        self.read.get_or_init(|| self.read()).as_ref()
    }

    fn read(&self) -> Option<Value> {
        if self.has_json() {
            return serde_json::from_slice(&self.body).ok();
        }
        self.text().map(|text| Value::String(text.to_owned()))
    }

    /// Whether it says that it is JSON.
    pub(crate) fn has_json(&self) -> bool {
        let essence = self.fields.get_str(Known::ContentType).unwrap_or_default();
        !self.fields.has(Known::ContentEncoding)
            && is_json(essence.split(';').next().unwrap_or_default().trim())
    }

    /// The body, if it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        if self.fields.has(Known::ContentEncoding) {
            return None;
        }
        std::str::from_utf8(&self.body).ok()
    }
}

/// Whether a media type is JSON, or built on it (RFC 6839 §3.1).
pub(crate) fn is_json(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
    essence == "application/json" || essence.rsplit_once('+').is_some_and(|(_, suffix)| suffix == "json")
}
