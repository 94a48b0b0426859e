//! Documents from YAML files: read into a tree that knows where everything stands, checked against the
//! schema as a whole, so that every mistake is reported at once with its file and line.
#![warn(missing_docs)]

mod check;
mod files;
mod order;
mod parts;
mod single;
mod tree;
mod write;

pub use check::{Fault, check_document};
pub use files::{FileMistake, Files, LoadError, find, load, parse};
pub use parts::{Seen, folder, kept};
pub use single::Single;
pub use tree::Place;
pub use write::Written;
