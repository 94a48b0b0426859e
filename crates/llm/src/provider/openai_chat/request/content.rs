//! Pieces of a message: text, pictures, recordings, files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::RequestError;
use crate::canonical::{Content, Part, Source};
use crate::json::{Array, Object, Text, push_escaped};

/// The name of a file that has none.
const UNNAMED: &str = "document.pdf";

/// Writes the content of a message: one text as a string, anything else as a list of parts.
pub(super) fn write(parts: &[&Part<'_>], path: &str, message: &mut Object<'_>) -> Result<(), RequestError> {
    if let [Part { content: Content::Text(text), .. }] = parts {
        message.text("content", text);
        return Ok(());
    }
    let mut list = message.array("content");
    for part in parts {
        piece(&part.content, path, &mut list)?;
    }
    list.end();
    Ok(())
}

/// Whether a piece is one of these: what is left are calls, results and reasoning.
pub(super) fn is_medium(content: &Content<'_>) -> bool {
    matches!(content, Content::Image(_) | Content::Audio(_) | Content::Document { .. })
}

/// Writes one piece. `path` is where the client wrote the message's content.
pub(super) fn piece(content: &Content<'_>, path: &str, list: &mut Array<'_>) -> Result<(), RequestError> {
    match content {
        Content::Text(text) => write_text(text, list),
        Content::Image(source) => return image(source, path, list),
        Content::Audio(source) => return audio(source, path, list),
        Content::Document { source, title } => return document(source, title.as_ref(), path, list),
        Content::ToolUse(_) | Content::ToolResult(_) | Content::Thinking { .. } | Content::Redacted(_) => {}
    }
    Ok(())
}

pub(super) fn write_text(text: &Text<'_>, list: &mut Array<'_>) {
    let mut object = list.object();
    object.string("type", "text").text("text", text);
    object.end();
}

fn refuse(path: &str, why: &str) -> RequestError {
    RequestError::unsupported(
        path,
        format!("`{path}` has {why}, which the chosen model's provider does not take"),
    )
}

fn image(source: &Source<'_>, path: &str, list: &mut Array<'_>) -> Result<(), RequestError> {
    let mut object = list.object();
    object.string("type", "image_url");
    let mut image = object.object("image_url");
    match source {
        Source::Base64 { media_type, data } => data_url(media_type, data, image.key("url")),
        Source::Url { url, .. } => drop(image.text("url", url)),
        Source::Text(_) => return Err(refuse(path, "a picture in text")),
    }
    image.end();
    object.end();
    Ok(())
}

fn data_url(media_type: &Text<'_>, data: &Text<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"data:");
    out.extend_from_slice(media_type.literal().as_bytes());
    out.extend_from_slice(b";base64,");
    out.extend_from_slice(data.literal().as_bytes());
    out.push(b'"');
}

fn audio(source: &Source<'_>, path: &str, list: &mut Array<'_>) -> Result<(), RequestError> {
    let Source::Base64 { media_type, data } = source else {
        return Err(refuse(path, "a recording by its address"));
    };
    let format = match &*media_type.decode() {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        "audio/mpeg" | "audio/mp3" => "mp3",
        other => return Err(refuse(path, &format!("a recording of type `{other}`"))),
    };
    let mut object = list.object();
    object.string("type", "input_audio");
    let mut inner = object.object("input_audio");
    inner.text("data", data).string("format", format);
    inner.end();
    object.end();
    Ok(())
}

/// A file: pdf as such, plain text as a text that begins with the file's name.
fn document(
    source: &Source<'_>,
    title: Option<&Text<'_>>,
    path: &str,
    list: &mut Array<'_>,
) -> Result<(), RequestError> {
    let (media_type, data) = match source {
        Source::Text(text) => {
            plain_file(title, text, list);
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
            plain_file(title, &Text::from_plain(&text), list);
            return Ok(());
        }
        other => return Err(refuse(path, &format!("a file of type `{other}`"))),
    }
    let mut object = list.object();
    object.string("type", "file");
    let mut file = object.object("file");
    match title {
        Some(title) => file.text("filename", title),
        None => file.string("filename", UNNAMED),
    };
    data_url(media_type, data, file.key("file_data"));
    file.end();
    object.end();
    Ok(())
}

fn plain_file(title: Option<&Text<'_>>, text: &Text<'_>, list: &mut Array<'_>) {
    let mut object = list.object();
    object.string("type", "text");
    let out = object.key("text");
    out.push(b'"');
    if let Some(title) = title {
        out.extend_from_slice(title.literal().as_bytes());
        push_escaped(out, "\n\n");
    }
    out.extend_from_slice(text.literal().as_bytes());
    out.push(b'"');
    object.end();
}
