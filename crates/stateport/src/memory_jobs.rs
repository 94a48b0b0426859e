//! Jobs in the process's own memory: they end with it.

use std::collections::BTreeMap;
use std::future::ready;

use base::{Clock, Micros};
use bytes::Bytes;
use parking_lot::Mutex;

use crate::{
    Accepted, Ending, Fired, Job, JobLine, JobPort, JobQuery, NewJob, Pending, Scope, Stands, Watched,
};

/// See the module's description.
#[derive(Debug)]
pub struct MemoryJobs {
    clock: Clock,
    /// The most that is kept, in bytes.
    budget: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// By when they were taken in.
    jobs: BTreeMap<u64, Kept>,
    next: u64,
    /// By their names, each with its rule.
    schedules: BTreeMap<String, (String, Watched)>,
}

#[derive(Debug)]
struct Kept {
    job: Job,
    key: Option<(String, String)>,
    notes: Vec<Bytes>,
    /// How it ended.
    came: String,
}

// === impl MemoryJobs ===

impl MemoryJobs {
    /// Takes jobs in as long as there are fewer bytes than these.
    pub fn new(clock: Clock, budget: usize) -> Self {
        Self { clock, budget, held: Mutex::default() }
    }

    fn take_in(&self, held: &mut Held, new: NewJob, most: usize) -> Accepted {
        let now = self.clock.wall();
        held.jobs.retain(|_, kept| kept.job.ended.is_none_or(|(_, until)| until > now));
        if let Some((name, digest)) = &new.key {
            let mut its = held.jobs.values().filter(|kept| kept.job.owner == new.owner);
            let known = its.find_map(|kept| {
                let (key, before) = kept.key.as_ref()?;
                (key == name).then(|| (before == digest).then(|| kept.job.id.clone()))
            });
            match known {
                Some(Some(id)) => return Accepted::Known(id),
                Some(None) => return Accepted::Differs,
                None => {}
            }
        }
        let open = |kept: &&Kept| kept.job.ended.is_none() && kept.job.scope == new.scope;
        if held.jobs.values().filter(open).count() >= most {
            return Accepted::Full;
        }
        if held.jobs.values().map(Kept::size).sum::<usize>() + new.task.len() > self.budget {
            return Accepted::NoRoom;
        }
        let NewJob { id, scope, owner, name, key, task } = new;
        let job = Job { id, scope, owner, name, task, outcome: None, created: now, ended: None };
        let number = held.next;
        held.next += 1;
        held.jobs.insert(number, Kept { job, key, notes: Vec::new(), came: String::new() });
        Accepted::New
    }

    /// A job whose time is not over.
    fn there(&self, id: &str) -> Option<Job> {
        let now = self.clock.wall();
        let mut held = self.held.lock();
        held.find(id).filter(|kept| kept.is_found(now)).map(|kept| kept.job.clone())
    }
}

impl JobPort for MemoryJobs {
    fn accept(&self, job: NewJob, most: usize) -> Pending<Accepted> {
        let accepted = self.take_in(&mut self.held.lock(), job, most);
        Box::pin(ready(Ok(accepted)))
    }

    fn note(&self, id: &str, notes: Vec<Bytes>) -> Pending<()> {
        if let Some(kept) = self.held.lock().find(id).filter(|kept| kept.job.ended.is_none()) {
            kept.notes.extend(notes);
        }
        Box::pin(ready(Ok(())))
    }

    fn notes(&self, id: &str) -> Pending<Vec<Bytes>> {
        let notes = self.held.lock().find(id).map(|kept| kept.notes.clone()).unwrap_or_default();
        Box::pin(ready(Ok(notes)))
    }

    fn end(&self, id: &str, Ending { came, outcome, keep }: Ending) -> Pending<bool> {
        let now = self.clock.wall();
        let mut held = self.held.lock();
        let kept = held.find(id).filter(|kept| kept.job.ended.is_none());
        let ends = kept.is_some();
        if let Some(kept) = kept {
            let micros = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
            kept.job.ended = Some((now, Micros(now.0.saturating_add(micros))));
            kept.job.outcome = Some(outcome);
            kept.came = came;
            kept.notes.clear();
        }
        Box::pin(ready(Ok(ends)))
    }

    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>> {
        let found = self.there(id).filter(|job| job.owner == owner);
        Box::pin(ready(Ok(found)))
    }

    fn look(&self, id: &str) -> Pending<Option<Job>> {
        Box::pin(ready(Ok(self.there(id))))
    }

