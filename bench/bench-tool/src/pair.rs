//! The translation of one chat by itself, over and over, for counting its instructions: the request as the client wrote it
//! to the provider's, and one of the mock's answers to the client's.

use std::hint::black_box;

use anyhow::Context as _;
use llm::request::{Address, peek};
use llm::{Context, Dialect, ProviderKind, StreamEnd, Target};

use crate::mock::frames;

/// What is translated.
#[derive(Debug)]
pub(crate) struct Pair {
    dialect: Dialect,
    kind: ProviderKind,
    stream: bool,
    request: Vec<u8>,
    /// As it comes from the socket, 16 KiB at a time.
    answer: Vec<u8>,
}

const DIALECTS: [Dialect; 7] = [
    Dialect::Anthropic,
    Dialect::Bedrock,
    Dialect::Cohere,
    Dialect::Gemini,
    Dialect::Ollama,
    Dialect::OpenAiChat,
    Dialect::OpenAiResponses,
];

const KINDS: [(&str, ProviderKind); 10] = [
    ("anthropic", ProviderKind::Anthropic),
    ("azure", ProviderKind::Azure),
    ("bedrock", ProviderKind::Bedrock),
    ("cohere", ProviderKind::Cohere),
    ("gemini", ProviderKind::Gemini),
    ("mistral", ProviderKind::Mistral),
    ("ollama", ProviderKind::Ollama),
    ("openai", ProviderKind::OpenAiCompatible),
    ("responses", ProviderKind::OpenAiResponses),
    ("vertex", ProviderKind::Vertex),
];

// === impl Pair ===

impl Pair {
    /// The dialect by its name in records, the kind of provider by that in documents; the request's body in a file, and
    /// the answer in one of the mock's, which tells the kind and whether it is a stream: `KIND-SIZE`.
    pub(crate) fn read(dialect: &str, request: &str, answer: &str) -> anyhow::Result<Self> {
        let name = answer.rsplit('/').next().unwrap_or_default();
        let (kind, size) = name.split_once('-').context("ANSWER")?;
        let file = std::fs::read(answer).with_context(|| answer.to_owned())?;
        Ok(Self {
            dialect: DIALECTS.into_iter().find(|one| one.as_str() == dialect).context("DIALECT")?,
            kind: KINDS.into_iter().find(|(name, _)| *name == kind).context("ANSWER")?.1,
            stream: !size.starts_with("whole"),
            request: std::fs::read(request).with_context(|| request.to_owned())?,
            answer: frames(&file)?.2.concat(),
        })
    }

    /// Translates it so many times; tells how long the client's answers are.
    pub(crate) fn run(&self, rounds: u32) -> anyhow::Result<String> {
        let mut bytes = 0;
        for _ in 0..rounds {
            bytes += black_box(self.once()?);
        }
        Ok(bytes.to_string())
    }

    fn once(&self) -> anyhow::Result<usize> {
        let address = Address { model: Some("m"), stream: Some(self.stream), array: false };
        let peeked = peek(self.dialect, &self.request, address)?.with_headers(self.dialect, &|_| None)?;
        let target = Target::new("m", None);
        let encoded = self.kind.encode_request(self.dialect, &self.request, &peeked, &target)?;
        black_box(&encoded.body);
        let context = Context::new(self.dialect, &peeked, "request", 1_763_640_000, encoded.carry);
        if !self.stream {
            let answer = self.kind.decode_response(&self.answer, &context)?;
            return Ok(if answer.unchanged { self.answer.len() } else { answer.body.len() });
        }
        let mut translator = self.kind.stream(context);
        let mut bytes = 0;
        for piece in self.answer.chunks(16 << 10) {
            let mut out = Vec::new();
            translator.push(piece, &mut out);
            bytes += black_box(out).len();
        }
        let mut out = Vec::new();
        anyhow::ensure!(translator.finish(&mut out) == StreamEnd::Complete, "the answer is not whole");
        Ok(bytes + out.len())
    }
}
