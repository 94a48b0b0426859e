//! Pieces of a message: text, pictures, recordings, files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Array, Object, Text, push_escaped};

use crate::RequestError;
use crate::canonical::{Content, Detail, Part, Source};
use crate::vendor::CacheMarkers;

/// How a vendor writes what others write otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Mistral's parts: files by their address, recordings bare.
    pub(super) mistral: bool,
    pub(super) markers: CacheMarkers,
}

/// The name of a file that has none.
const UNNAMED: &str = "document.pdf";

/// Writes the content of a message: one text as a string, anything else as a list of parts.
pub(super) fn write(
    parts: &[&Part<'_>],
    style: Style,
    path: &str,
    message: &mut Object<'_>,
) -> Result<(), RequestError> {
    if let [part @ Part { content: Content::Text(text), .. }] = parts
        && !style.marks(part)
    {
        message.text("content", text);
        return Ok(());
    }
    let mut list = message.array("content");
    for part in parts {
        piece(part, style, path, &mut list)?;
    }
    list.end();
    Ok(())
}

/// Whether a piece is one of these: what is left are calls, results and reasoning.
pub(super) fn is_medium(content: &Content<'_>) -> bool {
    matches!(content, Content::Image(_) | Content::Audio(_) | Content::Document { .. })
}

/// Writes one piece. `path` is where the client wrote the message's content.
pub(super) fn piece(
    part: &Part<'_>,
    style: Style,
    path: &str,
    list: &mut Array<'_>,
) -> Result<(), RequestError> {
    let said = matches!(part.content, Content::Text(_)) || is_medium(&part.content);
    if !said {
        return Ok(());
    }
    let mut object = list.object();
    match &part.content {
        Content::Text(text) => drop(object.string("type", "text").text("text", text)),
        Content::Image(source) => image(source, part.detail.as_deref(), path, &mut object)?,
        Content::Audio(source) => audio(source, style, path, &mut object)?,
        Content::Document { source, title } => document(source, title.as_ref(), (style, path), &mut object)?,
        Content::ToolUse(_) | Content::ToolResult(_) | Content::Thinking { .. } | Content::Redacted(_) => {}
    }
    match (part.cache, style.markers) {
        (None, _) | (_, CacheMarkers::Never) => {}
        (Some(marker), CacheMarkers::CacheControl) => drop(object.raw("cache_control", marker)),
        (Some(_), CacheMarkers::Breakpoint) => {
            object.raw("prompt_cache_breakpoint", r#"{"mode":"explicit"}"#);
        }
    }
    object.end();
    Ok(())
}

fn refuse(path: &str, why: &str) -> RequestError {
    RequestError::unsupported(
        path,
        format!("`{path}` has {why}, which the chosen model's provider does not take"),
    )
}

fn image(
    source: &Source<'_>,
    detail: Option<&Detail<'_>>,
    path: &str,
    object: &mut Object<'_>,
) -> Result<(), RequestError> {
    object.string("type", "image_url");
    let mut image = object.object("image_url");
    match source {
        Source::Base64 { media_type, data } => data_url(media_type, data, image.key("url")),
        Source::Url { url, .. } => drop(image.text("url", url)),
        Source::Text(_) => return Err(refuse(path, "a picture in text")),
    }
    if let Some(detail) = detail {
        // As it is looked at by Responses alone.
        let word = if detail.word.is("original") { "high" } else { &*detail.word.decode() };
        image.string("detail", word);
    }
    image.end();
    Ok(())
}

fn data_url(media_type: &Text<'_>, data: &Text<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"data:");
    out.extend_from_slice(media_type.literal().as_bytes());
    out.extend_from_slice(b";base64,");
    out.extend_from_slice(data.literal().as_bytes());
    out.push(b'"');
}

fn audio(source: &Source<'_>, style: Style, path: &str, object: &mut Object<'_>) -> Result<(), RequestError> {
    let Source::Base64 { media_type, data } = source else {
        return Err(refuse(path, "a recording by its address"));
    };
    let format = match &*media_type.decode() {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        "audio/mpeg" | "audio/mp3" => "mp3",
        other => return Err(refuse(path, &format!("a recording of type `{other}`"))),
    };
    object.string("type", "input_audio");
    if style.mistral {
        object.text("input_audio", data);
        return Ok(());
    }
    let mut inner = object.object("input_audio");
    inner.text("data", data).string("format", format);
    inner.end();
    Ok(())
}

/// A file: pdf as such, plain text as a text that begins with the file's name.
fn document(
    source: &Source<'_>,
    title: Option<&Text<'_>>,
    (style, path): (Style, &str),
    object: &mut Object<'_>,
) -> Result<(), RequestError> {
    let (media_type, data) = match source {
        Source::Text(text) => {
            plain_file(title, text, object);
            return Ok(());
        }
        Source::Url { url, .. } if style.mistral => {
            object.string("type", "document_url").text("document_url", url);
            return Ok(());
        }
        Source::Url { .. } => return Err(refuse(path, "a file by its address")),
        Source::Base64 { media_type, data } => (media_type, data),
    };
    match &*media_type.decode() {
        "application/pdf" => {}
        essence if essence.starts_with("text/") => {
            let bytes = STANDARD.decode(data.decode().as_bytes()).ok();
            let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else {
                return Err(refuse(path, "a file of text that is not UTF-8 in base64"));
            };
            plain_file(title, &Text::from_plain(&text), object);
            return Ok(());
        }
        other => return Err(refuse(path, &format!("a file of type `{other}`"))),
    }
    if style.mistral {
        object.string("type", "document_url");
        data_url(media_type, data, object.key("document_url"));
        if let Some(title) = title {
            object.text("document_name", title);
        }
        return Ok(());
    }
    object.string("type", "file");
    let mut file = object.object("file");
    match title {
        Some(title) if title.decode().to_ascii_lowercase().ends_with(".pdf") => file.text("filename", title),
        Some(title) => file.string("filename", &format!("{}.pdf", title.decode())),
        None => file.string("filename", UNNAMED),
    };
    data_url(media_type, data, file.key("file_data"));
    file.end();
    Ok(())
}

fn plain_file(title: Option<&Text<'_>>, text: &Text<'_>, object: &mut Object<'_>) {
    object.string("type", "text");
    let out = object.key("text");
    out.push(b'"');
    if let Some(title) = title {
        out.extend_from_slice(title.literal().as_bytes());
        push_escaped(out, "\n\n");
    }
    out.extend_from_slice(text.literal().as_bytes());
    out.push(b'"');
}

// === impl Style ===

impl Style {
    /// Whether a part's marker is written.
    pub(super) fn marks(self, part: &Part<'_>) -> bool {
        part.cache.is_some() && self.markers != CacheMarkers::Never
    }
}
