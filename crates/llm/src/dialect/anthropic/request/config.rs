//! Parameters beside the conversation: thinking, the shape of the answer, sampling, who asks.

use json::{Data, Text, Value};

use super::path::Path;
use super::says_nothing;
use crate::RequestError;
use crate::canonical::{Effort, Format, Request, Rest};
use crate::dialect::anthropic::error::NO_THREADS;

/// The least budget of thinking.
const LEAST_BUDGET: u64 = 1024;

/// Reads a parameter that stands for itself. One that is not known goes to the target, which names it if it cannot
/// honour it.
pub(super) fn read<'a>(
    name: &Text<'a>,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    if value.is_null() {
        return Ok(());
    }
    let plain = name.decode();
    let at = Path::top(&plain);
    match &*plain {
        "temperature" => request.temperature = Some(share(&at, value)?),
        "top_p" => request.top_p = Some(share(&at, value)?),
        "top_k" => {
            at_least(&at, value, 0)?;
            request.top_k = Some(value.raw);
        }
        "stop_sequences" => {
            for (i, item) in at.list(value)?.iter().enumerate() {
                request.stop.push(at.item(i).text(item)?);
            }
        }
        "thinking" => thinking(&at, value, request)?,
        "output_config" => output_config(&at, value, request)?,
        // The name that betas had for it.
        "output_format" => request.format = Some(format(&at, value)?),
        "metadata" => metadata(&at, value, request)?,
        "service_tier" => match &*at.text(value)?.decode() {
            "auto" => {}
            // In the words of the canonical form, which are OpenAI's.
            "standard_only" => request.service_tier = Some(Text::from_literal("default")),
            _ => return Err(at.invalid("Input should be 'auto' or 'standard_only'")),
        },
        "speed" if value.is("standard") => {}
        _ if says_nothing(value) => {}
        // Its next turn would come without what was said before.
        "thread" => {
            let message = "thread: the provider of this model keeps no threads; send the whole conversation";
            return Err(RequestError::new("thread", NO_THREADS, message));
        }
        _ => request.rest.push(Rest { name: name.clone(), raw: value.raw }),
    }
    Ok(())
}

/// A number from 0 to 1.
fn share<'a>(at: &Path<'_>, value: &Value<'a>) -> Result<&'a str, RequestError> {
    let Data::Number(number) = value.data else { return Err(at.wrong("number")) };
    if number.parse().is_ok_and(|number: f64| (0.0..=1.0).contains(&number)) {
        return Ok(number);
    }
    Err(at.invalid("range: 0..1"))
}

/// A whole number.
pub(super) fn at_least(at: &Path<'_>, value: &Value<'_>, least: u64) -> Result<u64, RequestError> {
    let Data::Number(number) = value.data else { return Err(at.wrong("integer")) };
    match number.parse::<i128>() {
        Ok(number) if number >= i128::from(least) => u64::try_from(number).map_err(|_| at.wrong("integer")),
        Ok(_) => Err(at.invalid(&format!("Input should be greater than or equal to {least}"))),
        Err(_) => Err(at.wrong("integer")),
    }
}

/// Reads how the model is to think. Adaptive thinking goes by the effort, `high` unless the request says otherwise.
fn thinking<'a>(at: &Path<'_>, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    at.object(value)?;
    let kind = at.name("type").text(value.get("type"))?;
    match &*kind.decode() {
        "enabled" => {
            let at = at.name("enabled");
            let at = at.name("budget_tokens");
            let budget = value.get("budget_tokens");
            if budget.is_null() {
                return Err(at.missing());
            }
            request.thinking_budget = Some(at_least(&at, budget, LEAST_BUDGET)?);
            request.show_thinking = Some(true);
        }
        "adaptive" => {
            request.effort = request.effort.or(Some(Effort::High));
            request.show_thinking = Some(true);
        }
        "disabled" => {
            if request.effort.replace(Effort::None).is_some_and(|effort| effort != Effort::None) {
                request.dropped.add("output_config.effort");
            }
        }
        "between_tools" => request.dropped.add("thinking.type"),
        other => {
            let why = format!(
                "Input tag '{other}' does not match any of the expected tags: 'adaptive', 'between_tools', 'disabled', 'enabled'"
            );
            return Err(at.name("type").invalid(&why));
        }
    }
    match at.name("display").text_or_none(value.get("display"))? {
        Some(display) if display.is("omitted") => request.show_thinking = Some(false),
        Some(display) if !display.is("summarized") => {
            return Err(at.name("display").invalid("Input should be 'summarized' or 'omitted'"));
        }
        _ => {}
    }
    Ok(())
}

/// Reads the effort and the shape of the answer.
fn output_config<'a>(
    at: &Path<'_>,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    at.object(value)?;
    for (name, value) in value.members() {
        if name.is("format") && !value.is_null() {
            request.format = Some(format(&at.name("format"), value)?);
        } else if name.is("effort") && !value.is_null() {
            let at = at.name("effort");
            let effort = Effort::of_word(&at.text(value)?.decode()).filter(|effort| *effort >= Effort::Low);
            let why = "Input should be 'low', 'medium', 'high', 'xhigh' or 'max'";
            request.effort = Some(effort.ok_or_else(|| at.invalid(why))?);
        } else if !says_nothing(value) {
            request.dropped.add(format_args!("output_config.{}", name.decode()));
        }
    }
    Ok(())
}

/// Anthropic follows a schema to the letter, always.
fn format<'a>(at: &Path<'_>, value: &Value<'a>) -> Result<Format<'a>, RequestError> {
    at.object(value)?;
    if !at.name("type").text(value.get("type"))?.is("json_schema") {
        return Err(at.name("type").invalid("Input should be 'json_schema'"));
    }
    let schema = at.name("schema").object(value.get("schema"))?.clone();
    Ok(Format::JsonSchema { name: None, description: None, schema, strict: true })
}

fn metadata<'a>(at: &Path<'_>, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    at.object(value)?;
    for (name, value) in value.members() {
        if name.is("user_id") {
            request.user = at.name("user_id").text_or_none(value)?;
        } else if !says_nothing(value) {
            request.dropped.add(format_args!("metadata.{}", name.decode()));
        }
    }
    Ok(())
}
