//! The shapes of requests, after the types of Cohere's Python SDK 7.3.

use crate::shape::{Field, Shape, may, need};

const MANY: usize = usize::MAX;

pub(super) static CHAT: Shape = Shape::Record(&[
    need("model", Shape::Text),
    need("messages", Shape::List(1, MANY, &MESSAGE)),
    may("tools", Shape::List(0, MANY, &TOOL)),
    may("strict_tools", Shape::Bool),
    may("documents", Shape::List(0, MANY, &Shape::Either(&[Shape::Text, Shape::Record(DOCUMENT)]))),
    may(
        "citation_options",
        Shape::Record(&[may("mode", Shape::Word(&["ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF"]))]),
    ),
    may(
        "response_format",
        Shape::Tagged("type", &[("text", &[]), ("json_object", &[may("json_schema", Shape::Object)])]),
    ),
    may("safety_mode", Shape::Word(&["CONTEXTUAL", "STRICT", "OFF"])),
    may("max_tokens", Shape::Integer(1, i64::MAX)),
    may("stop_sequences", Shape::List(0, 5, &Shape::Text)),
    may("temperature", Shape::Number(0.0, 5.0)),
    may("seed", Shape::Integer(0, i64::MAX)),
    may("frequency_penalty", Shape::Number(0.0, 1.0)),
    may("presence_penalty", Shape::Number(0.0, 1.0)),
    may("k", Shape::Integer(0, 500)),
    may("p", Shape::Number(0.01, 0.99)),
    may("logprobs", Shape::Bool),
    may("tool_choice", Shape::Word(&["REQUIRED", "NONE"])),
    may(
        "thinking",
        Shape::Record(&[
            need("type", Shape::Word(&["enabled", "disabled"])),
            may("token_budget", Shape::Integer(1, i64::MAX)),
        ]),
    ),
    may("priority", Shape::Integer(0, 999)),
    may("stream", Shape::Bool),
]);

static MESSAGE: Shape = Shape::Tagged(
    "role",
    &[
        (
            "user",
            &[need(
                "content",
                Shape::Either(&[Shape::Text, Shape::List(1, MANY, &Shape::Tagged("type", USER))]),
            )],
        ),
        (
            "assistant",
            &[
                may(
                    "content",
                    Shape::Either(&[Shape::Text, Shape::List(0, MANY, &Shape::Tagged("type", ASSISTANT))]),
                ),
                may("tool_plan", Shape::Text),
                may("tool_calls", Shape::List(0, MANY, &CALL)),
                may("citations", Shape::List(0, MANY, &Shape::Object)),
            ],
        ),
        (
            "system",
            &[need(
                "content",
                Shape::Either(&[Shape::Text, Shape::List(1, MANY, &Shape::Tagged("type", TEXT))]),
            )],
        ),
        (
            "tool",
            &[
                need("tool_call_id", Shape::Text),
                need(
                    "content",
                    Shape::Either(&[Shape::Text, Shape::List(0, MANY, &Shape::Tagged("type", TOOL_CONTENT))]),
                ),
            ],
        ),
    ],
);

type Kinds = &'static [(&'static str, &'static [Field])];

const TEXT: Kinds = &[("text", &[need("text", Shape::Text)])];
const USER: Kinds = &[("text", &[need("text", Shape::Text)]), ("image_url", IMAGE)];
const ASSISTANT: Kinds =
    &[("text", &[need("text", Shape::Text)]), ("thinking", &[need("thinking", Shape::Text)])];
const TOOL_CONTENT: Kinds =
    &[("text", &[need("text", Shape::Text)]), ("document", &[need("document", Shape::Record(DOCUMENT))])];

const IMAGE: &[Field] = &[need(
    "image_url",
    Shape::Record(&[need("url", Shape::Text), may("detail", Shape::Word(&["auto", "low", "high"]))]),
)];

const DOCUMENT: &[Field] =
    &[need("data", Shape::Either(&[Shape::Object, Shape::Text])), may("id", Shape::Text)];

static CALL: Shape = Shape::Record(&[
    need("id", Shape::Text),
    need("type", Shape::Word(&["function"])),
    need("function", Shape::Record(&[need("name", Shape::Text), need("arguments", Shape::Text)])),
]);

static TOOL: Shape = Shape::Record(&[
    need("type", Shape::Word(&["function"])),
    need(
        "function",
        Shape::Record(&[
            need("name", Shape::Sized(1, 256)),
            may("description", Shape::Text),
            need("parameters", Shape::Object),
        ]),
    ),
]);

pub(super) static EMBED: Shape = Shape::Record(&[
    need("model", Shape::Text),
    need(
        "input_type",
        Shape::Word(&["search_document", "search_query", "classification", "clustering", "image"]),
    ),
    may("texts", Shape::List(1, 96, &Shape::Text)),
    may("images", Shape::List(1, 96, &Shape::Text)),
    may(
        "inputs",
        Shape::List(
            1,
            96,
            &Shape::Record(&[need("content", Shape::List(1, MANY, &Shape::Tagged("type", USER)))]),
        ),
    ),
    may("max_tokens", Shape::Integer(1, i64::MAX)),
    may("output_dimension", Shape::Integer(1, 1_536)),
    may(
        "embedding_types",
        Shape::List(0, 6, &Shape::Word(&["float", "int8", "uint8", "binary", "ubinary", "base64"])),
    ),
    may("truncate", Shape::Word(&["NONE", "START", "END"])),
    may("priority", Shape::Integer(0, 999)),
]);

pub(super) static RERANK: Shape = Shape::Record(&[
    need("model", Shape::Text),
    need("query", Shape::Text),
    need("documents", Shape::List(1, 10_000, &Shape::Text)),
    may("top_n", Shape::Integer(1, i64::MAX)),
    may("max_tokens_per_doc", Shape::Integer(1, i64::MAX)),
    may("priority", Shape::Integer(0, 999)),
]);
