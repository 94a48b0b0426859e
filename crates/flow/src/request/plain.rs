//! The request of an operation that is given values by the names of its parameters, without a step.

use openapi::{Operation, Place};
use serde_json::{Map, Value};

use super::{Request, RequestError, Writer};
use crate::document::{self, Given};

/// The name under which the body is given.
const BODY: &str = "body";

/// Writes the request of an operation: its parameters by their names, and the body as JSON under `body`.
pub fn of(operation: &Operation, arguments: &Map<String, Value>) -> Result<Request, RequestError> {
    let mut given = Vec::new();
    for described in &operation.parameters {
        let Some(value) = arguments.get(&*described.name) else { continue };
        if described.place == Place::Header && document::owned(&described.name).is_some() {
            continue;
        }
        let place = Some(match described.place {
            Place::Path => document::Place::Path,
            Place::Query => document::Place::Query,
            Place::QueryString => document::Place::QueryString,
            Place::Header => document::Place::Header,
            Place::Cookie => document::Place::Cookie,
        });
        let (name, nothing) = (described.name.clone(), Given::Literal(Value::Null));
        given.push((document::Parameter { name, place, value: nothing, at: <_>::default() }, value));
    }
    let mut writer = Writer::of(operation);
    for (parameter, value) in &given {
        writer.take(parameter, (*value).clone(), None)?;
    }
    let body = arguments.get(BODY).filter(|value| !value.is_null());
    let body = body.map(|value| (json_of(operation).into(), value.to_string().into_bytes()));
    writer.request(body)
}

/// The media type of JSON that an operation takes.
fn json_of(operation: &Operation) -> &str {
    let known = |kind: &str| ["application/json", "application/*", "*/*"].contains(&kind);
    let kinds = || operation.takes.iter().map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let other = kinds().find(|kind| kind.ends_with("+json")).filter(|_| !kinds().any(known));
    other.unwrap_or("application/json")
}

#[cfg(test)]
mod tests {
    use openapi::Description;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_stand_where_the_description_has_their_names() {
        let parameter =
            |name: &str, place: &str| json!({"name": name, "in": place, "required": place == "path"});
        let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/users/{id}": {"post": {
            "parameters": [parameter("id", "path"), parameter("ids", "query"), parameter("x-a", "header"), parameter("c", "cookie"), parameter("Host", "header")],
        }}}});
        let description = Description::read(&document).unwrap();
        let operation = &description.operations[0];
        let arguments = json!({"id": "a/b", "ids": [1, 2], "x-a": "v", "c": null, "other": 1, "Host": "b", "body": {"n": 1}});
        let request = of(operation, arguments.as_object().unwrap()).unwrap();
        assert_eq!((&*request.method, &*request.target), ("POST", "/users/a%2Fb?ids=1&ids=2"));
        assert_eq!(request.headers, [("x-a".into(), "v".to_owned())]);
        assert_eq!(request.body, Some(("application/json".into(), b"{\"n\":1}".to_vec())));
        assert_eq!(of(operation, &Map::new()), Err(RequestError::Path("id".into())));
        for (kinds, expect) in [
            (
                &["text/plain", "application/merge-patch+json; charset=utf-8"][..],
                "application/merge-patch+json",
            ),
            (&["application/hal+json", "application/json"], "application/json"),
            (&["text/plain"], "application/json"),
        ] {
            let takes = kinds.iter().map(|kind| Box::from(*kind)).collect();
            assert_eq!(json_of(&Operation { takes, ..operation.clone() }), expect);
        }
        let above = json!({"id": ".."});
        assert!(of(operation, above.as_object().unwrap()).is_err());
    }
}
