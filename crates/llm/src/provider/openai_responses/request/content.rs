//! Pieces of a message or of a tool's result: text, pictures, recordings, files.

use json::{Array, Object, Text, push_escaped};

use crate::RequestError;
use crate::canonical::{Content, Detail, Part, Source};
use crate::vendor::CacheMarkers;

/// The name of a file that has none.
const UNNAMED: &str = "document.pdf";

/// Writes one piece. `path` is where the client wrote the content.
pub(super) fn piece(
    part: &Part<'_>,
    markers: CacheMarkers,
    path: &str,
    list: &mut Array<'_>,
) -> Result<(), RequestError> {
    let mut object = match &part.content {
        Content::ToolUse(_) | Content::ToolResult(_) | Content::Thinking { .. } | Content::Redacted(_) => {
            return Ok(());
        }
        _ => list.object(),
    };
    match &part.content {
        Content::Text(said) => drop(object.string("type", "input_text").text("text", said)),
        Content::Image(source) => image(source, part.detail.as_deref(), path, &mut object)?,
        Content::Audio(source) => audio(source, path, &mut object)?,
        Content::Document { source, title } => document(source, title.as_ref(), &mut object),
        _ => {}
    }
    if part.cache.is_some() && markers == CacheMarkers::Breakpoint {
        object.raw("prompt_cache_breakpoint", r#"{"mode":"explicit"}"#);
    }
    object.end();
    Ok(())
}

pub(super) fn text(text: &Text<'_>, list: &mut Array<'_>) {
    let mut object = list.object();
    object.string("type", "input_text").text("text", text);
    object.end();
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
    object.string("type", "input_image");
    match detail {
        Some(detail) => object.text("detail", &detail.word),
        None => object.string("detail", "auto"),
    };
    match source {
        Source::Base64 { media_type, data } => data_url(media_type, data, object.key("image_url")),
        Source::Url { url, .. } => drop(object.text("image_url", url)),
        Source::Text(_) => return Err(refuse(path, "a picture in text")),
    }
    Ok(())
}

fn data_url(media_type: &Text<'_>, data: &Text<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"data:");
    out.extend_from_slice(media_type.literal().as_bytes());
    out.extend_from_slice(b";base64,");
    out.extend_from_slice(data.literal().as_bytes());
    out.push(b'"');
}

fn audio(source: &Source<'_>, path: &str, object: &mut Object<'_>) -> Result<(), RequestError> {
    let Source::Base64 { media_type, data } = source else {
        return Err(refuse(path, "a recording by its address"));
    };
    let format = match &*media_type.decode() {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        "audio/mpeg" | "audio/mp3" => "mp3",
        other => return Err(refuse(path, &format!("a recording of type `{other}`"))),
    };
    object.string("type", "input_audio");
    let mut inner = object.object("input_audio");
    inner.text("data", data).string("format", format);
    inner.end();
    Ok(())
}

/// A file: plain text as a text that begins with the file's name, others as such.
fn document(source: &Source<'_>, title: Option<&Text<'_>>, object: &mut Object<'_>) {
    match source {
        Source::Text(text) => plain_file(title, text, object),
        Source::Url { url, .. } => drop(object.string("type", "input_file").text("file_url", url)),
        Source::Base64 { media_type, data } => {
            object.string("type", "input_file");
            match title {
                Some(title) => object.text("filename", title),
                None => object.string("filename", UNNAMED),
            };
            data_url(media_type, data, object.key("file_data"));
        }
    }
}

fn plain_file(title: Option<&Text<'_>>, text: &Text<'_>, object: &mut Object<'_>) {
    object.string("type", "input_text");
    let out = object.key("text");
    out.push(b'"');
    if let Some(title) = title {
        out.extend_from_slice(title.literal().as_bytes());
        push_escaped(out, "\n\n");
    }
    out.extend_from_slice(text.literal().as_bytes());
    out.push(b'"');
}
