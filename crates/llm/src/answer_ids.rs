//! What a client knows answers of OpenAI's Responses by, where that is not what their provider calls them.

use std::fmt;
use std::sync::Arc;

use json::{Object, Text, Value, push_string};

/// Makes of a provider's id the one that the client sees.
type Seal = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// See the module's description.
#[derive(Clone, Default)]
pub struct AnswerIds {
    own: Own,
    /// The answer that the request went on from, as the client named it, where its provider was not told.
    previous: Option<String>,
}

#[derive(Clone, Default)]
enum Own {
    /// It is what the provider calls it.
    #[default]
    Plain,
    /// It was named before there was an answer.
    Named(String),
    Sealed(Seal),
}

// === impl AnswerIds ===

impl AnswerIds {
    /// The answer is known by this name.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { own: Own::Named(name), ..self }
    }

    /// Every id of the provider's is sealed.
    #[must_use]
    pub fn sealed(self, seal: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { own: Own::Sealed(Arc::new(seal)), ..self }
    }

    /// The request went on from this answer, of which its provider was not told.
    #[must_use]
    pub fn after(self, previous: Option<String>) -> Self {
        Self { previous, ..self }
    }

    /// A provider's whole response object with the ids that the client is to see.
    pub fn rewrite(&self, object: &[u8]) -> Option<Vec<u8>> {
        let object = Value::parse(std::str::from_utf8(object).ok()?).ok()?;
        let mut out = Vec::with_capacity(object.raw.len() + 256);
        self.write(&object, &mut out);
        Some(out)
    }

    /// The name of the answer, if it was named before.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.own {
            Own::Named(name) => Some(name),
            _ => None,
        }
    }

    /// The answer that the request went on from, where its provider was not told.
    pub(crate) fn previous(&self) -> Option<&str> {
        self.previous.as_deref()
    }

    /// Whether nothing changes.
    pub(crate) fn are_plain(&self) -> bool {
        matches!(self.own, Own::Plain) && self.previous.is_none()
    }

    /// Writes a provider's response object with the ids that the client is to see.
    pub(crate) fn write(&self, response: &Value<'_>, out: &mut Vec<u8>) {
        let id = match &self.own {
            Own::Plain => None,
            Own::Named(name) => Some(name.clone()),
            Own::Sealed(seal) => response.get("id").as_text().and_then(|id| seal(&id.decode())),
        };
        let told = response.get("previous_response_id").as_text();
        let previous = match (&self.previous, &self.own) {
            // Other objects than answers go on from nothing.
            (Some(previous), _) if response.get("object").is("response") => Some(previous.clone()),
            (_, Own::Sealed(seal)) => told.and_then(|id| seal(&id.decode())),
            _ => None,
        };
        let quoted = |plain: &Option<String>| plain.as_deref().map(literal);
        write_with(response, &[("id", quoted(&id)), ("previous_response_id", quoted(&previous))], out);
    }

    /// Writes an event's object with the ids that the client is to see.
    pub(crate) fn write_event(&self, event: &Value<'_>, out: &mut Vec<u8>) {
        let mut response = Vec::new();
        self.write(event.get("response"), &mut response);
        write_with(event, &[("response", String::from_utf8(response).ok())], out);
    }
}

impl fmt::Debug for AnswerIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = match &self.own {
            Own::Plain => "plain",
            Own::Named(name) => name,
            Own::Sealed(_) => "sealed",
        };
        f.debug_struct("AnswerIds").field("own", &own).field("previous", &self.previous).finish()
    }
}

/// A text as JSON.
pub(crate) fn literal(plain: &str) -> String {
    let mut out = Vec::with_capacity(plain.len() + 2);
    push_string(&mut out, plain);
    String::from_utf8(out).unwrap_or_default()
}

/// Writes an object with other values, JSON, for some of its members; those that it does not have come last.
pub(crate) fn write_with(object: &Value<'_>, changes: &[(&'static str, Option<String>)], out: &mut Vec<u8>) {
    let find =
        |key: &Text<'_>| changes.iter().find(|(name, _)| key.is(name)).and_then(|(_, json)| json.as_deref());
    let mut body = Object::begin(out);
    for (key, value) in object.members() {
        body.text_key(key).extend_from_slice(find(key).unwrap_or(value.raw).as_bytes());
    }
    let has = |name: &str| object.members().iter().any(|(key, _)| key.is(name));
    for (name, json) in changes {
        if let Some(json) = json.as_deref().filter(|_| !has(name)) {
            body.raw(name, json);
        }
    }
    body.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(ids: &AnswerIds, json: &str) -> String {
        let mut out = Vec::new();
        ids.write(&Value::parse(json).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn ids_are_sealed_named_and_completed_and_the_rest_stays() {
        let response = r#"{ "id":"resp_1", "previous_response_id":"resp_0", "x":{"id":"resp_1"} }"#;
        let sealed = AnswerIds::default().sealed(|id| Some(format!("{id}s")));
        let expect = r#"{"id":"resp_1s","previous_response_id":"resp_0s","x":{"id":"resp_1"}}"#;
        assert_eq!(written(&sealed, response), expect);
        let null = r#"{"object":"response","id":"resp_1","previous_response_id":null}"#;
        assert_eq!(
            written(&sealed, null),
            r#"{"object":"response","id":"resp_1s","previous_response_id":null}"#
        );
        let named = AnswerIds::default().named("resp_n".into()).after(Some("resp_p".into()));
        assert_eq!(
            written(&named, null),
            r#"{"object":"response","id":"resp_n","previous_response_id":"resp_p"}"#
        );
        let after = AnswerIds::default().after(Some("resp_p".into()));
        assert_eq!(written(&after, r#"{"id":"a"}"#), r#"{"id":"a"}"#);
        let mut out = Vec::new();
        sealed.write_event(&Value::parse(r#"{"type":"t","response":{"id":"a"}}"#).unwrap(), &mut out);
        assert_eq!(out, br#"{"type":"t","response":{"id":"as"}}"#);
        assert!(AnswerIds::default().are_plain() && !sealed.are_plain() && !after.are_plain());
        assert_eq!(format!("{sealed:?}"), r#"AnswerIds { own: "sealed", previous: None }"#);
    }
}
