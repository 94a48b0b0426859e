//! The events of an interaction that is kept, told again from its object. Each has a number, after which a client can
//! go on.

use json::{Object, Value};

use super::events;

/// There is no event of this name to go on after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchEvent;

/// The events that are left.
#[derive(Debug)]
struct Replay {
    number: u64,
    /// The number of the last event that the client has.
    after: u64,
    out: Vec<u8>,
}

/// The events of an interaction's object, those after `after` alone.
pub fn replay_interaction(object: &[u8], after: Option<&str>) -> Result<Vec<u8>, NoSuchEvent> {
    let after = after.map_or(Ok(0), |after| after.parse().map_err(|_| NoSuchEvent))?;
    let told = std::str::from_utf8(object).ok().and_then(|text| Value::parse(text).ok());
    let told = told.unwrap_or(Value::NULL);
    let mut replay = Replay { number: 0, after, out: Vec::with_capacity(2 * object.len()) };
    replay.tell("interaction.created", |event| {
        let mut interaction = event.object("interaction");
        copy(&told, &["id", "model", "object"], &mut interaction);
        interaction.string("status", "in_progress");
        interaction.end();
    });
    replay.tell("interaction.status_update", |event| {
        event.raw("interaction_id", told.get("id").raw).string("status", "in_progress");
    });
    for (index, step) in (0..).zip(told.get("steps").items()) {
        replay.step(index, step);
    }
    replay.tell("interaction.completed", |event| {
        let mut interaction = event.object("interaction");
        for (key, value) in told.members().iter().filter(|(key, _)| !key.is("steps")) {
            interaction.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
        interaction.end();
    });
    if replay.number < after {
        return Err(NoSuchEvent);
    }
    replay.out.extend_from_slice(events::DONE);
    Ok(replay.out)
}

// === impl Replay ===

impl Replay {
    fn tell(&mut self, kind: &'static str, write: impl FnOnce(&mut Object<'_>)) {
        self.number += 1;
        if self.number > self.after {
            events::write(kind, &mut self.out, |event| {
                write(event);
                event.string("event_id", &self.number.to_string());
            });
        }
    }

    fn delta(&mut self, index: u64, write: impl FnOnce(&mut Object<'_>)) {
        self.tell("step.delta", |event| {
            let mut delta = event.number("index", index).object("delta");
            write(&mut delta);
            delta.end();
        });
    }

    fn step(&mut self, index: u64, step: &Value<'_>) {
        let kind = step.get("type");
        let calls = kind.is("function_call");
        let pieces: &[&str] = match kind.as_text().unwrap_or_default().literal() {
            "model_output" => &["content"],
            "thought" => &["summary", "signature"],
            "function_call" => &["arguments"],
            _ => &[],
        };
        self.tell("step.start", |event| {
            let mut start = event.number("index", index).object("step");
            let members = step.members().iter();
            for (key, value) in members.filter(|(key, _)| !pieces.iter().any(|piece| key.is(piece))) {
                start.text_key(key).extend_from_slice(value.raw.as_bytes());
            }
            if calls {
                start.raw("arguments", "{}");
            }
            start.end();
        });
        for piece in pieces {
            self.piece(index, piece, step.get(piece));
        }
        self.tell("step.stop", |event| {
            event.number("index", index);
        });
    }

    /// Tells what one member of a step says.
    fn piece(&mut self, index: u64, name: &str, value: &Value<'_>) {
        match name {
            "content" => value.items().iter().for_each(|content| self.content(index, content)),
            "summary" => {
                for content in value.items() {
                    self.delta(index, |delta| {
                        delta.raw("content", content.raw).string("type", "thought_summary");
                    });
                }
            }
            "signature" if !value.is_null() => self.delta(index, |delta| {
                delta.raw("signature", value.raw).string("type", "thought_signature");
            }),
            "arguments" => self.delta(index, |delta| {
                delta.string("arguments", value.raw).string("type", "arguments_delta");
            }),
            _ => {}
        }
    }

    fn content(&mut self, index: u64, content: &Value<'_>) {
        self.delta(index, |delta| {
            for (key, value) in content.members().iter().filter(|(key, _)| !key.is("annotations")) {
                delta.text_key(key).extend_from_slice(value.raw.as_bytes());
            }
        });
        let annotations = content.get("annotations");
        if !annotations.is_null() {
            self.delta(index, |delta| {
                delta.raw("annotations", annotations.raw).string("type", "text_annotation_delta");
            });
        }
    }
}

/// Copies members, where they are there.
fn copy(from: &Value<'_>, names: &[&str], to: &mut Object<'_>) {
    for (key, value) in from.members().iter().filter(|(key, _)| names.iter().any(|name| key.is(name))) {
        to.text_key(key).extend_from_slice(value.raw.as_bytes());
    }
}
