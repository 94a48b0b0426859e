//! `OpenAPI` descriptions (3.0 and 3.1): the operations in them, found by their ids and by the way to them. What is not
//! asked for is not looked at, so that a description with faults elsewhere can still be used.

#![warn(missing_docs)]

mod content;
mod example;
mod parameter;
mod reference;
mod schema;
pub mod style;

pub use content::{Content, Part};
pub use example::Example;
pub use parameter::{Parameter, Place};
pub use schema::Schemas;

use serde_json::{Map, Value};

/// A description.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Its title.
    pub title: Box<str>,
    /// Its operations, in the order of paths and methods.
    pub operations: Vec<Operation>,
    /// Addresses of the API: `servers`, their variables by the defaults of these.
    pub servers: Vec<Box<str>>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id, if it has one.
    pub id: Option<Box<str>>,
    /// Its method, in capitals.
    pub method: Box<str>,
    /// Its path, with parameters in braces.
    pub path: Box<str>,
    /// What it does, in a line.
    pub summary: Option<Box<str>>,
    /// Its parameters, the path's among them.
    pub parameters: Vec<Parameter>,
    /// The media types of the bodies that it takes, as they are listed.
    pub takes: Vec<Box<str>>,
    /// The same with what is said of forms.
    pub contents: Vec<Content>,
}

/// Why a document is no description that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// It is something else.
    #[error("it is no OpenAPI description: `openapi` with a version is missing")]
    Other,
    /// It is of a version that is not read.
    #[error("OpenAPI 3.0, 3.1 and 3.2 can be read, not {0}")]
    Version(Box<str>),
    /// Two operations have the same id (OpenAPI 3.1.1, "Operation Object": it must be unique).
    #[error("two operations have the id `{0}`")]
    Twice(Box<str>),
}

/// The methods that a path may have (`OpenAPI` 3.2.0, "Path Item Object").
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

// === impl Description ===

impl Description {
    /// Reads a description.
    pub fn read(value: &Value) -> Result<Self, DescriptionError> {
        let version = match (value.get("openapi"), value.get("swagger")) {
            (Some(Value::String(version)), _) => version,
            (_, Some(version)) => return Err(DescriptionError::Version(version.to_string().into())),
            _ => return Err(DescriptionError::Other),
        };
        if !["3.0.", "3.1.", "3.2."].iter().any(|known| version.starts_with(known)) {
            return Err(DescriptionError::Version(version.as_str().into()));
        }
        let mut operations = Vec::new();
        for (path, item) in members(value.get("paths")) {
            for (method, operation) in members(Some(item)) {
                if METHODS.contains(&method.as_str()) {
                    operations.push(Operation::read(value, (path, item), (method, operation)));
                }
            }
            for (method, operation) in members(item.get("additionalOperations")) {
                operations.push(Operation::read(value, (path, item), (method, operation)));
            }
        }
        let mut ids: Vec<&str> = operations.iter().filter_map(|one| one.id.as_deref()).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DescriptionError::Twice(twice[0].into()));
        }
        let servers = value.get("servers").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            title: value.pointer("/info/title").and_then(Value::as_str).unwrap_or_default().into(),
            operations,
            servers: servers.filter_map(address).collect(),
        })
    }

    /// The operation of this id.
    pub fn by_id(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id.as_deref() == Some(id))
    }

    /// The operation that a JSON Pointer (RFC 6901) names, such as `/paths/~1pets/get`.
    pub fn by_pointer(&self, pointer: &str) -> Option<&Operation> {
        let (path, method) = pointer.strip_prefix("/paths/")?.rsplit_once('/')?;
        if path.contains('/') {
            return None;
        }
        let path = path.replace("~1", "/").replace("~0", "~");
        self.operations.iter().find(|one| *one.path == *path && one.method.eq_ignore_ascii_case(method))
    }
}

// === impl Operation ===

impl Operation {
    fn read(document: &Value, (path, item): (&str, &Value), (method, value): (&str, &Value)) -> Self {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(Into::into);
        let body = value.get("requestBody").map(|body| reference::resolved(document, body));
        let contents = Content::all(document, body);
        Self {
            id: text("operationId"),
            method: method.to_ascii_uppercase().into(),
            path: path.into(),
            summary: text("summary"),
            parameters: Parameter::all(document, item, value),
            takes: contents.iter().map(|content| content.kind.clone()).collect(),
            contents,
        }
    }

    /// The names of the parameters in its path.
    pub fn in_path(&self) -> impl Iterator<Item = &str> {
        self.path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
    }

    /// Whether its method is safe (RFC 9110 §9.2.1; QUERY by its draft).
    pub fn is_safe(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "QUERY")
    }
}

/// The address of a server.
fn address(server: &Value) -> Option<Box<str>> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    for (name, variable) in members(server.get("variables")) {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    Some(url.into())
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pets() -> Value {
        json!({
            "openapi": "3.1.0",
            "info": {"title": "Pets", "version": "1"},
            "servers": [
                {"url": "https://pets.example/v1"},
                {"url": "https://{host}/{stage}{open}", "variables": {"host": {"default": "a.example"}, "stage": {"default": "v2"}}},
            ],
            "paths": {
                "/pets": {
                    "summary": "not an operation",
                    "get": {"operationId": "listPets", "summary": "All pets"},
                    "post": {"operationId": "addPet"},
                },
                "/pets/{id}": {"get": {}, "parameters": []},
            },
        })
    }

    #[test]
    fn operations_are_found_by_their_ids_and_ways() {
        let description = Description::read(&pets()).unwrap();
        assert_eq!((&*description.title, description.operations.len()), ("Pets", 3));
        let servers = ["https://pets.example/v1".into(), "https://a.example/v2{open}".into()];
        assert_eq!(description.servers, servers);
        let add = description.by_id("addPet").unwrap();
        assert_eq!((&*add.method, &*add.path, add.is_safe()), ("POST", "/pets", false));
        let one = description.by_pointer("/paths/~1pets~1{id}/get").unwrap();
        assert_eq!((one.id.as_deref(), &*one.path, one.is_safe()), (None, "/pets/{id}", true));
        assert_eq!(one.in_path().collect::<Vec<_>>(), ["id"]);
        for nothing in ["/paths/~1pets/delete", "/paths/~1dogs/get", "/components/x", "/paths//pets/get", ""]
        {
            assert_eq!(description.by_pointer(nothing), None, "{nothing}");
        }
        assert_eq!(description.by_id("getPet"), None);
    }

    #[test]
    fn what_is_no_description_is_refused() {
        let mut twice = pets();
        twice["paths"]["/pets/{id}"]["get"] = json!({"operationId": "listPets"});
        assert_eq!(Description::read(&twice), Err(DescriptionError::Twice("listPets".into())));
        assert_eq!(Description::read(&json!([])), Err(DescriptionError::Other));
        assert_eq!(
            Description::read(&json!({"openapi": "4.0.0"})),
            Err(DescriptionError::Version("4.0.0".into()))
        );
        let old = Description::read(&json!({"swagger": "2.0"})).unwrap_err();
        assert_eq!(old.to_string(), "OpenAPI 3.0, 3.1 and 3.2 can be read, not \"2.0\"");
    }
}
