//! Requests and answers of the same dialect on both sides: they pass, and are looked at on the way. Weir keeps the
//! conversation, so that Google is told not to, and the answer has the id that Weir keeps it by.

use json::{Array, Data, Object, Value, push_string};

use super::collect::Steps;
use super::shell::{self, interaction_members};
use super::{error, events, request, state, usage};
use crate::canonical::Dropped;
use crate::dialect::gemini::NO_SIGNATURE;
use crate::dialect::{Facts, PassStream};
use crate::provider::Wired;
use crate::provider::gemini::look;
use crate::sse::{self, TooLarge};
use crate::{ApiError, Carry, Context, FinishReason, RequestError, ResponseError, Target, Translated, Usage};

/// Members that are written anew, and those that say who keeps the conversation.
const OWN: [&str; 5] = ["background", "model", "input", "previous_interaction_id", "store"];

/// A request for Google: for its model, not to be kept, without other vendors' state.
pub(super) fn request(body: &[u8], target: &Target<'_>) -> Result<Wired, RequestError> {
    let text = std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
    let asked = Value::parse(text).map_err(RequestError::json)?;
    request::in_the_foreground(asked.get("background"))?;
    let mut dropped = Dropped::default();
    let mut out = Vec::with_capacity(body.len() + 32);
    let mut object = Object::begin(&mut out);
    object.string("model", target.model).raw("store", "false");
    for (key, value) in asked.members() {
        if !OWN.iter().any(|name| key.is(name)) {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
    }
    let input = asked.get("input");
    if !input.is_null() {
        write_input(input, object.key("input"), &mut dropped);
    }
    object.end();
    let mut carry = Carry::default();
    carry.notes.echo = request::echo(&asked)?;
    Ok(Wired { body: out, dropped, carry })
}

/// Writes the input with Google's own state alone.
fn write_input(input: &Value<'_>, out: &mut Vec<u8>, dropped: &mut Dropped) {
    let Data::Array(items) = &input.data else {
        out.extend_from_slice(input.raw.as_bytes());
        return;
    };
    let mut list = Array::begin(out);
    for (at, item) in items.iter().enumerate() {
        let signature = item.get("signature").as_text().filter(|_| item.get("type").is("thought"));
        let own = signature.as_ref().map(|signature| state::own(&signature.decode()));
        match own {
            None => list.item().extend_from_slice(item.raw.as_bytes()),
            Some(own) if own == signature => list.item().extend_from_slice(item.raw.as_bytes()),
            Some(own) => {
                // A call must have a state before it.
                let calls = items.get(at + 1).is_some_and(|next| next.get("type").is("function_call"));
                let signature = match &own {
                    Some(own) => format!("\"{}\"", own.literal()),
                    None if calls => NO_SIGNATURE.to_owned(),
                    None => String::new(),
                };
                if own.is_none() {
                    dropped.add("input[].signature");
                }
                if !signature.is_empty() || !item.get("summary").items().is_empty() {
                    sign(item, &signature, list.item());
                }
            }
        }
    }
    list.end();
}

/// Writes a thought with this signature, in JSON; without one where it is empty.
fn sign(thought: &Value<'_>, signature: &str, out: &mut Vec<u8>) {
    let mut step = Object::begin(out);
    for (key, value) in thought.members().iter().filter(|(key, _)| !key.is("signature")) {
        step.text_key(key).extend_from_slice(value.raw.as_bytes());
    }
    if !signature.is_empty() {
        step.raw("signature", signature);
    }
    step.end();
}

/// Looks at a whole answer, and names it as it is kept here. One that failed is an error, so that another target may
/// be tried.
pub(super) fn response(text: &str, ctx: &Context) -> Result<Translated, ResponseError> {
    let told = Value::parse(text).map_err(|_| ResponseError::NotJson)?;
    if let Some(error) = look(&told).error.or_else(|| failure(&told)) {
        return Err(ResponseError::Failed(Box::new(error)));
    }
    let Data::Array(steps) = &told.get("steps").data else {
        return Err(ResponseError::Unexpected { what: "it has no `steps`" });
    };
    let called = steps.iter().any(|step| step.get("type").is("function_call"));
    let said: usize = steps.iter().map(|step| step.raw.len()).sum();
    let mut body = Vec::with_capacity(text.len() + 64);
    write(&told, ctx, None, &mut body);
    Ok(Translated {
        body,
        unchanged: false,
        usage: usage::read(told.get("usage")).unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, said)),
        finish_reason: finish(&told, called),
        model: model(&told),
        kept: Vec::new(),
    })
}

