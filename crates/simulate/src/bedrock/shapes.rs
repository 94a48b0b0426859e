//! The shapes of a Converse request, after the service's model of 2023-09-30.

use crate::shape::{Field, Shape, may, need};

const MANY: usize = usize::MAX;

pub(super) static CONVERSE: Shape = Shape::Record(&[
    may("messages", Shape::List(0, MANY, &MESSAGE)),
    may("system", Shape::List(0, MANY, &SYSTEM)),
    may("inferenceConfig", Shape::Record(INFERENCE)),
    may("toolConfig", Shape::Record(TOOLS)),
    may("guardrailConfig", Shape::Record(GUARDRAIL)),
    may("additionalModelRequestFields", Shape::Object),
    may("promptVariables", Shape::Map(&Shape::Union(&[may("text", Shape::Text)]))),
    may("additionalModelResponseFieldPaths", Shape::List(0, 10, &Shape::Sized(1, 256))),
    may("requestMetadata", Shape::Map(&Shape::Sized(0, 256))),
    may("performanceConfig", Shape::Record(&[may("latency", Shape::Word(&["standard", "optimized"]))])),
    may(
        "serviceTier",
        Shape::Record(&[need("type", Shape::Word(&["priority", "default", "flex", "reserved"]))]),
    ),
    may("outputConfig", Shape::Record(OUTPUT)),
]);

/// The body of `count-tokens`.
pub(super) static COUNT: Shape = Shape::Record(&[need(
    "input",
    Shape::Union(&[
        may("converse", Shape::Object),
        may("invokeModel", Shape::Record(&[need("body", Shape::Bytes)])),
    ]),
)]);

static MESSAGE: Shape = Shape::Record(&[
    need("role", Shape::Word(&["user", "assistant", "system"])),
    need("content", Shape::List(0, MANY, &BLOCK)),
]);

static BLOCK: Shape = Shape::Union(&[
    may("text", Shape::Text),
    may("image", Shape::Record(IMAGE)),
    may("document", Shape::Record(DOCUMENT)),
    may("video", Shape::Record(VIDEO)),
    may("audio", Shape::Record(AUDIO)),
    may("toolUse", Shape::Record(TOOL_USE)),
    may("toolResult", Shape::Record(TOOL_RESULT)),
    may("guardContent", GUARD),
    may("cachePoint", Shape::Record(CACHE_POINT)),
    may(
        "reasoningContent",
        Shape::Union(&[
            may("reasoningText", Shape::Record(&[need("text", Shape::Text), may("signature", Shape::Text)])),
            may("redactedContent", Shape::Bytes),
        ]),
    ),
    may("citationsContent", Shape::Record(CITATIONS)),
    may("searchResult", Shape::Record(SEARCH_RESULT)),
    may("toolAddition", Shape::Record(&[need("tool", Shape::Record(TOOL_REFERENCE))])),
    may("toolRemoval", Shape::Record(&[need("tool", Shape::Record(TOOL_REFERENCE))])),
]);

static SYSTEM: Shape = Shape::Union(&[
    may("text", Shape::Sized(1, MANY)),
    may("guardContent", GUARD),
    may("cachePoint", Shape::Record(CACHE_POINT)),
]);

const GUARD: Shape = Shape::Union(&[
    may(
        "text",
        Shape::Record(&[
            need("text", Shape::Text),
            may(
                "qualifiers",
                Shape::List(0, MANY, &Shape::Word(&["grounding_source", "query", "guard_content"])),
            ),
        ]),
    ),
    may(
        "image",
        Shape::Record(&[
            need("format", Shape::Word(&["png", "jpeg"])),
            need("source", Shape::Union(&[may("bytes", Shape::Bytes)])),
        ]),
    ),
]);

const CACHE_POINT: &[Field] =
    &[need("type", Shape::Word(&["default"])), may("ttl", Shape::Word(&["5m", "1h"]))];

const SOURCE: Shape = Shape::Union(&[
    may("bytes", Shape::Bytes),
    may(
        "s3Location",
        Shape::Record(&[need("uri", Shape::Sized(1, 1024)), may("bucketOwner", Shape::Sized(12, 12))]),
    ),
]);

const IMAGE: &[Field] = &[
    need("format", Shape::Word(&["png", "jpeg", "gif", "webp"])),
    need("source", SOURCE),
    may("error", Shape::Record(&[may("message", Shape::Text)])),
];

const VIDEO: &[Field] = &[
    need("format", Shape::Word(&["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"])),
    need("source", SOURCE),
];

