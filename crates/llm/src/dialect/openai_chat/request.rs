//! A chat request, read into the canonical form. Mistakes are named by the path a client knows.

mod content;
mod tools;

use std::borrow::Cow;

use json::{Data, Text, Value};

use crate::RequestError;
use crate::canonical::{
    Content, Dropped, Effort, Format, Message, Opaque, Origin, Part, Request, Rest, Role, ToolResult, ToolUse,
};

/// Parameters that are read elsewhere or mean nothing to a target.
const HANDLED: [&str; 8] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "max_tokens",
    "max_completion_tokens",
];

/// Members of a message of any role.
const MEMBERS: [&str; 4] = ["role", "content", "cache_control", "prompt_cache_breakpoint"];

/// Reads a request. The text was scanned before, so that its JSON and its types at the top are right.
pub(crate) fn decode(text: &str) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    let Data::Object(members) = body.data else {
        return Err(RequestError::body("the body must be a JSON object"));
    };
    let mut request = Request::default();
    let (mut tools, mut choice) = (None, None);
    let (mut completion_limit, mut limit) = (None, None);
    let (mut logprobs, mut top_logprobs) = (None, None);
    for (key, value) in members {
        match &*key.decode() {
            "messages" => messages(value, &mut request)?,
            "tools" => tools = Some(value),
            "tool_choice" => choice = Some(value),
            "stream" => request.stream = value.as_bool().unwrap_or_default(),
            "max_completion_tokens" => completion_limit = value.as_u64(),
            "max_tokens" => limit = value.as_u64(),
            "logprobs" => {
                let flag = || value.as_bool().ok_or_else(|| wrong("logprobs", "a boolean", &value));
                logprobs = (!value.is_null()).then(flag).transpose()?;
            }
            "top_logprobs" => {
                let count = || number("top_logprobs", &value).map(|_| value.as_u64());
                top_logprobs = (!value.is_null()).then(count).transpose()?.flatten();
            }
            name if HANDLED.contains(&name) => {}
            name => parameter(name, &key, &value, &mut request)?,
        }
    }
    request.max_tokens = completion_limit.or(limit);
    request.logprobs = match logprobs {
        Some(wanted) => wanted.then(|| top_logprobs.unwrap_or(0)),
        None => top_logprobs,
    };
    tools::read(tools.as_ref(), choice.as_ref(), &mut request)?;
    Ok(request)
}

/// Reads a parameter that stands for itself.
fn parameter<'a>(
    name: &str,
    key: &Text<'a>,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    if value.is_null() {
        return Ok(());
    }
    match name {
        "temperature" => request.temperature = Some(number(name, value)?),
        "top_p" => request.top_p = Some(number(name, value)?),
        "top_k" => request.top_k = Some(number(name, value)?),
        "parallel_tool_calls" => {
            let flag = value.as_bool().ok_or_else(|| wrong(name, "a boolean", value));
            request.parallel_tools = Some(flag?);
        }
        "stop" => request.stop = stop(value)?,
        "reasoning_effort" => request.effort = effort(value, &mut request.dropped)?,
        "response_format" => request.format = format(value, &mut request.dropped)?,
        "user" => request.user = request.user.take().or(Some(string(name, value)?)),
        "safety_identifier" => request.user = Some(string(name, value)?),
        "service_tier" => request.service_tier = Some(string(name, value)?),
        "seed" => request.seed = Some(number(name, value)?),
        "presence_penalty" => request.presence_penalty = penalty(name, value)?,
        "frequency_penalty" => request.frequency_penalty = penalty(name, value)?,
        "n" => request.n = value.as_u64().filter(|&n| n > 1),
        "prompt_cache_key" => request.cache_key = Some(string(name, value)?),
        "functions" | "function_call" => {
            return Err(RequestError::unsupported(name, format!("`{name}` is not supported; use `tools`")));
        }
        _ if is_default(name, value) => {}
        _ => request.rest.push(Rest { name: key.clone(), raw: value.raw }),
    }
    Ok(())
}

/// Whether a parameter asks for nothing, so that leaving it out changes nothing.
fn is_default(name: &str, value: &Value<'_>) -> bool {
    match name {
        "store" => value.as_bool() == Some(false),
        "logit_bias" | "metadata" => value.members().is_empty(),
        "modalities" => value.items().iter().all(|item| item.is("text")),
        _ => false,
    }
}

fn wrong(path: impl Into<String>, expected: &str, value: &Value<'_>) -> RequestError {
    RequestError::wrong_type(path, expected, value.token().noun())
}

fn string<'a>(path: &str, value: &Value<'a>) -> Result<Text<'a>, RequestError> {
    value.as_text().ok_or_else(|| wrong(path, "a string", value))
}

fn number<'a>(path: &str, value: &Value<'a>) -> Result<&'a str, RequestError> {
    if let Data::Number(number) = value.data { Ok(number) } else { Err(wrong(path, "a number", value)) }
}

