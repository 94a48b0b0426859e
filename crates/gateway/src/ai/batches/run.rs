//! Runs a batch: each line is a call of its caller's, a few at once; what comes of it is kept at once, so that a process
//! that ends loses only what was under way.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use base::RequestId;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use message::{BodyError, Reason};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use stateport::StateError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::super::files::TOO_MANY;
use super::super::files::shelf::{File, Unkept};
use super::desk::{Batch, Desk, Run};
use super::lines::{Checked, Line, Lines, Work, unreadable};
use super::outcome::{Answer, LONGEST, Outcome};
use crate::gateway::Core;
use crate::inside::Inner;

mod finish;

/// Lines of one batch, and of all batches of the process, that are under way at once.
const AT_ONCE: usize = 8;
const IN_ALL: usize = 64;

/// Batches of one owner, and of the process, that are worked on at once. The others wait; the most of an owner that run or
/// wait.
const OF_OWNER: usize = 4;
const BATCHES: usize = 64;
const WAITING: usize = 100;

/// So many lines later the counts are kept anew.
const KEPT_EVERY: usize = 50;

/// The batches that run in this process.
#[derive(Debug)]
pub(crate) struct UnderWay {
    running: Mutex<HashMap<String, Arc<Running>>>,
    /// Of each owner with batches that run or wait, its places.
    places: Mutex<HashMap<String, Weak<Semaphore>>>,
    all_places: Semaphore,
    slots: Semaphore,
}

/// A batch that runs.
#[derive(Debug)]
struct Running {
    owner: String,
    told: Mutex<Map<String, Value>>,
    cancel: CancellationToken,
}

/// Does the work of one batch.
struct Runner {
    core: Core,
    desk: Desk,
    run: Run,
    work: Work,
    running: Arc<Running>,
    id: String,
}

/// Why a batch does not go on.
enum Stop {
    /// The store does not answer; what is kept is gone on from later.
    State(StateError),
    /// It cannot be done; as it is told.
    Failed(Vec<Value>),
}

/// How many lines there are, and how they went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    total: usize,
    completed: usize,
    failed: usize,
}

/// Why no more lines are begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Cancelled,
    Expired,
    /// There is no room for more output.
    Full,
}

// === impl UnderWay ===

impl UnderWay {
    pub(crate) fn new() -> Self {
        Self {
            running: Mutex::default(),
            places: Mutex::default(),
            all_places: Semaphore::new(BATCHES),
            slots: Semaphore::new(IN_ALL),
        }
    }

    /// Whether an owner has as many batches that run or wait as may be.
    pub(crate) fn is_full(&self, owner: &str) -> bool {
        self.running.lock().values().filter(|running| running.owner == owner).count() >= WAITING
    }

    /// An owner's place, once there is one.
    async fn place(&self, owner: &str) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut all = self.places.lock();
            all.retain(|_, places| places.strong_count() > 0);
            let known = all.get(owner).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let places = Arc::new(Semaphore::new(OF_OWNER));
                all.insert(owner.to_owned(), Arc::downgrade(&places));
                places
            })
        };
        places.acquire_owned().await.ok()
    }

    /// A batch as it is at this moment, if it runs here.
    pub(crate) fn told(&self, id: &str) -> Option<Map<String, Value>> {
        let running = self.running.lock().get(id).cloned();
        running.map(|running| running.told.lock().clone())
    }

    /// Ends a batch that runs here; gives it as it is then. What is under way is broken off.
    pub(crate) fn cancel(&self, id: &str, now: i64) -> Option<Map<String, Value>> {
        let running = self.running.lock().get(id).cloned()?;
        let told = {
            let mut told = running.told.lock();
            told.insert("status".into(), "cancelling".into());
            told.insert("cancelling_at".into(), now.into());
            told.clone()
        };
        running.cancel.cancel();
        Some(told)
    }

    /// Notes that a batch runs; `None`: it does already.
    fn enter(&self, owner: &str, batch: &Batch) -> Option<Arc<Running>> {
        let mut all = self.running.lock();
        if all.contains_key(batch.id()) {
            return None;
        }
        let (owner, told) = (owner.to_owned(), Mutex::new(batch.told.clone()));
        let running = Arc::new(Running { owner, told, cancel: CancellationToken::new() });
        all.insert(batch.id().to_owned(), Arc::clone(&running));
        Some(running)
    }

    fn leave(&self, id: &str) {
        self.running.lock().remove(id);
    }
}

/// Runs a batch on this core, unless it runs already or a provider runs it.
pub(crate) fn start(core: &Core, batch: &Batch) {
    if batch.is_over() {
        return;
    }
    let work = Work::of(batch.text("endpoint"));
    let (Some(run), Some(work)) = (batch.run.clone(), work) else { return };
    let Some(running) = core.shared.batches.enter(&run.owner, batch) else { return };
    let desk = Desk::new(core, run.owner.as_str());
    let runner = Runner { core: core.clone(), desk, run, work, running, id: batch.id().to_owned() };
    core.spawn(async move {
        // Its state is kept where it is: who asks for the batch makes it go on.
        runner.go().await.unwrap_or_default();
        runner.core.shared.batches.leave(&runner.id);
    });
}

