//! The protocols by which subscriptions are carried, as state machines: messages in, messages and what is to be done out.

pub mod sse;
#[cfg(test)]
mod tests;
pub mod ws;
