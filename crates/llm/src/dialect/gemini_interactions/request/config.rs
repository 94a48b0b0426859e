//! `generation_config` and the shape of the answer.

use json::{Data, Value};

use crate::RequestError;
use crate::canonical::{Dropped, Effort, Format, Request};
use crate::dialect::read::{maybe_string, number, penalty, says_nothing, string, strings, wrong};

/// Reads the configuration; the choice among tools is read with these.
pub(super) fn read<'a>(config: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if !matches!(config.data, Data::Object(_)) {
        return Err(wrong("generation_config", "an object", config));
    }
    for (key, value) in config.members().iter().filter(|(_, value)| !value.is_null()) {
        let name = key.decode();
        let path = format!("generation_config.{name}");
        match &*name {
            "temperature" => request.temperature = Some(number(&path, value)?),
            "top_p" => request.top_p = Some(number(&path, value)?),
            "top_k" => request.top_k = Some(number(&path, value)?),
            "seed" => request.seed = Some(number(&path, value)?),
            "presence_penalty" => request.presence_penalty = penalty(&path, value)?,
            "frequency_penalty" => request.frequency_penalty = penalty(&path, value)?,
            "max_output_tokens" => request.max_tokens = Some(count(&path, value)?),
            "stop_sequences" => request.stop = strings(&path, value)?,
            "thinking_level" => {
                let word = string(&path, value)?.decode().to_ascii_lowercase();
                request.effort = Effort::of_word(&word).filter(|effort| *effort != Effort::None);
                if request.effort.is_none() {
                    request.dropped.add(path);
                }
            }
            "thinking_summaries" => request.notes.wants_state = summaries(&path, value)?,
            "tool_choice" => {}
            _ if says_nothing(value) => {}
            _ => request.dropped.add(path),
        }
    }
    Ok(())
}

fn count(path: &str, value: &Value<'_>) -> Result<u64, RequestError> {
    let whole = number(path, value)?.parse();
    whole.map_err(|_| {
        RequestError::invalid(path, format!("`{path}` must be a whole number that is not negative"))
    })
}

/// Whether the client wants to see what the model thinks.
fn summaries(path: &str, value: &Value<'_>) -> Result<bool, RequestError> {
    match &*string(path, value)?.decode() {
        "auto" => Ok(true),
        "none" => Ok(false),
        other => Err(RequestError::invalid(path, format!("`{path}` is `{other}`; it must be auto or none"))),
    }
}

/// The shape of the answer: by `response_format`, which may be a list or a bare schema, and by the type that older
/// clients name.
pub(super) fn format<'a>(
    format: &Value<'a>,
    mime_type: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Option<Format<'a>>, RequestError> {
    let json = is_json("response_mime_type", mime_type)?;
    let one = std::slice::from_ref(format);
    let list = match &format.data {
        Data::Null => &[],
        Data::Array(items) => items.as_slice(),
        _ => one,
    };
    let mut found = json.then_some(Format::JsonObject);
    for (at, item) in list.iter().enumerate() {
        let path = match format.data {
            Data::Array(_) => format!("response_format[{at}]"),
            _ => "response_format".to_owned(),
        };
        if !matches!(item.data, Data::Object(_)) {
            return Err(wrong(path, "an object", item));
        }
        let kind = item.get("type").as_text().unwrap_or_default();
        match &*kind.decode() {
            "text" => found = text(&path, item)?.or(found),
            other @ ("audio" | "image" | "video") => dropped.add(format_args!("{path} ({other})")),
            _ => found = Some(schema(item)),
        }
    }
    Ok(found)
}

fn text<'a>(path: &str, item: &Value<'a>) -> Result<Option<Format<'a>>, RequestError> {
    let told = item.get("schema");
    let json = is_json(&format!("{path}.mime_type"), item.get("mime_type"))?;
    match &told.data {
        Data::Null => Ok(json.then_some(Format::JsonObject)),
        Data::Object(_) => Ok(Some(schema(told))),
        _ => Err(wrong(format!("{path}.schema"), "an object", told)),
    }
}

fn schema<'a>(schema: &Value<'a>) -> Format<'a> {
    Format::JsonSchema { name: None, description: None, schema: schema.clone(), strict: false }
}

fn is_json(path: &str, mime_type: &Value<'_>) -> Result<bool, RequestError> {
    let Some(kind) = maybe_string(path, mime_type)? else { return Ok(false) };
    match &*kind.decode() {
        "application/json" => Ok(true),
        "text/plain" | "" => Ok(false),
        other => {
            let message = format!("`{path}` is `{other}`; text/plain and application/json can be served");
            Err(RequestError::unsupported(path, message))
        }
    }
}
