//! The messages that requests are made of, field by field.

use super::proto::Kind::{Any, Bool, Bytes, Float, Int, List, Map, Struct, Text, Word};
use super::proto::On::{Both, Gemini, Vertex};
use super::proto::{Kind, Message};

pub(super) const MODES: [&str; 5] = ["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"];
pub(super) const LEVELS: [&str; 6] =
    ["THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"];
const TYPES: [&str; 8] =
    ["TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"];
const TASKS: [&str; 9] = [
    "TASK_TYPE_UNSPECIFIED",
    "RETRIEVAL_QUERY",
    "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
    "CODE_RETRIEVAL_QUERY",
];
const CATEGORIES: [&str; 7] = [
    "HARM_CATEGORY_UNSPECIFIED",
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_CIVIC_INTEGRITY",
    "HARM_CATEGORY_JAILBREAK",
];
const THRESHOLDS: [&str; 6] = [
    "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
    "BLOCK_LOW_AND_ABOVE",
    "BLOCK_MEDIUM_AND_ABOVE",
    "BLOCK_ONLY_HIGH",
    "BLOCK_NONE",
    "OFF",
];
const RESOLUTIONS: [&str; 4] = [
    "MEDIA_RESOLUTION_UNSPECIFIED",
    "MEDIA_RESOLUTION_LOW",
    "MEDIA_RESOLUTION_MEDIUM",
    "MEDIA_RESOLUTION_HIGH",
];
const MODALITIES: [&str; 5] = ["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"];

pub(super) static GENERATE: Message = Message {
    name: "GenerateContentRequest",
    fields: &[
        ("model", Text, Gemini),
        ("contents", List(&Kind::Message(&CONTENT)), Both),
        ("systemInstruction", Kind::Message(&CONTENT), Both),
        ("tools", List(&Kind::Message(&TOOL)), Both),
        ("toolConfig", Kind::Message(&TOOL_CONFIG), Both),
        ("safetySettings", List(&Kind::Message(&SAFETY_SETTING)), Both),
        ("generationConfig", Kind::Message(&GENERATION_CONFIG), Both),
        ("cachedContent", Text, Both),
        ("store", Bool, Gemini),
        ("serviceTier", Text, Gemini),
        ("labels", Map(&Text), Vertex),
        ("modelArmorConfig", Struct, Vertex),
    ],
};

pub(super) static COUNT: Message = Message {
    name: "CountTokensRequest",
    fields: &[
        ("model", Text, Both),
        ("contents", List(&Kind::Message(&CONTENT)), Both),
        ("generateContentRequest", Kind::Message(&GENERATE), Gemini),
        ("instances", List(&Any), Vertex),
        ("systemInstruction", Kind::Message(&CONTENT), Vertex),
        ("tools", List(&Kind::Message(&TOOL)), Vertex),
        ("generationConfig", Kind::Message(&GENERATION_CONFIG), Vertex),
    ],
};

pub(super) static EMBED: Message = Message {
    name: "EmbedContentRequest",
    fields: &[
        ("model", Text, Gemini),
        ("content", Kind::Message(&CONTENT), Both),
        ("taskType", Word("TaskType", &TASKS), Both),
        ("title", Text, Both),
        ("outputDimensionality", Int, Both),
        ("autoTruncate", Bool, Vertex),
        ("embedContentConfig", Struct, Both),
    ],
};

pub(super) static EMBED_BATCH: Message = Message {
    name: "BatchEmbedContentsRequest",
    fields: &[("requests", List(&Kind::Message(&EMBED)), Both)],
};

pub(super) static PREDICT: Message = Message {
    name: "PredictRequest",
    fields: &[
        ("instances", List(&Struct), Vertex),
        ("parameters", Struct, Vertex),
        ("labels", Map(&Text), Vertex),
    ],
};

pub(super) static CONTENT: Message = Message {
    name: "Content",
    fields: &[("parts", List(&Kind::Message(&PART)), Both), ("role", Text, Both)],
};

/// A part; what of it is its one datum stands in `contents.rs`.
static PART: Message = Message {
    name: "Part",
    fields: &[
        ("text", Text, Both),
        ("inlineData", Kind::Message(&BLOB), Both),
        ("fileData", Kind::Message(&FILE), Both),
        ("functionCall", Kind::Message(&FUNCTION_CALL), Both),
        ("functionResponse", Kind::Message(&FUNCTION_RESPONSE), Both),
        ("executableCode", Struct, Both),
        ("codeExecutionResult", Struct, Both),
        ("toolCall", Struct, Gemini),
        ("toolResponse", Struct, Gemini),
        ("thought", Bool, Both),
        ("thoughtSignature", Bytes, Both),
        ("videoMetadata", Struct, Both),
        ("mediaResolution", Struct, Both),
        ("partMetadata", Struct, Both),
    ],
};

static BLOB: Message = Message {
    name: "Blob",
    fields: &[("mimeType", Text, Both), ("data", Bytes, Both), ("displayName", Text, Vertex)],
};

static FILE: Message = Message {
    name: "FileData",
    fields: &[("mimeType", Text, Both), ("fileUri", Text, Both), ("displayName", Text, Vertex)],
};

static FUNCTION_CALL: Message = Message {
    name: "FunctionCall",
    fields: &[
        ("id", Text, Gemini),
        ("name", Text, Both),
        ("args", Struct, Both),
        ("partialArgs", List(&Struct), Vertex),
        ("willContinue", Bool, Vertex),
    ],
};

