//! Which models a caller may use.

use std::sync::Arc;

use domain::DocId;
use llm::{ApiError, Dialect, ErrorKind};
use message::Reason;
use snapshot::{AiWays, Alias, Backend, Route, Snapshot};

use super::refusal_of;
use crate::Refusal;

/// The aliases that a route's callers may use.
pub(crate) struct Allowed<'a> {
    pub(crate) team: &'a str,
    pub(crate) environment: &'a str,
    /// `None`: all of the team's.
    pub(crate) models: Option<&'a [DocId]>,
    /// What the caller speaks.
    pub(crate) dialect: Dialect,
    /// How requests are carried.
    pub(crate) ways: AiWays,
}

impl<'a> Allowed<'a> {
    /// What the callers of a route may use, for whom parameters do not matter.
    pub(crate) fn of(route: &'a Route, dialect: Dialect) -> Self {
        let (models, ways) = match &route.service.backend {
            Backend::Ai { models, ways } => (models.as_deref(), *ways),
            Backend::Upstream { .. } | Backend::Graphql(_) => (Some(&[][..]), AiWays::default()),
        };
        Self {
            team: route.id.team.as_str(),
            environment: route.id.environment.as_str(),
            models,
            dialect,
            ways,
        }
    }

    /// The alias of a name. One that may not be used is as unknown as one that is not there.
    pub(crate) fn find(&self, snapshot: &Snapshot, name: &str) -> Result<Arc<Alias>, Refusal> {
        let found = snapshot.alias(self.team, self.environment, name).filter(|alias| self.allows(alias));
        found.cloned().ok_or_else(|| {
            let detail = format!(
                "the model `{name}` does not exist or may not be used; GET /v1/models lists those that may"
            );
            let error = ApiError::new(404, ErrorKind::NotFound, detail).with_param("model");
            refusal_of(self.dialect, &error.with_code("model_not_found"), Reason::UnknownModel)
        })
    }

    pub(crate) fn all<'s>(&self, snapshot: &'s Snapshot) -> Vec<&'s Arc<Alias>> {
        let mut aliases = snapshot.aliases(self.team, self.environment);
        aliases.retain(|alias| self.allows(alias));
        aliases
    }

    fn allows(&self, alias: &Alias) -> bool {
        self.models.is_none_or(|models| models.contains(&alias.id))
    }
}
