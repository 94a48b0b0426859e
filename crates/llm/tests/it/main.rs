//! The translations, as a caller of this crate sees them: golden files, and streams cut anywhere.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic in its helpers too")]

mod anthropic;
mod bedrock;
mod bedrock_converse;
mod carried;
mod chat_wire;
mod cohere;
mod cohere_clients;
mod complaints;
mod cuts;
mod damage;
mod entry;
mod errors;
mod facts;
mod fuzzed;
mod gemini;
mod gemini_dialect;
mod gemini_interactions;
mod matrix;
mod ollama;
mod ollama_clients;
mod openai_responses;
mod openai_responses_provider;
mod requests;
mod responses;
mod same_facts;
mod sizes;
mod streams;
mod support;
mod usage;
