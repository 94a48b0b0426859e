//! `GET /api/v1/metrics/overview`.

mod attention;
mod view;

use axum::extract::State;
use base::Micros;
use calllog::OverviewQuery;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::calls;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params};
use crate::problem::{Code, Problem};
use crate::time;

use view::Overview;

const HOUR_US: i64 = 3_600_000_000;

/// Of what time and which calls.
#[derive(Debug, Deserialize, JsonSchema)]
struct OverviewParams {
    /// From; an hour before `to` if absent.
    from: Option<String>,
    /// To; now if absent.
    to: Option<String>,
    /// The length of a step in seconds; rounded up to whole minutes; chosen to fit if absent.
    step: Option<i64>,
    /// Of this team.
    team: Option<String>,
    /// Of this service.
    service: Option<String>,
    /// Of this route.
    route: Option<String>,
    /// Of this application.
    application: Option<String>,
    /// To this upstream.
    upstream: Option<String>,
    /// Of this model.
    model: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getOverview", "Sums, series, the busiest, and what needs attention");
    let access = Access::SomeTeam(Permission::MetricsRead);
    Endpoint::new((Method::GET, "/api/v1/metrics/overview"), access, names, handle)
        .query::<OverviewParams>()
        .answer::<Overview>(200, "The overview.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Params(params): Params<OverviewParams>,
) -> Result<Json<Overview>, Problem> {
    let when = |name: &str, text: Option<String>| {
        text.filter(|text| !text.is_empty()).map(|text| time::read(name, &text)).transpose()
    };
    let to = when("to", params.to)?.unwrap_or_else(|| app.admin.control.clock().wall());
    let from = when("from", params.from)?.unwrap_or(Micros(to.0.saturating_sub(HOUR_US)));
    if from >= to {
        return Err(Problem::new(Code::InvalidRequest).detail("`from` is not before `to`"));
    }
    let query = OverviewQuery {
        from,
        to,
        step_minutes: params.step.map_or(0, |step| step.max(0).saturating_add(59) / 60),
        teams: calls::teams(&principal, params.team, Permission::MetricsRead)?,
        service: params.service.unwrap_or_default(),
        route: params.route.unwrap_or_default(),
        application: params.application.unwrap_or_default(),
        upstream: params.upstream.unwrap_or_default(),
        model: params.model.unwrap_or_default(),
    };
    let (found, stats) =
        app.run(move |control| Ok((control.log().overview(&query)?, control.log().stats()))).await?;
    let attention = attention::of(&app, &principal, &found, &stats);
    Ok(Json(Overview::new(from, to, found, attention)))
}
