//! Parameters beside the conversation: sampling, the shape of the answer, what only some models take.

use json::{Data, Text, Value};

use super::path::Path;
use super::says_nothing;
use crate::RequestError;
use crate::canonical::{Effort, Format, Request};

/// Reads `inferenceConfig`.
pub(super) fn inference<'a>(
    at: &Path,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (name, value) in at.object(value)?.members().iter().filter(|(_, value)| !value.is_null()) {
        let plain = name.decode();
        let at = at.name(&plain);
        match &*plain {
            "maxTokens" => request.max_tokens = Some(at.count(value)?),
            "temperature" => request.temperature = Some(at.number(value)?),
            "topP" => request.top_p = Some(at.number(value)?),
            "stopSequences" => {
                for (i, item) in at.list(value)?.iter().enumerate() {
                    request.stop.push(at.item(i).text(item)?);
                }
            }
            _ => request.dropped.add(at.as_str()),
        }
    }
    Ok(())
}

/// Reads `outputConfig`.
pub(super) fn output<'a>(
    at: &Path,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (name, value) in at.object(value)?.members().iter().filter(|(_, value)| !value.is_null()) {
        let plain = name.decode();
        let at = at.name(&plain);
        match &*plain {
            "textFormat" => request.format = Some(format(&at, value)?),
            "effort" => effort(&at, value, request)?,
            _ => request.dropped.add(at.as_str()),
        }
    }
    Ok(())
}

fn effort<'a>(at: &Path, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    match Effort::of_word(&at.text(value)?.decode()) {
        Some(effort) => request.effort = Some(effort),
        None => request.dropped.add(at.as_str()),
    }
    Ok(())
}

fn format<'a>(at: &Path, value: &Value<'a>) -> Result<Format<'a>, RequestError> {
    if !at.name("type").text(at.object(value)?.get("type"))?.is("json_schema") {
        return Err(at.name("type").unsupported("must be `json_schema`"));
    }
    let at = at.name("structure");
    let (kind, definition) = at.union(value.get("structure"))?;
    let at = at.name(&kind.decode());
    if !kind.is("jsonSchema") {
        return Err(at.unsupported("is not known"));
    }
    let schema = at.object(definition)?.get("schema");
    if let Data::String(_) = schema.data {
        return Err(at.name("schema").invalid("must be a string with a JSON object in it"));
    }
    at.name("schema").object(schema)?;
    Ok(Format::JsonSchema {
        name: definition.get("name").as_text(),
        description: definition.get("description").as_text().filter(|text| !text.is_blank()),
        schema: schema.clone(),
        strict: true,
    })
}

/// Reads `additionalModelRequestFields`: what models of several makers call their own parameters. What is not known is
/// left behind.
pub(super) fn additional<'a>(
    at: &Path,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (name, value) in at.object(value)?.members().iter().filter(|(_, value)| !value.is_null()) {
        let plain = name.decode();
        let at = at.name(&plain);
        match &*plain {
            "thinking" | "reasoning_config" => thinking(&at, value, request)?,
            "anthropic_beta" => request.betas = betas(&at, value)?,
            "top_k" | "topK" => request.top_k = Some(at.number(value)?),
            "seed" => request.seed = Some(at.number(value)?),
            "presence_penalty" => request.presence_penalty = Some(at.number(value)?),
            "frequency_penalty" => request.frequency_penalty = Some(at.number(value)?),
            "reasoning_effort" => effort(&at, value, request)?,
            "output_config" if !value.get("effort").is_null() => {
                effort(&at.name("effort"), value.get("effort"), request)?;
            }
            // Nova's.
            "reasoningConfig" if !value.get("maxReasoningEffort").is_null() => {
                effort(&at.name("maxReasoningEffort"), value.get("maxReasoningEffort"), request)?;
            }
            "inferenceConfig" if !value.get("topK").is_null() => {
                request.top_k = Some(at.name("topK").number(value.get("topK"))?);
            }
            _ if says_nothing(value) => {}
            _ => request.dropped.add(at.as_str()),
        }
    }
    Ok(())
}

fn betas<'a>(at: &Path, value: &Value<'a>) -> Result<Vec<Text<'a>>, RequestError> {
    let items = value.items().iter().enumerate();
    items.map(|(index, item)| at.item(index).text(item)).collect()
}

/// Reads how a model is to think, in Anthropic's words.
fn thinking<'a>(at: &Path, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let kind = at.name("type").text(at.object(value)?.get("type"))?;
    request.show_thinking = Some(!value.get("display").is("omitted"));
    match &*kind.decode() {
        "enabled" => {
            request.thinking_budget = Some(at.name("budget_tokens").count(value.get("budget_tokens"))?);
        }
        "adaptive" => request.effort = request.effort.or(Some(Effort::High)),
        "disabled" => {
            request.effort = Some(Effort::None);
            request.show_thinking = None;
        }
        _ => request.dropped.add(at.name("type").as_str()),
    }
    Ok(())
}
