//! What a service's routes that flows answer take and answer, as an `OpenAPI` 3.1 document.

use std::sync::Arc;

use ::flow::document::Given;
use ::flow::extension::Status;
use ::flow::program::Compiled;
use ::flow::{Program, describe};
use domain::spec::{self, AccessMode};
use domain::{DocId, Kind, Spec};
use expr::Expression;
use expr::runtime::Source;
use serde_json::{Map, Value, json};

use crate::{Flow, KeyAt, Route, Service, Snapshot};

/// Methods that `OpenAPI` 3.1 has; HEAD is what GET is.
const METHODS: [&str; 6] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"];

/// Fields that are no parameters (`OpenAPI` 3.1.1, "Parameter Object": such definitions are ignored).
const NO_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// What a call of a flow gives it.
#[derive(Default)]
struct Takes {
    parameters: Vec<Value>,
    /// The members of the body's object.
    body: Map<String, Value>,
    required: Vec<Value>,
    /// What the body is, where an input is all of it.
    whole: Option<Value>,
}

// === impl Snapshot ===

impl Snapshot {
    /// What a service's routes that flows answer take and answer; `None`: there is no such service. A service without such
    /// routes has a document without paths.
    pub fn openapi(&self, service: &DocId) -> Option<Value> {
        let compiled = self.service(service)?;
        let mut routes: Vec<(&DocId, &Arc<Route>)> = self
            .dependents(service)
            .filter(|id| id.kind == Kind::Route)
            .filter_map(|id| Some((id, self.route(id)?)))
            .filter(|(_, route)| route.service.id == *service)
            .collect();
        routes.sort_by(|a, b| a.0.cmp(b.0));
        let mut paths = Map::new();
        for (id, route) in routes {
            let Some(Spec::Route(spec)) = self.document(id).map(|document| &document.spec) else { continue };
            let Some(used) = &route.flow else { continue };
            let Some(workflow) = used.flow.program.workflows.get(used.flow.workflow) else { continue };
            for path in &spec.paths {
                let path = path.strip_suffix("/*").unwrap_or(path);
                let item = paths
                    .entry(if path.is_empty() { "/" } else { path }.to_owned())
                    .or_insert_with(|| json!({}));
                if !spec.hosts.is_empty() {
                    let hosts = spec.hosts.iter().filter(|host| !host.starts_with('*'));
                    item["servers"] = hosts.map(|host| json!({"url": format!("https://{host}")})).collect();
                }
                for method in methods(spec, workflow) {
                    let takes = Takes::new(path, &method, workflow, &used.inputs);
                    item[method.to_ascii_lowercase()] = self.operation(&used.flow, workflow, takes, compiled);
                }
            }
        }
        let mut seen = Vec::new();
        for (path, item) in &mut paths {
            for (method, operation) in
                item.as_object_mut().into_iter().flatten().filter(|(name, _)| *name != "servers")
            {
                name(operation, (method, path), &mut seen);
            }
        }
        Some(document(service, compiled, paths))
    }

