//! Calls as they lie on disk: many in one row of a day's table, so that a call costs a few hundred
//! nanoseconds and about a fifth of the bytes of a row of its own with an index.

use base::Micros;
use trace::CallRecord;
use trace::codec::DecodeError;

use crate::groups::Numbers;
use crate::row::{self, Row};
use crate::words::{WordList, Words};

/// The version of rows and words that is written.
pub(crate) const FORMAT: i64 = 1;
/// Bytes of a trace id that stand beside the block, so that a search for a trace skips the others.
const PRINT: usize = 4;
/// Bytes of a row's length.
const LENGTH: usize = 4;

/// A block that is being filled.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) words: Words,
    pub(crate) rows: Vec<u8>,
    pub(crate) traces: Vec<u8>,
    pub(crate) calls: usize,
    /// The earliest start.
    pub(crate) oldest: Micros,
    /// The latest start.
    pub(crate) newest: Micros,
    /// The start from which rows count theirs.
    pub(crate) base: Micros,
}

/// A block that was read.
#[derive(Debug)]
pub(crate) struct Stored<'a> {
    words: WordList<'a>,
    base: Micros,
    rows: Vec<&'a [u8]>,
}

impl Block {
    /// Adds a call whose words were numbered already.
    pub(crate) fn add(&mut self, record: &CallRecord, numbers: &Numbers) {
        if self.calls == 0 {
            (self.base, self.oldest, self.newest) = (record.started, record.started, record.started);
        }
        self.oldest = self.oldest.min(record.started);
        self.newest = self.newest.max(record.started);
        self.calls += 1;
        self.traces.extend_from_slice(print(&record.trace_id.0));
        let at = self.rows.len();
        self.rows.extend_from_slice(&[0; LENGTH]);
        row::write(&mut self.rows, &mut self.words, numbers, record, self.base);
        let length = u32::try_from(self.rows.len() - at - LENGTH).unwrap_or(u32::MAX);
        if let Some(place) = self.rows.get_mut(at..at + LENGTH) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    /// Empties it for the next calls.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.rows.clear();
        self.traces.clear();
        self.calls = 0;
    }
}

impl<'a> Stored<'a> {
    /// Takes apart what was stored.
    pub(crate) fn read(words: &'a [u8], mut bytes: &'a [u8], base: Micros) -> Result<Self, DecodeError> {
        let mut rows = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() {
            let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| DecodeError)?;
            let (row, rest) = rest.split_at_checked(length).ok_or(DecodeError)?;
            rows.push(row);
            bytes = rest;
        }
        Ok(Self { words: WordList::read(words)?, base, rows })
    }

    /// The words of its rows.
    pub(crate) fn words(&self) -> &WordList<'a> {
        &self.words
    }

    /// The calls before the `end`th, last first, with their places.
    pub(crate) fn rows_before(
        &self,
        end: usize,
    ) -> impl Iterator<Item = (usize, Result<Row<'a>, DecodeError>)> + '_ {
        let rows = self.rows.iter().enumerate().take(end).rev();
        rows.map(|(at, row)| (at, Row::read(row, &self.words, self.base)))
    }
}

/// Whether a block with these prints may hold a call of a trace.
pub(crate) fn may_hold(traces: &[u8], trace: &[u8; 16]) -> bool {
    traces.chunks_exact(PRINT).any(|one| one == print(trace))
}

fn print(trace: &[u8; 16]) -> &[u8] {
    trace.first_chunk::<PRINT>().map_or(&[], |print| print)
}
