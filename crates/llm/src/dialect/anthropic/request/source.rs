//! Images, documents and search results: where their bytes are.

use json::{Data, Text, Value};

use super::path::Path;
use crate::RequestError;
use crate::canonical::{Content, Dropped, Part, Source};

/// Reads an image block.
pub(super) fn image<'a>(
    at: &Path<'_>,
    block: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Content<'a>, RequestError> {
    name_rest(block, &["source"], dropped);
    let at = at.name("source");
    let source = at.object(block.get("source"))?;
    let kind = at.name("type").text(source.get("type"))?;
    match &*kind.decode() {
        "base64" => {
            let at_type = at.name("media_type");
            let media_type = at_type.text(source.get("media_type"))?;
            if !["image/jpeg", "image/png", "image/gif", "image/webp"]
                .iter()
                .any(|known| media_type.is(known))
            {
                return Err(
                    at_type.invalid("Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'")
                );
            }
            let data = at.name("data").text(source.get("data"))?;
            Ok(Content::Image(Source::Base64 { media_type, data }))
        }
        "url" => Ok(Content::Image(Source::Url { url: address(&at, source)?, media_type: None })),
        "file" => Err(file(&at)),
        other => Err(unknown(&at, other, "'base64', 'url' or 'file'")),
    }
}

/// Reads a document block. One whose source is a list of blocks with images becomes those blocks.
pub(super) fn document<'a>(
    at: &Path<'_>,
    block: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Vec<Part<'a>>, RequestError> {
    name_rest(block, &["source", "title"], dropped);
    let title = at.name("title").text_or_none(block.get("title"))?.filter(|title| !title.is_blank());
    let at = at.name("source");
    let source = at.object(block.get("source"))?;
    let kind = at.name("type").text(source.get("type"))?;
    let source = match &*kind.decode() {
        "base64" => {
            let at_type = at.name("media_type");
            let media_type = at_type.text(source.get("media_type"))?;
            if !media_type.is("application/pdf") {
                return Err(at_type.invalid("Input should be 'application/pdf'"));
            }
            Source::Base64 { media_type, data: at.name("data").text(source.get("data"))? }
        }
        "text" => Source::Text(at.name("data").text(source.get("data"))?.sane()),
        "url" => {
            let media_type = Some(Text::from_literal("application/pdf"));
            Source::Url { url: address(&at, source)?, media_type }
        }
        "content" => return blocks(&at.name("content"), source.get("content"), title, dropped),
        "file" => return Err(file(&at)),
        other => return Err(unknown(&at, other, "'base64', 'content', 'file', 'text' or 'url'")),
    };
    Ok(vec![Part::new(Content::Document { source, title })])
}

/// Reads the content of a document that is a string or a list of texts and images.
fn blocks<'a>(
    at: &Path<'_>,
    content: &Value<'a>,
    title: Option<Text<'a>>,
    dropped: &mut Dropped,
) -> Result<Vec<Part<'a>>, RequestError> {
    let of_text =
        |text| vec![Part::new(Content::Document { source: Source::Text(text), title: title.clone() })];
    if let Data::String(text) = &content.data {
        return Ok(of_text(text.clone().sane()));
    }
    let items = at.list(content)?;
    if items.iter().all(|item| item.get("type").is("text")) {
        return Ok(of_text(Text::from_plain(&joined(at, items)?)));
    }
    let mut parts: Vec<Part<'a>> = title.into_iter().map(|title| Part::new(Content::Text(title))).collect();
    for (index, item) in items.iter().enumerate() {
        let at = at.item(index);
        let kind = at.name("type").text(item.get("type"))?;
        match &*kind.decode() {
            "text" => parts.push(Part::new(Content::Text(at.name("text").text(item.get("text"))?.sane()))),
            "image" => parts.push(Part::new(image(&at, item, dropped)?)),
            other => return Err(unknown(&at, other, "'image' or 'text'")),
        }
    }
    Ok(parts)
}

/// Reads a search result: a document, the first line of which is its source.
pub(super) fn search_result<'a>(
    at: &Path<'_>,
    block: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Content<'a>, RequestError> {
    name_rest(block, &["source", "title", "content"], dropped);
    let source = at.name("source").text(block.get("source"))?;
    let title = at.name("title").text(block.get("title"))?;
    let at = at.name("content");
    let text = joined(&at, at.list(block.get("content"))?)?;
    let source = Source::Text(Text::from_plain(&format!("{}\n{text}", source.decode())));
    Ok(Content::Document { source, title: Some(title).filter(|title| !title.is_blank()) })
}

/// The texts of text blocks, a line each.
fn joined(at: &Path<'_>, items: &[Value<'_>]) -> Result<String, RequestError> {
    let mut all = String::new();
    for (index, item) in items.iter().enumerate() {
        let at = at.item(index);
        let text = at.name("text").text(item.get("text"))?;
        if index > 0 {
            all.push('\n');
        }
        all.push_str(&text.decode());
    }
    Ok(all)
}

fn address<'a>(at: &Path<'_>, source: &Value<'a>) -> Result<Text<'a>, RequestError> {
    let at = at.name("url");
    let url = at.text(source.get("url"))?;
    let plain = url.decode();
    if !plain.starts_with("https://") && !plain.starts_with("http://") {
        return Err(at.invalid("the address must begin with https:// or http://"));
    }
    drop(plain);
    Ok(url)
}

fn file(at: &Path<'_>) -> RequestError {
    at.unsupported("a file's id is known to its own vendor alone; send the bytes as base64")
}

fn unknown(at: &Path<'_>, kind: &str, known: &str) -> RequestError {
    at.name("type").invalid(&format!("Input tag '{kind}' does not match any of the expected tags: {known}"))
}

/// Names what no other provider has a place for.
fn name_rest(block: &Value<'_>, read: &[&str], dropped: &mut Dropped) {
    for (name, value) in block.members() {
        let known = ["type", "cache_control"].iter().chain(read).any(|known| name.is(known));
        let off = value.get("enabled").as_bool() == Some(false);
        if !known && !off && !super::says_nothing(value) {
            dropped.add(format_args!("messages[].content[].{}", name.decode()));
        }
    }
}
