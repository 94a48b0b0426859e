//! `generationConfig`: sampling, limits, the shape of the answer, thinking.

use json::{Data, Text, Value};

use crate::RequestError;
use crate::canonical::{Effort, Format, Request, Rest};
use crate::dialect::gemini::members::{camel, member, object, says_nothing, string, wrong};

/// Reads the configuration.
pub(super) fn read<'a>(config: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    for (key, value) in config.members().iter().filter(|(_, value)| !value.is_null()) {
        let name = camel(&key.decode());
        let path = format!("generationConfig.{name}");
        match name.as_str() {
            "temperature" => request.temperature = Some(number(&path, value)?),
            "topP" => request.top_p = Some(number(&path, value)?),
            "topK" => request.top_k = Some(number(&path, value)?),
            "seed" => request.seed = Some(number(&path, value)?),
            "presencePenalty" => request.presence_penalty = penalty(&path, value)?,
            "frequencyPenalty" => request.frequency_penalty = penalty(&path, value)?,
            "maxOutputTokens" => request.max_tokens = Some(count(&path, value)?),
            "candidateCount" => request.n = Some(count(&path, value)?).filter(|&n| n > 1),
            "stopSequences" => request.stop = strings(&path, value)?,
            "responseLogprobs" => {
                let wanted = value.as_bool().ok_or_else(|| wrong(&path, "a boolean", value))?;
                request.logprobs = wanted.then(|| request.logprobs.unwrap_or(0));
            }
            // Says how many once they are wanted.
            "logprobs" => drop(count(&path, value)?),
            "responseModalities" => {
                let words = strings(&path, value)?;
                if words.iter().any(|word| !word.decode().eq_ignore_ascii_case("text")) {
                    request.rest.push(Rest { name: Text::from_plain(&path), raw: value.raw });
                }
            }
            "thinkingConfig" => thinking(object(&path, value)?, request)?,
            "responseMimeType" | "responseSchema" | "responseJsonSchema" | "_responseJsonSchema" => {}
            _ if says_nothing(value) => {}
            _ => request.dropped.add(path),
        }
    }
    if let (Some(_), Some(more)) = (request.logprobs, member(config, "logprobs").as_u64()) {
        request.logprobs = Some(more);
    }
    request.format = format(config)?;
    Ok(())
}

fn number<'a>(path: &str, value: &Value<'a>) -> Result<&'a str, RequestError> {
    if let Data::Number(number) = value.data { Ok(number) } else { Err(wrong(path, "a number", value)) }
}

/// A penalty, unless it is none.
fn penalty<'a>(path: &str, value: &Value<'a>) -> Result<Option<&'a str>, RequestError> {
    let number = number(path, value)?;
    Ok((number.parse() != Ok(0.0_f64)).then_some(number))
}

fn count(path: &str, value: &Value<'_>) -> Result<u64, RequestError> {
    number(path, value)?;
    value.as_u64().ok_or_else(|| {
        RequestError::invalid(path, format!("`{path}` must be a whole number that is not negative"))
    })
}

fn strings<'a>(path: &str, value: &Value<'a>) -> Result<Vec<Text<'a>>, RequestError> {
    let Data::Array(items) = &value.data else { return Err(wrong(path, "an array of strings", value)) };
    items.iter().enumerate().map(|(i, item)| string(&format!("{path}[{i}]"), item)).collect()
}

/// The shape of the answer.
fn format<'a>(config: &Value<'a>) -> Result<Option<Format<'a>>, RequestError> {
    let path = |name: &str| format!("generationConfig.{name}");
    let names = ["responseJsonSchema", "_responseJsonSchema", "responseSchema"];
    let found = names.iter().map(|name| (name, member(config, name))).find(|(_, schema)| !schema.is_null());
    let kind = member(config, "responseMimeType");
    let kind = if says_nothing(kind) { None } else { Some(string(&path("responseMimeType"), kind)?) };
    let kind = kind.as_ref().map(Text::decode);
    match (kind.as_deref(), found) {
        (None | Some("text/plain"), None) => Ok(None),
        (Some("application/json"), None) => Ok(Some(Format::JsonObject)),
        (Some("application/json"), Some((name, schema))) => {
            let schema = object(&path(name), schema)?.clone();
            Ok(Some(Format::JsonSchema { name: None, description: None, schema, strict: false }))
        }
        (None | Some("text/plain"), Some((name, _))) => {
            let message = format!("`{}` needs `responseMimeType` to be application/json", path(name));
            Err(RequestError::invalid(path(name), message))
        }
        (Some(other), _) => {
            let path = path("responseMimeType");
            let message = format!("`{path}` is `{other}`; text/plain and application/json can be served");
            Err(RequestError::unsupported(path, message))
        }
    }
}

/// How much the model is to think, and whether the client wants to see it.
fn thinking<'a>(config: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    for (key, value) in config.members().iter().filter(|(_, value)| !value.is_null()) {
        let name = camel(&key.decode());
        let path = format!("generationConfig.thinkingConfig.{name}");
        match name.as_str() {
            "includeThoughts" => {
                let shown = value.as_bool().ok_or_else(|| wrong(&path, "a boolean", value))?;
                request.show_thinking = Some(shown);
                request.notes.wants_state = shown;
            }
            "thinkingBudget" => {
                // Less than nothing is as the model likes.
                let less = number(&path, value)?.starts_with('-');
                request.thinking_budget = if less { None } else { Some(count(&path, value)?) };
            }
            "thinkingLevel" => {
                let word = string(&path, value)?.decode().to_ascii_lowercase();
                request.effort = Effort::of_word(&word).filter(|effort| *effort != Effort::None);
                if request.effort.is_none() && word != "thinking_level_unspecified" {
                    request.dropped.add(path);
                }
            }
            _ if says_nothing(value) => {}
            _ => request.dropped.add(path),
        }
    }
    Ok(())
}
