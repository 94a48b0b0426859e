//! What a call leaves for later calls beyond the snapshot: vendors' reasoning state in custody, kept conversations; and jobs,
//! which are calls that are answered later; and events, which webhooks are told.
//! The gateway knows the port alone; who stands behind it decides how long a value outlives the process.
#![warn(missing_docs)]

pub mod conformance;
mod events;
mod jobs;
mod memory;
mod memory_jobs;
mod port;

pub use events::{EventPort, MemoryEvents, NewEvent, Taken};
pub use jobs::{Accepted, Ending, Fired, Job, JobLine, JobPort, JobQuery, NewJob, Scope, Stands, Watched};
pub use memory::Memory;
pub use memory_jobs::MemoryJobs;
pub use port::{Key, LISTED, Pending, StateError, StatePort};
