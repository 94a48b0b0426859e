//! What an answer says, in whatever dialect it reaches the client: one reader a dialect, for the whole answer and for
//! the streamed one, so that both can be compared. The readers share no code with the translators.

pub(crate) mod anthropic;
pub(crate) mod bedrock;
pub(crate) mod cohere;
pub(crate) mod gemini;
pub(crate) mod gemini_interactions;
pub(crate) mod ollama;
pub(crate) mod openai_chat;
pub(crate) mod openai_responses;

/// The facts that an answer carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    /// All text, joined.
    pub(crate) text: String,
    /// All visible reasoning, joined.
    pub(crate) thinking: String,
    /// Every piece of state (signatures, sealed thoughts), in order, as the client sees it.
    pub(crate) state: Vec<String>,
    /// Tool calls in order: id, name, arguments as JSON.
    pub(crate) calls: Vec<(String, String, serde_json::Value)>,
    /// Addresses of cited sources, in order.
    pub(crate) citations: Vec<String>,
    /// Why the model stopped, in the dialect's own word.
    pub(crate) finish: String,
    /// Why it refused.
    pub(crate) refusal: String,
    pub(crate) model: String,
    /// Prompt tokens with cached ones; none if the answer does not tell.
    pub(crate) input: Option<u64>,
    /// Answer tokens with reasoning.
    pub(crate) output: Option<u64>,
    /// Prompt tokens read from the cache.
    pub(crate) cached: u64,
    /// The error that ended it: its type or code, and its message.
    pub(crate) error: Option<(String, String)>,
}

/// The data of the server-sent events in a stream, with their names (empty where they have none).
pub(crate) fn events(stream: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(stream).unwrap();
    let mut events = Vec::new();
    for block in text.split("\n\n") {
        let (mut name, mut data) = (String::new(), Vec::new());
        for line in block.lines() {
            if let Some(rest) = line.strip_prefix("event:") {
                rest.trim_start().clone_into(&mut name);
            } else if let Some(rest) = line.strip_prefix("data:") {
                data.push(rest.trim_start());
            }
        }
        if !data.is_empty() {
            events.push((name, data.join("\n")));
        }
    }
    events
}

/// Arguments of a tool call, which a stream may have brought in pieces.
pub(crate) fn arguments(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("arguments that are no JSON: {error}: {json}"))
}
