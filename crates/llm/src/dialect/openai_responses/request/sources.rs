//! Pictures, recordings and files: where their bytes are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Text, Value};

use super::string;
use crate::RequestError;
use crate::canonical::{Content, Source};

const PDF: &str = "application/pdf";

fn refuse(path: &str, why: &str) -> RequestError {
    RequestError::unsupported(path, format!("`{path}` cannot be carried: {why}"))
}

/// Only its own vendor has the file that an id names.
fn no_file_id(path: &str, value: &Value<'_>, instead: &str) -> Result<(), RequestError> {
    if value.get("file_id").is_null() {
        return Ok(());
    }
    Err(refuse(path, &format!("a file's id is known to its own vendor alone; send {instead}")))
}

/// A picture by its address: `data:` with base64, or `http(s)`.
pub(super) fn image<'a>(path: &str, value: &Value<'a>) -> Result<Source<'a>, RequestError> {
    no_file_id(path, value, "`image_url`")?;
    let url = string(&format!("{path}.image_url"), value.get("image_url"))?;
    let Some((media_type, data)) = data_url(&url) else {
        return web(path, url, "the address is neither http, https nor data with base64");
    };
    let media_type = picture(&media_type).ok_or_else(|| {
        let other = media_type.decode();
        refuse(path, &format!("images of type `{other}` are not taken, only jpeg, png, gif and webp"))
    })?;
    Ok(Source::Base64 { media_type, data })
}

/// The type of a picture, if it is one that models look at.
fn picture<'a>(media_type: &Text<'a>) -> Option<Text<'a>> {
    match &*media_type.decode() {
        "image/jpg" => Some(Text::from_literal("image/jpeg")),
        "image/jpeg" | "image/png" | "image/gif" | "image/webp" => Some(media_type.clone()),
        _ => None,
    }
}

fn web<'a>(path: &str, url: Text<'a>, why_not: &str) -> Result<Source<'a>, RequestError> {
    let plain = url.decode();
    let fits = plain.starts_with("https://") || plain.starts_with("http://");
    drop(plain);
    if fits { Ok(Source::Url { url, media_type: None }) } else { Err(refuse(path, why_not)) }
}

/// The media type and the data of a `data:` URL with base64.
fn data_url<'a>(url: &Text<'a>) -> Option<(Text<'a>, Text<'a>)> {
    let (head, data) = url.split_once(";base64,")?;
    let (before, media_type) = head.split_once("data:")?;
    let essence = media_type.split_once(";").map(|(essence, _)| essence);
    before.is_empty().then(|| (essence.unwrap_or(media_type), data))
}

/// A recording, in base64 with its format's name.
pub(super) fn audio<'a>(path: &str, audio: &Value<'a>) -> Result<Content<'a>, RequestError> {
    let at = |name: &str| format!("{path}.input_audio.{name}");
    let format = string(&at("format"), audio.get("format"))?;
    let media_type = match &*format.decode() {
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        other => {
            let message = format!("`{}` is `{other}`; it must be wav or mp3", at("format"));
            return Err(RequestError::invalid(at("format"), message));
        }
    };
    let data = string(&at("data"), audio.get("data"))?;
    Ok(Content::Audio(Source::Base64 { media_type: Text::from_literal(media_type), data }))
}

/// A file: by its data, or by an address.
pub(super) fn file<'a>(path: &str, value: &Value<'a>) -> Result<Content<'a>, RequestError> {
    no_file_id(path, value, "`file_data` or `file_url`")?;
    let title = value.get("filename").as_text().filter(|name| !name.is_blank());
    let (address, data) = (value.get("file_url"), value.get("file_data"));
    if !address.is_null() && data.is_null() {
        let url = string(&format!("{path}.file_url"), address)?;
        let source = web(path, url, "the address is neither http nor https")?;
        return Ok(Content::Document { source, title });
    }
    let data = string(&format!("{path}.file_data"), data)?;
    let (media_type, data) = match data_url(&data) {
        Some(typed) => typed,
        // Bare base64: the name tells the type.
        None => (type_by_name(path, title.as_ref())?, data),
    };
    if let Some(media_type) = picture(&media_type) {
        return Ok(Content::Image(Source::Base64 { media_type, data }));
    }
    let essence = media_type.decode().into_owned();
    if essence == PDF {
        return Ok(Content::Document { source: Source::Base64 { media_type, data }, title });
    }
    if !essence.starts_with("text/") && essence != "application/json" {
        let why = format!("files of type `{essence}` are not taken, only pdf, text and images");
        return Err(refuse(path, &why));
    }
    let bytes = STANDARD.decode(data.decode().as_bytes());
    let bytes = bytes.map_err(|_| refuse(path, "the data is not base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse(path, "the text is not UTF-8"))?;
    Ok(Content::Document { source: Source::Text(Text::from_plain(&text)), title })
}

fn type_by_name(path: &str, name: Option<&Text<'_>>) -> Result<Text<'static>, RequestError> {
    let name = name.map(Text::decode).unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("pdf") => Ok(Text::from_literal(PDF)),
        Some("txt" | "md" | "csv") => Ok(Text::from_literal("text/plain")),
        _ => Err(refuse(path, "`file_data` must be a data URL with base64")),
    }
}
