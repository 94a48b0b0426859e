//! Messages of sessions: OpenAI's Realtime and Gemini's Live.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/llm/tests/it/entry.rs"]
mod entry;
#[path = "../../crates/llm/tests/it/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::live(data));
