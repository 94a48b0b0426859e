//! The shapes of requests, after the types of Mistral's Python SDK 3.7.

use crate::shape::{Field, Shape, may, need};

const MANY: usize = usize::MAX;

pub(super) static CHAT: Shape = Shape::Record(&[
    need("model", Shape::Text),
    need("messages", Shape::List(1, MANY, &MESSAGE)),
    may("temperature", Shape::Number(0.0, 1.5)),
    may("top_p", Shape::Number(0.0, 1.0)),
    may("top_k", Shape::Integer(0, i64::MAX)),
    may("max_tokens", Shape::Integer(0, i64::MAX)),
    may("min_tokens", Shape::Integer(0, i64::MAX)),
    may("stream", Shape::Bool),
    may("stop", Shape::Either(&[Shape::Text, Shape::List(0, MANY, &Shape::Text)])),
    may("random_seed", Shape::Integer(0, i64::MAX)),
    may("metadata", Shape::Object),
    may("response_format", Shape::Record(FORMAT)),
    may("tools", Shape::List(0, MANY, &TOOL)),
    may("tool_choice", CHOICE),
    may("presence_penalty", Shape::Number(-2.0, 2.0)),
    may("frequency_penalty", Shape::Number(-2.0, 2.0)),
    may("repetition_penalty", Shape::Number(0.0, 2.0)),
    may("logprobs", Shape::Bool),
    may("top_logprobs", Shape::Integer(0, 20)),
    may("prompt_logprobs", Shape::Bool),
    may("top_prompt_logprobs", Shape::Integer(0, 20)),
    may("n", Shape::Integer(1, 16)),
    may("prediction", Shape::Record(&[may("type", Shape::Word(&["content"])), may("content", Shape::Text)])),
    may("parallel_tool_calls", Shape::Bool),
    may("reasoning_effort", Shape::Word(&["none", "minimal", "low", "medium", "high", "xhigh", "max"])),
    may("prompt_mode", Shape::Word(&["reasoning"])),
    may("guardrails", Shape::List(0, MANY, &Shape::Object)),
    may("prompt_cache_key", Shape::Text),
    may("service_tier", Shape::Word(&["auto", "standard_only"])),
    may("safe_prompt", Shape::Bool),
]);

static MESSAGE: Shape = Shape::Tagged(
    "role",
    &[
        ("system", &[need("content", Shape::Either(&[Shape::Text, Shape::List(1, MANY, &SYSTEM)]))]),
        ("user", &[need("content", Shape::Either(&[Shape::Text, Shape::List(1, MANY, &CHUNK)]))]),
        (
            "assistant",
            &[
                may("content", Shape::Either(&[Shape::Text, Shape::List(0, MANY, &CHUNK)])),
                may("tool_calls", Shape::List(0, MANY, &CALL)),
                may("prefix", Shape::Bool),
            ],
        ),
        (
            "tool",
            &[
                need("content", Shape::Either(&[Shape::Text, Shape::List(1, MANY, &CHUNK)])),
                may("tool_call_id", Shape::Text),
                may("name", Shape::Text),
            ],
        ),
    ],
);

static SYSTEM: Shape = Shape::Tagged("type", &[("text", TEXT), ("thinking", THINKING)]);

static CHUNK: Shape = Shape::Tagged(
    "type",
    &[
        ("text", TEXT),
        ("thinking", THINKING),
        ("image_url", &[need("image_url", Shape::Either(&[Shape::Text, Shape::Record(IMAGE)]))]),
        ("document_url", &[need("document_url", Shape::Text), may("document_name", Shape::Text)]),
        ("reference", &[need("reference_ids", Shape::List(0, MANY, &Shape::Any))]),
        ("file", &[need("file_id", Shape::Text)]),
        ("input_audio", &[need("input_audio", Shape::Text)]),
    ],
);

const TEXT: &[Field] = &[need("text", Shape::Text)];

const IMAGE: &[Field] = &[need("url", Shape::Text), may("detail", Shape::Word(&["low", "auto", "high"]))];

const THINKING: &[Field] = &[
    need(
        "thinking",
        Shape::List(
            0,
            MANY,
            &Shape::Tagged(
                "type",
                &[("text", TEXT), ("reference", &[need("reference_ids", Shape::List(0, MANY, &Shape::Any))])],
            ),
        ),
    ),
    may("signature", Shape::Text),
    may("closed", Shape::Bool),
];

static CALL: Shape = Shape::Record(&[
    may("id", Shape::Text),
    may("type", Shape::Word(&["function"])),
    may("index", Shape::Integer(0, i64::MAX)),
    need(
        "function",
        Shape::Record(&[
            need("name", Shape::Text),
            need("arguments", Shape::Either(&[Shape::Text, Shape::Object])),
        ]),
    ),
]);

static TOOL: Shape = Shape::Record(&[
    may("type", Shape::Word(&["function"])),
    need(
        "function",
        Shape::Record(&[
            need("name", Shape::Text),
            may("description", Shape::Text),
            need("parameters", Shape::Object),
            may("strict", Shape::Bool),
        ]),
    ),
]);

const CHOICE: Shape = Shape::Either(&[
    Shape::Word(&["auto", "none", "any", "required"]),
    Shape::Record(&[
        may("type", Shape::Word(&["function"])),
        need("function", Shape::Record(&[need("name", Shape::Text)])),
    ]),
]);

const FORMAT: &[Field] = &[
    may("type", Shape::Word(&["text", "json_object", "json_schema"])),
    may(
        "json_schema",
        Shape::Record(&[
            need("name", Shape::Text),
            need("schema", Shape::Object),
            may("description", Shape::Text),
            may("strict", Shape::Bool),
        ]),
    ),
];

pub(super) static EMBED: Shape = Shape::Record(&[
    need("model", Shape::Text),
    need("input", Shape::Either(&[Shape::Text, Shape::List(1, MANY, &Shape::Text)])),
    may("metadata", Shape::Object),
    may("output_dimension", Shape::Integer(1, 3_072)),
    may("output_dtype", Shape::Word(&["float", "int8", "uint8", "binary", "ubinary"])),
    may("encoding_format", Shape::Word(&["float", "base64"])),
]);
