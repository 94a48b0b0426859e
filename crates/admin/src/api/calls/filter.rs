//! Which calls are wanted.

use calllog::{CallFilter, StatusFilter};
use control::Principal;
use domain::Permission;
use schemars::JsonSchema;
use serde::Deserialize;
use trace::TraceId;

use crate::problem::{Code, Problem};
use crate::time;

/// Which calls are wanted; all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct CallParams {
    /// Begun at or after this time.
    pub(crate) from: Option<String>,
    /// Begun before this time.
    pub(crate) to: Option<String>,
    /// Of this team.
    pub(crate) team: Option<String>,
    /// Of this service.
    pub(crate) service: Option<String>,
    /// Of this route.
    pub(crate) route: Option<String>,
    /// Of this application.
    pub(crate) application: Option<String>,
    /// To this upstream.
    pub(crate) upstream: Option<String>,
    /// Of this model alias.
    pub(crate) model: Option<String>,
    /// Whose operation of GraphQL has this name.
    pub(crate) operation: Option<String>,
    /// Whose operation of GraphQL is a `query`, a `mutation` or a `subscription`.
    pub(crate) operation_kind: Option<String>,
    /// Of this method.
    pub(crate) method: Option<String>,
    /// With this status: `404`, `5xx`, or `error` for all from 400 on.
    pub(crate) status: Option<String>,
    /// With this reason code.
    pub(crate) reason: Option<String>,
    /// Of this trace: 32 hexadecimal digits.
    pub(crate) trace: Option<String>,
    /// Whose path, host, id or trace contains this.
    pub(crate) q: Option<String>,
    /// That took at least so many microseconds.
    pub(crate) min_duration_us: Option<u64>,
    /// At most so many: 1 to 200, usually 50.
    pub(crate) limit: Option<usize>,
    /// Where an earlier part ended.
    pub(crate) cursor: Option<String>,
}

/// The teams whose calls, or sums of calls, a principal may see of those asked for; `None`: all.
pub(crate) fn teams(
    principal: &Principal,
    asked: Option<String>,
    permission: Permission,
) -> Result<Option<Vec<String>>, Problem> {
    match asked.filter(|team| !team.is_empty()) {
        None => Ok(principal.teams(permission)),
        Some(team) if principal.can(&team, permission) => Ok(Some(vec![team])),
        Some(team) => Err(Problem::new(Code::NotFound).detail(format!("there is no team `{team}`"))),
    }
}

impl CallParams {
    /// The filter of what the principal may see.
    pub(crate) fn filter(self, principal: &Principal) -> Result<CallFilter, Problem> {
        let when = |name: &str, text: Option<String>| {
            text.filter(|text| !text.is_empty()).map(|text| time::read(name, &text)).transpose()
        };
        let unknown = || {
            Problem::new(Code::InvalidRequest)
                .detail("`status` is a number, a class such as `5xx`, or `error`")
        };
        let status = self.status.filter(|status| !status.is_empty());
        let status = status.map(|status| StatusFilter::parse(&status).ok_or_else(unknown)).transpose()?;
        let no_trace =
            || Problem::new(Code::InvalidRequest).detail("`trace` is 32 hexadecimal digits in lower case");
        let trace = self.trace.filter(|trace| !trace.is_empty());
        let trace = trace.map(|trace| TraceId::parse(&trace).ok_or_else(no_trace)).transpose()?;
        Ok(CallFilter {
            trace,
            from: when("from", self.from)?,
            to: when("to", self.to)?,
            teams: teams(principal, self.team, Permission::CallsRead)?,
            service: self.service.unwrap_or_default(),
            route: self.route.unwrap_or_default(),
            application: self.application.unwrap_or_default(),
            upstream: self.upstream.unwrap_or_default(),
            model: self.model.unwrap_or_default(),
            operation: self.operation.unwrap_or_default(),
            kind: self.operation_kind.unwrap_or_default(),
            method: self.method.unwrap_or_default(),
            status,
            reason: self.reason.unwrap_or_default(),
            contains: self.q.unwrap_or_default(),
            min_duration_us: self.min_duration_us,
        })
    }
}
