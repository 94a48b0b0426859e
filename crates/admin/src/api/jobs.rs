//! Jobs of a team's services and schedules, whosever they are: for who may write the team's documents, since what came of
//! them is told.

pub(super) mod cancel;
pub(super) mod list;
pub(super) mod read;

use domain::{DEFAULT_ENVIRONMENT, DocId};

use crate::app::App;
use crate::desk::JobRead;
use crate::problem::{Code, Problem};

/// What the identities of a team's documents in an environment begin with.
pub(super) fn below(team: &str, environment: Option<&str>) -> String {
    format!("{team}/{}/", environment.unwrap_or(DEFAULT_ENVIRONMENT))
}

/// A job of the team's, of whatever environment.
async fn find(app: &App, team: &str, id: String) -> Result<JobRead, Problem> {
    let found = app.admin.jobs.read(id).await.map_err(failed)?;
    let own = |scope: &str| scope.parse::<DocId>().is_ok_and(|id| id.team.as_str() == team);
    found
        .filter(|job| own(&job.scope))
        .ok_or_else(|| Problem::new(Code::NotFound).detail("there is no such job"))
}

/// What does not work on our side.
#[expect(clippy::needless_pass_by_value, reason = "it takes what has failed out of a result")]
pub(super) fn failed(why: String) -> Problem {
    tracing::error!(why, "jobs cannot be asked for");
    Problem::new(Code::Internal)
}
