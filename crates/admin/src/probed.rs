//! What came of trying a provider, as whoever tries it tells the API.

use trace::Attempt;

/// What came of trying a provider.
#[derive(Clone, Debug)]
pub struct Probed {
    /// Where it is, `host:port`.
    pub target: String,
    /// The model that was asked.
    pub model: Option<String>,
    /// The request's way, phase by phase; `None`: it was not sent.
    pub attempt: Option<Attempt>,
    /// How long the chat took, in microseconds.
    pub duration_us: u64,
    /// The answer, or what failed.
    pub outcome: Result<ProbedAnswer, ProbedFailure>,
    /// The models that the vendor lists.
    pub models: Option<Vec<String>>,
}

/// What the model answered.
#[derive(Clone, Debug)]
pub struct ProbedAnswer {
    /// Its text.
    pub text: String,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens generated.
    pub output_tokens: u64,
    /// Cost in millionths of a US dollar, where it is known.
    pub cost_micros: Option<i64>,
    /// Why the model stopped.
    pub finish_reason: Option<&'static str>,
}

/// What failed.
#[derive(Clone, Debug)]
pub struct ProbedFailure {
    /// `request`, a phase's name, `status` or `answer`.
    pub step: &'static str,
    /// The reason's code, where no answer came.
    pub code: Option<&'static str>,
    /// The vendor's or the system's own words, without keys.
    pub message: String,
}
