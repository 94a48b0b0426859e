//! Batches that a provider runs: their input goes there with the provider's names of models, and their ids come back sealed.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use domain::spec::UnsupportedParams;
use llm::ProviderKind;
use message::{Body, BodyError, Fields, Frame, Method, Reason, Stream};
use net::Response;
use serde_json::{Map, Value, json};
use snapshot::{AliasTarget, Attachment, Provider};

use super::super::alias::Allowed;
use super::super::errand::{self, Errand, failed};
use super::super::files::incoming::{Name, around};
use super::super::files::shelf::File;
use super::super::files::{get, is_plain, joined, object, renamed};
use super::super::lent::Lent;
use super::super::owner::Owner;
use super::super::target;
use super::super::task::{Made, Stamp};
use super::ask::Ask;
use super::desk::Desk;
use super::lines::{Checked, Lines, Work};
use crate::Refusal;
use crate::exchange::Exchange;
use crate::stage::route::Conditions;

/// A provider that can run a whole batch, and its names of the models in it.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) provider: Arc<Provider>,
    kind: ProviderKind,
    models: HashMap<String, AliasTarget>,
}

/// Where a batch with a sealed id is.
pub(crate) struct There {
    pub(crate) target: AliasTarget,
    /// The provider's own id of it.
    pub(crate) own: String,
}

// === impl Home ===

impl Home {
    /// The provider's model where all lines have the same; else empty, since a provider tells no usage by model.
    pub(crate) fn model(&self) -> String {
        let mut models = self.models.values().map(|target| &target.model);
        let first = models.next();
        first.filter(|first| models.all(|model| model == *first)).map(ToString::to_string).unwrap_or_default()
    }
}

/// Looks for a provider that can run all of a batch: one that keeps files and is the first target of every line's model.
/// `None`: there is none, or the input has mistakes, which Weir tells.
pub(crate) async fn home(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    (desk, file, work): (&Desk, &File, &Work),
) -> Option<Home> {
    // What limits count must be calls here.
    if errand::keepers(x, allowed).is_empty() || is_limited(x, work) {
        return None;
    }
    let refuses = allowed.ways.unsupported == UnsupportedParams::Refuse;
    let mut lines = Lines::of(desk.shelf.content(file));
    let mut checked = Checked::default();
    let mut home: Option<Home> = None;
    let owner = Owner::of(x);
    while let Some((number, line)) = lines.next().await.ok()? {
        let line = checked.note(number, work.line(&line))?;
        if checked.is_too_many() {
            return None;
        }
        // One with files of a provider's is opened when it is executed.
        if !matches!(Lent::open(&x.core.shared.seal, &owner, line.body.clone()), Ok((_, None))) {
            return None;
        }
        let scanned = work.scan(&line)?;
        if !refuses && home.as_ref().is_some_and(|home| home.models.contains_key(&scanned.model)) {
            continue;
        }
        let alias = allowed.find(&x.snapshot, &scanned.model).ok()?;
        let target = alias.targets.first()?;
        let target = AliasTarget {
            provider: Arc::clone(&target.provider),
            model: Arc::clone(&target.model),
            price: target.price.clone(),
            attachment: Attachment::default(),
        };
        let kind = target::kind(&target);
        let to = llm_target(&target);
        kind.pass_path("/batches", &to).ok().filter(|_| target.provider.files)?;
        // One that would have to be asked in other words is not asked by its own batches.
        let Ok(Made::Request(encoded, _)) = scanned.encode((work.dialect, &line.body), kind, &to, stamp())
        else {
            return None;
        };
        let path = encoded.path.split_once('?').map_or(&*encoded.path, |(path, _)| path);
        let dropped = refuses && !encoded.dropped.is_empty();
        if dropped || !path.ends_with(work.endpoint.strip_prefix("/v1")?) {
            return None;
        }
        match &mut home {
            None => {
                let provider = Arc::clone(&target.provider);
                home = Some(Home { provider, kind, models: HashMap::from([(scanned.model, target)]) });
            }
            Some(home) if home.provider.id == target.provider.id => {
                home.models.insert(scanned.model, target);
            }
            Some(_) => return None,
        }
    }
    home.filter(|_| checked.end().is_empty())
}

