//! Bodies that an operation takes, and how the members of forms are written (`OpenAPI` 3.1.1, "Media Type Object" and "Encoding
//! Object").

use serde_json::Value;

use crate::members;
use crate::reference::resolved;
use crate::style::{Form, Style};

/// A body of one media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The media type, or a range of them.
    pub kind: Box<str>,
    /// The members of a form of which something is said.
    pub parts: Vec<Part>,
}

/// A member of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: Box<str>,
    /// Its media type, if that is said.
    pub content_type: Option<Box<str>>,
    /// How it is written if it is written as a parameter: then its media type does not matter.
    pub form: Option<Form>,
    /// Header fields of the part, whose values the description gives.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// Whether it is a file or other bytes.
    pub binary: bool,
}

// === impl Content ===

impl Content {
    /// The bodies that a request takes.
    pub(crate) fn all(document: &Value, body: Option<&Value>) -> Vec<Self> {
        let content = body.and_then(|body| body.get("content"));
        members(content)
            .map(|(kind, media)| Self { kind: kind.as_str().into(), parts: Part::all(document, media) })
            .collect()
    }

    /// What is said of a member of a form.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| &*part.name == name)
    }
}

// === impl Part ===

impl Part {
    fn all(document: &Value, media: &Value) -> Vec<Self> {
        let schema = media.get("schema").map(|schema| resolved(document, schema));
        let properties = schema.and_then(|schema| schema.get("properties"));
        let encodings = media.get("encoding");
        let mut parts: Vec<Self> =
            members(encodings).map(|(name, encoding)| Self::read(document, name, encoding)).collect();
        for (name, property) in members(properties) {
            let binary = is_binary(document, property);
            match parts.iter_mut().find(|part| *part.name == **name) {
                Some(part) => part.binary = binary,
                None if binary => parts.push(Self { binary, ..Self::plain(name) }),
                None => {}
            }
        }
        parts
    }

    fn plain(name: &str) -> Self {
        Self { name: name.into(), content_type: None, form: None, headers: Vec::new(), binary: false }
    }

    fn read(document: &Value, name: &str, encoding: &Value) -> Self {
        let text = |member: &str| encoding.get(member).and_then(Value::as_str);
        let says = |member: &str| encoding.get(member).and_then(Value::as_bool);
        let (style, explode, reserved) = (text("style"), says("explode"), says("allowReserved"));
        let written = style.is_some() || explode.is_some() || reserved.is_some();
        let style = style.and_then(Style::of_word).unwrap_or(Style::Form);
        let form = Form {
            style,
            explode: explode.unwrap_or(matches!(style, Style::Form | Style::DeepObject)),
            reserved: reserved.unwrap_or_default(),
            encoded: true,
        };
        let headers = members(encoding.get("headers")).filter_map(|(name, header)| {
            let value = given(resolved(document, header))?;
            (!name.eq_ignore_ascii_case("content-type")).then(|| (name.as_str().into(), value))
        });
        Self {
            content_type: text("contentType").map(Into::into),
            form: written.then_some(form),
            headers: headers.collect(),
            ..Self::plain(name)
        }
    }
}

/// The value that a header's schema leaves it: its only one, or its default; else its example.
fn given(header: &Value) -> Option<Box<str>> {
    let schema = header.get("schema");
    let of = |member: &str| schema.and_then(|schema| schema.get(member));
    let value = of("const").or_else(|| of("default")).or_else(|| header.get("example"))?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned).into())
}

fn is_binary(document: &Value, schema: &Value) -> bool {
    let schema = resolved(document, schema);
    let items = schema.get("items").map(|items| resolved(document, items));
    [Some(schema), items].into_iter().flatten().any(|schema| {
        schema.get("format").and_then(Value::as_str) == Some("binary")
            || schema.get("contentEncoding").is_some()
            || schema.get("contentMediaType").is_some()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_of_the_members_of_a_form() {
        let document = json!({
            "components": {
                "schemas": {"Picture": {"type": "string", "format": "binary"}, "Form": {"properties": {
                    "picture": {"$ref": "#/components/schemas/Picture"}, "pictures": {"items": {"contentMediaType": "image/png"}},
                    "name": {"type": "string"}, "tags": {"type": "array"},
                }}},
                "headers": {"Custom": {"schema": {"type": "integer", "default": 5}}},
            },
        });
        let body = json!({"content": {"application/json": {}, "multipart/form-data": {
            "schema": {"$ref": "#/components/schemas/Form"},
            "encoding": {
                "picture": {"contentType": "image/png, image/jpeg", "headers": {
                    "X-Custom": {"$ref": "#/components/headers/Custom"}, "Content-Type": {"example": "a/b"}, "X-Other": {"schema": {"const": "o"}}, "X-None": {},
                }},
                "tags": {"style": "pipeDelimited"},
                "also": {"explode": false},
            },
        }}});
        let found = Content::all(&document, Some(&body));
        let kinds: Vec<&str> = found.iter().map(|content| &*content.kind).collect();
        assert_eq!(kinds, ["application/json", "multipart/form-data"]);
        assert!(found[0].parts.is_empty());
        let part = |name: &str| found[1].part(name).unwrap();
        let picture = part("picture");
        assert_eq!(
            (picture.content_type.as_deref(), picture.form, picture.binary),
            (Some("image/png, image/jpeg"), None, true)
        );
        assert_eq!(picture.headers, [("X-Custom".into(), "5".into()), ("X-Other".into(), "o".into())]);
        let form = |name: &str| part(name).form.map(|form| (form.style, form.explode));
        assert_eq!(form("tags"), Some((Style::PipeDelimited, false)));
        assert_eq!(form("also"), Some((Style::Form, false)));
        assert!(part("pictures").binary);
        assert_eq!(found[1].part("name"), None);
    }
}
