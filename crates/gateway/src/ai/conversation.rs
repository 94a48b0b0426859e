//! What a request of OpenAI's Responses refers to: the answer that it goes on from, items that it only names, and
//! conversations that Weir made short. What Weir keeps is put in; what a vendor keeps is that vendor's to find.

use std::collections::BTreeMap;

use bytes::Bytes;
use llm::conversation::{self, compaction};
use llm::{ApiError, Dialect};
use memchr::memmem;
use message::{Reason, RequestHead};
use snapshot::Alias;

use super::endpoint::Place;
use super::keeper::Keeper;
use super::owner::Owner;
use super::seal::Opened;
use super::task::{Scanned, Task};
use super::{refusal_of, responses, target};
use crate::Refusal;
use crate::exchange::Exchange;

/// The most answers that are looked at for items that a request names.
const MOST_ANSWERS: usize = 100;

/// A request with what it refers to.
pub(crate) struct Resolved {
    pub(crate) body: Bytes,
    pub(crate) scanned: Scanned,
    /// The answer that it goes on from, as the client named it.
    pub(crate) previous: Option<String>,
    /// The same where a vendor keeps it.
    pub(crate) opened: Option<Opened>,
}

/// What is to be read, and how.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) task: Task,
    pub(crate) dialect: Dialect,
    pub(crate) place: &'a Place,
}

// === impl Reading ===

impl Reading<'_> {
    /// Scans a request.
    pub(crate) fn scan(&self, head: &RequestHead, body: &Bytes) -> Result<Scanned, Refusal> {
        let scanned = self.task.scan(self.dialect, head, body, self.place);
        scanned.map_err(|error| refusal_of(self.dialect, &error.into(), Reason::InvalidAiRequest))
    }

    /// Whether requests of this kind may refer to what was before.
    fn refers(&self) -> bool {
        self.dialect == Dialect::OpenAiResponses
            && matches!(self.task, Task::Generate | Task::Count | Task::Compact)
    }

    fn refuse(&self, error: &ApiError) -> Refusal {
        refusal_of(self.dialect, error, Reason::InvalidAiRequest)
    }

    /// Puts in what a request names besides the answer that it goes on from.
    pub(crate) async fn prepare(
        &self,
        x: &mut Exchange<'_>,
        keeper: &Keeper,
        body: Bytes,
    ) -> Result<Bytes, Refusal> {
        if !self.refers() {
            return Ok(body);
        }
        let body = match memmem::find(&body, b"item_reference") {
            Some(_) => with_items(keeper, body).await.map_err(|error| self.refuse(&error))?,
            None => body,
        };
        let owner = Owner::of(x);
        let open = |sealed: &str| x.shared().seal.show(&owner, compaction::SEALED, sealed);
        let opened = match memmem::find(&body, compaction::SEALED.as_bytes()) {
            Some(_) => compaction::opened(&body, &open).map_err(|error| self.refuse(&error.into()))?,
            None => None,
        };
        Ok(opened.map_or(body, Bytes::from))
    }

    /// Finds the answer that a request goes on from.
    pub(crate) async fn resolve(
        &self,
        x: &mut Exchange<'_>,
        keeper: &Keeper,
        (body, scanned): (Bytes, Scanned),
    ) -> Result<Resolved, Refusal> {
        let Some(previous) = scanned.previous().filter(|_| self.refers()).map(str::to_owned) else {
            return Ok(Resolved { body, scanned, previous: None, opened: None });
        };
        let opened = x.shared().seal.open(&Owner::of(x), &previous);
        if opened.is_some() {
            return Ok(Resolved { body, scanned, previous: Some(previous), opened });
        }
        let joined =
            responses::go_on(x, keeper, &body, &previous).await.map_err(|error| self.refuse(&error))?;
        let Some(whole) = joined else { return Err(self.refuse(&responses::not_found(&previous))) };
        if whole.len() > x.shared().config.ai_body_limit {
            let message = "the conversation is longer than is taken in one request";
            let error = ApiError::new(413, llm::ErrorKind::TooLarge, message);
            return Err(refusal_of(self.dialect, &error, Reason::BodyTooLarge));
        }
        let scanned = self.scan(&x.head, &whole)?;
        Ok(Resolved { body: whole, scanned, previous: Some(previous), opened: None })
    }
}

// === impl Resolved ===

impl Resolved {
    /// Whether the vendors behind do by themselves what only vendors of the dialect can.
    pub(crate) fn is_native(&self, dialect: Dialect, alias: &Alias) -> bool {
        self.opened.is_some()
            || alias.targets.iter().all(|target| target::kind(target).keeps_answers(dialect))
    }
}

/// The request with the items that it names, where Weir keeps them.
async fn with_items(keeper: &Keeper, body: Bytes) -> Result<Bytes, ApiError> {
    let mut answers: BTreeMap<String, Option<Bytes>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for id in conversation::references(&body) {
        let Some(answer) = conversation::answer_of(&id) else { continue };
        if !answers.contains_key(&answer) && answers.len() < MOST_ANSWERS {
            let kept = keeper.answer(&answer).await.map_err(responses::unavailable)?;
            answers.insert(answer.clone(), kept);
        }
        let kept = answers.get(&answer).and_then(Option::as_ref);
        if let Some(item) = kept.and_then(|kept| conversation::item(kept, &id)) {
            found.insert(id, item);
        }
    }
    let whole = (!found.is_empty()).then(|| conversation::with_items(&body, &found)).flatten();
    Ok(whole.map_or(body, Bytes::from))
}
