//! The models that a vendor lists for a key: where it lists them, how they are read, and which of them to try.

use std::borrow::Cow;

use domain::spec::ProviderApi;
use llm::catalogue::{Catalogue, Model};
use serde_json::Value;
use snapshot::Provider;

/// Names that are kept of a list.
const MOST: usize = 1_000;

/// Where they are listed, after the base address; `None` where they are listed elsewhere or nowhere.
pub(super) fn path(provider: &Provider) -> Option<&'static str> {
    match provider.api {
        ProviderApi::Openai | ProviderApi::OpenaiResponses | ProviderApi::Mistral | ProviderApi::Gemini => {
            Some("/models")
        }
        ProviderApi::Anthropic | ProviderApi::Cohere => Some("/v1/models"),
        ProviderApi::Ollama => Some("/api/tags"),
        ProviderApi::Azure => provider.path.ends_with("/openai/v1").then_some("/models"),
        ProviderApi::Bedrock | ProviderApi::Vertex => None,
    }
}

/// What besides the key the request needs.
pub(super) fn headers(provider: &Provider) -> Vec<(Cow<'static, str>, String)> {
    let extra = provider.vendor.map(|vendor| &vendor.extra_headers[..]).unwrap_or_default();
    let mut headers: Vec<(Cow<'static, str>, String)> =
        extra.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    if provider.api == ProviderApi::Anthropic {
        headers.push(("anthropic-version".into(), "2023-06-01".into()));
    }
    headers
}

/// The names in a list, in any of the vendors' shapes.
pub(super) fn read(body: &[u8]) -> Option<Vec<String>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let list = body.as_array().or_else(|| body["data"].as_array()).or_else(|| body["models"].as_array())?;
    let name = |entry: &Value| {
        let name = entry["id"].as_str().or_else(|| entry["name"].as_str())?;
        Some(name.strip_prefix("models/").unwrap_or(name).to_owned())
    };
    Some(list.iter().filter_map(name).take(MOST).collect())
}

/// The model to try where none is named: of those that the catalogue knows for chat the one whose answers cost least,
/// else the first.
pub(super) fn choose(models: &[String], provider: &Provider) -> Option<String> {
    let known = |name: &&String| {
        let model = Catalogue::builtin().lookup(name, provider.catalogue.as_deref())?;
        chats(&model).then(|| model.prices.output.unwrap_or(i64::MAX))
    };
    let priced = models.iter().filter_map(|name| Some((known(&name)?, name)));
    priced.min_by_key(|(price, _)| *price).map(|(_, name)| name).or(models.first()).cloned()
}

fn chats(model: &Model) -> bool {
    model.mode == "chat" && model.deprecated.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendors_list_is_read() {
        let check = |body: &str, names: &[&str]| assert_eq!(read(body.as_bytes()).unwrap(), names, "{body}");
        check(r#"{"object":"list","data":[{"id":"gpt-5"},{"id":"o4"}]}"#, &["gpt-5", "o4"]);
        check(r#"{"models":[{"name":"models/gemini-3-pro","version":"3"}]}"#, &["gemini-3-pro"]);
        check(r#"{"models":[{"name":"llama3:8b","model":"llama3:8b"}]}"#, &["llama3:8b"]);
        check(r#"[{"id":"a/b"}]"#, &["a/b"]);
        check(r#"{"data":[{"object":"x"}]}"#, &[]);
        assert_eq!(read(b"<html>"), None);
        assert_eq!(read(b"{}"), None);
    }
}
