//! The configuration as the data plane runs on it: immutable, resolved, without doubt in it. `apply` makes
//! the next one from the last and a few changes, shares what did not change, and says everything that is
//! wrong; a full compilation is the same with all documents as changes. No I/O; sockets and counters that
//! outlive a snapshot are found by the stable ids given here.
#![warn(missing_docs)]

mod ai;
mod attach;
mod batching;
mod caller;
mod chain;
mod claims;
mod compile;
mod explain;
mod flow;
mod graphql;
mod hook;
mod inbound;
mod jobs;
mod live;
mod mistake;
mod outer;
mod pointer;
mod published;
mod routing;
mod schedule;
mod service;
mod shards;
mod stable;
mod stored;
mod upstream;

pub use ai::{Alias, AliasTarget, Pace, Provider};
pub use attach::Attachment;
pub use batching::Batching;
pub use caller::{Application, Credential, KeyHash, Subscription, key_hash};
pub use chain::{
    Attached, Chain, Cors, HeaderOp, HeaderOps, LimitRule, OriginRule, RateRule, Scope, Timeouts,
};
pub use compile::{Change, Secrets, Snapshot};
pub use explain::{ChainItem, Explain, ExplainRefusal, ExplainRequest, ExplainTarget};
pub use flow::{Flow, Place, RouteFlow, Shown, Written};
pub use graphql::Graphql;
pub use hook::{Webhook, is_event};
pub use inbound::Verify;
pub use jobs::Jobs;
pub use live::Live;
pub use mistake::Mistake;
pub use routing::{Found, Miss, Route, Routing};
pub use schedule::{Schedule, Times};
pub use service::{AiWays, Backend, KeyAt, Service};
pub use stable::StableId;
pub use stored::RouteGraphql;
pub use upstream::{HostRule, Target, Tls, Upstream};
