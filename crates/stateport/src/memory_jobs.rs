//! Jobs in the process's own memory: they end with it.

use std::collections::BTreeMap;
use std::future::ready;
use std::time::Duration;

use base::{Clock, Micros};
use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Accepted, Job, JobPort, NewJob, Pending};

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
}

#[derive(Debug)]
struct Kept {
    job: Job,
    key: Option<(String, String)>,
    notes: Vec<Bytes>,
}

// === impl MemoryJobs ===

impl MemoryJobs {
    /// Takes jobs in as long as there are fewer bytes than these.
    pub fn new(clock: Clock, budget: usize) -> Self {
        Self { clock, budget, held: Mutex::default() }
    }

    fn take_in(&self, new: NewJob, most: usize) -> Accepted {
        let now = self.clock.wall();
        let mut held = self.held.lock();
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
        let NewJob { id, scope, owner, key, task } = new;
        let job = Job { id, scope, owner, task, outcome: None, created: now, ended: None };
        let number = held.next;
        held.next += 1;
        held.jobs.insert(number, Kept { job, key, notes: Vec::new() });
        Accepted::New
    }
}

impl JobPort for MemoryJobs {
    fn accept(&self, job: NewJob, most: usize) -> Pending<Accepted> {
        Box::pin(ready(Ok(self.take_in(job, most))))
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

    fn end(&self, id: &str, outcome: Bytes, keep: Duration) -> Pending<bool> {
        let now = self.clock.wall();
        let mut held = self.held.lock();
        let kept = held.find(id).filter(|kept| kept.job.ended.is_none());
        let ends = kept.is_some();
        if let Some(kept) = kept {
            let micros = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
            kept.job.ended = Some((now, Micros(now.0.saturating_add(micros))));
            kept.job.outcome = Some(outcome);
            kept.notes.clear();
        }
        Box::pin(ready(Ok(ends)))
    }

    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>> {
        let now = self.clock.wall();
        let mut held = self.held.lock();
        let found = held
            .find(id)
            .map(|kept| &kept.job)
            .filter(|job| job.owner == owner && job.ended.is_none_or(|(_, until)| until > now));
        Box::pin(ready(Ok(found.cloned())))
    }

    fn open(&self) -> Pending<Vec<Job>> {
        let held = self.held.lock();
        let open = held.jobs.values().map(|kept| &kept.job).filter(|job| job.ended.is_none());
        Box::pin(ready(Ok(open.cloned().collect())))
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
    }
}