/// A penalty, unless it is none.
fn penalty<'a>(path: &str, value: &Value<'a>) -> Result<Option<&'a str>, RequestError> {
    let number = number(path, value)?;
    Ok((number.parse() != Ok(0.0_f64)).then_some(number))
}

fn stop<'a>(value: &Value<'a>) -> Result<Vec<Text<'a>>, RequestError> {
    if let Some(one) = value.as_text() {
        return Ok(vec![one]);
    }
    let Data::Array(items) = &value.data else {
        return Err(wrong("stop", "a string or an array of strings", value));
    };
    items.iter().enumerate().map(|(i, item)| string(&format!("stop[{i}]"), item)).collect()
}

fn effort(value: &Value<'_>, dropped: &mut Dropped) -> Result<Option<Effort>, RequestError> {
    let effort = Effort::of_word(&string("reasoning_effort", value)?.decode());
    if effort.is_none() {
        dropped.add("reasoning_effort");
    }
    Ok(effort)
}

fn format<'a>(value: &Value<'a>, dropped: &mut Dropped) -> Result<Option<Format<'a>>, RequestError> {
    let kind = value.get("type");
    match &*string("response_format.type", kind)?.decode() {
        "text" => Ok(None),
        "json_object" => Ok(Some(Format::JsonObject)),
        "json_schema" => {
            let described = value.get("json_schema");
            let schema = described.get("schema");
            if !matches!(schema.data, Data::Object(_)) {
                return Err(wrong("response_format.json_schema.schema", "an object", schema));
            }
            for (name, value) in described.members() {
                let known = ["schema", "strict", "name", "description"].iter().any(|known| name.is(known));
                if !known && !says_nothing(value) {
                    dropped.add(format_args!("response_format.json_schema.{}", name.decode()));
                }
            }
            Ok(Some(Format::JsonSchema {
                name: described.get("name").as_text(),
                description: described.get("description").as_text().filter(|text| !text.is_blank()),
                schema: schema.clone(),
                strict: described.get("strict").as_bool().unwrap_or_default(),
            }))
        }
        other => {
            let message = format!(
                "`response_format.type` is `{other}`; text, json_object and json_schema can be served"
            );
            Err(RequestError::unsupported("response_format.type", message))
        }
    }
}

