//! Which route a request goes to: a compiled matcher over host, path, method and conditions, and the
//! normal form of paths that it works on. No documents, no I/O.
#![warn(missing_docs)]
#![warn(clippy::indexing_slicing)]

mod condition;
mod hash;
mod host;
mod matcher;
mod method;
mod normalise;
mod params;
mod pattern;
mod trie;

pub use condition::{Condition, Facts, NoFacts, Test};
pub use host::{Host, HostError, HostPattern};
pub use matcher::{Builder, Conflict, Match, Matcher, Miss, Route};
pub use method::Methods;
pub use normalise::{PathError, normalise};
pub use params::Params;
pub use pattern::{MAX_PARAMS, PathPattern, PatternError};
