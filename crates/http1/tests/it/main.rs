//! The codec as its users see it: what it refuses, and properties that hold for any input.

mod entry;
mod properties;
mod smuggling;
