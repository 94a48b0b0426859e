//! Configuration files.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/config/tests/it/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::yaml(data));
