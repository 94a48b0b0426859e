//! The JSON Schema of extensions, for editors and for those who write them by program. CEL and runtime expressions are text in
//! it: whether they are good is for the reader alone.

use serde_json::{Map, Value, json};

use super::PREFIX;

/// The schema (2020-12): `$defs/step`, `$defs/workflow` and `$defs/source-description` are of the members of these that begin with `x-weir-`.
pub fn schema() -> Value {
    let mut defs = shared();
    defs.insert("step".to_owned(), prefixed(step()));
    defs.insert("workflow".to_owned(), prefixed(workflow()));
    let service = json!({"service": {"type": "string", "minLength": 1}});
    defs.insert("source-description".to_owned(), prefixed(service));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Weir's extensions of Arazzo",
        "description": "Validates an Arazzo document's extensions; everything else in it is left to the schema of Arazzo.",
        "type": "object",
        "patternProperties": {"^x-weir-": false},
        "properties": {"sourceDescriptions": {"type": "array", "items": {"$ref": "#/$defs/source-description"}}, "workflows": {"type": "array", "items": {
            "$ref": "#/$defs/workflow",
            "properties": {"steps": {"type": "array", "items": {"$ref": "#/$defs/step"}}},
        }}},
        "$defs": defs,
    })
}

/// Members by their full names; no others that begin so.
fn prefixed(members: Value) -> Value {
    let Value::Object(members) = members else { return members };
    let names: Vec<String> = members.keys().map(|name| format!("{PREFIX}{name}")).collect();
    let properties: Map<String, Value> =
        members.into_iter().map(|(name, schema)| (format!("{PREFIX}{name}"), schema)).collect();
    json!({
        "type": "object",
        "properties": properties,
        "propertyNames": {"anyOf": [{"enum": names}, {"not": {"pattern": "^x-weir-"}}]},
    })
}

fn object(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

fn step() -> Value {
    let [cel, span] = ["cel", "duration"].map(of);
    json!({
        "when": cel, "timeout": span, "deadline": span, "max-body": size(), "delay": span,
        "for-each": object(&["in"], &json!({
            "in": of("source"), "as": {"type": "string", "pattern": "^[a-zA-Z0-9._-]+$"},
            "concurrency": whole(1, 256), "on-error": {"enum": ["fail", "skip", "null", null]},
            "limit": whole(1, 1_000_000), "batch": batch(),
        })),
        "switch": {"type": "array", "minItems": 1, "items": {"anyOf": [
            {"$ref": "#/$defs/target", "properties": {"when": cel}, "required": ["when"]},
            object(&["default"], &json!({"default": of("target")})),
        ]}},
        "optional": {"anyOf": [{"type": "boolean"}, object(&[], &json!({"default": of("values")}))]},
        "retry": object(&[], &json!({
            "attempts": whole(1, 10), "backoff": span, "max-backoff": span,
            "on": {"type": "array", "items": {"anyOf": [
                whole(100, 599), {"type": "string", "pattern": "^([1-5][0-9][0-9]|4xx|5xx|timeout|connect)$"},
            ]}},
        })),
        "hedge": object(&["after"], &json!({"after": span, "attempts": whole(2, 5)})),
        "cache": object(&["ttl"], &json!({"ttl": span, "key": cel})),
        "fallback": {"anyOf": [object(&["outputs"], &json!({"outputs": of("values")})), of("target")]},
        "race": {"type": "array", "minItems": 2, "items": of("target")},
        "while": object(&["condition", "max"], &json!({"condition": cel, "max": whole(1, 10_000), "delay": span})),
        "transform": {"type": "object", "additionalProperties": cel},
        "compensate": of("target"),
        "safe": {"type": "boolean"}, "parallel": {"type": "boolean"}, "repeatable": {"type": "boolean"},
        "model": of("model"), "graphql": of("graphql"), "event": of("event"),
        "identity": {"const": "caller"}, "credentials": {"type": "string", "minLength": 1},
    })
}

fn size() -> Value {
    json!({"type": "string", "pattern": "^[0-9]+ ?(B|KB|MB|GB|KiB|MiB|GiB)?$"})
}

fn batch() -> Value {
    let result =
        json!({"anyOf": [of("source"), object(&[], &json!({"in": of("source"), "key": of("cel")}))]});
    object(
        &["size"],
        &json!({
            "size": whole(2, 10_000), "join": {"type": "string"}, "key": of("cel"), "result": result,
        }),
    )
}

fn workflow() -> Value {
    let status = json!({"anyOf": [whole(200, 599), {"type": ["object", "string"]}]});
    json!({
        "timeout": of("duration"), "concurrency": whole(1, 256), "max-calls": whole(1, 1_000_000),
        "max-body": size(),
        "response": object(&[], &json!({
            "status": status, "headers": of("values"), "body": true, "stream": {"type": "string"},
            "from": {"type": "array", "items": {"type": "string"}},
        })),
    })
}

/// What is referred to.
fn shared() -> Map<String, Value> {
    let one = ["operationId", "operationPath", "workflowId", "model", "graphql", "event"];
    let one: Vec<Value> = one.iter().map(|name| json!({"required": [name]})).collect();
    let target = json!({
        "description": "a target with what it is given",
        "type": "object",
        "oneOf": one,
        "properties": {
            "operationId": {"type": "string"}, "operationPath": {"type": "string"}, "workflowId": {"type": "string"},
            "model": of("model"), "graphql": of("graphql"), "event": of("event"),
            "parameters": {"type": "array", "items": {"type": "object"}},
            "requestBody": {"type": "object"}, "outputs": {"type": "object"},
        },
    });
    let all = [
        ("cel", json!({"description": "CEL", "type": "string", "minLength": 1, "maxLength": 16384})),
        ("source", json!({"description": "a runtime expression, or CEL", "type": "string", "minLength": 1})),
        ("duration", json!({"type": "string", "pattern": "^[0-9]+ ?(ms|s|m|h|d)$"})),
        (
            "values",
            json!({"description": "values by their names; `{cel: …}` is what CEL gives", "type": "object"}),
        ),
        ("target", target),
        (
            "model",
            json!({
                "oneOf": [{"required": ["messages"]}, {"required": ["prompt"]}],
                "type": "object", "required": ["alias"], "additionalProperties": false,
                "properties": {"alias": {"type": "string"}, "messages": true, "prompt": true, "parameters": of("values")},
            }),
        ),
        (
            "graphql",
            object(
                &["source", "query"],
                &json!({
                    "source": {"type": "string"}, "query": {"type": "string"}, "variables": of("values"),
                }),
            ),
        ),
        (
            "event",
            object(
                &["type", "data"],
                &json!({
                    "endpoint": {"type": "string"}, "data": true,
                    "type": {"type": "string", "maxLength": 128, "pattern": "^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*$"},
                }),
            ),
        ),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn of(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn whole(least: u64, most: u64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}
