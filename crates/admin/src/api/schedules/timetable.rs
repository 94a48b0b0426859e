//! `GET /api/v1/teams/{team}/timetable`.

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::documents::EnvironmentParams;
use crate::api::jobs::{below, failed};
use crate::app::App;
use crate::desk::ScheduleTimes;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Json, Params, Place};
use crate::problem::Problem;
use crate::time;

/// When a team's schedules are run.
#[derive(Debug, Serialize, JsonSchema)]
struct Timetable {
    /// The schedules, by their names.
    items: Vec<TimetableItem>,
}

/// When a schedule is run.
#[derive(Debug, Serialize, JsonSchema)]
struct TimetableItem {
    /// The schedule's name.
    name: String,
    /// When it is run next; null: it is suspended.
    next: Option<String>,
    /// The last of its times that came.
    last: Option<String>,
    /// The job of that time; null: it was passed over, or none came yet.
    job: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getTimetable", "When a team's schedules are run next, and were last");
    let access = Access::Team(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/timetable"), access, names, handle)
        .query::<EnvironmentParams>()
        .answer::<Timetable>(200, "The schedules, by their names.")
}

async fn handle(
    State(app): State<App>,
    Place(team): Place<String>,
    Params(params): Params<EnvironmentParams>,
) -> Result<Json<Timetable>, Problem> {
    let below = below(&team, params.environment.as_deref());
    let found = app.admin.jobs.timetable(below).await.map_err(failed)?;
    Ok(Json(Timetable { items: found.into_iter().map(TimetableItem::from).collect() }))
}

impl From<ScheduleTimes> for TimetableItem {
    fn from(ScheduleTimes { id, next, last, job }: ScheduleTimes) -> Self {
        let (next, last) = (next.map(time::show), last.map(time::show));
        Self { name: id.name.to_string(), next, last, job }
    }
}
