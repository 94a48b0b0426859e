//! Requests of clients that speak Gemini's Interactions, to every provider.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/llm/tests/it/entry.rs"]
mod entry;
#[path = "../../crates/llm/tests/it/fuzzed.rs"]
mod fuzzed;

use llm::Dialect;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::request(Dialect::GeminiInteractions, data));
