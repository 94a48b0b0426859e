//! The response object around an answer's items: what it is, how it stands, and what it repeats of its request.

use json::{Data, Object, Text, Value};

use super::{echo, usage};
use crate::canonical::{Response, Stop};
use crate::{ApiError, Context, ErrorKind, FinishReason, Usage};

/// What an answer's id begins with.
const PREFIX: &str = "resp_";

/// What codes of errors within a response there are.
const CODES: [&str; 7] = [
    "server_error",
    "rate_limit_exceeded",
    "invalid_prompt",
    "invalid_image",
    "invalid_image_url",
    "image_content_policy_violation",
    "failed_to_download_image",
];

/// What all of an answer's response objects have in common.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) id: String,
    created: u64,
    /// A JSON literal.
    model: String,
    echo: String,
}

/// How an answer stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing<'s> {
    InProgress,
    Ended { stop: Option<&'s Stop<'s>>, usage: &'s Usage },
    Failed { error: &'s ApiError, usage: &'s Usage },
}

/// What a response says of how it ended.
#[derive(Debug, Default)]
struct Told<'t> {
    status: &'static str,
    /// Why it is incomplete.
    incomplete: Option<&'static str>,
    /// Code and message of its error.
    error: Option<(&'t str, String)>,
}

// === impl Shell ===

impl Shell {
    /// `id` and `model` are the provider's.
    pub(super) fn new(id: Option<&Text<'_>>, model: Option<&Text<'_>>, ctx: &Context) -> Self {
        let id = match (ctx.ids.name(), id) {
            (Some(name), _) => name.to_owned(),
            (None, Some(id)) if id.decode().starts_with(PREFIX) => id.decode().into_owned(),
            (None, Some(id)) => format!("{PREFIX}{}", id.decode()),
            (None, None) => format!("{PREFIX}{}", ctx.request_id),
        };
        let nothing = Value { raw: "null", data: Data::Null };
        let echo = echo::after(ctx.ids.previous(), &ctx.carry.notes.echo);
        Self {
            id,
            created: u64::try_from(ctx.created).unwrap_or_default(),
            model: model.map_or("", Text::literal).to_owned(),
            echo: if echo.is_empty() { echo::of(&nothing) } else { echo },
        }
    }

    /// Writes the response object with the items that are whole.
    pub(super) fn write(&self, standing: Standing<'_>, tier: Option<&str>, items: &[u8], out: &mut Vec<u8>) {
        let told = Told::of(standing);
        let mut body = Object::begin(out);
        body.string("id", &self.id).string("object", "response").number("created_at", self.created);
        body.string("status", told.status).raw("background", "false");
        match &told.error {
            Some((code, message)) => {
                let mut error = body.object("error");
                error.string("code", code).string("message", message);
                error.end();
            }
            None => drop(body.raw("error", "null")),
        }
        match told.incomplete {
            Some(reason) => {
                let mut details = body.object("incomplete_details");
                details.string("reason", reason);
                details.end();
            }
            None => drop(body.raw("incomplete_details", "null")),
        }
        body.text("model", &Text::from_literal(&self.model));
        let output = body.key("output");
        output.push(b'[');
        output.extend_from_slice(items);
        output.extend_from_slice(b"],");
        output.extend_from_slice(self.echo.as_bytes());
        if let Some(tier) = tier {
            body.string("service_tier", tier);
        }
        match standing {
            Standing::InProgress => drop(body.raw("usage", "null")),
            Standing::Ended { usage, .. } | Standing::Failed { usage, .. } => {
                usage::write(usage, body.key("usage"));
            }
        }
        if let Standing::Ended { stop: Some(Stop { native: Some(native), .. }), .. } = standing {
            body.text("native_finish_reason", native);
        }
        body.end();
    }
}

// === impl Standing ===

impl Standing<'_> {
    /// The event that tells of it.
    pub(super) fn event(self) -> &'static str {
        match Told::of(self).status {
            "completed" => "response.completed",
            "incomplete" => "response.incomplete",
            "failed" => "response.failed",
            _ => "response.in_progress",
        }
    }
}

// === impl Told ===

impl<'t> Told<'t> {
    fn of(standing: Standing<'t>) -> Self {
        let stop = match standing {
            Standing::InProgress => return Self { status: "in_progress", ..Self::default() },
            Standing::Failed { error, .. } => {
                let error = Some((code(error), error.message.clone()));
                return Self { status: "failed", error, ..Self::default() };
            }
            Standing::Ended { stop, .. } => stop,
        };
        match stop.map(|stop| stop.reason) {
            Some(FinishReason::Length) => {
                Self { status: "incomplete", incomplete: Some("max_output_tokens"), error: None }
            }
            Some(FinishReason::ContentFilter) => {
                Self { status: "incomplete", incomplete: Some("content_filter"), error: None }
            }
            Some(FinishReason::Error) => {
                let native = stop.and_then(|stop| stop.native.as_ref()).map(Text::decode).unwrap_or_default();
                let message = match &*native {
                    "" => "the model failed".to_owned(),
                    native => format!("the model failed: {native}"),
                };
                Self { status: "failed", incomplete: None, error: Some(("server_error", message)) }
            }
            _ => Self { status: "completed", ..Self::default() },
        }
    }
}

/// The code for an error within a response, of which there are few.
fn code(error: &ApiError) -> &str {
    let own = error.code.as_deref().filter(|code| CODES.contains(code));
    own.unwrap_or(match error.kind {
        ErrorKind::RateLimited => "rate_limit_exceeded",
        ErrorKind::InvalidRequest | ErrorKind::TooLarge => "invalid_prompt",
        _ => "server_error",
    })
}

/// The tier that served an answer, in OpenAI's word; none if OpenAI has none.
pub(super) fn tier<'t>(response: &'t Response<'_>) -> Option<&'t str> {
    match response.service_tier.as_ref()?.literal() {
        "standard" | "default" => Some("default"),
        word @ ("auto" | "flex" | "scale" | "priority") => Some(word),
        _ => None,
    }
}

/// What the ids of an answer's items have of the answer's.
pub(super) fn id_base(id: &str) -> &str {
    id.strip_prefix(PREFIX).unwrap_or(id)
}
