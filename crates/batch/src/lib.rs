//! Batches: many requests in one, that may refer to each other's answers. Reads them in both their forms, says which waits
//! for which by the planner's rules, writes each request, and the answer to all. No I/O: whoever runs a batch makes the calls.

#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod answer;
mod content;
mod item;
mod multipart;
mod names;
mod reader;
mod reference;
mod strict;
mod text;
mod write;

use std::sync::Arc;

use bytes::Bytes;
use flow::plan::Traits;
use flow::run::{Graph, Run};
use flow::{Mistake, Plan};

pub use answer::Answer;
pub use item::{Item, Request};
pub use reference::{Lacking, Part, Reference};
pub use write::{json, multipart};

/// A batch whose items are to be made.
#[derive(Debug)]
pub struct Batch {
    /// The requests, in the order in which they are answered.
    pub items: Vec<Item>,
    /// Which waits for which.
    pub plan: Plan,
    /// What the scheduler knows of each.
    pub traits: Vec<Traits>,
    /// What becomes of the others when one fails.
    pub on_error: OnError,
}

/// What becomes of the others when an item fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// They are made, but for those that wait for it by reference.
    #[default]
    Continue,
    /// No other begins.
    Stop,
}

/// What is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'l> {
    /// So many items at most.
    pub items: usize,
    /// Where batches are sent to: no item may be one.
    pub path: &'l str,
}

/// The form of a batch, which is that of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/json`.
    Json,
    /// `multipart/mixed`, with this boundary.
    Multipart(String),
}

// === impl Batch ===

impl Batch {
    /// A run of it that has not begun; so many items may be under way at the same time.
    pub fn run(&self, limit: usize) -> Run {
        Run::new(Arc::new(Graph::new(&self.plan, &self.traits)), limit)
    }
}

// === impl Form ===

impl Form {
    /// The form that a media type tells; `None`: it is no batch's.
    pub fn of(content_type: &str) -> Option<Self> {
        let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let essence = essence.trim();
        if essence.eq_ignore_ascii_case("multipart/mixed") {
            return multipart::boundary(parameters).map(Self::Multipart);
        }
        answer::is_json(essence).then_some(Self::Json)
    }

    /// Reads a batch; fails with everything that is wrong with it.
    pub fn read(&self, body: &Bytes, limits: Limits<'_>) -> Result<Batch, Vec<Mistake>> {
        match self {
            Self::Json => reader::read(body, limits),
            Self::Multipart(boundary) => multipart::read(body, boundary, limits),
        }
    }
}

#[cfg(test)]
mod tests;
