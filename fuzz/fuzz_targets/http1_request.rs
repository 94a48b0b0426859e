//! Requests of HTTP/1 and their chunked bodies.
#![no_main]
#![allow(dead_code, reason = "the other targets' entries stand in the same file")]

#[path = "../../crates/http1/tests/it/entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|data: &[u8]| entry::request(data));
