//! The JSON Schemas of a description: of parameters, of bodies, of answers. They are shown as they stand in it; only
//! references are followed.

use serde_json::{Map, Value};

use crate::reference::resolved;
use crate::{Operation, Parameter};

/// The schemas of a description.
#[derive(Clone, Copy, Debug)]
pub struct Schemas<'d> {
    document: &'d Value,
}

/// How often `$ref` and `allOf` may lead on.
const MOST: usize = 16;

// === impl Schemas ===

impl<'d> Schemas<'d> {
    /// Those of a document.
    pub fn of(document: &'d Value) -> Self {
        Self { document }
    }

    /// What a reference leads to, and its name where it is a component.
    pub fn follow(self, value: &'d Value) -> (&'d Value, Option<&'d str>) {
        let name = value.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|path| path.strip_prefix("#/components/schemas/"));
        (resolved(self.document, value), name.filter(|name| !name.contains('/')))
    }

    /// The schema of a parameter.
    pub fn parameter(self, operation: &Operation, parameter: &Parameter) -> Option<&'d Value> {
        let found = self.described(operation, parameter)?;
        found.get("schema").or_else(|| found.get("content")?.as_object()?.values().next()?.get("schema"))
    }

    /// Whether an operation, or a parameter of it, should no longer be used.
    pub fn is_deprecated(self, operation: &Operation, parameter: Option<&Parameter>) -> bool {
        let of = match parameter {
            Some(parameter) => self.described(operation, parameter),
            None => self.find(operation).map(|(_, own)| own),
        };
        of.and_then(|of| of.get("deprecated")).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A parameter as it stands in the description.
    fn described(self, operation: &Operation, parameter: &Parameter) -> Option<&'d Value> {
        let (item, own) = self.find(operation)?;
        let lists = [own, item].map(|of| of.get("parameters").and_then(Value::as_array));
        let mut all = lists.into_iter().flatten().flatten().map(|one| resolved(self.document, one));
        all.find(|one| {
            let is = |name: &str, value: &str| one.get(name).and_then(Value::as_str) == Some(value);
            is("name", &parameter.name) && is("in", parameter.place.word())
        })
    }

    /// The schema of the body that an operation takes as JSON, and whether it must have one.
    pub fn body(self, operation: &Operation) -> Option<(&'d Value, bool)> {
        let body = resolved(self.document, self.find(operation)?.1.get("requestBody")?);
        let required = body.get("required").and_then(Value::as_bool).unwrap_or_default();
        Some((json(body)?, required))
    }

    /// The schema of what an operation answers as JSON where it goes well.
    pub fn answer(self, operation: &Operation) -> Option<&'d Value> {
        json(self.success(operation)?)
    }

    /// The links of what an operation answers where it goes well, by their names.
    pub fn links(self, operation: &Operation) -> impl Iterator<Item = (&'d String, &'d Value)> {
        let links = self.success(operation).and_then(|answer| answer.get("links")).and_then(Value::as_object);
        links.into_iter().flat_map(Map::iter).map(move |(name, link)| (name, resolved(self.document, link)))
    }

    /// The members of an object, those of `allOf` among them, and the names of those that must be there.
    pub fn members(self, schema: &'d Value) -> (Vec<(&'d String, &'d Value)>, Vec<&'d str>) {
        let (mut members, mut required) = (Vec::new(), Vec::new());
        let mut ahead = vec![(schema, 0)];
        while let Some((schema, deep)) = ahead.pop() {
            let (schema, _) = self.follow(schema);
            for (name, member) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if !members.iter().any(|(known, _)| *known == name) {
                    members.push((name, member));
                }
            }
            let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            required.extend(names.filter_map(Value::as_str));
            if deep < MOST && members.len() < 1000 {
                let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
                ahead.extend(parts.map(|part| (part, deep + 1)));
            }
        }
        (members, required)
    }

    fn success(self, operation: &Operation) -> Option<&'d Value> {
        self.well(operation).map(|(_, answer)| answer)
    }

    /// What an operation answers where it goes well, and with which status.
    pub(crate) fn well(self, operation: &Operation) -> Option<(u16, &'d Value)> {
        let answers = self.find(operation)?.1.get("responses")?.as_object()?;
        let known = ["200", "201", "202", "203", "204", "205", "206", "2XX", "default"];
        let (status, answer) = known.iter().find_map(|status| Some((*status, answers.get(*status)?)))?;
        Some((status.parse().unwrap_or(200), resolved(self.document, answer)))
    }

    /// The path's item and the operation.
    fn find(self, operation: &Operation) -> Option<(&'d Value, &'d Value)> {
        let item = resolved(self.document, self.document.get("paths")?.get(&*operation.path)?);
        let own = item.get(operation.method.to_ascii_lowercase());
        let other = || item.get("additionalOperations")?.get(&*operation.method);
        Some((item, own.or_else(other)?))
    }
}

/// The schema of the JSON among the contents of a body.
fn json(body: &Value) -> Option<&Value> {
    let content = body.get("content")?.as_object()?;
    let is_json = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind == "application/json" || kind.ends_with("+json") || kind == "*/*"
    };
    content.iter().find(|(kind, _)| is_json(kind)).and_then(|(_, content)| content.get("schema"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Description;

    #[test]
    fn schemas_are_found_where_they_stand() {
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
            "components": {"schemas": {
                "Pet": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"name": {"type": "string"}}, "required": ["name"]}]},
                "Base": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]},
            }},
            "paths": {"/pets/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "put": {
                    "requestBody": {"required": true, "content": {"text/plain": {}, "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                    "responses": {
                        "404": {"content": {"application/json": {"schema": {}}}},
                        "2XX": {"content": {"application/hal+json": {"schema": {"$ref": "#/components/schemas/Pet"}}}, "links": {"next": {"operationId": "x"}}},
                    },
                },
            }},
        });
        let description = Description::read(&document).unwrap();
        let (operation, schemas) = (&description.operations[0], Schemas::of(&document));
        assert_eq!(schemas.parameter(operation, &operation.parameters[0]), Some(&json!({"type": "integer"})));
        let (body, required) = schemas.body(operation).unwrap();
        assert!(required);
        assert_eq!(schemas.follow(body).1, Some("Pet"));
        assert_eq!(schemas.answer(operation), Some(body));
        assert_eq!(schemas.links(operation).count(), 1);
        let (members, mut required) = schemas.members(body);
        required.sort_unstable();
        assert_eq!((members.len(), required), (2, vec!["id", "name"]));
    }
}
