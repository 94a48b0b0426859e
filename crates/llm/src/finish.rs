//! Why a model stopped.

/// Why a model stopped, in the words of the canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// It had said all, or met a stop sequence.
    Stop,
    /// It reached the limit of its answer or its context.
    Length,
    /// It waits for the results of tool calls.
    ToolCalls,
    /// A filter, or the model itself, refused.
    ContentFilter,
    /// It paused a long turn; sending the turn back as it is makes it go on.
    Pause,
    /// It failed.
    Error,
}

// === impl FinishReason ===

impl FinishReason {
    /// The name in records and in OpenAI's chat dialect, which knows neither pause nor error: a pause is a
    /// `stop` there.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop | Self::Pause => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Error => "error",
        }
    }
}
