//! `XPath` 3.1 and the versions before it, over XML, without schemas. An evaluation is bounded: it reaches nothing but what it
//! is given, and ends when it has taken too many steps or stands too deep.
//!
//! An expression is read once ([`XPath::parse`]) and evaluated often ([`XPath::evaluate`]). `XPath` 1.0 is evaluated by the
//! rules of its compatibility mode (`XPath` 3.1 appendix I.1).

mod arithmetic;
mod array;
mod ast;
mod atomic;
mod cast;
mod character;
mod collation;
mod compare;
mod convert;
mod duration;
mod error;
mod eval;
mod function;
mod functions;
mod item;
mod map;
mod moment;
mod number;
mod parse;
mod release;
mod sequence_type;
mod tree;
mod types;
mod version;
mod xpath;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use version::Version;
pub use xpath::{Document, Found, XPath};
