//! Gemini's Live: each message is an object with one member that says what it is, in either of the two spellings that
//! protocol buffers read.

use json::Value;

use super::look::{members, name, only, value};
use super::{Asks, Heard, Said};
use crate::provider::gemini::read_usage;
use crate::{ProviderKind, RequestError, Target};

pub(super) fn said(text: &str) -> Result<Said, RequestError> {
    let members = members(text)?;
    let find = |keys: [&str; 2]| {
        let mut found = members.iter().filter(|(name, _)| keys.iter().any(|key| name.is(key)));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(RequestError::invalid(keys[0], "it is there twice")),
            (found, _) => Ok(found.map(|(_, span)| span)),
        }
    };
    let mut models = Vec::new();
    let (setup, content) = (find(["setup"; 2])?, find(["clientContent", "client_content"])?);
    let asks = if let Some(span) = setup {
        let setup = value(text, span)?;
        name(&mut models, text, only(&setup, &["model"], "setup.model")?, ("setup.model".into(), false))?;
        Asks::Setup
    } else if let Some(span) = content {
        let content = value(text, span)?;
        let complete = only(&content, &["turnComplete", "turn_complete"], "clientContent.turnComplete")?;
        if complete.and_then(Value::as_bool).unwrap_or(false) { Asks::Turn } else { Asks::Other }
    } else if find(["realtimeInput", "realtime_input"])?.is_some() {
        Asks::Media
    } else {
        Asks::Other
    };
    Ok(Said { asks, models, id: None })
}

pub(super) fn heard(text: &str) -> Option<Heard> {
    let message = Value::parse(text).ok()?;
    let content = message.get("serverContent");
    let parts = content.get("modelTurn").get("parts").items();
    let length = |value: &Value<'_>| value.get("text").as_text().map_or(0, |text| text.literal().len());
    let transcript = content.get("outputTranscription");
    let calls = !message.get("toolCall").is_null();
    let said = !parts.is_empty() || !transcript.is_null() || calls;
    let over = content.get("turnComplete").as_bool().unwrap_or(false);
    let interrupted = content.get("interrupted").as_bool().unwrap_or(false);
    let usage = message.get("usageMetadata");
    Some(Heard {
        speaks: said,
        content: said,
        text: parts.iter().map(length).sum::<usize>() + length(transcript),
        usage: read_usage(usage),
        ended: match (over, interrupted) {
            (true, true) => Some("cancelled"),
            (true, false) => Some("stop"),
            (false, _) => None,
        },
        ..Heard::default()
    })
}

pub(super) fn path(kind: ProviderKind, target: &Target<'_>, version: &str) -> Option<String> {
    let base = target.base.trim_end_matches('/');
    match kind {
        ProviderKind::Gemini => {
            let (before, last) = base.rsplit_once('/').unwrap_or(("", base));
            let before = if last.starts_with("v1") { before } else { base };
            Some(format!(
                "{before}/ws/google.ai.generativelanguage.{version}.GenerativeService.BidiGenerateContent"
            ))
        }
        ProviderKind::Vertex => {
            let (before, _) = base.split_once("/projects/")?;
            let (before, version) = before.rsplit_once('/')?;
            Some(format!("{before}/ws/google.cloud.aiplatform.{version}.LlmBidiService/BidiGenerateContent"))
        }
        _ => None,
    }
}

pub(super) fn model(kind: ProviderKind, target: &Target<'_>) -> String {
    let model = target.model.strip_prefix("models/").unwrap_or(target.model);
    if kind != ProviderKind::Vertex {
        return format!("models/{model}");
    }
    let model = model.strip_prefix("publishers/google/").unwrap_or(model);
    let model = model.strip_prefix("models/").unwrap_or(model);
    let place = target.base.find("projects/").and_then(|at| target.base.get(at..)).unwrap_or_default();
    format!("{}/publishers/google/models/{model}", place.trim_end_matches('/'))
}
