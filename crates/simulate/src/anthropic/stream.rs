//! An answer as a stream of named events: the message starts, each block starts, grows and stops, then
//! why it ended with the final usage, then the message stops. A `ping` follows the first block's start.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::{ApiError, Kind};
use super::reply::{self, Reply};
use super::wire::{Block, Message, Usage, Whole};
use crate::play::Frame;
use crate::synth;

#[derive(Serialize)]
struct MessageStart<'a> {
    r#type: &'static str,
    message: Whole<'a>,
}

#[derive(Serialize)]
struct BlockStart {
    r#type: &'static str,
    index: u32,
    content_block: Block,
}

#[derive(Serialize)]
struct BlockDelta {
    r#type: &'static str,
    index: u32,
    delta: Delta,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta {
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: String },
    #[serde(rename = "signature_delta")]
    Signature { signature: String },
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "citations_delta")]
    Citation { citation: Value },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: String },
}

#[derive(Serialize)]
struct BlockStop {
    r#type: &'static str,
    index: u32,
}

#[derive(Serialize)]
struct MessageDelta {
    r#type: &'static str,
    delta: Stop,
    usage: Usage,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the wire's names")]
struct Stop {
    stop_reason: &'static str,
    stop_sequence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_details: Option<Value>,
}

/// The events, made when they are due.
pub(super) fn frames(message: &Message, reply: Reply) -> Box<dyn Iterator<Item = Frame> + Send> {
    let start = event("message_start", &MessageStart { r#type: "message_start", message: message.start() });
    let delta = MessageDelta {
        r#type: "message_delta",
        delta: Stop {
            stop_reason: reply.stop_reason,
            stop_sequence: reply.stop_sequence,
            stop_details: reply.stop_details,
        },
        usage: message.final_usage(),
    };
    let end = [event("message_delta", &delta), event("message_stop", &json!({"type": "message_stop"}))];
    let blocks = (0..).zip(reply.blocks).flat_map(|(index, block)| block_frames(index, block));
    Box::new(std::iter::once(start).chain(blocks).chain(end))
}

/// The error that a stream sends in its middle.
pub(super) fn error_frame() -> Bytes {
    event("error", &ApiError::new(Kind::Overloaded, "Overloaded").wire()).bytes
}

fn block_frames(index: u32, block: reply::Block) -> impl Iterator<Item = Frame> + Send {
    let (content_block, deltas) = divide(block);
    let start = BlockStart { r#type: "content_block_start", index, content_block };
    let ping = (index == 0).then(|| event("ping", &json!({"type": "ping"})));
    let stop = BlockStop { r#type: "content_block_stop", index };
    let deltas = deltas.map(move |delta| {
        let delta = BlockDelta { r#type: "content_block_delta", index, delta };
        Frame { paced: true, ..event("content_block_delta", &delta) }
    });
    std::iter::once(event("content_block_start", &start))
        .chain(ping)
        .chain(deltas)
        .chain(std::iter::once(event("content_block_stop", &stop)))
}

/// A block's empty start and what is added to it bit by bit.
fn divide(block: reply::Block) -> (Block, Box<dyn Iterator<Item = Delta> + Send>) {
    match block {
        reply::Block::Thinking { thought, signature } => {
            let start = Block::Thinking { thinking: String::new(), signature: String::new() };
            let thought = synth::tokens(&thought).into_iter().map(|thinking| Delta::Thinking { thinking });
            (start, Box::new(thought.chain(std::iter::once(Delta::Signature { signature }))))
        }
        reply::Block::Text(text) => {
            let deltas = synth::tokens(&text).into_iter().map(|text| Delta::Text { text });
            (Block::Text { text: String::new(), citations: None }, Box::new(deltas))
        }
        reply::Block::Cited(text) => {
            let citation = Delta::Citation { citation: reply::citation(&text) };
            let deltas = synth::tokens(&text).into_iter().map(|text| Delta::Text { text });
            let citations = Some(Value::from(Vec::<Value>::new()));
            (Block::Text { text: String::new(), citations }, Box::new(deltas.chain([citation])))
        }
        reply::Block::ToolUse { id, name, input } => {
            // The first piece is empty; a tool without input gets no more than that.
            let pieces =
                if input.is_empty() { Vec::new() } else { synth::tokens(&Value::Object(input).to_string()) };
            let pieces = std::iter::once(String::new()).chain(pieces);
            let deltas = pieces.map(|partial_json| Delta::InputJson { partial_json });
            (Block::ToolUse { id, name, input: Map::new() }, Box::new(deltas))
        }
    }
}

fn event<T: Serialize>(name: &str, value: &T) -> Frame {
    let data = serde_json::to_string(value).unwrap_or_default();
    Frame { bytes: format!("event: {name}\ndata: {data}\n\n").into(), paced: false }
}
