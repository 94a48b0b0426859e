//! What a call leaves for later calls beyond the snapshot: vendors' reasoning state in custody, kept conversations.
//! The gateway knows the port alone; who stands behind it decides how long a value outlives the process.
#![warn(missing_docs)]

mod memory;
mod port;

pub use memory::Memory;
pub use port::{Key, LISTED, Pending, StateError, StatePort};
