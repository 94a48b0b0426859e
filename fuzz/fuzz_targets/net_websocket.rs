//! Frames of `WebSockets`.
#![no_main]

#[path = "../../crates/net/tests/it/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::frames(data));
