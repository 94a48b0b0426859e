//! A stand-in for the world behind the gateway: a REST shop with enough dependent calls for a
//! waterfall, and language models that speak several vendors' dialects to the letter. Data
//! and answers follow from a seed; latency, errors, cuts and rate limits can be set for all requests or
//! for one. It shares no code with the gateway's own codecs, so that neither can hide the other's
//! mistake. It is no model: its answers are made from the request by simple rules.

mod anthropic;
mod azure;
mod bedrock;
mod body;
mod cohere;
mod config;
mod desk;
mod dist;
mod fault;
mod gemini;
mod limit;
mod mistral;
mod ollama;
mod openai;
mod play;
mod say;
mod script;
mod seed;
mod server;
mod shape;
mod shop;
mod stats;
mod synth;
mod talk;
mod vector;
mod when;
mod world;

pub use config::{Config, Latency, RateLimit};
pub use dist::{Distribution, ParseError};
pub use server::Simulator;
pub use shop::OPENAPI as SHOP_OPENAPI;
