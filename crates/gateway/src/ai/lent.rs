//! Files that a request names by their sealed ids: the provider that has them is asked, by its own names for them.

use std::ops::Range;

use bytes::Bytes;
use llm::{ApiError, ErrorKind};
use memchr::{memchr, memmem};
use snapshot::AliasTarget;

use super::owner::Owner;
use super::seal::{Opened, Seal};

/// How the ids of files begin, where they are strings of JSON: as vendors begin them (`file-`, `file_`, `files/`), and as the
/// seal does where a vendor has no prefix.
const STARTS: [&[u8]; 2] = [b"\"file", b"\"id_"];

/// The provider that has the files of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lent(Opened);

// === impl Lent ===

impl Lent {
    /// Puts a provider's own ids in the place of those in a body that were sealed for this owner. What is no such id is as
    /// it was.
    pub(crate) fn open(
        seal: &Seal,
        owner: &Owner,
        body: Bytes,
    ) -> Result<(Bytes, Option<Self>), Box<ApiError>> {
        let mut found: Vec<(Range<usize>, Opened)> = Vec::new();
        for start in STARTS {
            for at in memmem::find_iter(&body, start) {
                let rest = body.get(at + 1..).unwrap_or_default();
                let Some(end) = memchr(b'"', rest) else { break };
                let id = rest.get(..end).and_then(|id| std::str::from_utf8(id).ok());
                if let Some(opened) = id.and_then(|id| seal.open(owner, id)) {
                    found.push((at + 1..at + 1 + end, opened));
                }
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        let Some((_, first)) = found.first().cloned() else { return Ok((body, None)) };
        if found.iter().any(|(_, opened)| opened.provider != first.provider) {
            let message = "the files in a request must lie with one provider";
            return Err(ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("file_id").into());
        }
        let (mut plain, mut from) = (Vec::with_capacity(body.len()), 0);
        for (range, opened) in found {
            plain.extend_from_slice(body.get(from..range.start).unwrap_or_default());
            plain.extend_from_slice(opened.id.as_bytes());
            from = range.end;
        }
        plain.extend_from_slice(body.get(from..).unwrap_or_default());
        Ok((plain.into(), Some(Self(first))))
    }

    /// Why a target cannot be asked, where the files lie elsewhere.
    pub(crate) fn misses(&self, target: &AliasTarget) -> Option<Box<ApiError>> {
        if self.0.is_of(target) {
            return None;
        }
        let message = "a file of the request lies with a provider that the model does not have";
        Some(ApiError::new(400, ErrorKind::InvalidRequest, message).with_param("file_id").into())
    }
}
