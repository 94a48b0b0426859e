//! What a session is set up with, and what a client may change of it.

use serde_json::{Value, json};

/// Why a change is refused: the code, the message, the parameter.
pub(super) type Refused = (&'static str, String, String);

/// The members of an object, each with the members of its own where they are looked at.
enum Takes {
    Any,
    Object(&'static [(&'static str, Self)]),
}

use Takes::{Any, Object};

const SESSION: &[(&str, Takes)] = &[
    ("type", Any),
    ("model", Any),
    ("output_modalities", Any),
    ("instructions", Any),
    (
        "audio",
        Object(&[
            (
                "input",
                Object(&[
                    ("format", Any),
                    ("transcription", Object(&[("model", Any), ("language", Any), ("prompt", Any)])),
                    ("noise_reduction", Any),
                    ("turn_detection", Any),
                ]),
            ),
            ("output", Object(&[("format", Any), ("voice", Any), ("speed", Any)])),
        ]),
    ),
    ("tools", Any),
    ("tool_choice", Any),
    ("parallel_tool_calls", Any),
    ("max_output_tokens", Any),
    ("reasoning", Any),
    ("tracing", Any),
    ("prompt", Any),
    ("truncation", Any),
    ("include", Any),
];

const WRITERS: [&str; 5] =
    ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-realtime-whisper", "sim-small"];

/// A session as it begins.
pub(super) fn fresh(model: &str, id: &str, now: i64) -> Value {
    let format = json!({"type": "audio/pcm", "rate": 24_000});
    json!({
        "type": "realtime", "object": "realtime.session", "id": format!("sess_{id}"), "model": model,
        "output_modalities": ["audio"], "instructions": "", "tools": [], "tool_choice": "auto",
        "max_output_tokens": "inf", "tracing": null, "truncation": "auto", "prompt": null,
        "expires_at": now + 3_600, "include": null,
        "audio": {
            "input": {"format": format, "transcription": null, "noise_reduction": null, "turn_detection": {
                "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 200,
                "idle_timeout_ms": null, "create_response": true, "interrupt_response": true,
            }},
            "output": {"format": format, "voice": "marin", "speed": 1.0},
        },
    })
}

/// Makes a client's changes.
pub(super) fn update(config: &mut Value, change: &Value) -> Result<(), Refused> {
    let missing = |name: &str| {
        ("missing_required_parameter", format!("Missing required parameter: '{name}'."), name.to_owned())
    };
    if !change.is_object() {
        return Err(missing("session"));
    }
    known(change, SESSION, "session")?;
    match change.get("type").and_then(Value::as_str) {
        Some("realtime") => {}
        Some(other) => return Err(value("session.type", other, "'realtime' and 'transcription'")),
        None => return Err(missing("session.type")),
    }
    if let Some(model) = change.get("model")
        && *model != config["model"]
    {
        return Err(("invalid_value", "A session's model cannot be changed.".into(), "session.model".into()));
    }
    if let Some(modalities) = change.get("output_modalities")
        && ![json!(["text"]), json!(["audio"])].contains(modalities)
    {
        return Err(value("session.output_modalities", &modalities.to_string(), "['text'] and ['audio']"));
    }
    let writer = &change["audio"]["input"]["transcription"]["model"];
    if let Some(writer) = writer.as_str()
        && !WRITERS.contains(&writer)
    {
        return Err(value(
            "session.audio.input.transcription.model",
            writer,
            "'whisper-1', 'gpt-4o-transcribe'",
        ));
    }
    merge(config, change);
    Ok(())
}

fn known(value: &Value, takes: &[(&str, Takes)], at: &str) -> Result<(), Refused> {
    let Some(object) = value.as_object() else { return Ok(()) };
    for (name, member) in object {
        let path = format!("{at}.{name}");
        match takes.iter().find(|(known, _)| known == name) {
            Some((_, Object(inner))) => known(member, inner, &path)?,
            Some((_, Any)) => {}
            None => return Err(("unknown_parameter", format!("Unknown parameter: '{path}'."), path)),
        }
    }
    Ok(())
}

fn value(param: &str, got: &str, expected: &str) -> Refused {
    let message = format!("Invalid value: '{got}'. Supported values are: {expected}.");
    ("invalid_value", message, param.to_owned())
}

/// Objects are merged, everything else is replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into.as_object_mut(), from.as_object()) {
        (Some(into), Some(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        _ => into.clone_from(from),
    }
}
