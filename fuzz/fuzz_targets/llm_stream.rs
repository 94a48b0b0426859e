//! Streams of the AI providers.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/llm/tests/it/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::stream(data));