fn messages<'a>(value: Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let Data::Array(items) = value.data else { return Err(wrong("messages", "an array", &value)) };
    for (index, item) in items.iter().enumerate() {
        message(index, item, request).map_err(|error| within(index, error))?;
    }
    if items.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` is empty"));
    }
    Ok(())
}

/// Puts a path within a message under that message.
fn within(index: usize, mut error: RequestError) -> RequestError {
    let inner = error.param.take().unwrap_or_default();
    let dot = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    let path = format!("messages[{index}]{dot}{inner}");
    error.message = error.message.replacen(&format!("`{inner}`"), &format!("`{path}`"), 1);
    error.param = Some(path);
    error
}

fn message<'a>(index: usize, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if !matches!(value.data, Data::Object(_)) {
        return Err(wrong("", "an object", value));
    }
    let role = value.get("role");
    if role.is_null() {
        return Err(RequestError::missing("role"));
    }
    let role = string("role", role)?;
    unknown_members(&role, value, &mut request.dropped);
    let role = match &*role.decode() {
        "system" | "developer" => {
            content::only_text(value)?;
            let mut parts = content::read(index, value)?;
            if request.messages.is_empty() {
                request.system.append(&mut parts);
                return Ok(());
            }
            // An instruction amid the conversation keeps its place.
            request.messages.push(Message { role: Role::System, index, parts });
            return Ok(());
        }
        "user" => Role::User,
        "assistant" => return assistant(index, value, request),
        "tool" => return tool(index, value, request),
        "function" => {
            return Err(RequestError::unsupported("role", "`role` is `function`; use `tool`"));
        }
        other => {
            let message =
                format!("`role` is `{other}`; it must be system, developer, user, assistant or tool");
            return Err(RequestError::invalid("role", message));
        }
    };
    if value.get("content").is_null() {
        return Err(RequestError::missing("content"));
    }
    let parts = content::read(index, value)?;
    request.messages.push(Message { role, index, parts });
    Ok(())
}

/// Names what is left behind of a message.
fn unknown_members(role: &Text<'_>, message: &Value<'_>, dropped: &mut Dropped) {
    let of_role: &[&str] = match &*role.decode() {
        "assistant" => {
            &["refusal", "audio", "thinking_blocks", "reasoning_content", "function_call", "tool_calls"]
        }
        "tool" => &["tool_call_id", "name"],
        _ => &[],
    };
    for (name, value) in message.members() {
        let known = MEMBERS.iter().chain(of_role).any(|known| name.is(known));
        if !known && !says_nothing(value) {
            dropped.add(format_args!("messages[].{}", name.decode()));
        }
    }
}

/// Whether a member is there for form's sake.
fn says_nothing(value: &Value<'_>) -> bool {
    match &value.data {
        Data::Null | Data::Bool(false) => true,
        Data::String(text) => text.is_empty(),
        Data::Array(items) => items.is_empty(),
        Data::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn assistant<'a>(index: usize, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let mut parts = thinking(value.get("thinking_blocks"))?;
    if parts.is_empty() {
        // Beside the blocks that it was made from it says nothing more.
        let text = value.get("reasoning_content").as_text().filter(|text| !text.is_blank());
        parts.extend(text.map(|text| Part::new(Content::Thinking { text, state: None })));
    }
    parts.extend(content::read(index, value)?);
    if let Some(refusal) = value.get("refusal").as_text() {
        parts.extend(content::text_part(refusal));
    }
    if !value.get("audio").is_null() {
        request.dropped.add(format_args!("messages[{index}].audio"));
    }
    if !value.get("function_call").is_null() {
        return Err(RequestError::unsupported(
            "function_call",
            "`function_call` is not supported; use `tool_calls`",
        ));
    }
    let calls = value.get("tool_calls");
    match &calls.data {
        Data::Null => {}
        Data::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                parts.push(call(i, item)?);
            }
        }
        _ => return Err(wrong("tool_calls", "an array", calls)),
    }
    request.messages.push(Message { role: Role::Assistant, index, parts });
    Ok(())
}

/// Reasoning that the client got from us and gives back.
fn thinking<'a>(value: &Value<'a>) -> Result<Vec<Part<'a>>, RequestError> {
    let mut parts = Vec::with_capacity(value.items().len());
    for (i, block) in value.items().iter().enumerate() {
        let text = |name: &str| string(&format!("thinking_blocks[{i}].{name}"), block.get(name));
        let content = if block.get("type").is("redacted_thinking") {
            Content::Redacted(Opaque::open(text("data")?, Origin::Anthropic))
        } else {
            let signature = block.get("signature");
            let state = if signature.is_null() { None } else { Some(text("signature")?) };
            let state = state.map(|state| Opaque::open(state, Origin::Anthropic));
            Content::Thinking { text: text("thinking")?, state }
        };
        parts.push(Part::new(content));
    }
    Ok(parts)
}

fn call<'a>(index: usize, value: &Value<'a>) -> Result<Part<'a>, RequestError> {
    let at = |name: &str| format!("tool_calls[{index}].{name}");
    let kind = value.get("type");
    if !kind.is_null() && !kind.is("function") {
        return Err(RequestError::unsupported(at("type"), format!("`{}` must be `function`", at("type"))));
    }
    let function = value.get("function");
    let arguments = string(&at("function.arguments"), function.get("arguments"))?;
    let (id, state) = call_state(string(&at("id"), value.get("id"))?, value);
    let call = ToolUse {
        id,
        name: string(&at("function.name"), function.get("name"))?,
        arguments: arguments_object(&arguments).ok_or_else(|| {
            RequestError::invalid(
                at("function.arguments"),
                format!("`{}` must be a JSON object as a string", at("function.arguments")),
            )
        })?,
    };
    Ok(Part { state, ..Part::new(Content::ToolUse(call)) })
}

/// The state that stands on a call: where Google's own endpoint for this dialect puts it, or behind the id, where
/// other gateways do.
fn call_state<'a>(id: Text<'a>, call: &Value<'a>) -> (Text<'a>, Option<Opaque<'a>>) {
    let own = call.get("extra_content").get("google").get("thought_signature").as_text();
    let (id, behind) = match id.split_once("__thought__") {
        Some((short, state)) => (short, Some(state)),
        None => (id, None),
    };
    (id, own.or(behind).map(|state| Opaque::open(state, Origin::Gemini)))
}

/// Arguments are an object as a string; an empty string stands for none.
fn arguments_object<'a>(arguments: &Text<'a>) -> Option<Cow<'a, str>> {
    if arguments.is_blank() {
        return Some(Cow::Borrowed("{}"));
    }
    let json = arguments.decode().into_owned();
    let object = matches!(Value::parse(&json), Ok(Value { data: Data::Object(_), .. }));
    object.then_some(Cow::Owned(json))
}

fn tool<'a>(index: usize, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let id = value.get("tool_call_id");
    if id.is_null() {
        return Err(RequestError::missing("tool_call_id"));
    }
    let id = string("tool_call_id", id)?;
    let mut parts = content::read(index, value)?;
    // A marker on a piece of the result is for the result as a whole.
    let cache = parts.iter_mut().rev().find_map(|part| part.cache.take());
    let id = id.split_once("__thought__").map_or(id.clone(), |(short, _)| short);
    let name = value.get("name").as_text();
    let content = Content::ToolResult(ToolResult { id, name, is_error: false, parts });
    let parts = vec![Part { cache, ..Part::new(content) }];
    request.messages.push(Message { role: Role::Tool, index, parts });
    Ok(())
}

#[cfg(test)]
mod tests;
