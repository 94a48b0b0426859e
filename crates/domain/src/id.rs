//! What identifies a document: team, environment, kind and name.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The team that owns gateway-wide documents.
pub const SYSTEM_TEAM: &str = "system";
/// The team of a document that names none.
pub const DEFAULT_TEAM: &str = "default";
/// The environment of a document that names none.
pub const DEFAULT_ENVIRONMENT: &str = "default";

/// The kinds of documents. One file each under `spec/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Kind {
    /// The tenant; owns everything else.
    Team,
    /// A named set of targets.
    Upstream,
    /// An API that Weir publishes.
    Service,
    /// Calls that need each other's answers, made as one.
    Flow,
    /// What request matches, and which service serves it.
    Route,
    /// One thing done to traffic, under a name.
    Policy,
    /// Limits under which applications subscribe.
    Plan,
    /// A caller.
    Application,
    /// What a caller shows to be known.
    Credential,
    /// An application's right to call a service under a plan.
    Subscription,
    /// An AI vendor or runtime.
    Provider,
    /// A secret that a provider knows us by.
    ProviderKey,
    /// A public model name and what it resolves to.
    ModelAlias,
    /// Where events are sent.
    Webhook,
    /// Times at which a flow is run.
    Schedule,
}

/// A name: 1 to 128 of `A-Z`, `a-z`, `0-9`, `-`, `.`, `_`, `@`, `:` and `/`, starting and ending with a letter or
/// digit. Teams and environments are named without the last three, nothing with `::` (`config` sees to both).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Name(
    #[schemars(regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9._@:/-]{0,126}[A-Za-z0-9])?$"))] Arc<str>,
);

/// A name that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a name: use 1 to 128 letters, digits, `-`, `.`, `_` and `@version`, starting and ending with a letter or digit"
)]
pub struct NameError(pub String);

/// A document's identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct DocId {
    /// The owning team.
    pub team: Name,
    /// The environment, such as `default` or `staging`.
    pub environment: Name,
    /// The kind.
    pub kind: Kind,
    /// The name, unique among the documents of the three above.
    pub name: Name,
}

/// A path that is not a document's identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a document's identity: write team/environment/Kind/name")]
pub struct IdError(pub String);

/// A reference to another document: `name` in the same team and environment, or `team::name` (only `system` shares its documents).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Reference(pub Arc<str>);

// === impl Kind ===

impl Kind {
    /// Every kind, in the order in which documents are best read.
    pub const ALL: &'static [Self] = &[
        Self::Team,
        Self::Upstream,
        Self::Service,
        Self::Flow,
        Self::Route,
        Self::Policy,
        Self::Plan,
        Self::Application,
        Self::Credential,
        Self::Subscription,
        Self::Provider,
        Self::ProviderKey,
        Self::ModelAlias,
        Self::Webhook,
        Self::Schedule,
    ];

    /// As documents spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Team => "Team",
            Self::Upstream => "Upstream",
            Self::Service => "Service",
            Self::Flow => "Flow",
            Self::Route => "Route",
            Self::Policy => "Policy",
            Self::Plan => "Plan",
            Self::Application => "Application",
            Self::Credential => "Credential",
            Self::Subscription => "Subscription",
            Self::Provider => "Provider",
            Self::ProviderKey => "ProviderKey",
            Self::ModelAlias => "ModelAlias",
            Self::Webhook => "Webhook",
            Self::Schedule => "Schedule",
        }
    }

    /// As the admin API's paths spell it: plural, in kebab case.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Team => "teams",
            Self::Upstream => "upstreams",
            Self::Service => "services",
            Self::Flow => "flows",
            Self::Route => "routes",
            Self::Policy => "policies",
            Self::Plan => "plans",
            Self::Application => "applications",
            Self::Credential => "credentials",
            Self::Subscription => "subscriptions",
            Self::Provider => "providers",
            Self::ProviderKey => "provider-keys",
            Self::ModelAlias => "model-aliases",
            Self::Webhook => "webhooks",
            Self::Schedule => "schedules",
        }
    }

    /// The kind of a document's or a path's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text || kind.plural() == text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Name ===

impl Name {
    /// Checks and keeps a name.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let bytes = text.as_bytes();
        let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let inner = |b: &u8| b.is_ascii_alphanumeric() || b"-._@:/".contains(b);
        if bytes.len() <= 128 && edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(inner) {
            Ok(Self(text.into()))
        } else {
            Err(NameError(text.to_owned()))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

// === impl DocId ===

impl DocId {
    /// An identity in a team's default environment.
    pub fn new(team: &str, kind: Kind, name: &str) -> Result<Self, NameError> {
        Ok(Self {
            team: Name::new(team)?,
            environment: Name::new(DEFAULT_ENVIRONMENT)?,
            kind,
            name: Name::new(name)?,
        })
    }

    /// The identity that `reference`, standing in this document, names.
    pub fn resolve(&self, kind: Kind, reference: &Reference) -> Result<Self, NameError> {
        let (team, name) = match reference.0.split_once("::") {
            Some((team, name)) => (Name::new(team)?, Name::new(name)?),
            None => (self.team.clone(), Name::new(&reference.0)?),
        };
        Ok(Self { team, environment: self.environment.clone(), kind, name })
    }
}

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.team, self.environment, self.kind, self.name)
    }
}

impl FromStr for DocId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = || IdError(text.to_owned());
        let mut parts = text.splitn(4, '/');
        let mut next = || parts.next().ok_or_else(error);
        let (team, environment, kind, name) = (next()?, next()?, next()?, next()?);
        Ok(Self {
            team: Name::new(team).map_err(|_| error())?,
            environment: Name::new(environment).map_err(|_| error())?,
            kind: Kind::parse(kind).ok_or_else(error)?,
            name: Name::new(name).map_err(|_| error())?,
        })
    }
}

// === impl Reference ===

impl Reference {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Reference {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_read_back_and_references_resolve_in_their_team() {
        let id = DocId::new("acme", Kind::Service, "shop@2").unwrap();
        assert_eq!(id.to_string(), "acme/default/Service/shop@2");
        assert_eq!(id.to_string().parse::<DocId>().unwrap(), id);
        let plan = id.resolve(Kind::Plan, &"gold".into()).unwrap();
        assert_eq!(plan.to_string(), "acme/default/Plan/gold");
        let shared = id.resolve(Kind::Provider, &"system::openai".into()).unwrap();
        assert_eq!(shared.to_string(), "system/default/Provider/openai");
        for bad in ["", "-a", "a-", "a b", "ä"] {
            assert!(Name::new(bad).is_err(), "{bad}");
        }
    }
}
