//! Answers of OpenAI's Responses that their vendor keeps: whoever shows the sealed id of one is brought to the provider that
//! gave it, as far as the caller may use that provider.

use std::fmt::Write as _;

use llm::conversation::background;
use llm::{AnswerIds, ApiError, Context, Dialect, Target};
use message::{Known, Method, Reason};
use net::{Reply, Response};
use snapshot::AliasTarget;
use tokio::time::Instant;
use trace::AiRecord;

use super::alias::Allowed;
use super::answer::{self, Plan, json};
use super::debt::Debt;
use super::google;
use super::keeper::Keeper;
use super::owner::Owner;
use super::refusal_of;
use super::responses::{self, Kept};
use super::seal::{self, Opened};
use super::serve::Failed;
use super::signed::Outgoing;
use super::target;
use super::task::Answer;
use crate::Refusal;
use crate::exchange::Exchange;
use crate::proxy::Deadline;

/// The longest answer that is held in memory, in bytes.
const ANSWER_CAP: usize = 64 << 20;

/// What of a query goes on to the provider.
const QUERY: [&str; 9] = [
    "after",
    "before",
    "include",
    "include[]",
    "include%5B%5D",
    "include_obfuscation",
    "limit",
    "order",
    "starting_after",
];

const DIALECT: Dialect = Dialect::OpenAiResponses;

/// Asks the provider.
pub(crate) async fn ask(
    x: &mut Exchange<'_>,
    allowed: &Allowed<'_>,
    kept: &Kept,
    opened: &Opened,
) -> Result<Reply, Refusal> {
    let snapshot = x.snapshot.clone();
    let aliases = allowed.all(&snapshot);
    let mut targets = aliases
        .iter()
        .flat_map(|alias| &alias.targets)
        .filter(|target| opened.is_of(target) && target::kind(target).keeps_answers(DIALECT));
    let first = targets.next();
    let target = targets.find(|target| *target.model == *opened.model).or(first);
    let target = target.ok_or_else(|| responses::missing(kept.id()))?;
    let outcome = send(x, kept, opened, target).await;
    outcome.map_err(|failed| {
        let (Failed::Next(error, reason) | Failed::Final(error, reason)) = failed else {
            return responses::missing(kept.id());
        };
        if error.status == 404 {
            return responses::missing(kept.id());
        }
        let message = error.message.replace(&opened.id, kept.id());
        refusal_of(DIALECT, &ApiError { message, ..error.for_client() }, reason)
    })
}

async fn send(
    x: &mut Exchange<'_>,
    kept: &Kept,
    opened: &Opened,
    target: &AliasTarget,
) -> Result<Reply, Failed> {
    let (kind, method) = (target::kind(target), x.head.method.clone());
    let streamed = kept.streams(&x.head);
    let path = path(kept, opened, x.head.query().unwrap_or_default(), streamed);
    let outgoing = Outgoing {
        method: if method == Method::Head { Method::Get } else { method.clone() },
        path: &path,
        headers: &[],
        body: &[],
        traceparent: Some(&x.context.parent_of(x.ledger.span()).encode()),
    };
    let token = google::key(x.core.into(), &target.provider).await;
    let token = token.map_err(|why| target::failed(Reason::ProviderError, &why))?;
    let head = target::signed_head(x, &target.provider, (kind, token.as_ref()), &outgoing)?;
    let overrule = x.timeouts();
    let began = Instant::now();
    let timing = (overrule, Deadline::of(&overrule));
    let response = target::send(x, timing, target, None, (head, Vec::new())).await?;
    let to = Target::new(&target.model, None).at(&target.provider.path);
    if !(200..300).contains(&response.head.status) {
        return Err(target::read_error(kind, DIALECT, &to, response).await);
    }
    let ids = AnswerIds::default().sealed(seal::sealing(&x.core.shared, &Owner::of(x), target));
    let keeper = Keeper::of(x);
    let events = response
        .head
        .fields
        .get_str(Known::ContentType)
        .is_some_and(|kind| kind.starts_with("text/event-stream"));
    if events {
        let debt = Debt::take(x.core, &keeper, kept.id()).await;
        note(x, target, debt.is_some());
        let context = Context::of_form(DIALECT, opened.model.clone(), x.ledger.id().to_string(), 0);
        let context = Context { ids, ..context };
        let plan = Plan {
            dialect: DIALECT,
            asked_at: x.shared().config.clock.wall().0 / 1_000_000,
            kind,
            tariff: target::tariff(target),
            dropped: Vec::new(),
            streamed: true,
            pace: target.provider.pace,
            ready_cap: answer::READY_CAP,
            began,
            keeper,
            owes: false,
            debt,
        };
        return answer::begin(x, Answer::Generate(context), plan, response).await;
    }
    whole(x, kept, (target, ids, keeper), response).await
}

async fn whole(
    x: &mut Exchange<'_>,
    kept: &Kept,
    (target, ids, keeper): (&AliasTarget, AnswerIds, Keeper),
    mut response: Response,
) -> Result<Reply, Failed> {
    let read = response.body.collect(ANSWER_CAP).await;
    let bytes = read.map_err(|error| target::failed(error.reason, &error.detail))?;
    if matches!(kept, Kept::Items(_)) {
        return Ok(json(bytes.to_vec()));
    }
    let ended = background::has_ended(&bytes) && x.head.method != Method::Delete;
    if ended && let Some(debt) = Debt::take(x.core, &keeper, kept.id()).await {
        note(x, target, true);
        let tariff = target::tariff(target);
        // What is not told has no cost that is known.
        if let Some(usage) = llm::conversation::usage(&bytes) {
            x.ledger.note(|record| {
                if let Some(ai) = record.ai.as_mut() {
                    tariff.settle(ai, &usage);
                }
            });
        }
        debt.pay();
    }
    let malformed = || target::failed(Reason::ProviderMalformed, "the provider's answer is not JSON");
    ids.rewrite(&bytes).map(json).ok_or_else(malformed)
}

/// The record tells of the model where its usage is told with this call.
fn note(x: &mut Exchange<'_>, target: &AliasTarget, owed: bool) {
    if !owed {
        return;
    }
    x.ledger.note(|record| {
        record.ai = Some(Box::new(AiRecord {
            dialect: DIALECT.as_str().into(),
            provider: Some(target.provider.label.clone()),
            model: Some(target.model.clone()),
            ..AiRecord::default()
        }));
    });
}

/// Where the provider has the answer.
fn path(kept: &Kept, opened: &Opened, query: &str, streamed: bool) -> String {
    let mut id = String::with_capacity(opened.id.len());
    for byte in opened.id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => id.push(char::from(byte)),
            byte => write!(id, "%{byte:02X}").unwrap_or_default(),
        }
    }
    let verb = match kept {
        Kept::Answer(_) => "",
        Kept::Cancel(_) => "/cancel",
        Kept::Items(_) => "/input_items",
    };
    let known = |pair: &&str| QUERY.contains(&pair.split('=').next().unwrap_or_default());
    let mut pairs: Vec<&str> = query.split('&').filter(known).collect();
    if streamed {
        pairs.push("stream=true");
    }
    let mark = if pairs.is_empty() { "" } else { "?" };
    format!("/responses/{id}{verb}{mark}{}", pairs.join("&"))
}
