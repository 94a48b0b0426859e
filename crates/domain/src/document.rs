//! A document: its identity, its words for people, and its spec.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{DEFAULT_ENVIRONMENT, DEFAULT_TEAM};
use crate::{DocId, Kind, Name, Spec};

/// A document as the gateway keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The identity.
    pub id: DocId,
    /// Words for people.
    pub meta: Meta,
    /// What is declared.
    pub spec: Spec,
}

/// What a document says of itself to people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// A title for lists and headings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is for, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Free labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// Why JSON is not a document.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// A part outside the spec is wrong.
    #[error("the document's envelope is wrong")]
    Envelope(#[source] serde_json::Error),
    /// The spec is wrong.
    #[error("the {kind}'s spec is wrong")]
    Spec {
        /// The kind whose spec it should be.
        kind: Kind,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<Name>,
    #[serde(default = "default_environment")]
    environment: Name,
    name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(default = "empty")]
    spec: Value,
}

// === impl Document ===

impl Document {
    /// Reads a document from its JSON form: `kind`, `team`, `environment`, `name`, `title`,
    /// `description`, `labels`, `spec`.
    pub fn from_json(value: Value) -> Result<Self, ParseError> {
        let envelope: Envelope = serde_json::from_value(value).map_err(ParseError::Envelope)?;
        let Envelope { kind, team, environment, name, title, description, labels, spec } = envelope;
        let spec = Spec::from_json(kind, spec).map_err(|source| ParseError::Spec { kind, source })?;
        // A team owns itself; everything else without a team is the default one's.
        let team = team.unwrap_or_else(|| if kind == Kind::Team { name.clone() } else { default_team() });
        let id = DocId { team, environment, kind, name };
        Ok(Self { id, meta: Meta { title, description, labels }, spec })
    }

    /// Whether another is the same, the order of members in it too: what a flow answers is written in that order.
    pub fn is_written_as(&self, other: &Self) -> bool {
        let text = |document: &Self| document.to_json().to_string();
        self == other && text(self) == text(other)
    }

    /// The JSON form, with secrets as they stand in the document.
    pub fn to_json(&self) -> Value {
        let DocId { team, environment, kind, name } = self.id.clone();
        let Meta { title, description, labels } = self.meta.clone();
        let spec = self.spec.to_json();
        let team = Some(team);
        let envelope = Envelope { kind, team, environment, name, title, description, labels, spec };
        serde_json::to_value(envelope).unwrap_or_default()
    }
}

fn default_team() -> Name {
    name(DEFAULT_TEAM)
}

fn default_environment() -> Name {
    name(DEFAULT_ENVIRONMENT)
}

#[expect(clippy::expect_used, reason = "called with this crate's own constants, which a test reads")]
fn name(text: &str) -> Name {
    Name::new(text).expect("a built-in name is a name")
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_members_is_part_of_what_is_written() {
        let flow = |arazzo: Value| {
            Document::from_json(json!({"kind": "Flow", "name": "f", "spec": {"arazzo": arazzo}})).unwrap()
        };
        let (one, other) = (flow(json!({"z": 1, "a": 2})), flow(json!({"a": 2, "z": 1})));
        assert!(one == other && one.is_written_as(&one.clone()) && !one.is_written_as(&other));
        assert!(!one.is_written_as(&flow(json!({"z": 1}))));
        assert!(one.to_json().to_string().contains(r#""arazzo":{"z":1,"a":2}"#));
        let again = Document::from_json(serde_json::from_str(&one.to_json().to_string()).unwrap()).unwrap();
        assert!(one.is_written_as(&again));
    }

    #[test]
    fn a_document_reads_back_and_its_mistakes_are_named() {
        let json = json!({ "kind": "Upstream", "name": "shop", "spec": { "targets": [{ "host": "a", "port": 80 }] } });
        let document = Document::from_json(json).unwrap();
        assert_eq!(document.id.to_string(), "default/default/Upstream/shop");
        assert_eq!(Document::from_json(document.to_json()).unwrap(), document);
        let wrong = json!({ "kind": "Upstream", "name": "shop", "spec": { "targets": [], "tragets": 1 } });
        let error = Document::from_json(wrong).unwrap_err();
        assert!(
            base::chain(&error).to_string().contains("unknown field `tragets`"),
            "{}",
            base::chain(&error)
        );
    }
}
