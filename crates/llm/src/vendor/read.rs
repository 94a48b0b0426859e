//! Reading a row of the table.

use json::Value;

use super::{CacheMarkers, MaxTokensField, Name, ReasoningControl, Roundtrip, ToolIdFormat, Vendor};

/// Reads a row; a member that no row has, or a word that none has, is a mistake.
pub(super) fn row(name: &str, row: &Value<'_>) -> Result<Vendor, String> {
    let mut vendor = Vendor { name: name.to_owned().into(), ..Vendor::default() };
    for (key, value) in row.members() {
        let key = key.decode();
        member(&mut vendor, &key, value).ok_or_else(|| format!("{name}.{key}: {}", value.raw))?;
    }
    Ok(vendor)
}

fn member(vendor: &mut Vendor, key: &str, value: &Value<'_>) -> Option<()> {
    match key {
        "title" => vendor.title = text(value)?,
        "base" => vendor.base = text(value)?,
        "catalogue" => vendor.catalogue = text(value)?,
        "aliases" => vendor.aliases = list(value)?,
        "only" => vendor.only = list(value)?,
        "drop_params" => vendor.drop_params = list(value)?,
        "extra_params" => vendor.extra_params = list(value)?,
        "drop_in_messages" => vendor.drop_in_messages = list(value)?,
        "drop_in_tools" => vendor.drop_in_tools = list(value)?,
        "tool_types" => vendor.tool_types = list(value)?,
        "efforts" => vendor.efforts = list(value)?,
        "error_paths" => vendor.error_paths = list(value)?,
        "rename" => vendor.rename = pairs(value)?,
        "tool_choice_map" => vendor.tool_choice_map = pairs(value)?,
        "extra_headers" => vendor.extra_headers = pairs(value)?,
        "reasoning_field" => vendor.reasoning_field = text(value)?,
        "values" => {
            for (parameter, words) in value.members() {
                let parameter: Name = parameter.decode().into_owned().into();
                let words = pairs(words)?.into_iter();
                vendor.values.extend(words.map(|(from, to)| (parameter.clone(), from, to)));
            }
        }
        _ => return word(vendor, key, value),
    }
    Some(())
}

/// Members that are one of a few words, or a yes.
fn word(vendor: &mut Vendor, key: &str, value: &Value<'_>) -> Option<()> {
    match key {
        "max_tokens_field" => {
            vendor.max_tokens_field = one_of(
                value,
                &[
                    ("max_tokens", MaxTokensField::MaxTokens),
                    ("max_completion_tokens", MaxTokensField::MaxCompletionTokens),
                    ("by_model", MaxTokensField::ByModel),
                ],
            )?;
        }
        "tool_id_format" => vendor.tool_id_format = one_of(value, &[("nine", ToolIdFormat::Nine)])?,
        "roundtrip_reasoning" => {
            vendor.roundtrip_reasoning = one_of(
                value,
                &[
                    ("given", Roundtrip::Given),
                    ("with_tools", Roundtrip::WithTools),
                    ("parts", Roundtrip::Parts),
                ],
            )?;
        }
        "reasoning_control" => {
            vendor.reasoning_control = one_of(
                value,
                &[
                    ("never", ReasoningControl::Never),
                    ("thinking", ReasoningControl::Thinking),
                    ("thinking_and_effort", ReasoningControl::ThinkingAndEffort),
                    ("enable_thinking", ReasoningControl::EnableThinking),
                    ("object", ReasoningControl::Object),
                    ("enabled", ReasoningControl::Enabled),
                    ("template", ReasoningControl::Template),
                ],
            )?;
        }
        "cache_markers" => {
            vendor.cache_markers = one_of(
                value,
                &[("cache_control", CacheMarkers::CacheControl), ("breakpoint", CacheMarkers::Breakpoint)],
            )?;
        }
        "content_as_string" => vendor.content_as_string = value.as_bool()?,
        "strip_null" => vendor.strip_null = value.as_bool()?,
        "thought_signatures" => vendor.thought_signatures = value.as_bool()?,
        "no_cache_control" => vendor.no_cache_control = value.as_bool()?,
        "no_stream_options" => vendor.no_stream_options = value.as_bool()?,
        "reports_cost" => vendor.reports_cost = value.as_bool()?,
        "usage_on_last_chunk" => vendor.usage_on_last_chunk = value.as_bool()?,
        _ => return None,
    }
    Some(())
}

fn one_of<T: Copy>(value: &Value<'_>, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| value.is(word)).map(|(_, meaning)| *meaning)
}

fn text(value: &Value<'_>) -> Option<Name> {
    value.as_text().map(|text| text.decode().into_owned().into())
}

fn list(value: &Value<'_>) -> Option<Vec<Name>> {
    value.items().iter().map(text).collect()
}

fn pairs(value: &Value<'_>) -> Option<Vec<(Name, Name)>> {
    let pair =
        |(key, value): &(json::Text<'_>, Value<'_>)| Some((key.decode().into_owned().into(), text(value)?));
    value.members().iter().map(pair).collect()
}
