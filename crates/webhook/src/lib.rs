//! Webhooks by the Standard Webhooks specification (1.0.0): signatures, their verification, and what becomes of a delivery
//! that fails; and the verification of other senders' signatures. No I/O and no clock: times, answers and random numbers are given, decisions are taken.

#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod desk;
mod inbound;
mod key;
mod schedule;
mod sign;
mod verify;

pub use desk::{Admission, Dead, Desk, Health, Off, Outcome, Receiver, Settled, Verdict};
pub use inbound::{Distrust, Encoding, Hash, Inbound, Incoming, Recipe, RecipeError, Scheme};
pub use key::{Key, KeyError};
pub use schedule::Schedule;
pub use sign::{ID, SIGNATURE, TIMESTAMP, sign};
pub use verify::{Shown, Unverified, verify};

#[cfg(test)]
mod tests;
