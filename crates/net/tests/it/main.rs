//! Tests over real sockets.

mod client;
mod drain;
mod h1_body;
mod h1_refused;
mod h1_request;
mod h2_abuse;
mod h2_request;
mod relay;
mod support;
mod tls;