pub(super) static FUNCTION_RESPONSE: Message = Message {
    name: "FunctionResponse",
    fields: &[
        ("id", Text, Gemini),
        ("name", Text, Both),
        ("response", Struct, Both),
        ("parts", List(&Kind::Message(&PART)), Both),
        ("willContinue", Bool, Gemini),
        ("scheduling", Text, Both),
    ],
};

pub(super) static TOOL: Message = Message {
    name: "Tool",
    fields: &[
        ("functionDeclarations", List(&Kind::Message(&DECLARATION)), Both),
        ("googleSearch", Struct, Both),
        ("googleSearchRetrieval", Struct, Both),
        ("codeExecution", Struct, Both),
        ("computerUse", Struct, Both),
        ("urlContext", Struct, Both),
        ("googleMaps", Struct, Both),
        ("fileSearch", Struct, Gemini),
        ("mcpServers", List(&Struct), Gemini),
        ("retrieval", Struct, Vertex),
        ("enterpriseWebSearch", Struct, Vertex),
        ("parallelAiSearch", Struct, Vertex),
    ],
};

static DECLARATION: Message = Message {
    name: "FunctionDeclaration",
    fields: &[
        ("name", Text, Both),
        ("description", Text, Both),
        ("parameters", Kind::Message(&SCHEMA), Both),
        ("parametersJsonSchema", Any, Both),
        ("response", Kind::Message(&SCHEMA), Both),
        ("responseJsonSchema", Any, Both),
        (
            "behavior",
            Word("FunctionDeclaration.Behavior", &["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"]),
            Gemini,
        ),
    ],
};

static SCHEMA: Message = Message {
    name: "Schema",
    fields: &[
        ("type", Word("Type", &TYPES), Both),
        ("format", Text, Both),
        ("title", Text, Both),
        ("description", Text, Both),
        ("nullable", Bool, Both),
        ("enum", List(&Text), Both),
        ("items", Kind::Message(&SCHEMA), Both),
        ("minItems", Int, Both),
        ("maxItems", Int, Both),
        ("properties", Map(&Kind::Message(&SCHEMA)), Both),
        ("required", List(&Text), Both),
        ("minProperties", Int, Both),
        ("maxProperties", Int, Both),
        ("minLength", Int, Both),
        ("maxLength", Int, Both),
        ("pattern", Text, Both),
        ("minimum", Float, Both),
        ("maximum", Float, Both),
        ("anyOf", List(&Kind::Message(&SCHEMA)), Both),
        ("propertyOrdering", List(&Text), Both),
        ("default", Any, Both),
        ("example", Any, Both),
        ("additionalProperties", Any, Vertex),
        ("ref", Text, Vertex),
        ("defs", Map(&Kind::Message(&SCHEMA)), Vertex),
    ],
};

static TOOL_CONFIG: Message = Message {
    name: "ToolConfig",
    fields: &[
        ("functionCallingConfig", Kind::Message(&CALLING_CONFIG), Both),
        ("retrievalConfig", Struct, Both),
        ("includeServerSideToolInvocations", Bool, Gemini),
    ],
};

static CALLING_CONFIG: Message = Message {
    name: "FunctionCallingConfig",
    fields: &[
        ("mode", Word("FunctionCallingConfig.Mode", &MODES), Both),
        ("allowedFunctionNames", List(&Text), Both),
        ("streamFunctionCallArguments", Bool, Vertex),
    ],
};

pub(super) static SAFETY_SETTING: Message = Message {
    name: "SafetySetting",
    fields: &[
        ("category", Word("HarmCategory", &CATEGORIES), Both),
        ("threshold", Word("SafetySetting.HarmBlockThreshold", &THRESHOLDS), Both),
        ("method", Text, Vertex),
    ],
};

pub(super) static GENERATION_CONFIG: Message = Message {
    name: "GenerationConfig",
    fields: &[
        ("temperature", Float, Both),
        ("topP", Float, Both),
        ("topK", Float, Both),
        ("candidateCount", Int, Both),
        ("maxOutputTokens", Int, Both),
        ("stopSequences", List(&Text), Both),
        ("seed", Int, Both),
        ("presencePenalty", Float, Both),
        ("frequencyPenalty", Float, Both),
        ("responseMimeType", Text, Both),
        ("responseSchema", Kind::Message(&SCHEMA), Both),
        ("responseJsonSchema", Any, Both),
        ("responseFormat", Any, Both),
        ("responseLogprobs", Bool, Both),
        ("logprobs", Int, Both),
        ("responseModalities", List(&Word("GenerationConfig.Modality", &MODALITIES)), Both),
        ("thinkingConfig", Kind::Message(&THINKING_CONFIG), Both),
        ("mediaResolution", Word("GenerationConfig.MediaResolution", &RESOLUTIONS), Both),
        ("speechConfig", Struct, Both),
        ("imageConfig", Struct, Both),
        ("enableEnhancedCivicAnswers", Bool, Gemini),
        ("audioTimestamp", Bool, Vertex),
        ("routingConfig", Struct, Vertex),
        ("modelSelectionConfig", Struct, Vertex),
    ],
};

static THINKING_CONFIG: Message = Message {
    name: "ThinkingConfig",
    fields: &[
        ("includeThoughts", Bool, Both),
        ("thinkingBudget", Int, Both),
        ("thinkingLevel", Word("ThinkingConfig.ThinkingLevel", &LEVELS), Both),
    ],
};
