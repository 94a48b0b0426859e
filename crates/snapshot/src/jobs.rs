//! Jobs of a service, compiled.

use std::time::Duration;

use domain::spec;

use crate::Route;
use crate::mistake::Report;

const LONGEST: Duration = Duration::from_hours(30 * 24);
const MOST_RUNNING: u32 = 1_000;
const MOST_QUEUED: u32 = 100_000;
const LONGEST_JOURNAL: u64 = 256 << 20;

/// How a service answers calls later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// Below it, as the service's own paths are, in normal form.
    pub path: Box<str>,
    /// How long a job is found after its end.
    pub retention: Duration,
    /// So many run at once.
    pub running: usize,
    /// So many run and wait.
    pub open: usize,
    /// The most that is noted of the answers within a job, in bytes.
    pub max_journal: usize,
    /// Calls of routes that run no flow may be made again where nobody knows whether they were made.
    pub repeatable: bool,
}

impl Route {
    /// What follows in this path on that of the service's jobs, such as a job's id.
    pub fn below_jobs<'p>(&self, path: &'p str) -> Option<&'p str> {
        let jobs = self.service.jobs.as_ref()?;
        let (strip, _) = self.path_change(path);
        path.get(strip..)?.strip_prefix(&*jobs.path)?.strip_prefix('/')
    }
}

pub(crate) fn compile(spec: &spec::Jobs, report: &mut Report<'_>) -> Jobs {
    let mut within = |name: &str, is: bool, words: &str| {
        if !is {
            report.add(format!("/spec/jobs/{name}"), words);
        }
    };
    let running = spec.max_running;
    within("max_running", (1..=MOST_RUNNING).contains(&running), "this is at least 1 and at most 1000");
    within("max_queued", spec.max_queued <= MOST_QUEUED, "this is at most 100000");
    let journal = spec.max_journal.0;
    within("max_journal", (1..=LONGEST_JOURNAL).contains(&journal), "this is at least 1 and at most 256MiB");
    within("retention", spec.retention.0 <= LONGEST, "this is at most 30d");
    let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    Jobs {
        path: crate::batching::plain_path(&spec.path, ("/spec/jobs/path", "/jobs"), report),
        retention: spec.retention.0,
        running: count(running),
        open: count(running).saturating_add(count(spec.max_queued)),
        max_journal: usize::try_from(journal).unwrap_or(usize::MAX),
        repeatable: spec.repeatable,
    }
}
