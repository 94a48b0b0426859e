//! The answer that a workflow says it gives.

use std::sync::Arc;

use serde_json::Value;

use super::task::{Lane, Spot};
use super::{CallId, Engine, Reason};
use crate::extension::Status;
use crate::program::Compiled;
use crate::sieve::Sieve;
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
    /// The body is that of a step's answer.
    pub streamed: Option<Streamed>,
}

/// The body of a step's answer, in place of one that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// The call whose answer it is: its body comes from whoever has made it, or was told with its answer.
    pub call: CallId,
    /// As it was told.
    pub body: Arc<[u8]>,
}

/// Fields of a step's answer that say what its body is.
const OF_BODY: [&str; 4] = ["content-type", "content-encoding", "content-language", "content-disposition"];

// === impl Engine ===

impl Engine {
    /// What a workflow answers; without a word of it, its outputs.
    pub(super) fn shape(
        &self,
        compiled: &Compiled,
        memory: &Memory,
        outputs: &Values,
    ) -> Result<Shaped, Reason> {
        let Some(response) = &compiled.workflow.weir.response else {
            let body = Value::Object(outputs.clone());
            return Ok(Shaped { status: 200, headers: Vec::new(), body, streamed: None });
        };
        let streamed = match &response.stream {
            Some((_, step)) => Some(self.streamed.as_ref().ok_or_else(|| {
                Reason::Unclear(
                    format!("`x-weir-response`: step `{step}` has given no answer to hand on").into(),
                )
            })?),
            None => None,
        };
        let scope = Scope { outputs: Some(outputs), ..Scope::of(memory) };
        let unclear = |lacking: Lacking| Reason::Unclear(format!("`x-weir-response`: {lacking}").into());
        let status = match &response.status {
            None => streamed.map_or(200, |(_, raw)| raw.status),
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
        let body = match (streamed, &response.body) {
            (Some((_, raw)), _) => raw.read(&Sieve::whole()).body,
            (None, Some(body)) => scope.formula(body).map_err(unclear)?,
            (None, None) => Value::Object(outputs.clone()),
        };
        if let Some((_, raw)) = streamed {
            let said = |name: &&str| headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
            let own = OF_BODY.iter().filter(|name| !said(name));
            let own = own.filter_map(|name| Some(((*name).into(), raw.headers.get(name)?.to_owned())));
            let own: Vec<(Box<str>, String)> = own.collect();
            headers.extend(own);
        }
        let streamed = streamed.map(|(call, raw)| Streamed { call: *call, body: raw.body.as_slice().into() });
        Ok(Shaped { status, headers, body, streamed })
    }

    /// Whether the answer to what is called here is handed on: it is of the workflow that is run, and of the step that its
    /// answer names.
    pub(super) fn streams(&self, spot: &Spot) -> bool {
        let Some(frame) = self.frames.get(spot.frame).filter(|frame| frame.parent.frame().is_none()) else {
            return false;
        };
        let stream = self.program.workflows.get(frame.workflow).and_then(|compiled| compiled.stream);
        spot.lane == Lane::Own && stream == Some(spot.step)
    }
}
