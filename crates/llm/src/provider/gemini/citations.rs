//! Sources of a text: `groundingMetadata` and `citationMetadata`. Google counts a text in bytes, the canonical form
//! in characters.

use json::Value;

use crate::canonical::Citation;
use crate::ruler::Ruler;

/// The sources that a candidate names, for its latest text.
pub(super) fn read<'a>(candidate: &Value<'a>, ruler: &Ruler) -> Vec<Citation<'a>> {
    let mut citations = Vec::new();
    let grounding = candidate.get("groundingMetadata");
    let chunks = grounding.get("groundingChunks").items();
    for support in grounding.get("groundingSupports").items() {
        let indices = support.get("groundingChunkIndices").items().iter();
        let named = indices.filter_map(|index| chunks.get(usize::try_from(index.as_u64()?).ok()?));
        citations.extend(named.map(|chunk| within(source(chunk), support.get("segment"), ruler)));
    }
    if citations.is_empty() {
        citations.extend(chunks.iter().map(source));
    }
    let own = candidate.get("citationMetadata");
    // The name on Vertex, then the old one of the Gemini API.
    for list in [own.get("citations"), own.get("citationSources")] {
        citations.extend(list.items().iter().map(|value| within(named(value), value, ruler)));
    }
    citations
}

/// A chunk of whatever kind: from the web, a map or documents.
fn source<'a>(chunk: &Value<'a>) -> Citation<'a> {
    let kinds = ["web", "retrievedContext", "maps", "image"].into_iter();
    let inner = kinds.map(|kind| chunk.get(kind)).find(|inner| !inner.is_null()).unwrap_or(chunk);
    Citation { quote: inner.get("text").as_text(), ..named(inner) }
}

fn named<'a>(value: &Value<'a>) -> Citation<'a> {
    let url = value.get("uri").as_text().or_else(|| value.get("sourceUri").as_text());
    Citation { url, title: value.get("title").as_text(), ..Citation::default() }
}

/// With the piece of the text that it is for. An index of 0 is left out by Google.
fn within<'a>(citation: Citation<'a>, piece: &Value<'_>, ruler: &Ruler) -> Citation<'a> {
    let Some(end) = piece.get("endIndex").as_u64() else { return citation };
    let start = ruler.character(piece.get("startIndex").as_u64().unwrap_or(0));
    Citation { start: Some(start), end: Some(ruler.character(end)), ..citation }
}