/// Goes on with the batches that were under way when the last process ended.
pub(crate) fn resume(core: &Core) {
    let of_task = core.clone();
    core.spawn(async move {
        for (owner, id) in Desk::left(&of_task).await.unwrap_or_default() {
            if let Ok(Some(batch)) = Desk::new(&of_task, owner).find(&id).await {
                start(&of_task, &batch);
            }
        }
    });
}

// === impl Runner ===

impl Runner {
    async fn go(&self) -> Result<(), StateError> {
        match self.all().await {
            Ok(()) => Ok(()),
            Err(Stop::State(error)) => Err(error),
            Err(Stop::Failed(errors)) => {
                self.wrong(&errors);
                self.enter("failed").await
            }
        }
    }

    fn wrong(&self, errors: &[Value]) {
        self.set("errors", json!({"object": "list", "data": errors}));
    }

    async fn all(&self) -> Result<(), Stop> {
        if !self.renew().await? {
            return Ok(());
        }
        if self.desk.is_cancelled(&self.id).await? {
            self.running.cancel.cancel();
        }
        let batches = &self.core.shared.batches;
        let place = async { (batches.place(&self.run.owner).await, batches.all_places.acquire().await) };
        // One that is cancelled has nothing to wait for.
        let _place = self.running.cancel.run_until_cancelled(place).await;
        let input = self.text("input_file_id");
        let Some(file) = self.desk.shelf.find(&input).await? else {
            let missing = json!({"code": "invalid_input_file", "line": null, "param": "input_file_id",
                "message": "The input file is no longer there."});
            return Err(Stop::Failed(vec![missing]));
        };
        if self.text("status") == "validating" {
            self.validate(&file).await?;
            self.enter("in_progress").await?;
        }
        let ended = match self.text("status").as_str() {
            "in_progress" => self.execute(&file).await?,
            // It was finalizing.
            _ => self.ended(),
        };
        self.finish(&file, ended).await
    }

    /// Reads the batch anew: what is known of it here may be of before another run of it. Gives whether it is not over.
    async fn renew(&self) -> Result<bool, StateError> {
        let Some(now) = self.desk.find(&self.id).await? else { return Ok(false) };
        let over = now.is_over();
        {
            let mut told = self.running.told.lock();
            let cancelling = told.get("cancelling_at").and_then(Value::as_i64);
            told.clone_from(&now.told);
            if let Some(at) = cancelling.filter(|_| !over) {
                told.insert("status".into(), "cancelling".into());
                told.insert("cancelling_at".into(), at.into());
            }
        }
        if over {
            // Who asked for its end meanwhile came too late.
            self.desk.keep(&now).await?;
        }
        Ok(!over)
    }

    /// Checks all lines before the first is executed, and that there is a place for what comes out.
    async fn validate(&self, file: &File) -> Result<(), Stop> {
        self.writer("0").await?;
        let mut lines = Lines::of(self.desk.shelf.content(file));
        let mut checked = Checked::default();
        while let Some((number, line)) = lines.next().await? {
            checked.note(number, self.work.line(&line));
            if checked.is_too_many() {
                break;
            }
        }
        if !checked.end().is_empty() {
            return Err(Stop::Failed(checked.wrong));
        }
        self.count(Counts { total: checked.total, ..Counts::default() });
        Ok(())
    }

    /// Executes the lines that were not yet; gives why it ended before its last, if it did.
    async fn execute(&self, file: &File) -> Result<Option<Ended>, Stop> {
        let mut lines = Lines::of(self.desk.shelf.content(file));
        let mut counts = Counts { total: self.total(), ..Counts::default() };
        let (mut at, mut more, mut ended) = (0, true, None);
        // A line waits for those before it where the room may not be enough for all their answers.
        let (mut room, mut held) = (self.writer("0").await?.room(), None);
        let mut under_way = FuturesUnordered::new();
        while more || !under_way.is_empty() {
            while more && under_way.len() < AT_ONCE {
                ended = self.ended();
                let next = match (ended, held.take()) {
                    (None, None) => lines.next().await?.map(|(_, line)| line),
                    (None, held) => held,
                    (Some(_), _) => None,
                };
                let Some(line) = next else {
                    more = false;
                    break;
                };
                match self.desk.done(&self.id, at).await? {
                    Some(kept) => {
                        room = room.saturating_sub(kept.len() as u64);
                        counts.add(Outcome::of_kept(kept).good);
                    }
                    None if room >= (LONGEST * (under_way.len() + 1)) as u64 => {
                        under_way.push(self.line(at, line));
                    }
                    None if under_way.is_empty() => {
                        (ended, more) = (Some(Ended::Full), false);
                        break;
                    }
                    None => {
                        held = Some(line);
                        break;
                    }
                }
                at += 1;
            }
            match under_way.next().await {
                Some(Ok(Some((good, length)))) => {
                    room = room.saturating_sub(length);
                    counts.add(good);
                }
                Some(Ok(None)) => more = false,
                Some(Err(error)) => return Err(Stop::State(error)),
                None => {}
            }
            self.count(counts);
            if (counts.completed + counts.failed).is_multiple_of(KEPT_EVERY) {
                self.keep().await?;
            }
        }
        match ended {
            Some(ended) => Ok(Some(ended)),
            None if counts.completed + counts.failed < counts.total => Ok(self.ended()),
            None => Ok(None),
        }
    }

