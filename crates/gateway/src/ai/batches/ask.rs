//! What a client asks for with a new batch.

use llm::{ApiError, ErrorKind};
use serde_json::{Map, Value};

use super::lines::{ENDPOINTS, Work};

/// How long what comes out can be asked to be kept, in seconds.
const KEEPING: std::ops::RangeInclusive<u64> = 3_600..=2_592_000;

/// The most pairs of metadata, and their lengths in characters.
const PAIRS: usize = 16;
const NAME: usize = 64;
const VALUE: usize = 512;

/// A new batch.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) work: Work,
    pub(crate) input: String,
    pub(crate) metadata: Value,
    /// How long what comes out is kept, in seconds.
    pub(crate) keep: Option<u64>,
}

// === impl Ask ===

impl Ask {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Box<ApiError>> {
        let Ok(Value::Object(map)) = serde_json::from_slice(body) else {
            return Err(
                ApiError::new(400, ErrorKind::InvalidRequest, "the body must be a JSON object").into()
            );
        };
        let known = ["completion_window", "endpoint", "input_file_id", "metadata", "output_expires_after"];
        if let Some(name) = map.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(wrong(name, "unknown_parameter", format!("`{name}` is not known")));
        }
        if text(&map, "completion_window")? != "24h" {
            return Err(invalid("completion_window", "`completion_window` must be `24h`".into()));
        }
        let work = Work::of(text(&map, "endpoint")?)
            .ok_or_else(|| invalid("endpoint", format!("`endpoint` must be one of {ENDPOINTS:?}")))?;
        let input = text(&map, "input_file_id")?.to_owned();
        let metadata = metadata(map.get("metadata"))?;
        Ok(Self { work, input, metadata, keep: keep(map.get("output_expires_after"))? })
    }
}

fn text<'m>(map: &'m Map<String, Value>, name: &str) -> Result<&'m str, Box<ApiError>> {
    match map.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(wrong(name, "invalid_type", format!("`{name}` must be a string"))),
        None => Err(wrong(name, "missing_required_parameter", format!("`{name}` is required"))),
    }
}

fn metadata(metadata: Option<&Value>) -> Result<Value, Box<ApiError>> {
    let Some(metadata) = metadata.filter(|metadata| !metadata.is_null()) else { return Ok(Value::Null) };
    let short = |text: &str, most: usize| text.chars().count() <= most;
    let pairs = metadata.as_object().filter(|pairs| {
        pairs.len() <= PAIRS
            && pairs.iter().all(|(name, value)| {
                short(name, NAME) && value.as_str().is_some_and(|value| short(value, VALUE))
            })
    });
    if pairs.is_none() {
        let message =
            format!("`metadata` has at most {PAIRS} pairs of strings, of {NAME} and {VALUE} characters");
        return Err(invalid("metadata", message));
    }
    Ok(metadata.clone())
}

fn keep(asked: Option<&Value>) -> Result<Option<u64>, Box<ApiError>> {
    let Some(asked) = asked.filter(|asked| !asked.is_null()) else { return Ok(None) };
    let anchor = asked.get("anchor").and_then(Value::as_str);
    let seconds = asked.get("seconds").and_then(Value::as_u64).filter(|seconds| KEEPING.contains(seconds));
    if anchor != Some("created_at") || seconds.is_none() {
        let message = format!(
            "`output_expires_after` has an `anchor`, which is `created_at`, and `seconds` from {} to {}",
            KEEPING.start(),
            KEEPING.end()
        );
        return Err(invalid("output_expires_after", message));
    }
    Ok(seconds)
}

fn invalid(param: &str, message: String) -> Box<ApiError> {
    wrong(param, "invalid_value", message)
}

fn wrong(param: &str, code: &str, message: String) -> Box<ApiError> {
    ApiError::new(400, ErrorKind::InvalidRequest, message).with_param(param).with_code(code).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mistakes_name_their_parameter() {
        let good = json!({"completion_window": "24h", "endpoint": "/v1/embeddings", "input_file_id": "file-1",
            "metadata": {"a": "b"}, "output_expires_after": {"anchor": "created_at", "seconds": 3600}});
        let ask = Ask::read(good.to_string().as_bytes()).unwrap();
        assert_eq!(
            (ask.work.endpoint, ask.input.as_str(), ask.keep),
            ("/v1/embeddings", "file-1", Some(3600))
        );
        let many: Map<String, Value> = (0..17).map(|at| (at.to_string(), json!("x"))).collect();
        for (name, value) in [
            ("completion_window", json!("1h")),
            ("completion_window", json!(24)),
            ("endpoint", json!("/v1/audio/speech")),
            ("input_file_id", json!(null)),
            ("metadata", json!({"a": 1})),
            ("metadata", Value::Object(many)),
            ("metadata", json!({"a": "x".repeat(513)})),
            ("output_expires_after", json!({"anchor": "created_at", "seconds": 1})),
            ("model", json!("m")),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            assert_eq!(Ask::read(bad.to_string().as_bytes()).unwrap_err().param.as_deref(), Some(name));
        }
        for bad in ["", "[]", "{"] {
            assert!(Ask::read(bad.as_bytes()).is_err());
        }
    }
}
