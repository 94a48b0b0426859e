//! Runtime expressions, text with them, conditions and pointers.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/flow/tests/it/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::expression(data));
