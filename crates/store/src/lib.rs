//! storage traits and their conformance suite
