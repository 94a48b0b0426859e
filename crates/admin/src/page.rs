//! Lists: at most 200 items, then a cursor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem};

const USUAL: usize = 50;
const MOST: usize = 200;

/// A part of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Where the next part begins; null: there is none.
    pub(crate) next_cursor: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct PageParams {
    /// At most so many items: 1 to 200, usually 50.
    pub(crate) limit: Option<usize>,
    /// Where an earlier part ended.
    pub(crate) cursor: Option<String>,
}

/// How many items are wanted.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(limit @ 1..=MOST) => Ok(limit),
        Some(_) => Err(Problem::new(Code::InvalidRequest).detail(format!("`limit` is 1 to {MOST}"))),
    }
}

// === impl Page ===

impl<T> Page<T> {
    /// A part of a list that is held whole; cursors are places in it.
    pub(crate) fn of(all: impl Iterator<Item = T>, params: &PageParams) -> Result<Self, Problem> {
        let limit = limit(params.limit)?;
        let cursor = params.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let start: usize = cursor
            .map_or(Ok(0), str::parse)
            .map_err(|_| Problem::new(Code::InvalidRequest).detail("`cursor` is not one of this list"))?;
        let mut items: Vec<T> = all.skip(start).take(limit + 1).collect();
        let next_cursor = (items.len() > limit).then(|| (start + limit).to_string());
        items.truncate(limit);
        Ok(Self { items, next_cursor })
    }
}
