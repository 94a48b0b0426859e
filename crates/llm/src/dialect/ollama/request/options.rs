//! `options`: what there is a word for elsewhere, and what only a server of models knows.

use json::{Data, Value};

use crate::RequestError;
use crate::canonical::Request;
use crate::dialect::read::{number, penalty, strings, wrong};

/// Reads them. Those that have no word in the canonical form count as dropped, by their path.
pub(super) fn read<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if !matches!(value.data, Data::Object(_)) {
        return Err(wrong("options", "an object", value));
    }
    for (key, value) in value.members() {
        if value.is_null() {
            continue;
        }
        let name = key.decode();
        let path = format!("options.{name}");
        match &*name {
            "temperature" => request.temperature = Some(number(&path, value)?),
            "top_p" => request.top_p = Some(number(&path, value)?),
            "top_k" => request.top_k = Some(number(&path, value)?),
            "seed" => request.seed = Some(number(&path, value)?),
            "presence_penalty" => request.presence_penalty = penalty(&path, value)?,
            "frequency_penalty" => request.frequency_penalty = penalty(&path, value)?,
            // Below zero there is no limit.
            "num_predict" => {
                number(&path, value)?;
                request.max_tokens = value.as_u64();
            }
            "stop" => {
                request.stop = match value.as_text() {
                    Some(one) => vec![one],
                    None => strings(&path, value)?,
                };
            }
            _ => request.dropped.add(path),
        }
    }
    Ok(())
}
