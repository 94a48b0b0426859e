//! Answers the calls of a case: as the case says, else as its server does, else by the examples of the OpenAPI description.

use std::collections::HashMap;
use std::time::Duration;

use flow::engine::{Call, Lost, Reply};
use openapi::{Description, Example, Operation, Schemas};
use serde_json::{Value, json};

use super::live::Servers;
use super::suite::{Answer, Case, Suite};

/// How long an answer takes of which nothing is said: so much that what waits for it begins later.
const USUAL: Duration = Duration::from_millis(1);

/// The answers of a case.
pub(super) struct Mock<'s> {
    suite: &'s Suite,
    case: &'s Case,
    /// Servers that answer what the case says nothing of.
    live: Option<&'s Servers>,
    /// How many answers of a key were given.
    given: HashMap<String, usize>,
}

/// What becomes of a call.
pub(super) struct Mocked {
    pub(super) operation: Option<Box<str>>,
    pub(super) after: Duration,
    pub(super) result: Result<Reply, Lost>,
}

// === impl Mock ===

impl<'s> Mock<'s> {
    pub(super) fn new(suite: &'s Suite, case: &'s Case, live: Option<&'s Servers>) -> Self {
        Self { suite, case, live, given: HashMap::new() }
    }

    /// What becomes of a call of a step; fails where nothing says it.
    pub(super) fn answer(&mut self, step: &str, call: &Call) -> Result<Mocked, String> {
        let request = format!("{} {}", call.request.method, call.request.target);
        let events = self.suite.program.is_events(call.source);
        let source = self.suite.program.sources.get(call.source).map(|name| &**name).unwrap_or_default();
        let described = self.suite.described.get(source);
        let operation = described.and_then(|(_, read)| operation(read, call));
        let id = operation.and_then(|operation| operation.id.clone());
        let bare = bare(step);
        // What undoes a step is no attempt of it.
        let own = if bare.ends_with("/undo") { "" } else { bare.rsplit('/').next().unwrap_or_default() };
        let keys = [request.as_str(), step, bare.as_str(), own, id.as_deref().unwrap_or_default()];
        let answer = keys.into_iter().find_map(|key| self.next(key));
        if let Some((after, result)) =
            self.live.filter(|_| answer.is_none()).and_then(|live| live.answer(source, call))
        {
            return Ok(Mocked { operation: id, after, result });
        }
        let example = || {
            if events {
                return Some(taken());
            }
            let (written, _) = described?;
            Schemas::of(written).example(operation?)
        };
        let (after, result) = match answer {
            Some(Answer { lost: Some(lost), after, .. }) => (after.unwrap_or(USUAL), Err(lost.clone())),
            Some(answer) => (answer.after.unwrap_or(USUAL), Ok(reply(Some(answer), example()))),
            None => {
                let example = example().ok_or_else(|| {
                    format!("`{step}` ({request}) has no answer: neither `answers` nor a description has one")
                })?;
                (USUAL, Ok(reply(None, Some(example))))
            }
        };
        Ok(Mocked { operation: id, after, result })
    }

    /// The next answer of a key; the last stands for all that follow.
    fn next(&mut self, key: &str) -> Option<&'s Answer> {
        let answers = self.case.answers.get(key)?;
        let given = self.given.entry(key.to_owned()).or_default();
        let answer = answers.get(*given).or_else(|| answers.last())?;
        *given += 1;
        Some(answer)
    }
}

/// What is answered to a step whose event was taken in.
fn taken() -> Example {
    let body = json!({"id": "msg_test", "webhooks": []});
    Example { status: 202, headers: Vec::new(), kind: Some("application/json".into()), body }
}

/// A step's name without the numbers of elements: `stock[0]` is `stock`.
pub(super) fn bare(step: &str) -> String {
    let mut parts = step.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + part.split_once(']').map_or("", |(_, behind)| behind))
}

/// An answer; what it does not say is as in the example, where it goes well.
fn reply(answer: Option<&Answer>, example: Option<Example>) -> Reply {
    let said = answer.and_then(|answer| answer.status);
    let goes_well = said.is_none_or(|status| (200..300).contains(&status));
    let example = example.filter(|_| goes_well);
    let status = said.or(example.as_ref().map(|example| example.status)).unwrap_or(200);
    let own = answer.and_then(|answer| answer.body.clone());
    let kind = match (&own, &example) {
        (None, Some(example)) => example.kind.clone(),
        (Some(Value::String(_)) | None, _) => None,
        (Some(_), _) => Some("application/json".into()),
    };
    let mut headers: Vec<(Box<str>, String)> =
        answer.map(|answer| answer.headers.clone()).unwrap_or_default();
    let more = example.iter().flat_map(|example| example.headers.iter().cloned());
    let more = more.chain(kind.map(|kind| ("content-type".into(), kind.into_string())));
    for (name, value) in more {
        if !headers.iter().any(|(known, _)| *known == name) {
            headers.push((name, value));
        }
    }
    let has_body = own.is_some() || example.as_ref().is_some_and(|example| example.kind.is_some());
    let body = match own.or_else(|| example.map(|example| example.body)) {
        Some(_) | None if !has_body => Vec::new(),
        Some(Value::String(text)) if !is_json(&headers) => text.into_bytes(),
        Some(value) => value.to_string().into_bytes(),
        None => Vec::new(),
    };
    Reply { status, headers: headers.into(), body }
}

fn is_json(headers: &[(Box<str>, String)]) -> bool {
    headers.iter().any(|(name, value)| &**name == "content-type" && value.contains("json"))
}

/// The operation that a call is of: by its method, and by the path that has most of it literally.
fn operation<'d>(description: &'d Description, call: &Call) -> Option<&'d Operation> {
    let path = call.request.target.split('?').next().unwrap_or_default();
    let fits = |one: &&Operation| one.method == call.request.method && fits(&one.path, path);
    description.operations.iter().filter(fits).min_by_key(|operation| operation.in_path().count())
}

/// Whether a path is of a template, segment by segment.
fn fits(template: &str, path: &str) -> bool {
    let one = |(template, segment): (&str, &str)| match (template.split_once('{'), template.rsplit_once('}'))
    {
        (Some((before, _)), Some((_, behind))) => {
            segment.len() > before.len() + behind.len()
                && segment.starts_with(before)
                && segment.ends_with(behind)
        }
        _ => template == segment,
    };
    template.split('/').count() == path.split('/').count()
        && template.split('/').zip(path.split('/')).all(one)
}
