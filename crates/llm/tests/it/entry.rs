//! Streams sent through a translator in pieces.

use std::fmt::Write as _;

use llm::{Carry, Context, Dialect, ProviderKind, StreamEnd};

/// The context of a client that asked for usage, or did not.
pub(crate) fn context(include_usage: bool) -> Context {
    Context {
        dialect: Dialect::OpenAiChat,
        model: "smart".to_owned(),
        request_id: "01J0000000".to_owned(),
        created: 1_763_640_000,
        include_usage,
        prompt_bytes: 400,
        carry: Carry::default(),
        ids: llm::AnswerIds::default(),
        max_event: 1 << 20,
        array: false,
    }
}

/// What a stream came to.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) out: Vec<u8>,
    pub(crate) end: StreamEnd,
    pub(crate) facts: String,
}

/// Sends pieces through a translator.
pub(crate) fn translate<'p>(
    provider: ProviderKind,
    ctx: Context,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> Outcome {
    let framed = ctx.dialect == Dialect::Bedrock;
    let mut stream = provider.stream(ctx);
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(piece, &mut out);
        let whole =
            if framed { whole_frames(&out) } else { matches!(out.last(), None | Some(b'\n' | b'\r')) };
        assert!(whole, "an event was torn");
    }
    let end = stream.finish(&mut out);
    let mut facts = String::new();
    let error = stream.error().map(|error| (error.status, error.kind, error.code.clone(), error.retryable()));
    let (done, content, skipped) = (stream.is_done(), stream.first_content_seen(), stream.skipped());
    writeln!(facts, "end: {end:?}, done: {done}, content: {content}, skipped: {skipped}").unwrap();
    writeln!(facts, "model: {:?}, finish: {:?}, error: {error:?}", stream.model(), stream.finish_reason())
        .unwrap();
    writeln!(facts, "{:?}", stream.usage()).unwrap();
    Outcome { out, end, facts }
}

/// Whether frames, which begin with their length, are all there.
fn whole_frames(mut out: &[u8]) -> bool {
    while let Some(length) = out.first_chunk::<4>() {
        let Some(rest) = out.get(u32::from_be_bytes(*length) as usize..) else { return false };
        out = rest;
    }
    out.is_empty()
}
