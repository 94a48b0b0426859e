//! A Converse request, read into the canonical form. Mistakes are named by the path a client knows
//! (`messages[0].content[1].toolUse.name`).

mod config;
mod content;
mod media;
mod order;
mod path;
mod tools;

pub(super) use content::is_foreign;

use json::{Data, Value};

use self::path::Path;
use crate::RequestError;
use crate::canonical::{Request, Rest};

/// Reads a request. The text was scanned before, so that its JSON is right, and its schema put in as JSON.
pub(super) fn decode(text: &str) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    let mut request = Request::default();
    for (name, value) in body.members().iter().filter(|(_, value)| !value.is_null()) {
        let plain = name.decode();
        let at = Path::top(&plain);
        match &*plain {
            "modelId" => {}
            "messages" => content::messages(&at, value, &mut request)?,
            "system" => request.system = content::system(&at, value, &mut request.dropped)?,
            "toolConfig" => tools::read(&at, value, &mut request)?,
            "inferenceConfig" => config::inference(&at, value, &mut request)?,
            "outputConfig" => config::output(&at, value, &mut request)?,
            "additionalModelRequestFields" => config::additional(&at, value, &mut request)?,
            "serviceTier" => {
                request.service_tier = Some(at.name("type").text(at.object(value)?.get("type"))?);
            }
            // Which sequence the model met is told to everybody.
            "additionalModelResponseFieldPaths"
                if value.items().iter().all(|item| item.is("/stop_sequence")) => {}
            "performanceConfig" if value.get("latency").is("standard") => {}
            _ if says_nothing(value) => {}
            _ => request.rest.push(Rest { name: name.clone(), raw: value.raw }),
        }
    }
    if request.messages.is_empty() && request.system.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` says nothing"));
    }
    tools::check(&request)?;
    Ok(request)
}

/// Whether a member is there for form's sake.
fn says_nothing(value: &Value<'_>) -> bool {
    match &value.data {
        Data::Null | Data::Bool(false) => true,
        Data::String(text) => text.is_empty(),
        Data::Array(items) => items.is_empty(),
        Data::Object(members) => members.is_empty(),
        Data::Bool(true) | Data::Number(_) => false,
    }
}

#[cfg(test)]
mod tests;
