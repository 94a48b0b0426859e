//! What stands around the steps of an answer: the interaction.

use json::{Object, Text, Value};

use super::usage;
use crate::canonical::Stop;
use crate::dialect::ollama::time::written;
use crate::{Context, FinishReason, Usage};

/// An interaction without its steps.
#[derive(Debug)]
pub(super) struct Shell {
    id: String,
    /// As it is written in JSON.
    model: String,
    created: String,
    echo: String,
}

/// How far an interaction is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing<'t> {
    InProgress,
    Ended { status: &'static str, usage: &'t Usage, tier: Option<&'t str> },
}

// === impl Shell ===

impl Shell {
    pub(super) fn new(model: Option<&Text<'_>>, ctx: &Context) -> Self {
        let model = model.map_or_else(|| Text::from_plain(&ctx.model), Text::clone);
        Self {
            id: id(ctx),
            model: model.literal().to_owned(),
            created: written(ctx.created),
            echo: ctx.carry.notes.echo.clone(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Writes the interaction; with these steps, where there are some to be told.
    pub(super) fn write(&self, standing: Standing<'_>, steps: Option<&[u8]>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.string("id", &self.id);
        match standing {
            Standing::InProgress => drop(body.string("status", "in_progress")),
            Standing::Ended { status, usage, tier } => {
                usage::write(usage, body.string("status", status).key("usage"));
                body.string("created", &self.created).string("updated", &self.created);
                if let Some(tier) = tier {
                    body.string("service_tier", if tier == "default" { "standard" } else { tier });
                }
            }
        }
        if let Some(steps) = steps {
            let list = body.key("steps");
            list.push(b'[');
            list.extend_from_slice(steps);
            list.push(b']');
            interaction_members(&self.echo, &mut body);
        }
        body.string("object", "interaction").text("model", &Text::from_literal(&self.model));
        body.end();
    }
}

/// Adds members that stand as JSON already.
pub(super) fn interaction_members(members: &str, object: &mut Object<'_>) {
    if let Ok(value) = Value::parse(&format!("{{{members}}}")) {
        for (key, value) in value.members() {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
    }
}

/// The id of an interaction: ours, since it is kept here.
pub(super) fn id(ctx: &Context) -> String {
    format!("v1_{}", ctx.request_id)
}

/// The word for how an interaction ended. `called`: the model waits for results of tools.
pub(super) fn status(stop: Option<&Stop<'_>>, called: bool) -> &'static str {
    match stop.map(|stop| stop.reason) {
        Some(FinishReason::Error) => "failed",
        Some(FinishReason::Length | FinishReason::ContentFilter) => "incomplete",
        _ if called => "requires_action",
        _ => "completed",
    }
}
