//! Jobs and schedules for an administrator: whosever they are.

use std::collections::HashMap;
use std::sync::Arc;

use base::Micros;
use domain::DocId;
use serde_json::Value;
use stateport::{JobLine, JobQuery, StateError, Watched};

use super::live::Standing;
use super::record::Outcome;
use super::{About, schedules};
use crate::Gateway;

/// A job as lists have it.
#[derive(Clone, Debug)]
pub struct JobView {
    /// What it is.
    pub line: JobLine,
    /// `queued`, `running`, `cancelling`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
}

/// A job with its steps and what came of it.
#[derive(Clone, Debug)]
pub struct JobDetail {
    /// The service, or the schedule, that it is of.
    pub scope: String,
    /// Who alone finds it among callers.
    pub owner: String,
    /// The same that its caller is told.
    pub told: Value,
}

/// When a schedule is run.
#[derive(Clone, Debug)]
pub struct ScheduleView {
    /// Its document.
    pub id: DocId,
    /// When it is run next; none if it is suspended.
    pub next: Option<Micros>,
    /// The last of its times that came.
    pub last: Option<Micros>,
    /// The job of that time; none if it was passed over.
    pub job: Option<String>,
}

impl Gateway {
    /// Jobs by what is asked for, the newest first.
    pub async fn jobs(&self, which: JobQuery) -> Result<Vec<JobView>, StateError> {
        let lines = self.shared.config.jobs.list(which).await?;
        let state = |line: &JobLine| match &line.ended {
            Some((_, came)) if came.is_empty() => "ended".to_owned(),
            Some((_, came)) => came.clone(),
            None => {
                let live = self.shared.jobs.look(&line.id);
                live.map_or("queued", |live| live.standing(usize::MAX).state).to_owned()
            }
        };
        Ok(lines.into_iter().map(|line| JobView { state: state(&line), line }).collect())
    }

    /// One of them.
    pub async fn job(&self, id: &str) -> Result<Option<JobDetail>, StateError> {
        let live = self.shared.jobs.look(id);
        let Some(job) = self.shared.config.jobs.look(id).await? else { return Ok(None) };
        let standing = match (job.outcome.clone().and_then(Outcome::decode), live) {
            (Some(outcome), _) => Standing::of(outcome),
            (None, Some(live)) => live.standing(0),
            (None, None) => Standing { state: "queued", ..Standing::default() },
        };
        let told = About::of(&job, None).tell(&standing);
        Ok(Some(JobDetail { scope: job.scope, owner: job.owner, told }))
    }

    /// Gives a job up; `false`: it does not run.
    pub fn cancel_job(&self, id: &str) -> bool {
        let live = self.shared.jobs.look(id);
        live.inspect(|live| live.cancel.cancel()).is_some()
    }

    /// When the schedules below a team and an environment (`team/environment/`) are run, by their names.
    pub async fn timetable(&self, below: &str) -> Result<Vec<ScheduleView>, StateError> {
        let watched = self.shared.config.jobs.watched().await?;
        let watched: HashMap<String, Watched> =
            watched.into_iter().map(|one| (one.schedule.clone(), one)).collect();
        let now = self.shared.config.clock.wall();
        let snapshot = self.shared.config.live.load();
        let own = snapshot.schedules().map(|schedule| (schedule.id.to_string(), schedule));
        let view = |(name, schedule): (String, &Arc<snapshot::Schedule>)| {
            let last = watched.get(&name).and_then(|watched| watched.last.clone());
            let (last, job) = last.map_or((None, None), |(at, job)| (Some(at), job));
            let next = (!schedule.suspended).then(|| schedule.times.next(now)).flatten();
            ScheduleView { id: schedule.id.clone(), next, last, job }
        };
        let mut all: Vec<ScheduleView> = own.filter(|(name, _)| name.starts_with(below)).map(view).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(all)
    }

    /// Runs a schedule's flow now, beside its times; gives the job's id, none if there are too many.
    pub async fn run_schedule(&self, id: &DocId) -> Result<Option<String>, StateError> {
        let schedule = self.shared.config.live.load().schedule(id).cloned();
        match schedule {
            Some(schedule) => schedules::run_now(&self.shared, &schedule).await,
            None => Ok(None),
        }
    }
}