    fn list(&self, which: JobQuery) -> Pending<Vec<JobLine>> {
        let now = self.clock.wall();
        let held = self.held.lock();
        let before = which.before.as_ref();
        let before = before.and_then(|id| held.jobs.iter().find(|(_, kept)| kept.job.id == *id));
        let newest = held.jobs.range(..before.map_or(u64::MAX, |(number, _)| *number)).rev();
        let wanted = newest.map(|(_, kept)| kept).filter(|kept| kept.is(&which) && kept.is_found(now));
        let lines = wanted.take(which.limit).map(Kept::line).collect();
        Box::pin(ready(Ok(lines)))
    }

    fn open(&self) -> Pending<Vec<Job>> {
        let held = self.held.lock();
        let open = held.jobs.values().map(|kept| &kept.job).filter(|job| job.ended.is_none());
        let open = open.map(|job| Job { task: Bytes::new(), ..job.clone() });
        Box::pin(ready(Ok(open.collect())))
    }

    fn watch(&self, schedule: &str, rule: &str) -> Pending<Watched> {
        let now = self.clock.wall();
        let mut held = self.held.lock();
        let new = || Watched { schedule: schedule.to_owned(), at: now, last: None };
        let (known, watched) =
            held.schedules.entry(schedule.to_owned()).or_insert_with(|| (rule.to_owned(), new()));
        if known != rule {
            rule.clone_into(known);
            watched.at = now;
        }
        Box::pin(ready(Ok(watched.clone())))
    }

    fn fire(&self, schedule: &str, at: Micros, job: NewJob, most: usize) -> Pending<Fired> {
        let mut held = self.held.lock();
        let is_new = held.schedules.get(schedule).is_some_and(|(_, watched)| watched.at < at);
        let id = job.id.clone();
        let fired = match is_new.then(|| self.take_in(&mut held, job, most)) {
            Some(Accepted::New) => Fired::New,
            Some(Accepted::Full) => Fired::Full,
            Some(Accepted::NoRoom) => Fired::NoRoom,
            Some(Accepted::Known(_) | Accepted::Differs) | None => Fired::Before,
        };
        if matches!(fired, Fired::New | Fired::Full)
            && let Some((_, watched)) = held.schedules.get_mut(schedule)
        {
            watched.at = at;
            watched.last = Some((at, (fired == Fired::New).then_some(id)));
        }
        Box::pin(ready(Ok(fired)))
    }

    fn watched(&self) -> Pending<Vec<Watched>> {
        let all = self.held.lock().schedules.values().map(|(_, watched)| watched.clone()).collect();
        Box::pin(ready(Ok(all)))
    }

    fn unwatch(&self, schedule: &str) -> Pending<()> {
        self.held.lock().schedules.remove(schedule);
        Box::pin(ready(Ok(())))
    }
}

// === impl Held ===

impl Held {
    fn find(&mut self, id: &str) -> Option<&mut Kept> {
        self.jobs.values_mut().find(|kept| kept.job.id == id)
    }
}

// === impl Kept ===

impl Kept {
    /// Whether its time is not over.
    fn is_found(&self, now: Micros) -> bool {
        self.job.ended.is_none_or(|(_, until)| until > now)
    }

    fn is(&self, which: &JobQuery) -> bool {
        let within = match &which.scope {
            Scope::One(scope) => self.job.scope == *scope,
            Scope::Below(prefix) => self.job.scope.starts_with(prefix.as_str()),
        };
        within
            && match &which.stands {
                None => true,
                Some(Stands::Open) => self.job.ended.is_none(),
                Some(Stands::Ended(came)) => self.job.ended.is_some() && self.came == *came,
            }
    }

    fn line(&self) -> JobLine {
        let Job { id, scope, owner, name, created, ended, .. } = self.job.clone();
        let ended = ended.map(|(at, _)| (at, self.came.clone()));
        JobLine { id, scope, owner, name, created, ended }
    }

    fn size(&self) -> usize {
        let notes: usize = self.notes.iter().map(Bytes::len).sum();
        self.job.task.len() + self.job.outcome.as_ref().map_or(0, Bytes::len) + notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn they_are_kept_as_everywhere() {
        let clock = Clock::manual(Micros(1));
        crate::conformance::jobs(&MemoryJobs::new(clock.clone(), 10_000), &clock).await;
        crate::conformance::schedules(&MemoryJobs::new(clock.clone(), 10_000), &clock).await;
    }
}
