//! One small chat in every dialect that clients speak, and how each tells an error.

use serde_json::{Value, json};

use crate::client::Answer;

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    Anthropic,
    Bedrock,
    Cohere,
    Gemini,
    GeminiInteractions,
    Ollama,
    OllamaGenerate,
    OpenAiChat,
    OpenAiResponses,
}

pub(crate) const ALL: [Speaks; 9] = [
    Speaks::Anthropic,
    Speaks::Bedrock,
    Speaks::Cohere,
    Speaks::Gemini,
    Speaks::GeminiInteractions,
    Speaks::Ollama,
    Speaks::OllamaGenerate,
    Speaks::OpenAiChat,
    Speaks::OpenAiResponses,
];

// === impl Speaks ===

impl Speaks {
    /// A request for the model `m`.
    pub(crate) fn asks(self, streamed: bool) -> Vec<u8> {
        let said = json!([{"role": "user", "content": "hi"}]);
        let (path, body) = match self {
            Self::Anthropic => (
                "/v1/messages",
                json!({"model": "m", "max_tokens": 100, "messages": said, "stream": streamed}),
            ),
            Self::Bedrock => {
                let path = if streamed { "/model/m/converse-stream" } else { "/model/m/converse" };
                (path, json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}))
            }
            Self::Cohere => ("/v2/chat", json!({"model": "m", "messages": said, "stream": streamed})),
            Self::Gemini => {
                let whole = "/v1beta/models/m:generateContent";
                let path = if streamed { "/v1beta/models/m:streamGenerateContent?alt=sse" } else { whole };
                (path, json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}))
            }
            Self::GeminiInteractions => {
                ("/v1beta/interactions", json!({"model": "m", "input": "hi", "stream": streamed}))
            }
            Self::Ollama => ("/api/chat", json!({"model": "m", "messages": said, "stream": streamed})),
            Self::OllamaGenerate => {
                ("/api/generate", json!({"model": "m", "prompt": "hi", "stream": streamed}))
            }
            Self::OpenAiChat => {
                ("/v1/chat/completions", json!({"model": "m", "messages": said, "stream": streamed}))
            }
            Self::OpenAiResponses => {
                ("/v1/responses", json!({"model": "m", "input": "hi", "stream": streamed}))
            }
        };
        let body = body.to_string();
        format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// The message of an error that is a whole answer, in the shape that the dialect's SDKs read.
    pub(crate) fn error(self, answer: &Answer) -> String {
        let body = answer.json();
        let message = match self {
            Self::Anthropic => {
                assert_eq!(body["type"], "error", "{body}");
                assert!(body["error"]["type"].is_string(), "{body}");
                &body["error"]["message"]
            }
            Self::Bedrock => {
                assert!(answer.field("x-amzn-errortype").is_some(), "{}", answer.head);
                &body["message"]
            }
            Self::Cohere => &body["message"],
            Self::Gemini => {
                assert_eq!(body["error"]["code"], answer.status, "{body}");
                assert!(body["error"]["status"].is_string(), "{body}");
                &body["error"]["message"]
            }
            Self::GeminiInteractions => {
                assert!(body["error"]["code"].is_string(), "{body}");
                &body["error"]["message"]
            }
            Self::Ollama | Self::OllamaGenerate => &body["error"],
            Self::OpenAiChat | Self::OpenAiResponses => {
                assert!(body["error"]["type"].is_string(), "{body}");
                &body["error"]["message"]
            }
        };
        message.as_str().unwrap_or_else(|| panic!("{self:?}: {body}")).to_owned()
    }

    /// Whether a stream ends with an error in the dialect's form.
    pub(crate) fn ends_with_an_error(self, stream: &str) -> bool {
        let stream = stream.replace("\r\n", "\n");
        let last = stream.trim_end().rsplit("\n\n").next().unwrap_or_default();
        let data = last.lines().find_map(|line| line.strip_prefix("data: "));
        let event = || serde_json::from_str::<Value>(data.unwrap_or(last)).unwrap_or_default();
        match self {
            Self::Anthropic => last.starts_with("event: error\n") && event()["error"]["message"].is_string(),
            Self::Bedrock => stream.contains(":exception-type"),
            Self::Cohere => {
                let reason = &event()["delta"]["finish_reason"];
                event()["type"] == "message-end" && (reason == "ERROR" || reason == "TIMEOUT")
            }
            Self::Gemini => event()["error"]["status"].is_string(),
            Self::GeminiInteractions => event()["error"]["code"].is_string(),
            Self::Ollama | Self::OllamaGenerate => {
                let line = stream.trim_end().lines().next_back().unwrap_or_default();
                serde_json::from_str::<Value>(line).unwrap_or_default()["error"].is_string()
            }
            Self::OpenAiChat => event()["error"]["message"].is_string(),
            // An error before the answer's first event is an event of its own.
            Self::OpenAiResponses => {
                let told = event();
                told["type"] == "response.failed" || told["type"] == "error"
            }
        }
    }

    /// What keeps a client patient while the model is silent; nothing where its readers take objects alone.
    pub(crate) fn patience(self) -> &'static str {
        match self {
            Self::Anthropic => "event: ping\n",
            Self::Gemini => "\r\n\r\n",
            Self::Bedrock | Self::Ollama | Self::OllamaGenerate => "",
            Self::Cohere | Self::GeminiInteractions | Self::OpenAiChat | Self::OpenAiResponses => {
                ": ping\n\n"
            }
        }
    }
}