    fn operation(&self, flow: &Arc<Flow>, compiled: &Compiled, takes: Takes, service: &Service) -> Value {
        let workflow = &compiled.workflow;
        let mut operation = json!({"operationId": flow.id.name.to_string()});
        if let Some(summary) = &workflow.summary {
            operation["summary"] = (**summary).into();
        }
        if let Some(description) = &workflow.description {
            operation["description"] = (**description).into();
        }
        let mut parameters = takes.parameters;
        if service.jobs.is_some() {
            let prefer =
                "`respond-async`: the answer may come later; `wait=N`: so many seconds are waited for it";
            parameters.push(json!({"name": "Prefer", "in": "header", "description": prefer, "schema": {"type": "string"}}));
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        let object = json!({"type": "object", "properties": takes.body, "required": takes.required});
        let schema = takes.whole.or((!takes.body.is_empty()).then_some(object));
        if let Some(schema) = schema {
            operation["requestBody"] = json!({"required": !takes.required.is_empty(), "content": {"application/json": {"schema": schema}}});
        }
        operation["responses"] = self.responses(flow, compiled, service);
        operation
    }

    fn responses(&self, flow: &Arc<Flow>, compiled: &Compiled, service: &Service) -> Value {
        let program: &Program = &flow.program;
        let described = |source: usize| self.description(flow, source);
        let answer = describe::answer(program, compiled, &described);
        let status = compiled.workflow.weir.response.as_ref().and_then(|response| response.status.as_ref());
        let status = match status {
            None => "200".to_owned(),
            Some(Status::Fixed(status)) => status.to_string(),
            Some(Status::Formula(_)) => "2XX".to_owned(),
        };
        let field = |what: &str| json!({"description": what, "schema": {"type": "string"}});
        let mut well = json!({
            "description": "What the flow answers.",
            "headers": {"Weir-Completed": field("`?0` and what is missing, where optional steps have failed (RFC 9651)")},
        });
        if !matches!(&*status, "204" | "205" | "304") {
            let event =
                json!({"schema": {"type": "string", "description": "events `part`, `missing` and `done`"}});
            well["content"] = json!({
                "application/json": {"schema": answer},
                "text/event-stream": event,
                "application/x-ndjson": event,
                "application/jsonl": event,
            });
        }
        let problem = |what: &str| json!({"description": what, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
        let mut responses = json!({
            (status): well,
            "400": problem("The inputs are not valid."),
            "424": problem("A step was answered with a status of 4xx, or not with what the flow needs."),
            "502": problem("A step failed."),
            "504": problem("The flow took too long."),
            "default": problem("The call was refused."),
        });
        if service.jobs.is_some() {
            responses["202"] = json!({"description": "The call is accepted and answered later.", "headers": {"Location": field("where the job is")}});
        }
        responses
    }

    /// The description of a source of a flow, by its number.
    fn description(&self, flow: &Flow, source: usize) -> Option<&Value> {
        let name = flow.program.sources.get(source)?;
        let Spec::Flow(spec) = &self.document(&flow.id)?.spec else { return None };
        let source = spec.sources.get(&**name)?;
        if let Some(own) = &source.openapi {
            return Some(own);
        }
        let service = flow.id.resolve(Kind::Service, &source.service).ok()?;
        match &self.document(&service)?.spec {
            Spec::Service(spec) => spec.openapi.as_ref(),
            _ => None,
        }
    }
}

// === impl Takes ===

impl Takes {
    fn new(path: &str, method: &str, compiled: &Compiled, given: &[(Box<str>, Given)]) -> Self {
        let inputs = describe::inputs(compiled);
        let needed = inputs.get("required").and_then(Value::as_array);
        let properties = inputs.get("properties").and_then(Value::as_object);
        let schema = |name: &str| properties.and_then(|all| all.get(name)).cloned();
        let must = |name: &str| {
            let default = properties.and_then(|all| all.get(name)?.get("default"));
            default.is_none() && needed.is_some_and(|all| all.iter().any(|one| one == name))
        };
        let mut takes = Self::default();
        let mut in_path: Vec<(&str, Option<Value>)> =
            path.split('{').skip(1).filter_map(|part| Some((part.split_once('}')?.0, None))).collect();
        for (name, given) in given {
            // What is made of several values is text of each.
            let own = matches!(given, Given::Expression(_));
            let (schema, must) = (schema(name).filter(|_| own), own && must(name));
            for expression in given.expressions() {
                if let Expression::Request(source) = expression {
                    takes.from(source, &mut in_path, (schema.clone(), must));
                }
            }
        }
        let by_query = matches!(method, "GET" | "DELETE" | "OPTIONS");
        for (name, own) in properties.into_iter().flatten() {
            let is_given = given.iter().any(|(known, _)| **known == **name);
            match in_path.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => drop(known.get_or_insert_with(|| own.clone())),
                None if is_given => {}
                None if by_query => takes.parameter("query", name, Some(own.clone()), must(name)),
                None => takes.member(name, own.clone(), must(name)),
            }
        }
        let of_path = in_path.into_iter().map(|(name, schema)| {
            json!({"name": name, "in": "path", "required": true, "schema": schema.unwrap_or_else(|| json!({"type": "string"}))})
        });
        takes.parameters = of_path.chain(std::mem::take(&mut takes.parameters)).collect();
        takes
    }

    /// Takes in where an input comes from.
    fn from(&mut self, source: &Source, in_path: &mut [(&str, Option<Value>)], of: (Option<Value>, bool)) {
        let (schema, must) = of;
        match source {
            Source::Path(name) => {
                if let Some((_, known)) = in_path.iter_mut().find(|(known, _)| *known == &**name) {
                    *known = schema;
                }
            }
            Source::Query(name) => self.parameter("query", name, schema, must),
            Source::Header(name) if NO_PARAMETERS.contains(&&**name) => {}
            Source::Header(name) => self.parameter("header", name, schema, must),
            Source::Body(pointer) => {
                let schema = schema.unwrap_or_else(|| json!({}));
                match pointer.tokens().collect::<Vec<_>>()[..] {
                    [] => self.whole = Some(schema),
                    [name] => self.member(name, schema, must),
                    [name, ..] => self.member(name, json!({}), must),
                }
            }
            Source::Payload(_) => {}
        }
    }

    fn parameter(&mut self, place: &str, name: &str, schema: Option<Value>, required: bool) {
        let is = |one: &Value| one["name"] == name && one["in"] == place;
        if !self.parameters.iter().any(is) {
            let schema = schema.unwrap_or_else(|| json!({"type": "string"}));
            let mut parameter = json!({"name": name, "in": place, "required": required});
            // An object comes as JSON; a style of `OpenAPI` would part it into members.
            if describe::is_object(&schema) {
                parameter["content"] = json!({"application/json": {"schema": schema}});
            } else {
                parameter["schema"] = schema;
            }
            self.parameters.push(parameter);
        }
    }

    fn member(&mut self, name: &str, schema: Value, required: bool) {
        self.body.insert(name.to_owned(), schema);
        if required && !self.required.iter().any(|known| known == name) {
            self.required.push(name.into());
        }
    }
}

/// The methods of a route; where it takes any, the one that fits what its flow does.
fn methods(spec: &spec::Route, compiled: &Compiled) -> Vec<String> {
    if spec.methods.is_empty() {
        return vec![if compiled.is_safe() { "GET" } else { "POST" }.to_owned()];
    }
    spec.methods.iter().filter(|method| METHODS.contains(&method.as_str())).cloned().collect()
}

/// Gives an operation a name of its own: that of its flow, with method and path where another has it.
fn name(operation: &mut Value, (method, path): (&str, &str), seen: &mut Vec<String>) {
    let own = operation["operationId"].as_str().unwrap_or_default();
    let id =
        if seen.iter().any(|known| known == own) { format!("{own} {method} {path}") } else { own.to_owned() };
    operation["operationId"] = id.as_str().into();
    seen.push(id);
}

fn document(id: &DocId, service: &Service, paths: Map<String, Value>) -> Value {
    let name = id.name.to_string();
    let (title, version) = name.split_once('@').unwrap_or((&name, "1"));
    let mut document = json!({
        "openapi": "3.1.1",
        "info": {"title": title, "version": version},
        "paths": Value::Object(paths),
        "components": {"schemas": {"Problem": problem()}},
    });
    if service.access != AccessMode::Public {
        let schemes = service.keys.iter().filter_map(scheme);
        let schemes: Map<String, Value> = schemes.map(|(name, scheme)| (name.to_owned(), scheme)).collect();
        document["security"] = schemes.keys().map(|name| json!({name.as_str(): []})).collect();
        document["components"]["securitySchemes"] = schemes.into();
    }
    document
}

fn scheme(key: &KeyAt) -> Option<(&str, Value)> {
    match key {
        KeyAt::Bearer => Some(("bearer", json!({"type": "http", "scheme": "bearer"}))),
        KeyAt::Header(_, name) => Some((name, json!({"type": "apiKey", "in": "header", "name": &**name}))),
        KeyAt::Query(name) => Some((name, json!({"type": "apiKey", "in": "query", "name": &**name}))),
        KeyAt::Handshake => None,
    }
}

/// A problem document (RFC 9457) as the gateway writes it.
fn problem() -> Value {
    let step = json!({
        "type": "object",
        "required": ["id", "reason", "detail", "attempts", "duration_ms"],
        "properties": {
            "id": {"type": "string"}, "reason": {"type": "string"}, "detail": {"type": "string"},
            "attempts": {"type": "integer"}, "duration_ms": {"type": "number"}, "status": {"type": "integer"},
        },
    });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "reason", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "reason": {"type": "string", "description": "a word that does not change"},
            "request_id": {"type": "string"},
            "errors": {
                "type": "array", "description": "what is wrong with the inputs",
                "items": {"type": "object", "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}}},
            },
            "steps": {"type": "array", "description": "the step that failed, or those that were under way when the time of the whole was over", "items": step},
            "not_undone": {"type": "array", "description": "what was done and could not be undone", "items": {"type": "object"}},
        },
    })
}
