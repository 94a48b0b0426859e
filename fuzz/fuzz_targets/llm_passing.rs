//! Streams that only pass, answers joined to one, and what is done to requests before they are sent.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/llm/tests/it/entry.rs"]
mod entry;
#[path = "../../crates/llm/tests/it/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::passing(data));
