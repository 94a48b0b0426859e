//! What each kind of document declares: one file a kind, and the table that ties them together.

mod access;
mod ai;
mod application;
mod batch;
mod flow;
mod graphql;
mod jobs;
mod plan;
pub mod policy;
mod route;
mod schedule;
mod service;
mod step_credentials;
mod team;
mod upstream;
mod verify;
mod webhook;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Kind;
pub use access::{Access, AccessMode, KeyPlace};
pub use ai::{
    AliasTarget, CacheMarkers, ModelAlias, Price, PriceTier, Provider, ProviderApi, ProviderKey,
    ProviderTimeouts, SeveralAnswers,
};
pub use application::{Application, Credential, Subscription, SubscriptionState};
pub use batch::Batch;
pub use flow::{Flow, FlowSource, RouteFlow};
pub use graphql::{Graphql, GraphqlBackend, Persisted, QueryCache, RouteGraphql, SendQuery};
pub use jobs::Jobs;
pub use plan::Plan;
pub use policy::{Policy, PolicyUse};
pub use route::Route;
pub use schedule::{Concurrency, Missed, Schedule};
pub use service::{
    AiBackend, Backend, Deprecation, Fetch, FetchFrom, Service, ServiceState, UnsupportedParams,
    UpstreamBackend,
};
pub use step_credentials::{BasicCredentials, NamedCredentials, StepCredentials};
pub use team::Team;
pub use upstream::{
    Ejection, HostHeader, Pool, Protocol, Target, Timeouts, Upstream, UpstreamTls, WhenNoneHealthy,
};
pub use verify::{Respond, Verify, VerifyEncoding, VerifyHash, VerifyHmac, VerifyScheme};
pub use webhook::{Reach, Webhook, WebhookRetry};

macro_rules! specs {
    ($($kind:ident: $doc:literal,)*) => {
        /// The spec of a document, by kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Spec { $(#[doc = $doc] $kind(Box<$kind>),)* }

        impl Spec {
            /// Reads the spec of a kind.
            pub fn from_json(kind: Kind, value: Value) -> Result<Self, serde_json::Error> {
                Ok(match kind { $(Kind::$kind => Self::$kind(Box::new(serde_json::from_value(value)?)),)* })
            }

            /// The JSON form.
            pub fn to_json(&self) -> Value {
                match self { $(Self::$kind(spec) => serde_json::to_value(spec).unwrap_or_default(),)* }
            }

            /// The kind whose spec this is.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// The schema of a kind's spec.
            pub fn schema(kind: Kind, generator: &mut SchemaGenerator) -> Schema {
                match kind { $(Kind::$kind => <$kind as JsonSchema>::json_schema(generator),)* }
            }
        }
    };
}

specs! {
    Team: "See [`Team`].",
    Upstream: "See [`Upstream`].",
    Service: "See [`Service`].",
    Flow: "See [`Flow`].",
    Route: "See [`Route`].",
    Policy: "See [`Policy`].",
    Plan: "See [`Plan`].",
    Application: "See [`Application`].",
    Credential: "See [`Credential`].",
    Subscription: "See [`Subscription`].",
    Provider: "See [`Provider`].",
    ProviderKey: "See [`ProviderKey`].",
    ModelAlias: "See [`ModelAlias`].",
    Webhook: "See [`Webhook`].",
    Schedule: "See [`Schedule`].",
}

fn yes() -> bool {
    true
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Something that is switched on or off by a word rather than a bare `true`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// Not done.
    #[default]
    Off,
    /// Done.
    On,
}
