//! Jobs and schedules are the gateway's: the admin API asks, and knows no gateway.

use std::fmt::Display;

use admin::{Asked, JobDesk, JobListed, JobRead, ScheduleTimes};
use domain::DocId;
use gateway::{Gateway, JobDetail, JobView, ScheduleView};
use stateport::JobQuery;

/// The jobs of a gateway.
pub(crate) struct Desk(pub(crate) Gateway);

impl JobDesk for Desk {
    fn list(&self, which: JobQuery) -> Asked<Vec<JobListed>> {
        let gateway = self.0.clone();
        let listed = |JobView { line, state }| JobListed { line, state };
        Box::pin(async move {
            let found = gateway.jobs(which).await.map_err(words)?;
            Ok(found.into_iter().map(listed).collect())
        })
    }

    fn read(&self, id: String) -> Asked<Option<JobRead>> {
        let gateway = self.0.clone();
        let read = |JobDetail { scope, owner, told }| JobRead { scope, owner, told };
        Box::pin(async move { Ok(gateway.job(&id).await.map_err(words)?.map(read)) })
    }

    fn cancel(&self, id: &str) -> bool {
        self.0.cancel_job(id)
    }

    fn timetable(&self, below: String) -> Asked<Vec<ScheduleTimes>> {
        let gateway = self.0.clone();
        let times = |ScheduleView { id, next, last, job }| ScheduleTimes { id, next, last, job };
        Box::pin(async move {
            let found = gateway.timetable(&below).await.map_err(words)?;
            Ok(found.into_iter().map(times).collect())
        })
    }

    fn run(&self, schedule: DocId) -> Asked<Option<String>> {
        let gateway = self.0.clone();
        Box::pin(async move { gateway.run_schedule(&schedule).await.map_err(words) })
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}