    /// Executes a line; gives whether it went well, and the length of what came out. `None`: the batch ended before.
    async fn line(&self, at: usize, line: Bytes) -> Result<Option<(bool, u64)>, StateError> {
        let Ok(Line { custom_id, body }) = self.work.line(&line) else { return Ok(Some((false, 0))) };
        let below = self.work.endpoint.strip_prefix("/v1").unwrap_or(self.work.endpoint);
        let path = format!("{}{below}", self.run.base);
        let mut tries = 0;
        let answer = loop {
            if self.ended().is_some() {
                return Ok(None);
            }
            let call = async {
                let _slot = self.core.shared.batches.slots.acquire().await;
                let inner = Inner::post(path.clone(), body.clone());
                Answer::read(self.run.origin.call(&self.core, inner).await).await
            };
            let Some(answer) = self.running.cancel.run_until_cancelled(call).await else { return Ok(None) };
            let Some(wait) = answer.retry(tries) else { break answer };
            tries += 1;
            self.running.cancel.run_until_cancelled(tokio::time::sleep(wait)).await;
        };
        let outcome = answer.outcome(&self.request_id(), &custom_id);
        let kept = outcome.kept();
        let length = kept.len() as u64;
        self.desk.note(&self.id, at, kept).await?;
        Ok(Some((outcome.good, length)))
    }

    /// Whether no more lines are to be begun.
    fn ended(&self) -> Option<Ended> {
        if self.running.cancel.is_cancelled() {
            return Some(Ended::Cancelled);
        }
        (self.now() >= self.number("expires_at")).then_some(Ended::Expired)
    }

    /// An id for a line.
    fn request_id(&self) -> String {
        let now = self.core.shared.config.clock.wall();
        let id = self.core.with_rng(|rng| RequestId::new(now, rng));
        format!("batch_req_{}", id.to_string().replace('-', ""))
    }

    /// Notes that the batch has come into a state, and when.
    async fn enter(&self, status: &str) -> Result<(), StateError> {
        {
            let mut told = self.running.told.lock();
            told.insert("status".into(), status.into());
            told.insert(format!("{status}_at"), self.now().into());
        }
        self.keep().await
    }

    async fn keep(&self) -> Result<(), StateError> {
        let told = self.running.told.lock().clone();
        self.desk.keep(&Batch { told, run: Some(self.run.clone()) }).await
    }

    fn count(&self, counts: Counts) {
        let Counts { total, completed, failed } = counts;
        self.set("request_counts", json!({"total": total, "completed": completed, "failed": failed}));
    }

    fn set(&self, name: &str, value: Value) {
        self.running.told.lock().insert(name.to_owned(), value);
    }

    fn total(&self) -> usize {
        let told = self.running.told.lock();
        let total = told.get("request_counts").and_then(|counts| counts.get("total")).and_then(Value::as_u64);
        total.and_then(|total| usize::try_from(total).ok()).unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        self.running.told.lock().get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn number(&self, name: &str) -> i64 {
        self.running.told.lock().get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    fn now(&self) -> i64 {
        self.core.shared.config.clock.wall().0 / 1_000_000
    }
}

// === impl Counts ===

impl Counts {
    fn add(&mut self, good: bool) {
        let counter = if good { &mut self.completed } else { &mut self.failed };
        *counter += 1;
    }
}

// === impl Stop ===

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<BodyError> for Stop {
    fn from(error: BodyError) -> Self {
        if error.reason == Reason::Overloaded {
            return Self::State(StateError::Busy);
        }
        Self::Failed(vec![unreadable(&error)])
    }
}

impl From<Unkept> for Stop {
    fn from(unkept: Unkept) -> Self {
        match unkept {
            Unkept::State(error) => Self::State(error),
            Unkept::TooLarge(_) => Self::Failed(vec![no_room()]),
            Unkept::TooMany => {
                let wrong =
                    json!({"code": "too_many_files", "line": null, "message": TOO_MANY, "param": null});
                Self::Failed(vec![wrong])
            }
        }
    }
}

fn no_room() -> Value {
    let message = "There is no room for more output: delete files that are no longer needed.";
    json!({"code": "no_room", "line": null, "message": message, "param": null})
}
