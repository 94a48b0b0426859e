//! What is asked of models, and who does it at all: so that what never can work is refused where it is written down.

use crate::Vendor;
use crate::provider::{ProviderKind, Target};

/// Something that models do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Answers to conversations.
    Answer,
    /// Embeddings.
    Embed,
    /// What only passes, by OpenAI's path for it without `/v1`.
    Pass(&'static str),
}

/// Paths without `/v1` and what they ask for; a path may go on behind one of those that only pass.
const PATHS: [(&str, Work); 15] = [
    ("/chat/completions", Work::Answer),
    ("/messages", Work::Answer),
    ("/responses", Work::Answer),
    ("/chat", Work::Answer),
    ("/api/chat", Work::Answer),
    ("/api/generate", Work::Answer),
    ("/embeddings", Work::Embed),
    ("/embed", Work::Embed),
    ("/api/embed", Work::Embed),
    ("/completions", Work::Pass("/completions")),
    ("/rerank", Work::Pass("/rerank")),
    ("/moderations", Work::Pass("/moderations")),
    ("/images/generations", Work::Pass("/images/generations")),
    ("/audio/speech", Work::Pass("/audio/speech")),
    ("/audio/transcriptions", Work::Pass("/audio/transcriptions")),
];

// === impl Work ===

impl Work {
    /// What a path of a vendor's SDK asks for; `None`: that is not told by the path alone.
    pub fn of_path(path: &str) -> Option<Self> {
        let path = path.trim_end_matches('/').trim_start_matches("/openai");
        let path = ["/v1", "/v2"].iter().find_map(|version| path.strip_prefix(version)).unwrap_or(path);
        PATHS.iter().find(|(known, _)| *known == path).map(|(_, work)| *work)
    }

    /// What a model of the catalogue is for; `None`: that is not known well enough.
    pub fn of_mode(mode: &str) -> Option<Self> {
        Some(match mode {
            "chat" | "responses" => Self::Answer,
            "embedding" => Self::Embed,
            "rerank" => Self::Pass("/rerank"),
            "moderation" => Self::Pass("/moderations"),
            "audio_transcription" => Self::Pass("/audio/transcriptions"),
            _ => return None,
        })
    }

    /// What it is, for a person: the words behind a model that does it.
    pub fn verb(self) -> String {
        match self {
            Self::Answer => "answers chats".to_owned(),
            Self::Embed => "makes embeddings".to_owned(),
            Self::Pass(path) => format!("has `{path}`"),
        }
    }
}

// === impl ProviderKind ===

impl ProviderKind {
    /// Whether a provider of this kind, and of this vendor, does it for any of its models.
    pub fn does(self, work: Work, vendor: Option<&Vendor>) -> bool {
        let only = vendor.map(|vendor| vendor.only.as_slice()).filter(|only| !only.is_empty());
        let target = Target::new("", None).of(vendor);
        let may = |path: &str| only.is_none_or(|only| only.iter().any(|own| own == path));
        match work {
            Work::Answer => may("/chat/completions"),
            Work::Embed => self.provider().embeddings(&target).is_some() && may("/embeddings"),
            Work::Pass(path) => self.provider().passes(path, &target).is_some() && may(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_what_is_asked_for() {
        for (path, work) in [
            ("/v1/chat/completions", Some(Work::Answer)),
            ("/openai/v1/embeddings", Some(Work::Embed)),
            ("/v2/chat", Some(Work::Answer)),
            ("/v2/rerank", Some(Work::Pass("/rerank"))),
            ("/rerank/", Some(Work::Pass("/rerank"))),
            ("/api/embed", Some(Work::Embed)),
            ("/v1/*", None),
            ("/v1/models", None),
        ] {
            assert_eq!(Work::of_path(path), work, "{path}");
        }
    }

    #[test]
    fn not_every_provider_does_everything() {
        let rerank = Work::Pass("/rerank");
        for (kind, answers, embeds, ranks) in [
            (ProviderKind::Anthropic, true, false, false),
            (ProviderKind::Cohere, true, true, true),
            (ProviderKind::Gemini, true, true, false),
            (ProviderKind::Ollama, true, true, false),
            (ProviderKind::OpenAiCompatible, true, true, true),
        ] {
            let does = [Work::Answer, Work::Embed, rerank].map(|work| kind.does(work, None));
            assert_eq!(does, [answers, embeds, ranks], "{kind:?}");
        }
        let voyage = crate::vendor::find("voyage");
        let does = |work| ProviderKind::OpenAiCompatible.does(work, voyage);
        assert_eq!([Work::Answer, Work::Embed, rerank].map(does), [false, true, true]);
    }
}
