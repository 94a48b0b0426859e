//! The pipeline: one function, `handle(Call) -> Reply`, as a list of named stages. It sees snapshots,
//! never a store; it fills a record for each call and hands it to a sink that does not block.
#![warn(missing_docs)]

mod accept;
mod ai;
mod alarm;
mod batching;
mod bodies;
mod caller;
mod completed;
mod connectors;
mod events;
mod exchange;
mod flow;
mod gateway;
mod graphql;
mod health;
mod hook;
mod inside;
mod jobs;
mod outside;
mod problem;
mod proxy;
mod settle;
mod stage;
mod state;

pub use ai::probe::{Probe, ProbeAnswer, ProbeFailure, ProbeStep};
pub use flow::{Ran, recorded};
pub use gateway::{Config, Core, Gateway, Sink};
pub use health::{TargetState, TargetView};
pub use hook::Posted;
pub use jobs::{JobDetail, JobView, ScheduleView};
pub use problem::{Fault, Refusal, Shape};