const AUDIO: &[Field] = &[
    need(
        "format",
        Shape::Word(&[
            "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg", "mpga",
            "pcm", "webm",
        ]),
    ),
    need("source", SOURCE),
    may("error", Shape::Record(&[may("message", Shape::Text)])),
];

const DOCUMENT: &[Field] = &[
    may("format", Shape::Word(&["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"])),
    need("name", Shape::Sized(1, 200)),
    need(
        "source",
        Shape::Union(&[
            may("bytes", Shape::Bytes),
            may(
                "s3Location",
                Shape::Record(&[need("uri", Shape::Sized(1, 1024)), may("bucketOwner", Shape::Text)]),
            ),
            may("text", Shape::Text),
            may("content", Shape::List(0, MANY, &Shape::Union(&[may("text", Shape::Text)]))),
        ]),
    ),
    may("context", Shape::Text),
    may("citations", Shape::Record(&[need("enabled", Shape::Bool)])),
];

const TOOL_USE: &[Field] = &[
    need("toolUseId", Shape::Sized(1, 64)),
    need("name", Shape::Sized(1, 64)),
    need("input", Shape::Any),
    may("type", Shape::Word(&["server_tool_use"])),
];

const TOOL_RESULT: &[Field] = &[
    need("toolUseId", Shape::Sized(1, 64)),
    need("content", Shape::List(0, MANY, &RESULT)),
    may("status", Shape::Word(&["success", "error"])),
    may("type", Shape::Text),
];

static RESULT: Shape = Shape::Union(&[
    may("json", Shape::Any),
    may("text", Shape::Text),
    may("image", Shape::Record(IMAGE)),
    may("document", Shape::Record(DOCUMENT)),
    may("video", Shape::Record(VIDEO)),
    may("searchResult", Shape::Record(SEARCH_RESULT)),
]);

const SEARCH_RESULT: &[Field] = &[
    need("source", Shape::Text),
    need("title", Shape::Text),
    need("content", Shape::List(0, MANY, &Shape::Record(&[need("text", Shape::Text)]))),
    may("citations", Shape::Record(&[need("enabled", Shape::Bool)])),
];

const CITATIONS: &[Field] = &[
    may("content", Shape::List(0, MANY, &Shape::Union(&[may("text", Shape::Text)]))),
    may("citations", Shape::List(0, MANY, &Shape::Object)),
];

const TOOL_REFERENCE: &[Field] = &[
    may("type", Shape::Sized(1, 64)),
    may("name", Shape::Sized(1, 128)),
    may("serverName", Shape::Sized(1, 128)),
];

const INFERENCE: &[Field] = &[
    may("maxTokens", Shape::Integer(1, i64::MAX)),
    may("temperature", Shape::Number(0.0, 1.0)),
    may("topP", Shape::Number(0.0, 1.0)),
    may("stopSequences", Shape::List(0, 2_500, &Shape::Sized(1, MANY))),
];

const TOOLS: &[Field] = &[
    need("tools", Shape::List(1, MANY, &TOOL)),
    may(
        "toolChoice",
        Shape::Union(&[
            may("auto", Shape::Record(&[])),
            may("any", Shape::Record(&[])),
            may("tool", Shape::Record(&[need("name", Shape::Sized(1, 64))])),
        ]),
    ),
];

static TOOL: Shape = Shape::Union(&[
    may(
        "toolSpec",
        Shape::Record(&[
            need("name", Shape::Sized(1, 64)),
            may("description", Shape::Sized(1, MANY)),
            need("inputSchema", Shape::Union(&[may("json", Shape::Any)])),
            may("strict", Shape::Bool),
        ]),
    ),
    may("systemTool", Shape::Record(&[need("name", Shape::Sized(1, 64))])),
    may("cachePoint", Shape::Record(CACHE_POINT)),
]);

const GUARDRAIL: &[Field] = &[
    may("guardrailIdentifier", Shape::Sized(0, 2_048)),
    may("guardrailVersion", Shape::Text),
    may("trace", Shape::Word(&["enabled", "disabled", "enabled_full"])),
];

const OUTPUT: &[Field] = &[
    may(
        "textFormat",
        Shape::Record(&[
            need("type", Shape::Word(&["json_schema"])),
            need(
                "structure",
                Shape::Union(&[may(
                    "jsonSchema",
                    Shape::Record(&[
                        need("schema", Shape::Text),
                        may("name", Shape::Text),
                        may("description", Shape::Text),
                    ]),
                )]),
            ),
        ]),
    ),
    may("effort", Shape::Sized(0, 16)),
];