/// Whether a rate limit counts the lines of a batch.
fn is_limited(x: &Exchange<'_>, work: &Work) -> bool {
    let path = x.head.path();
    let strip = x.route.as_ref().map_or(0, |route| route.path_change(path).0);
    let before = path.get(..strip).unwrap_or_default().trim_end_matches('/');
    let below = work.endpoint.strip_prefix("/v1").unwrap_or(work.endpoint);
    let path = format!("{before}{}{below}", super::base(x));
    let fields = Fields::new();
    let found = x.snapshot.find(x.head.authority(), &path, "POST", &Conditions(&fields, None));
    let of_lines = found.is_ok_and(|found| !found.route.chain.rates.is_empty());
    of_lines || x.chains().any(|chain| !chain.rates.is_empty())
}

/// Hands a batch over; gives what the provider says of it.
pub(crate) async fn hand_over(
    x: &mut Exchange<'_>,
    home: Home,
    (desk, file): (&Desk, &File),
    ask: &Ask,
) -> Result<Map<String, Value>, Refusal> {
    let target = errand::at(&home.provider);
    let boundary = x.core.with_rng(|rng| format!("weir-{:016x}{:016x}", rng.next_u64(), rng.next_u64()));
    let name =
        Name { filename: format!("{}.jsonl", file.id()), media_type: Some("application/jsonl".into()) };
    let (start, end) = around(&boundary, &[("purpose".into(), "batch".into())], &name);
    let url = url(&home, &ask.work);
    let lines = Lines::of(desk.shelf.content(file));
    let content = Rewritten { lines, work: ask.work.clone(), home, url: url.clone() };
    let errand = Errand {
        method: Method::Post,
        path: "/files",
        below: String::new(),
        content_type: Some(format!("multipart/form-data; boundary={boundary}")),
        body: joined(start, Body::stream(content), end),
    };
    let Response { mut body, .. } = errand::run(x, &target, errand).await?;
    let input = object(&mut body).await?.shift_remove("id");
    let input = input.ok_or_else(|| failed(Reason::ProviderMalformed, "the file has no id"))?;
    let mut asked = json!({"input_file_id": input, "endpoint": url, "completion_window": "24h"});
    if !ask.metadata.is_null() {
        asked["metadata"] = ask.metadata.clone();
    }
    if let Some(seconds) = ask.keep {
        asked["output_expires_after"] = json!({"anchor": "created_at", "seconds": seconds});
    }
    let errand = Errand {
        method: Method::Post,
        path: "/batches",
        below: String::new(),
        content_type: Some("application/json".into()),
        body: Body::full(asked.to_string()),
    };
    let Response { mut body, .. } = errand::run(x, &target, errand).await?;
    let told = object(&mut body).await?;
    sealed(x, &target, told, Some(file.id()))
}

/// Where the lines of a batch go, as its provider has it.
fn url(home: &Home, work: &Work) -> String {
    let without = home.kind == ProviderKind::Azure && !home.provider.path.ends_with("/openai/v1");
    let below = work.endpoint.strip_prefix("/v1").filter(|_| without);
    below.unwrap_or(work.endpoint).to_owned()
}

/// Finds the provider of a batch.
pub(crate) fn find(x: &Exchange<'_>, allowed: &Allowed<'_>, id: &str) -> Option<Result<There, Refusal>> {
    let opened = x.shared().seal.open(&Owner::of(x), id)?;
    let provider = errand::keeper(x, allowed, &opened.provider).filter(|_| is_plain(&opened.id));
    Some(match provider {
        Some(provider) => Ok(There { target: errand::at(&provider), own: opened.id }),
        None => Err(super::no_batch(id)),
    })
}

/// What a provider says of a batch.
pub(crate) async fn retrieve(
    x: &mut Exchange<'_>,
    there: &There,
    (id, input): (&str, Option<&str>),
) -> Result<Map<String, Value>, Refusal> {
    say(x, there, get("/batches", format!("/{}", there.own)), (id, input)).await
}

/// Has a provider cancel a batch.
pub(crate) async fn cancel(
    x: &mut Exchange<'_>,
    there: &There,
    (id, input): (&str, Option<&str>),
) -> Result<Map<String, Value>, Refusal> {
    let below = format!("/{}/cancel", there.own);
    let errand = Errand { method: Method::Post, ..get("/batches", below) };
    say(x, there, errand, (id, input)).await
}

async fn say(
    x: &mut Exchange<'_>,
    there: &There,
    errand: Errand,
    (id, input): (&str, Option<&str>),
) -> Result<Map<String, Value>, Refusal> {
    let response = errand::run(x, &there.target, errand).await;
    let Response { mut body, .. } = response.map_err(|refusal| renamed(refusal, &there.own, id))?;
    let told = object(&mut body).await?;
    sealed(x, &there.target, told, input)
}

