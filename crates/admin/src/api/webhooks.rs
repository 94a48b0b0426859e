//! Events that are sent to webhooks, and what became of them.

pub(crate) mod deliveries;
pub(crate) mod replay;
pub(crate) mod send;
