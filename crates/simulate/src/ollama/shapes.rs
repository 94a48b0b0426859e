//! The shapes of requests, after the types of Ollama's Python client 0.6. Fields that are not known are passed
//! over, as Go does it.

use crate::shape::{Field, Shape, may};

const MANY: usize = usize::MAX;

pub(super) static CHAT: Shape = Shape::Open(&[
    may("model", Shape::Text),
    may("messages", Shape::List(0, MANY, &MESSAGE)),
    may("tools", Shape::List(0, MANY, &TOOL)),
    may("stream", Shape::Bool),
    may("format", Shape::Any),
    may("options", Shape::Object),
    may("keep_alive", KEEP_ALIVE),
    may("think", THINK),
    may("logprobs", Shape::Bool),
    may("top_logprobs", Shape::Integer(i64::MIN, i64::MAX)),
]);

pub(super) static GENERATE: Shape = Shape::Open(&[
    may("model", Shape::Text),
    may("prompt", Shape::Text),
    may("suffix", Shape::Text),
    may("system", Shape::Text),
    may("template", Shape::Text),
    may("context", Shape::List(0, MANY, &Shape::Integer(i64::MIN, i64::MAX))),
    may("stream", Shape::Bool),
    may("raw", Shape::Bool),
    may("images", Shape::List(0, MANY, &Shape::Bytes)),
    may("format", Shape::Any),
    may("options", Shape::Object),
    may("keep_alive", KEEP_ALIVE),
    may("think", THINK),
    may("logprobs", Shape::Bool),
    may("top_logprobs", Shape::Integer(i64::MIN, i64::MAX)),
]);

pub(super) static EMBED: Shape = Shape::Open(&[
    may("model", Shape::Text),
    may("truncate", Shape::Bool),
    may("dimensions", Shape::Integer(i64::MIN, i64::MAX)),
    may("options", Shape::Object),
    may("keep_alive", KEEP_ALIVE),
]);

/// The options that are known, each with its type.
pub(super) static OPTIONS: &[(&str, Shape)] = &[
    ("num_keep", WHOLE),
    ("seed", WHOLE),
    ("num_predict", WHOLE),
    ("num_ctx", WHOLE),
    ("num_batch", WHOLE),
    ("num_gpu", WHOLE),
    ("main_gpu", WHOLE),
    ("num_thread", WHOLE),
    ("top_k", WHOLE),
    ("repeat_last_n", WHOLE),
    ("top_p", FRACTION),
    ("min_p", FRACTION),
    ("typical_p", FRACTION),
    ("temperature", FRACTION),
    ("repeat_penalty", FRACTION),
    ("presence_penalty", FRACTION),
    ("frequency_penalty", FRACTION),
    ("use_mmap", Shape::Bool),
    ("stop", Shape::List(0, MANY, &Shape::Text)),
];

const WHOLE: Shape = Shape::Integer(i64::MIN, i64::MAX);
const FRACTION: Shape = Shape::Number(f64::MIN, f64::MAX);
const KEEP_ALIVE: Shape = Shape::Either(&[Shape::Text, Shape::Number(f64::MIN, f64::MAX)]);
const THINK: Shape = Shape::Either(&[Shape::Bool, Shape::Text]);

static MESSAGE: Shape = Shape::Open(&[
    may("role", Shape::Text),
    may("content", Shape::Text),
    may("thinking", Shape::Text),
    may("images", Shape::List(0, MANY, &Shape::Bytes)),
    may("tool_calls", Shape::List(0, MANY, &Shape::Open(&[may("function", Shape::Open(CALL))]))),
    may("tool_name", Shape::Text),
]);

const CALL: &[Field] = &[may("name", Shape::Text), may("arguments", Shape::Object)];

static TOOL: Shape = Shape::Open(&[
    may("type", Shape::Text),
    may(
        "function",
        Shape::Open(&[
            may("name", Shape::Text),
            may("description", Shape::Text),
            may(
                "parameters",
                Shape::Open(&[
                    may("required", Shape::List(0, MANY, &Shape::Text)),
                    may("properties", Shape::Map(&Shape::Object)),
                ]),
            ),
        ]),
    ),
]);
