//! Patterns and queries of criteria, the first byte saying which.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/flow/tests/it/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::criterion(data));
