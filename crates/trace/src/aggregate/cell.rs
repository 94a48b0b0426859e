//! What is counted for one key.

use crate::codec::{DecodeError, put, take, unzigzag, zigzag};
use crate::record::CallRecord;
use crate::sketch::Sketch;

/// The first byte of an encoded cell.
const VERSION: u8 = 1;

/// The sums and sketches of the calls of one key. Two cells merge exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Calls.
    pub calls: u64,
    /// Attempts at targets.
    pub attempts: u64,
    /// Attempts that followed a failed one.
    pub retries: u64,
    /// Bytes of request bodies.
    pub bytes_in: u64,
    /// Bytes of response bodies.
    pub bytes_out: u64,
    /// AI calls.
    pub ai_calls: u64,
    /// AI calls answered by a stream.
    pub streamed: u64,
    /// AI calls whose usage was estimated.
    pub estimated: u64,
    /// AI calls whose model has no price.
    pub unpriced: u64,
    /// Tokens of prompts.
    pub input_tokens: u64,
    /// Tokens generated.
    pub output_tokens: u64,
    /// Of the prompts' tokens: read from caches.
    pub cache_read_tokens: u64,
    /// Of the prompts' tokens: written to caches.
    pub cache_write_tokens: u64,
    /// Of the generated tokens: reasoning.
    pub reasoning_tokens: u64,
    /// Cost in millionths of a US dollar.
    pub cost_micros: i64,
    /// Time spent on attempts, in microseconds; the rest of the duration is the gateway's own.
    pub upstream_us: u64,
    /// Durations of the calls in microseconds.
    pub duration: Sketch,
    /// Times to the first piece of AI answers in microseconds.
    pub ttft: Sketch,
}

impl Cell {
    /// Counts a call.
    pub fn add(&mut self, record: &CallRecord) {
        self.calls += 1;
        self.attempts += record.attempts.len() as u64;
        let retries = record.attempts.iter().filter(|attempt| attempt.is_retry());
        self.retries += retries.count() as u64;
        self.bytes_in = self.bytes_in.saturating_add(record.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(record.bytes_out);
        let upstream = record.attempts.iter().map(|attempt| attempt.phases.total());
        self.upstream_us = self.upstream_us.saturating_add(upstream.sum());
        self.duration.add(record.duration_us);
        if let Some(ai) = &record.ai {
            self.ai_calls += 1;
            self.streamed += u64::from(ai.streamed);
            self.estimated += u64::from(ai.estimated);
            // A call that used nothing costs nothing, whatever the price.
            let used = ai.usage.total() > 0 || !ai.pieces.is_none();
            self.unpriced += u64::from(used && ai.cost_micros.is_none());
            self.input_tokens = self.input_tokens.saturating_add(ai.usage.input);
            self.output_tokens = self.output_tokens.saturating_add(ai.usage.output);
            self.cache_read_tokens = self.cache_read_tokens.saturating_add(ai.usage.cache_read);
            self.cache_write_tokens = self.cache_write_tokens.saturating_add(ai.usage.cache_write);
            self.reasoning_tokens = self.reasoning_tokens.saturating_add(ai.usage.reasoning);
            self.cost_micros = self.cost_micros.saturating_add(ai.cost_micros.unwrap_or(0));
            if let Some(ttft) = ai.ttft_us {
                self.ttft.add(u64::from(ttft));
            }
        }
    }

    /// Counts all that `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counters().into_iter().zip(other.clone().counters()) {
            *mine = mine.saturating_add(*theirs);
        }
        self.cost_micros = self.cost_micros.saturating_add(other.cost_micros);
        self.duration.merge(&other.duration);
        self.ttft.merge(&other.ttft);
    }

    /// As bytes, for a store; tens of bytes when few calls were counted, some kilobytes at most.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        for counter in self.clone().counters() {
            put(&mut out, *counter);
        }
        put(&mut out, zigzag(self.cost_micros));
        self.duration.encode(&mut out);
        self.ttft.encode(&mut out);
        out
    }

    /// The inverse of [`Cell::encode`].
    pub fn decode(mut bytes: &[u8]) -> Result<Self, DecodeError> {
        let (version, rest) = bytes.split_first().ok_or(DecodeError)?;
        if *version != VERSION {
            return Err(DecodeError);
        }
        bytes = rest;
        let mut cell = Self::default();
        for counter in cell.counters() {
            *counter = take(&mut bytes)?;
        }
        cell.cost_micros = unzigzag(take(&mut bytes)?);
        cell.duration = Sketch::decode(&mut bytes)?;
        cell.ttft = Sketch::decode(&mut bytes)?;
        if bytes.is_empty() { Ok(cell) } else { Err(DecodeError) }
    }

    /// The plain counters in the order in which they are encoded; append only.
    fn counters(&mut self) -> [&mut u64; 15] {
        [
            &mut self.calls,
            &mut self.attempts,
            &mut self.retries,
            &mut self.bytes_in,
            &mut self.bytes_out,
            &mut self.ai_calls,
            &mut self.streamed,
            &mut self.estimated,
            &mut self.unpriced,
            &mut self.input_tokens,
            &mut self.output_tokens,
            &mut self.cache_read_tokens,
            &mut self.cache_write_tokens,
            &mut self.reasoning_tokens,
            &mut self.upstream_us,
        ]
    }
}
