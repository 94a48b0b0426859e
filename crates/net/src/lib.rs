//! The edge of the process: listeners and connections towards clients, the pooled client towards
//! upstreams, TLS on both sides. Speaks the types of `message`; knows no routes, policies or records.
#![warn(missing_docs)]
