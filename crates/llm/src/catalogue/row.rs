//! One line of the catalogue.

use super::{Prices, Tier};

/// A model of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its name with its provider.
    pub id: &'static str,
    /// The provider's name in the catalogue.
    pub provider: &'static str,
    /// What it is for, such as `chat` or `embedding`; empty if not known.
    pub mode: &'static str,
    /// The longest prompt, in tokens.
    pub max_input: Option<u64>,
    /// The longest answer, in tokens.
    pub max_output: Option<u64>,
    /// List prices.
    pub prices: Prices,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The date on which its provider takes it away, as `YYYY-MM-DD`.
    pub deprecated: Option<&'static str>,
}

/// What a model can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u32);

/// Something that a model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Capability {
    /// Calls tools.
    Tools,
    /// Calls several tools in one turn.
    ParallelTools,
    /// Can be told which tool to call.
    ToolChoice,
    /// Sees images.
    Vision,
    /// Reads PDF files.
    Pdf,
    /// Hears audio.
    AudioIn,
    /// Speaks audio.
    AudioOut,
    /// Sees videos.
    VideoIn,
    /// Follows a JSON schema by itself.
    JsonSchema,
    /// Reasons before it answers.
    Reasoning,
    /// Its provider caches prompts.
    PromptCache,
    /// Searches the web.
    WebSearch,
    /// Uses a computer's screen.
    ComputerUse,
    /// Takes instructions apart from the conversation.
    System,
    /// Goes on from the beginning of an answer.
    Prefill,
}

/// The words of the data for capabilities.
const WORDS: [(&str, Capability); 15] = [
    ("tools", Capability::Tools),
    ("parallel_tools", Capability::ParallelTools),
    ("tool_choice", Capability::ToolChoice),
    ("vision", Capability::Vision),
    ("pdf", Capability::Pdf),
    ("audio_in", Capability::AudioIn),
    ("audio_out", Capability::AudioOut),
    ("video_in", Capability::VideoIn),
    ("json_schema", Capability::JsonSchema),
    ("reasoning", Capability::Reasoning),
    ("prompt_cache", Capability::PromptCache),
    ("web_search", Capability::WebSearch),
    ("computer_use", Capability::ComputerUse),
    ("system", Capability::System),
    ("prefill", Capability::Prefill),
];

/// The name and the provider that a line is for.
pub(super) fn key(line: &'static str) -> (&'static str, &'static str) {
    let mut fields = line.split('\t');
    (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
}

// === impl Model ===

impl Model {
    /// Reads a line of the data; none if it is no such line.
    pub(super) fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('\t');
        let id = fields.next()?;
        let provider = fields.next()?;
        let mode = fields.next()?;
        let mut size = || fields.next().and_then(|field| field.parse().ok());
        let (max_input, max_output) = (size(), size());
        let mut price = || fields.next().and_then(|field| field.parse().ok());
        let prices = Prices {
            input: price(),
            output: price(),
            cache_read: price(),
            cache_write_5m: price(),
            cache_write_1h: price(),
            reasoning: price(),
            audio_in: price(),
            audio_out: price(),
            batch_input: price(),
            batch_output: price(),
            per_image: price(),
            per_second: price(),
            per_character: price(),
            per_query: price(),
            ..Prices::default()
        };
        let tiers = fields.next().unwrap_or_default().split(';').filter_map(Tier::read).collect();
        let capabilities = Capabilities::read(fields.next().unwrap_or_default());
        let deprecated = fields.next().filter(|date| !date.is_empty());
        let prices = Prices { tiers, ..prices };
        Some(Self { id, provider, mode, max_input, max_output, prices, capabilities, deprecated })
    }
}

// === impl Capabilities ===

impl Capabilities {
    /// Whether the model can do this.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u8) != 0
    }

    /// The names of all that it can do, such as `json_schema`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        WORDS.into_iter().filter(move |(_, capability)| self.has(*capability)).map(|(word, _)| word)
    }

    fn read(words: &str) -> Self {
        let bits = words.split(' ').filter_map(|word| WORDS.iter().find(|(known, _)| *known == word));
        Self(bits.fold(0, |bits, (_, capability)| bits | (1 << *capability as u8)))
    }
}
