//! Tests over real sockets.

#[cfg(test)]
mod client;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod h1_body;
#[cfg(test)]
mod h1_refused;
#[cfg(test)]
mod h1_request;
#[cfg(test)]
mod h2_abuse;
#[cfg(test)]
mod h2_request;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod websocket;
