//! What every other crate stands on: time and randomness as parameters, secrets that do not print
//! themselves, ids. No I/O, no HTTP, no documents.

mod clock;
mod error;
mod id;
mod rng;
mod secret;

pub use clock::{Clock, Micros, Nanos};
pub use error::{Chain, chain};
pub use id::RequestId;
pub use rng::Rng;
pub use secret::Secret;
