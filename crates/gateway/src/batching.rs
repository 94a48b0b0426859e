//! Many requests in one: `POST` to the path that the service's document names. Each is a call of the caller's at the same
//! service, with limits, policies and a record of its own; which begins when is the scheduler's word.

mod run;
mod trail;

use std::sync::Arc;

use batch::{Form, Limits};
use flow::Mistake;
use message::{Body, BodyError, Fields, Known, Method, Reason, ResponseHead};
use net::Reply;
use snapshot::{Batching, HeaderOp, Route};
use trace::FlowRecord;

use crate::Refusal;
use crate::exchange::Exchange;
use crate::problem::Fault;
use run::Runner;

/// Fields that are about the batch's own message, whether they hold or what is preferred of it.
const OF_MESSAGE: [&str; 6] =
    ["prefer", "idempotency-key", "digest", "repr-digest", "signature", "signature-input"];

/// What the names of more such fields begin with.
const OF_MESSAGE_BEGIN: [&str; 4] = ["content-", "if-", "x-forwarded-", "want-"];

/// The most mistakes that are told.
const MOST_TOLD: usize = 100;

/// How the service takes batches, if this call is one.
pub(crate) fn asked<'r>(x: &Exchange<'_>, route: &'r Route) -> Option<&'r Batching> {
    route.batching(x.head.path()).filter(|_| x.head.method == Method::Post)
}

pub(crate) async fn serve(
    x: &mut Exchange<'_>,
    route: &Arc<Route>,
    batching: &Batching,
) -> Result<Reply, Refusal> {
    if x.vouched.is_some() {
        return Err(Refusal::new(Reason::InvalidBatch, "a batch cannot stand in a batch"));
    }
    let form = x.head.fields.get_str(Known::ContentType).and_then(Form::of).ok_or_else(|| {
        let detail = "a batch is `application/json`, or `multipart/mixed` with a boundary";
        Refusal { status: Some(415), ..Refusal::new(Reason::InvalidBatch, detail) }
    })?;
    crate::flow::uncoded(&x.head.fields, Reason::InvalidBatch)?;
    let body = x.read_body(batching.max_body).await.map_err(|error| too_long(error, batching))?;
    let limits = Limits { items: batching.max_items, path: &batching.path };
    let batch = form.read(&body, limits).map_err(refuse)?;
    // From here on its items are the calls that are under way.
    drop(x.ledger.release());
    let began = u64::from(x.ledger.offset());
    let (answers, steps) = Runner::new(x, (route, batching), (&batch, inherited(x))).run().await;
    x.mark("batch");
    let steps = FlowRecord::of(steps).later(began);
    x.ledger.note(|record| record.flow = Some(Box::new(steps)));
    let mut head = ResponseHead::new(200);
    let out = match form {
        Form::Json => {
            head.fields.push(Known::ContentType, b"application/json");
            batch::json(&batch.items, &answers)
        }
        Form::Multipart(_) => {
            let boundary = x.core.with_rng(|rng| format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()));
            head.fields.push_with(Known::ContentType, |out| {
                out.extend_from_slice(format!("multipart/mixed; boundary={boundary}").as_bytes());
            });
            batch::multipart(&batch.items, &answers, &boundary)
        }
    };
    Ok(Reply::new(head, Body::full(out)))
}

fn too_long(error: BodyError, batching: &Batching) -> Refusal {
    let detail = match error.reason {
        Reason::BodyTooLarge => format!("a batch has at most {} bytes", batching.max_body).into(),
        _ => error.detail,
    };
    Refusal::new(error.reason, detail)
}

fn refuse(mistakes: Vec<Mistake>) -> Refusal {
    let detail = match mistakes.len() {
        1 => "the batch has a mistake; `errors` has its place".to_owned(),
        count if count > MOST_TOLD => {
            format!("the batch has {count} mistakes; `errors` has the first {MOST_TOLD} with their places")
        }
        count => format!("the batch has {count} mistakes; `errors` has their places"),
    };
    let fault = |mistake: Mistake| Fault { pointer: mistake.at.to_string(), detail: mistake.message };
    let faults = mistakes.into_iter().take(MOST_TOLD).map(fault).collect();
    Refusal { faults, ..Refusal::new(Reason::InvalidBatch, detail) }
}

/// The fields of the batch that hold for each of its items, unless the item has its own: those that say who asks, and not
/// those that are about this message. What policies have set, they set for each item themselves.
fn inherited(x: &Exchange<'_>) -> Fields {
    let mut fields = x.head.fields.clone();
    for op in x.chains().flat_map(|chain| &chain.request.0) {
        if let HeaderOp::Set(_, name, _) | HeaderOp::Add(_, name, _) = op {
            fields.remove_named(name.as_bytes());
        }
    }
    fields.retain(|known, name, _| {
        let own = matches!(
            known,
            Known::Accept
                | Known::AcceptEncoding
                | Known::CacheControl
                | Known::Expect
                | Known::Forwarded
                | Known::MaxForwards
                | Known::Range
                | Known::Te
                | Known::Traceparent
                | Known::Trailer
                | Known::Via
                | Known::XRequestId
        );
        let begins = |with: &str| {
            let start = name.get(..with.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
        };
        let is = |whole: &str| name.eq_ignore_ascii_case(whole.as_bytes());
        !own && !OF_MESSAGE.into_iter().any(is) && !OF_MESSAGE_BEGIN.into_iter().any(begins)
    });
    fields
}