/// Writes an interaction that Google told, by the id that Weir keeps it by; with these steps, where it tells none.
fn write(told: &Value<'_>, ctx: &Context, steps: Option<&Steps>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.string("id", &shell::id(ctx));
    for (key, value) in told.members() {
        let own = key.is("id") || key.is("previous_interaction_id") || (steps.is_some() && key.is("steps"));
        if !own {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
    }
    if let Some(steps) = steps {
        match told.get("steps") {
            list if !list.items().is_empty() => drop(object.raw("steps", list.raw)),
            _ => steps.write(object.key("steps")),
        }
    }
    interaction_members(&ctx.carry.notes.echo, &mut object);
    object.end();
}

fn model(told: &Value<'_>) -> Option<String> {
    told.get("model").as_text().map(|model| model.decode().into_owned())
}

/// The error of an interaction that failed.
fn failure(told: &Value<'_>) -> Option<ApiError> {
    told.get("status").is("failed").then_some(())?;
    let first = told.get("errors").items().first().map_or("{}", |error| error.raw);
    let within = format!(r#"{{"error":{first}}}"#);
    Value::parse(&within).ok().and_then(|body| look(&body).error)
}

/// Why the model stopped; none while it works.
fn finish(told: &Value<'_>, called: bool) -> Option<FinishReason> {
    let status = told.get("status").as_text()?;
    let failed = |step: &Value<'_>| !step.get("error").is_null();
    match &*status.decode() {
        "incomplete" if told.get("steps").items().iter().any(failed) => Some(FinishReason::ContentFilter),
        "incomplete" | "budget_exceeded" | "requires_continuation" => Some(FinishReason::Length),
        "failed" | "cancelled" => Some(FinishReason::Error),
        "requires_action" => Some(FinishReason::ToolCalls),
        "completed" => Some(if called { FinishReason::ToolCalls } else { FinishReason::Stop }),
        _ => None,
    }
}

/// Passes one stream, every event as it came but for those that name the interaction.
#[derive(Debug)]
pub(super) struct Stream {
    parser: sse::Parser,
    told: Told,
}

#[derive(Debug)]
struct Told {
    ctx: Context,
    steps: Steps,
    /// The whole answer, once it is complete.
    object: Option<Vec<u8>>,
}

impl PassStream for Stream {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, told } = self;
        parser.push(bytes, |block| told.pass(block, facts, out))
    }

    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, told } = self;
        let start = out.len();
        parser.finish(|block| told.pass(block, facts, out))?;
        if out.len() > start && !out.ends_with(b"\n\n") {
            out.extend_from_slice(b"\n\n");
        }
        Ok(())
    }

    fn object(&self) -> Option<&[u8]> {
        self.told.object.as_deref()
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        let told = Told { ctx: ctx.clone(), steps: Steps::default(), object: None };
        Self { parser: sse::Parser::new(ctx.max_event), told }
    }
}

// === impl Told ===

impl Told {
    fn pass(&mut self, block: sse::Block<'_>, facts: &mut Facts, out: &mut Vec<u8>) {
        if facts.done {
            return;
        }
        let Some(event) = block.event else {
            out.extend_from_slice(block.raw);
            return;
        };
        let value = std::str::from_utf8(event.data).ok().and_then(|text| Value::parse(text).ok());
        let Some(value) = value else {
            // The client's library would give up on it, and the events after it may be fine.
            facts.skipped += u64::from(event.data.trim_ascii() != b"[DONE]");
            return;
        };
        match &*value.get("event_type").as_text().unwrap_or_default().decode() {
            "interaction.created" => self.interaction("interaction.created", &value, out),
            "interaction.completed" => self.completed(&value, facts, out),
            "interaction.status_update" => {
                events::write("interaction.status_update", out, |update| {
                    push_string(update.key("interaction_id"), &shell::id(&self.ctx));
                    copy(&value, &["interaction_id", "event_type"], update);
                });
            }
            "error" => {
                let error = look(&value).error.unwrap_or_else(unknown).for_client();
                error::event(&error, out);
                facts.error = Some(error);
                facts.done = true;
            }
            kind => {
                self.note(kind, &value, facts);
                out.extend_from_slice(block.raw);
            }
        }
        if facts.model.is_none() {
            facts.model = model(value.get("interaction"));
        }
    }

    /// Tells of the interaction by the id that it is kept by.
    fn interaction(&self, kind: &'static str, event: &Value<'_>, out: &mut Vec<u8>) {
        events::write(kind, out, |object| {
            write(event.get("interaction"), &self.ctx, None, object.key("interaction"));
            copy(event, &["interaction", "event_type"], object);
        });
    }

    fn completed(&mut self, event: &Value<'_>, facts: &mut Facts, out: &mut Vec<u8>) {
        let told = event.get("interaction");
        facts.usage = usage::read(told.get("usage"));
        if let Some(error) = failure(told).map(ApiError::for_client) {
            error::event(&error, out);
            facts.error = Some(error);
            facts.done = true;
            return;
        }
        facts.finish_reason = finish(told, self.steps.called());
        facts.content = true;
        facts.done = true;
        self.interaction("interaction.completed", event, out);
        out.extend_from_slice(events::DONE);
        let mut object = Vec::with_capacity(1024);
        write(told, &self.ctx, Some(&self.steps), &mut object);
        self.object = Some(object);
    }

    fn note(&mut self, kind: &str, event: &Value<'_>, facts: &mut Facts) {
        let Some(index) = event.get("index").as_u64() else { return };
        match kind {
            "step.start" => {
                let step = event.get("step");
                self.steps.start(index, step);
                facts.signs += 1;
                let silent = step.get("type").is("thought") || step.get("type").is("model_output");
                let said = [step.get("content"), step.get("summary")];
                facts.content |= !silent || said.iter().any(|list| !list.items().is_empty());
                let bytes: usize = said.iter().flat_map(|list| list.items()).map(|item| item.raw.len()).sum();
                facts.output_bytes = facts.output_bytes.saturating_add(bytes);
            }
            "step.delta" => {
                let delta = event.get("delta");
                self.steps.delta(index, delta);
                facts.content = true;
                let said = [delta.get("text"), delta.get("arguments"), delta.get("content").get("text")];
                let bytes = said.iter().filter_map(|value| value.as_text()).map(|text| text.literal().len());
                facts.output_bytes = facts.output_bytes.saturating_add(bytes.sum());
            }
            _ => {}
        }
    }
}

/// Copies an event's members, but for these.
fn copy(event: &Value<'_>, without: &[&str], to: &mut Object<'_>) {
    for (key, value) in event.members() {
        if !without.iter().any(|name| key.is(name)) {
            to.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
    }
}

/// The error of an event that says nothing of it.
fn unknown() -> ApiError {
    ApiError::new(502, crate::ErrorKind::Server, "the model's provider ended the stream with an error")
}