/// A batch with the ids that clients know it and its files by. The client's own input has another name there.
fn sealed(
    x: &Exchange<'_>,
    target: &AliasTarget,
    mut told: Map<String, Value>,
    input: Option<&str>,
) -> Result<Map<String, Value>, Refusal> {
    let owner = Owner::of(x);
    for name in ["id", "input_file_id", "output_file_id", "error_file_id"] {
        if let Some(Value::String(own)) = told.get(name) {
            let sealed = x.shared().seal.seal(&owner, target, own);
            told.insert(name.to_owned(), sealed.into());
        }
    }
    if let Some(input) = input {
        told.insert("input_file_id".into(), input.into());
    }
    if told.get("id").is_none_or(|id| !id.is_string()) {
        return Err(failed(Reason::ProviderMalformed, "the batch has no id"));
    }
    Ok(told)
}

fn llm_target(target: &AliasTarget) -> llm::Target<'_> {
    llm::Target::new(&target.model, None).of(target.provider.vendor).at(&target.provider.path)
}

/// What only answers have need of.
fn stamp() -> Stamp {
    Stamp { id: String::new(), created: 0 }
}

/// The lines of an input in the words of a provider, as they are read.
struct Rewritten {
    lines: Lines,
    work: Work,
    home: Home,
    url: String,
}

// === impl Rewritten ===

impl Rewritten {
    fn line(&self, line: &Bytes) -> Option<Bytes> {
        let line = self.work.line(line).ok()?;
        let scanned = self.work.scan(&line)?;
        let target = self.home.models.get(&scanned.model)?;
        let body = (self.work.dialect, &*line.body);
        let made = scanned.encode(body, self.home.kind, &llm_target(target), stamp()).ok()?;
        let Made::Request(encoded, _) = made else { return None };
        let (id, url) = (Value::from(line.custom_id), Value::from(self.url.as_str()));
        let mut out =
            format!("{{\"custom_id\":{id},\"method\":\"POST\",\"url\":{url},\"body\":").into_bytes();
        out.extend_from_slice(&encoded.body);
        out.extend_from_slice(b"}\n");
        Some(out.into())
    }
}

impl Stream for Rewritten {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let next = match ready!(self.lines.poll_next(cx)) {
            Ok(next) => next,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        Poll::Ready(next.map(|(_, line)| {
            let line = self.line(&line);
            line.map(Frame::Data).ok_or_else(|| {
                BodyError::new(Reason::InternalError, "a line of the batch has become another")
            })
        }))
    }
}

/// The usage that a provider tells of a batch.
pub(crate) fn usage(told: &Map<String, Value>) -> Option<llm::Usage> {
    let usage = told.get("usage").filter(|usage| usage.is_object())?;
    let count = |name: &str| usage.get(name).and_then(Value::as_u64).unwrap_or_default();
    let detail = |of: &str, name: &str| usage.get(of).and_then(|of| of.get(name)).and_then(Value::as_u64);
    Some(llm::Usage {
        input: count("input_tokens"),
        output: count("output_tokens"),
        cache_read: detail("input_tokens_details", "cached_tokens").unwrap_or_default(),
        reasoning: detail("output_tokens_details", "reasoning_tokens").unwrap_or_default(),
        ..llm::Usage::default()
    })
}

/// The target of a batch whose lines have this model, with its prices.
pub(crate) fn priced(x: &Exchange<'_>, allowed: &Allowed<'_>, (there, model): (&There, &str)) -> AliasTarget {
    let provider = &there.target.provider;
    let aliases = allowed.all(&x.snapshot);
    let mut targets = aliases.iter().flat_map(|alias| &alias.targets);
    let found = targets.find(|target| target.provider.id == provider.id && *target.model == *model);
    AliasTarget {
        provider: Arc::clone(provider),
        model: model.into(),
        price: found.and_then(|target| target.price.clone()),
        attachment: Attachment::default(),
    }
}

/// Notes the usage of a batch, for the record of the call that learns that it is over.
pub(crate) fn note_usage(x: &mut Exchange<'_>, target: &AliasTarget, usage: &llm::Usage) {
    let mut ai = trace::AiRecord {
        dialect: errand::DIALECT.as_str().into(),
        provider: Some(Arc::clone(&target.provider.label)),
        model: (!target.model.is_empty()).then(|| Arc::clone(&target.model)),
        ..trace::AiRecord::default()
    };
    target::tariff(target).settle_batch(&mut ai, &usage.consistent());
    x.ledger.note(|record| record.ai = Some(Box::new(ai)));
}
