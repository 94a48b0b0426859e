//! The OpenAPI 3.1 document, from the table of endpoints and the types' own schemas.

use domain::{Kind, Spec};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::api;
use crate::endpoint::{Access, Endpoint};
use crate::problem::{Code, ProblemBody};

/// The document.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = SchemaGenerator::new(settings.for_serialize());
    let mut paths: Map<String, Value> = Map::new();
    let mut endpoints = api::endpoints();
    endpoints.sort_by(|a, b| (a.path, a.method.as_str()).cmp(&(b.path, b.method.as_str())));
    for endpoint in &endpoints {
        let operation = operation(endpoint, &mut generator);
        let path = paths.entry(endpoint.path.replace("{*", "{")).or_insert_with(|| json!({}));
        path[endpoint.method.as_str().to_ascii_lowercase()] = operation;
    }
    let problem = generator.subschema_for::<ProblemBody>().to_value();
    let specs: Vec<(String, Value)> = Kind::ALL
        .iter()
        .map(|kind| (format!("{kind}Spec"), Spec::schema(*kind, &mut generator).to_value()))
        .collect();
    let mut schemas = generator.take_definitions(true);
    schemas.extend(specs);
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Weir admin API",
            "version": "1",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": description(),
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Problem": {
                    "description": "What went wrong (RFC 9457).",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "weir_session" },
                "token": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

fn description() -> String {
    let mut text = String::from(
        "Lists have at most 200 items and a cursor. Times are RFC 3339 in UTC, durations whole microseconds, \
         money whole millionths of a US dollar. Unsafe requests with a session's cookie need `x-csrf-token`. \
         What you may not know of is answered 404.\n\nCodes of errors:\n\n| code | status | meaning |\n| --- | --- | --- |\n",
    );
    for code in Code::ALL {
        text +=
            &["| `", code.as_str(), "` | ", &code.status().to_string(), " | ", code.explanation(), " |\n"]
                .concat();
    }
    text
}

fn operation(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    for answer in &endpoint.answers {
        let mut response = json!({ "description": answer.says });
        if let Some(schema) = answer.schema {
            response["content"][answer.media]["schema"] = schema(generator).to_value();
        }
        responses.insert(answer.status.to_string(), response);
    }
    responses.insert("default".into(), json!({ "$ref": "#/components/responses/Problem" }));
    let tag = endpoint.path.trim_start_matches("/api/v1/").trim_start_matches('/');
    let tag = if tag.starts_with("teams") { "documents" } else { tag.split('/').next().unwrap_or_default() };
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "tags": [tag],
        "parameters": parameters(endpoint, generator),
        "responses": responses,
        "x-weir-access": access(endpoint.access),
        "security": security(endpoint.access),
    });
    if let Some(body) = endpoint.body {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": body(generator).to_value() } },
        });
    }
    operation
}

fn parameters(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Vec<Value> {
    let names = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = names
        .map(|name| {
            let schema = match name {
                "plural" => json!({ "type": "string", "enum": Kind::ALL.iter().map(|kind| kind.plural()).collect::<Vec<_>>() }),
                _ => json!({ "type": "string" }),
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    if let Some(query) = endpoint.query {
        let reference = query(generator).to_value();
        let name = reference["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next())
            .unwrap_or_default()
            .to_owned();
        let schema = generator.definitions_mut().shift_remove(&name).unwrap_or(reference);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, property) in schema["properties"].as_object().cloned().unwrap_or_default() {
            all.push(parameter(&name, property, required.iter().any(|field| *field == name)));
        }
    }
    let header = |(name, says): &(&str, &str)| json!({ "name": name, "in": "header", "description": says, "schema": { "type": "string" } });
    all.extend(endpoint.headers.iter().map(header));
    all
}

/// A parameter of the query; its description moves up, and "or null" has no meaning there.
fn parameter(name: &str, mut schema: Value, required: bool) -> Value {
    let description = schema.as_object_mut().and_then(|schema| schema.shift_remove("description"));
    if let Some(types) = schema["type"].as_array() {
        let one = types.iter().find(|one| *one != "null").cloned();
        schema["type"] = one.unwrap_or_default();
    }
    let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
    if let Some(description) = description {
        parameter["description"] = description;
    }
    if required {
        parameter["required"] = true.into();
    }
    parameter
}

fn access(access: Access) -> String {
    match access {
        Access::Public => "public".into(),
        Access::SignedIn => "signed in".into(),
        Access::Team(permission) => format!("{} in the team", permission.as_str()),
        Access::SomeTeam(permission) => format!("{} in some team", permission.as_str()),
        Access::Installation(permission) => format!("{} in the installation", permission.as_str()),
    }
}

fn security(access: Access) -> Value {
    match access {
        Access::Public => json!([]),
        _ => json!([{ "session": [] }, { "token": [] }]),
    }
}
