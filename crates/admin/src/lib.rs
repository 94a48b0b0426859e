//! The admin REST API: one endpoint one file, one table of them all, which gives the router, the OpenAPI
//! document and the tests that sweep it. It speaks HTTP and decides nothing: that is `control`.
#![warn(missing_docs)]

mod api;
mod app;
mod conditions;
mod cookie;
mod desk;
mod endpoint;
mod extract;
mod frame;
mod guard;
mod openapi;
mod page;
mod probed;
mod problem;
mod ran;
mod serve;
mod time;

/// The path of the page that explains every reason and code; each has its anchor there.
pub const REASONS: &str = api::reasons::PATH;

pub use app::{Admin, Health, ListenerView, Listeners, Prober, Probing, Run, Runner, StoreView};
pub use desk::{Asked, JobDesk, JobListed, JobRead, ScheduleTimes};
pub use endpoint::{Access, Listed};
pub use openapi::document as openapi;
pub use probed::{Probed, ProbedAnswer, ProbedFailure};
pub use ran::FlowRan;
pub use serve::{Bounds, serve};

/// Every endpoint with what it asks for, sorted by path; what the sweeping tests go through.
pub fn endpoints() -> Vec<Listed> {
    let mut all: Vec<Listed> = api::endpoints().iter().map(endpoint::Endpoint::listed).collect();
    all.sort();
    all
}
