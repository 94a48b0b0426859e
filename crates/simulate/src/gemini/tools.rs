//! The functions that can be called, and which of them to call.

use serde_json::{Value, json};

use super::error::ApiError;
use super::schema;

/// A function that can be called.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// What it takes, as a JSON Schema.
    pub(super) schema: Value,
}

/// Which functions to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Auto,
    Never,
    /// One of these at least, or any if none is named.
    Any(Vec<String>),
}

pub(super) fn functions(tools: Option<&Value>) -> Result<Vec<Function>, ApiError> {
    let mut functions: Vec<Function> = Vec::new();
    for (tool, all) in tools.and_then(Value::as_array).into_iter().flatten().enumerate() {
        let list = all.get("functionDeclarations").and_then(Value::as_array).into_iter().flatten();
        for (number, declared) in list.enumerate() {
            let at = format!("tools[{tool}].function_declarations[{number}]");
            let function = function(declared, &at)?;
            if functions.iter().any(|one| one.name == function.name) {
                let message = format!("Duplicate function declaration found: {}", function.name);
                return Err(ApiError::invalid(message));
            }
            functions.push(function);
        }
    }
    Ok(functions)
}

fn function(declared: &Value, at: &str) -> Result<Function, ApiError> {
    let name = declared.get("name").and_then(Value::as_str).unwrap_or_default();
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte));
    if !starts || !plain || name.len() > 64 {
        let what = "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, \
                    A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.";
        return Err(ApiError::field(&format!("{at}.name"), what));
    }
    let schema = match (declared.get("parameters"), declared.get("parametersJsonSchema")) {
        (Some(_), Some(_)) => {
            let what = "parameters and parameters_json_schema are mutually exclusive.";
            return Err(ApiError::field(at, what));
        }
        (Some(parameters), None) => {
            schema::check(parameters, &format!("{at}.parameters"))?;
            if parameters.get("type").is_none_or(|kind| kind != "OBJECT") {
                let what = "functionDeclaration parameters schema should be of type OBJECT.";
                return Err(ApiError::field(&format!("{at}.parameters"), what));
            }
            schema::plain(parameters)
        }
        (None, Some(given)) if given.is_object() => schema::plain(given),
        (None, Some(_)) => {
            return Err(ApiError::field(&format!("{at}.parameters_json_schema"), "must be an object."));
        }
        (None, None) => json!({"type": "object", "properties": {}}),
    };
    Ok(Function { name: name.to_owned(), schema })
}

pub(super) fn choice(config: Option<&Value>, functions: &[Function]) -> Result<Choice, ApiError> {
    let Some(config) = config.and_then(|config| config.get("functionCallingConfig")) else {
        return Ok(Choice::Auto);
    };
    let at = "tool_config.function_calling_config";
    let mode = config.get("mode").and_then(Value::as_str).unwrap_or("AUTO");
    let names = config.get("allowedFunctionNames").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = names.filter_map(|name| Some(name.as_str()?.to_owned())).collect();
    if !names.is_empty() && !matches!(mode, "ANY" | "VALIDATED") {
        let what = "Allowed function names should only be set when mode is ANY or VALIDATED.";
        return Err(ApiError::field(&format!("{at}.allowed_function_names"), what));
    }
    if let Some(name) = names.iter().find(|name| functions.iter().all(|function| function.name != **name)) {
        let what = format!("Function {name} is not declared in tools.");
        return Err(ApiError::field(&format!("{at}.allowed_function_names"), &what));
    }
    Ok(match mode {
        "NONE" => Choice::Never,
        "ANY" if functions.is_empty() => {
            let what = "Function calling mode ANY needs function declarations.";
            return Err(ApiError::field(&format!("{at}.mode"), what));
        }
        "ANY" => Choice::Any(names),
        "VALIDATED" if !names.is_empty() => Choice::Any(names),
        _ => Choice::Auto,
    })
}
