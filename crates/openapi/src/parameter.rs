//! Parameters of operations (`OpenAPI` 3.1.1, "Parameter Object").

use serde_json::Value;

use crate::reference::resolved;
use crate::style::{Form, Style};

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// Where it goes.
    pub place: Place,
    /// Whether it must be given.
    pub required: bool,
    /// How it is written; `None`: as a document of the media type that `content` names.
    pub form: Option<Form>,
    /// That media type.
    pub content: Option<Box<str>>,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A part of the path.
    Path,
    /// A parameter of the query.
    Query,
    /// The whole query (3.2).
    QueryString,
    /// A field of the header.
    Header,
    /// A cookie.
    Cookie,
}

/// Fields of the header whose definitions are ignored (`in: header`): other parts of a description say what they are.
const IGNORED: [&str; 3] = ["Accept", "Content-Type", "Authorization"];

// === impl Parameter ===

impl Parameter {
    /// The parameters of an operation: its own, and those of its path that it does not overrule.
    pub(crate) fn all(document: &Value, item: &Value, operation: &Value) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for of in [operation, item] {
            for value in of.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let Some(parameter) = Self::read(resolved(document, value)) else { continue };
                let same = |known: &Self| known.name == parameter.name && known.place == parameter.place;
                if !found.iter().any(same) {
                    found.push(parameter);
                }
            }
        }
        found
    }

    fn read(value: &Value) -> Option<Self> {
        let name = value.get("name")?.as_str()?;
        let place = Place::of_word(value.get("in")?.as_str()?)?;
        if place == Place::Header && IGNORED.iter().any(|ignored| name.eq_ignore_ascii_case(ignored)) {
            return None;
        }
        let content =
            value.get("content").and_then(Value::as_object).and_then(|content| content.keys().next());
        let says = |member: &str| value.get(member).and_then(Value::as_bool);
        let style = value.get("style").and_then(Value::as_str).and_then(Style::of_word);
        let style = style.unwrap_or(place.style());
        let form = Form {
            style,
            explode: says("explode").unwrap_or(style == Style::Form || style == Style::DeepObject),
            // In a cookie they would end it (RFC 6265 §4.1.1).
            reserved: place != Place::Cookie && says("allowReserved").unwrap_or_default(),
            encoded: place != Place::Header,
        };
        Some(Self {
            name: name.into(),
            place,
            required: says("required").unwrap_or_default(),
            form: content.is_none().then_some(form),
            content: content.map(|kind| kind.as_str().into()),
        })
    }
}

// === impl Place ===

impl Place {
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "path" => Self::Path,
            "query" => Self::Query,
            "querystring" => Self::QueryString,
            "header" => Self::Header,
            "cookie" => Self::Cookie,
            _ => return None,
        })
    }

    /// As descriptions spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::QueryString => "querystring",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }

    /// The style of a parameter that says none.
    fn style(self) -> Style {
        match self {
            Self::Path | Self::Header => Style::Simple,
            Self::Query | Self::QueryString | Self::Cookie => Style::Form,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Description;

    #[test]
    fn parameters_are_the_operation_s_and_the_path_s() {
        let document = json!({
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "components": {
                "parameters": {"Page": {"name": "page", "in": "query", "style": "pipeDelimited"}, "Again": {"$ref": "#/components/parameters/Page"}},
                "requestBodies": {"New": {"content": {"application/json": {}, "text/plain": {}}}},
            },
            "paths": {"/a/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true}, {"name": "q", "in": "query", "explode": false}],
                "post": {
                    "parameters": [
                        {"name": "q", "in": "query", "style": "deepObject"}, {"$ref": "#/components/parameters/Again"},
                        {"name": "authorization", "in": "header"}, {"name": "Accept", "in": "header", "explode": true},
                        {"name": "X-A", "in": "header"}, {"name": "f", "in": "query", "content": {"application/json": {}}}, {"$ref": "#/none"},
                    ],
                    "requestBody": {"$ref": "#/components/requestBodies/New"},
                },
            }},
        });
        let description = Description::read(&document).unwrap();
        let operation = description.by_pointer("/paths/~1a~1{id}/post").unwrap();
        let told: Vec<_> = operation
            .parameters
            .iter()
            .map(|one| (&*one.name, one.place, one.form.map(|form| (form.style, form.explode))))
            .collect();
        assert_eq!(
            told,
            [
                ("q", Place::Query, Some((Style::DeepObject, true))),
                ("page", Place::Query, Some((Style::PipeDelimited, false))),
                ("X-A", Place::Header, Some((Style::Simple, false))),
                ("f", Place::Query, None),
                ("id", Place::Path, Some((Style::Simple, false))),
            ]
        );
        assert_eq!(operation.takes, ["application/json".into(), "text/plain".into()]);
        assert_eq!(operation.parameters[3].content.as_deref(), Some("application/json"));
        assert!(operation.parameters[4].required && !operation.parameters[2].form.unwrap().encoded);
    }
}
