//! The answer that a workflow says it gives.

use serde_json::Value;

use super::{Engine, Reason};
use crate::extension::Status;
use crate::program::Compiled;
use crate::values::{Lacking, Memory, Scope, Values};

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Shaped {
    /// Its status.
    pub status: u16,
    /// Fields of its header.
    pub headers: Vec<(Box<str>, String)>,
    /// Its body; text is sent as it is where a `content-type` says that it is no JSON.
    pub body: Value,
}

// === impl Engine ===

impl Engine {
    /// What a workflow answers; without a word of it, its outputs.
    pub(super) fn shape(compiled: &Compiled, memory: &Memory, outputs: &Values) -> Result<Shaped, Reason> {
        let Some(response) = &compiled.workflow.weir.response else {
            return Ok(Shaped { status: 200, headers: Vec::new(), body: Value::Object(outputs.clone()) });
        };
        let scope = Scope { outputs: Some(outputs), ..Scope::of(memory) };
        let unclear = |lacking: Lacking| Reason::Unclear(format!("`x-weir-response`: {lacking}").into());
        let status = match &response.status {
            None => 200,
            Some(Status::Fixed(status)) => *status,
            Some(Status::Formula(formula)) => {
                let value = scope.formula(formula).map_err(unclear)?;
                let status = value.as_u64().and_then(|status| u16::try_from(status).ok());
                let status = status.filter(|status| (200..600).contains(status));
                status.ok_or_else(|| {
                    Reason::Unclear(format!("`x-weir-response`: {value} is no status").into())
                })?
            }
        };
        let mut headers = Vec::new();
        for field in &response.headers {
            let value = scope.formula(&field.value).map_err(unclear)?;
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                other => other.to_string(),
            };
            if text.bytes().any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f) {
                let why = format!(
                    "`x-weir-response`: field `{}` has control characters (RFC 9110 §5.5)",
                    field.name
                );
                return Err(Reason::Unclear(why.into()));
            }
            headers.push((field.name.clone(), text));
        }
        let body = match &response.body {
            Some(body) => scope.formula(body).map_err(unclear)?,
            None => Value::Object(outputs.clone()),
        };
        Ok(Shaped { status, headers, body })
    }
}
