//! What answers are made of, whole and streamed: the same members in a message as in a delta.

use json::{Data, Text, Value};

use crate::canonical::{Citation, Opaque, Origin};

/// A piece of content.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text(Text<'a>),
    Thinking { text: Text<'a>, signature: Option<Text<'a>> },
    Source(Citation<'a>),
}

/// Gives the pieces of `content`, which is a string, or a list of parts at some vendors.
pub(super) fn content<'a>(content: &Value<'a>, each: &mut dyn FnMut(Piece<'a>)) {
    match &content.data {
        Data::String(text) if !text.is_empty() => each(Piece::Text(text.clone())),
        Data::Array(items) => {
            for part in items {
                piece(part, each);
            }
        }
        _ => {}
    }
}

fn piece<'a>(part: &Value<'a>, each: &mut dyn FnMut(Piece<'a>)) {
    let text = |name: &str| part.get(name).as_text().filter(|text| !text.is_empty());
    let kind = part.get("type").as_text().unwrap_or_default();
    match &*kind.decode() {
        "text" | "output_text" => {
            if let Some(text) = text("text") {
                each(Piece::Text(text));
            }
        }
        "thinking" => {
            let signature = text("signature");
            let inner = part.get("thinking");
            let mut texts: Vec<Text<'a>> =
                inner.items().iter().filter_map(|item| item.get("text").as_text()).collect();
            texts.extend(inner.as_text());
            let text = joined(texts);
            if !text.is_empty() || signature.is_some() {
                each(Piece::Thinking { text, signature });
            }
        }
        "reference" => {
            for id in part.get("reference_ids").items() {
                each(Piece::Source(Citation { title: Some(plain(id)), ..Citation::default() }));
            }
        }
        _ => {}
    }
}

/// A string as it is, a number as it is written.
fn plain<'a>(value: &Value<'a>) -> Text<'a> {
    value.as_text().unwrap_or_else(|| Text::from_plain(value.raw))
}

fn joined(mut texts: Vec<Text<'_>>) -> Text<'_> {
    if texts.len() > 1 {
        let all: String = texts.iter().map(Text::literal).collect();
        return Text::from_owned_literal(all);
    }
    texts.pop().unwrap_or_default()
}

/// Reasoning, by whichever name it has here; some give it under two.
pub(super) fn reasoning<'a>(message: &Value<'a>) -> Option<Text<'a>> {
    let plain = ["reasoning_content", "reasoning"].into_iter().find_map(|name| message.get(name).as_text());
    if let Some(text) = plain.filter(|text| !text.is_empty()) {
        return Some(text);
    }
    let details = message.get("reasoning_details").items().iter();
    let text = |detail: &Value<'a>| detail.get("text").as_text().or_else(|| detail.get("summary").as_text());
    Some(joined(details.filter_map(text).collect())).filter(|text| !text.is_empty())
}

/// The sources that are told with the message.
pub(super) fn annotations<'a>(message: &Value<'a>) -> impl Iterator<Item = Citation<'a>> + use<'a> {
    let list: Vec<Citation<'a>> = message.get("annotations").items().iter().filter_map(annotation).collect();
    list.into_iter()
}

fn annotation<'a>(value: &Value<'a>) -> Option<Citation<'a>> {
    let inner = value.get("url_citation");
    let url = inner.get("url").as_text()?;
    let number = |name: &str| inner.get(name).as_u64();
    let (start, end) = (number("start_index"), number("end_index"));
    // Those who do not know say 0 twice.
    let known = end.is_some_and(|end| end > 0);
    Some(Citation {
        url: Some(url),
        title: inner.get("title").as_text().filter(|title| !title.is_empty()),
        quote: inner.get("content").as_text().filter(|quote| !quote.is_empty()),
        start: start.filter(|_| known),
        end: end.filter(|_| known),
    })
}

/// The sources that are told for the answer as a whole (Perplexity).
pub(super) fn sources<'a>(body: &Value<'a>) -> impl Iterator<Item = Citation<'a>> + use<'a> {
    let found = body.get("search_results").items().iter().map(|found| Citation {
        url: found.get("url").as_text(),
        title: found.get("title").as_text(),
        ..Citation::default()
    });
    let mut list: Vec<Citation<'a>> = found.filter(|citation| citation.url.is_some()).collect();
    if list.is_empty() {
        let addresses = body.get("citations").items().iter().filter_map(Value::as_text);
        list.extend(addresses.map(|url| Citation { url: Some(url), ..Citation::default() }));
    }
    list.into_iter()
}

/// The pictures that the model made: media type, base64.
pub(super) fn images<'a>(message: &Value<'a>) -> impl Iterator<Item = (Text<'a>, Text<'a>)> + use<'a> {
    let list: Vec<_> = message.get("images").items().iter().filter_map(image).collect();
    list.into_iter()
}

fn image<'a>(value: &Value<'a>) -> Option<(Text<'a>, Text<'a>)> {
    let url = value.get("image_url").get("url").as_text()?;
    let (head, data) = url.split_once(";base64,")?;
    let (before, media_type) = head.split_once("data:")?;
    before.is_empty().then_some((media_type, data))
}

/// The state that Google's endpoint puts on a call.
pub(super) fn call_state<'a>(call: &Value<'a>) -> Option<Opaque<'a>> {
    Some(Opaque::open(call_state_text(call)?, Origin::Gemini))
}

/// The same, as it is written.
pub(super) fn call_state_text<'a>(call: &Value<'a>) -> Option<Text<'a>> {
    call.get("extra_content").get("google").get("thought_signature").as_text()
}
