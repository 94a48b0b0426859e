//! The short form of a flow: what a person writes in a minute, one-to-one with Arazzo. `docs/flows.md` shows it.
//!
//! Nothing is lost on the way: what has no short form stands as Arazzo's own members in it, and a part of a document becomes
//! short only if it comes back the same.
//!
//! Steps have an order, which not everything that reads JSON keeps of an object: they are a list of objects with one member
//! each. A single object is taken in the order in which it stands; whoever reads YAML gives the list.

mod call;
mod place;
mod reference;
mod step;

pub use place::place;

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::mistakes::{Mistake, Mistakes};
use crate::resolve::Sources;
use call::Operations;
use expr::{Expression, Pointer};
use reference::Names;

/// Members of the whole, in the order in which they are written.
pub const MEMBERS: [&str; 20] = [
    "flow",
    "title",
    "version",
    "summary",
    "description",
    "arazzo",
    "info",
    "$self",
    "sources",
    "sourceDescriptions",
    "components",
    "inputs",
    "schema",
    "dependsOn",
    "parameters",
    "steps",
    "successActions",
    "failureActions",
    "response",
    "outputs",
];
/// Extensions of workflows that stand under their bare names.
const EXTENSIONS: [&str; 4] = ["timeout", "concurrency", "max-body", "max-calls"];
/// Members of workflows that stand as Arazzo has them.
const SAME: [&str; 7] =
    ["summary", "description", "dependsOn", "parameters", "successActions", "failureActions", "outputs"];
/// Members of the document that stand so.
const WHOLE: [&str; 4] = ["$self", "sourceDescriptions", "components", "info"];
/// What `info` says if nothing else is said.
const VERSION: &str = "1.0.0";
const ARAZZO: &str = "1.1.0";

/// The name of the output by which steps know another's answer.
const BODY: &str = "body";

/// `sourceDescriptions` of the Arazzo document of a short form. Arazzo has at least one: where a flow needs none, since it only
/// asks models and such, it is one of messages, which is not read.
pub fn source_descriptions(short: &Value) -> Value {
    match (short.get("sourceDescriptions"), short.get("sources")) {
        (Some(given), _) => given.clone(),
        (None, Some(Value::Object(sources))) if !sources.is_empty() => {
            sources.iter().map(|(name, url)| json!({"name": name, "url": url, "type": "openapi"})).collect()
        }
        _ => json!([{"name": "none", "url": "none", "type": "asyncapi"}]),
    }
}

/// Whether this is a flow in its short form, and no Arazzo document.
pub fn is_meant(value: &Value) -> bool {
    let has = |name: &&str| value.get(name).is_some();
    !has(&"workflows") && ["flow", "flows", "steps"].iter().any(has)
}

/// A runtime expression as the short form refers to the same; the expression itself if it has no such reference.
pub fn reference(expression: &str) -> String {
    let short = Expression::parse(expression).ok().and_then(|parsed| Names::reference(&parsed));
    short.unwrap_or_else(|| expression.to_owned())
}

/// A document that has nothing but the sources of a short form: what must be read before it is exported.
pub fn declared(short: &Value) -> Result<Document, Vec<Mistake>> {
    let nothing = json!([{"workflowId": "none", "steps": [{"stepId": "none", "workflowId": "none"}]}]);
    let mut document = json!({
        "arazzo": ARAZZO, "info": {"title": "none", "version": VERSION},
        "sourceDescriptions": source_descriptions(short), "workflows": nothing,
    });
    if let Some(own) = short.get("$self") {
        document["$self"] = own.clone();
    }
    Document::read(&document)
}

/// The Arazzo document of a short form. Fails with every mistake by its place in the short form; what is wrong with the document
/// itself is told by whoever reads it.
pub fn export(short: &Value, sources: &Sources) -> Result<Value, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    let root = Pointer::default();
    let Value::Object(members) = short else {
        mistakes.add(&root, "a flow is an object");
        return Err(mistakes.into_vec());
    };
    let several = members.get("flows").and_then(Value::as_array);
    let mut workflows = Vec::new();
    let descriptions = source_descriptions(short);
    let operations = Operations::new(&descriptions, sources);
    if let Some(flows) = several {
        let at = root.join("flows");
        for (index, flow) in flows.iter().enumerate() {
            workflows.push(workflow((&at.join(&index.to_string()), flow), &operations, &mut mistakes));
        }
    } else {
        workflows.push(workflow((&root, short), &operations, &mut mistakes));
    }
    if several.is_some() {
        check(&root, members, &["flows", "title", "version", "arazzo", "sources"], &WHOLE, &mut mistakes);
    }
    let id = |flow: &Value| flow.get("flow").cloned().unwrap_or_default();
    let name = several.and_then(|flows| flows.first()).map_or_else(|| id(short), id);
    let mut document = Map::new();
    document.insert("arazzo".into(), members.get("arazzo").cloned().unwrap_or(ARAZZO.into()));
    let title = members.get("title").cloned().unwrap_or(name);
    let version = members.get("version").cloned().unwrap_or(VERSION.into());
    document.insert("info".into(), json!({"title": title, "version": version}));
    document.insert("sourceDescriptions".into(), descriptions);
    for name in WHOLE {
        if let Some(value) = members.get(name) {
            document.insert(name.into(), value.clone());
        }
    }
    if several.is_some() {
        document.extend(others(members));
    }
    document.insert("workflows".into(), workflows.into());
    if mistakes.is_empty() { Ok(Value::Object(document)) } else { Err(mistakes.into_vec()) }
}

/// The short form of an Arazzo document; sources that are not there leave their operations as they are named.
pub fn import(document: &Value, sources: &Sources) -> Result<Value, Vec<Mistake>> {
    Document::read(document)?;
    let descriptions = document.get("sourceDescriptions").cloned().unwrap_or_default();
    let operations = Operations::new(&descriptions, sources);
    let workflows = document.get("workflows").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut flows: Vec<Map<String, Value>> =
        workflows.iter().map(|one| import_workflow(one, &operations)).collect();
    // Beside a flow by itself there is no place for the document's own extensions.
    let has_others = document.as_object().is_some_and(|members| others(members).next().is_some());
    let mut short = if flows.len() == 1 && !has_others { flows.remove(0) } else { Map::new() };
    if !flows.is_empty() {
        short.insert("flows".into(), flows.into_iter().map(Value::Object).collect());
    }
    let first = workflows.first().and_then(|one| one.get("workflowId")).cloned().unwrap_or_default();
    let arazzo = document.get("arazzo").cloned().unwrap_or_default();
    if arazzo != ARAZZO {
        short.insert("arazzo".into(), arazzo);
    }
    let info = document.get("info").cloned().unwrap_or_default();
    let plain = |name: &str| info.get(name).cloned().unwrap_or_default();
    if info == json!({"title": plain("title"), "version": plain("version")}) {
        if plain("title") != first {
            short.insert("title".into(), plain("title"));
        }
        if plain("version") != VERSION {
            short.insert("version".into(), plain("version"));
        }
    } else {
        short.insert("info".into(), info);
    }
    let names = descriptions.as_array().into_iter().flatten();
    let names: Map<String, Value> = names
        .filter_map(|one| Some((one.get("name")?.as_str()?.to_owned(), one.get("url")?.clone())))
        .collect();
    let names = json!({"sources": names});
    if source_descriptions(&names) == descriptions {
        short.extend(names.as_object().cloned().unwrap_or_default());
    } else {
        short.insert("sourceDescriptions".into(), descriptions);
    }
    for name in ["$self", "components"] {
        if let Some(value) = document.get(name) {
            short.insert(name.into(), value.clone());
        }
    }
    if let Value::Object(members) = document {
        short.extend(others(members));
    }
    Ok(Value::Object(short))
}

fn workflow((at, short): (&Pointer, &Value), operations: &Operations<'_>, mistakes: &mut Mistakes) -> Value {
    let Value::Object(members) = short else {
        mistakes.add(at, "a flow is an object");
        return Value::Null;
    };
    if !members.get("flow").is_some_and(Value::is_string) {
        mistakes.add(at, "`flow` is missing: the flow's name");
    }
    let shared = ["title", "version", "arazzo", "sources"];
    let is_own = |name: &&str| at.is_root() || !shared.contains(name) && !WHOLE.contains(name);
    let known: Vec<&str> = MEMBERS.into_iter().chain(EXTENSIONS).filter(is_own).collect();
    check(at, members, &known, &[], mistakes);
    let steps = step::listed((&at.join("steps"), members.get("steps")), mistakes);
    let names = Names::new(steps.iter().map(|(id, ..)| *id));
    let mut workflow = Map::new();
    workflow.insert("workflowId".into(), members.get("flow").cloned().unwrap_or_default());
    if let Some(inputs) = inputs(members) {
        workflow.insert("inputs".into(), inputs);
    }
    for name in SAME {
        if let Some(value) = members.get(name) {
            workflow.insert(name.into(), value.clone());
        }
    }
    for name in EXTENSIONS {
        if let Some(value) = members.get(name) {
            workflow.insert(format!("x-weir-{name}"), value.clone());
        }
    }
    let scope = step::Scope { names: &names, operations };
    let read: Vec<Value> =
        steps.iter().map(|(id, at, value)| scope.export(id, (at, value), mistakes)).collect();
    workflow.insert("steps".into(), read.into());
    if let Some(response) = members.get("response") {
        answer((&at.join("response"), response), &names, &mut workflow, mistakes);
    }
    workflow.extend(others(members));
    let mut whole = Value::Object(workflow);
    step::give_bodies(&mut whole);
    whole
}

/// `response`: outputs, if all of it are references; else the extension.
fn answer(
    (at, response): (&Pointer, &Value),
    names: &Names,
    workflow: &mut Map<String, Value>,
    mistakes: &mut Mistakes,
) {
    let extension = ["status", "headers", "body", "stream", "from"];
    match response {
        Value::Object(members) if members.values().all(Value::is_string) && !members.contains_key(BODY) => {
            let mut outputs = Map::new();
            for (name, text) in members {
                match names.expression(text.as_str().unwrap_or_default()) {
                    Ok(expression) => drop(outputs.insert(name.clone(), expression.into())),
                    Err(message) => mistakes.add(&at.join(name), message),
                }
            }
            if workflow.contains_key("outputs") {
                mistakes.add(at, "`response` and `outputs` are the same here: leave one out");
            }
            workflow.insert("outputs".into(), outputs.into());
        }
        Value::Object(members) if members.keys().all(|name| extension.contains(&name.as_str())) => {
            workflow.insert("x-weir-response".into(), names.export(response));
        }
        _ => mistakes.add(
            at,
            "`response` has references by their names, or `status`, `headers`, `body`, `stream` and `from`",
        ),
    }
}

fn import_workflow(workflow: &Value, operations: &Operations<'_>) -> Map<String, Value> {
    let mut short = Map::new();
    let Value::Object(members) = workflow else { return short };
    short.insert("flow".into(), members.get("workflowId").cloned().unwrap_or_default());
    for (name, value) in members {
        let bare = name.strip_prefix("x-weir-").filter(|bare| EXTENSIONS.contains(bare));
        if SAME.contains(&name.as_str()) {
            short.insert(name.clone(), value.clone());
        } else if let Some(bare) = bare {
            short.insert(bare.to_owned(), value.clone());
        } else if name.starts_with("x-") && name != "x-weir-response" {
            short.insert(name.clone(), value.clone());
        }
    }
    if let Some(schema) = members.get("inputs") {
        let plain = json!({"inputs": plain(schema)});
        let is_plain = plain.as_object().and_then(inputs).as_ref() == Some(schema);
        let (name, value) =
            if is_plain { ("inputs", plain["inputs"].clone()) } else { ("schema", schema.clone()) };
        short.insert(name.into(), value);
    }
    let steps = members.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
    let names = Names::new(steps.iter().filter_map(|step| step.get("stepId")?.as_str()));
    let scope = step::Scope { names: &names, operations };
    let mut bare = workflow.clone();
    step::take_bodies(&mut bare);
    let bare_steps = bare.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
    short.insert("steps".into(), bare_steps.iter().map(|step| scope.import(step)).collect());
    import_answer(members, &names, &mut short);
    short
}

fn import_answer(members: &Map<String, Value>, names: &Names, short: &mut Map<String, Value>) {
    let mut told = Map::new();
    if let Some(response) = members.get("x-weir-response") {
        told.insert("response".into(), names.import(response));
    } else if let Some(Value::Object(outputs)) = members.get("outputs") {
        let each = outputs.iter().map(|(name, value)| {
            (name.clone(), value.as_str().map_or(value.clone(), |text| names.short(text).into()))
        });
        told.insert("response".into(), Value::Object(each.collect()));
    }
    let mut back = Map::new();
    let mut mistakes = Mistakes::default();
    if let Some(response) = told.get("response") {
        answer((&Pointer::default(), response), names, &mut back, &mut mistakes);
    }
    for name in ["outputs", "x-weir-response"] {
        let same = back.get(name) == members.get(name) && mistakes.is_empty();
        if back.contains_key(name) && same {
            short.shift_remove(name);
            short.insert("response".into(), told["response"].clone());
        } else if let Some(value) = members.get(name) {
            short.insert(name.into(), value.clone());
        }
    }
}

/// The schema of the inputs: each a type, or a schema; those without a default are required, unless a `?` stands behind.
fn inputs(members: &Map<String, Value>) -> Option<Value> {
    if let Some(schema) = members.get("schema") {
        return Some(schema.clone());
    }
    let Value::Object(inputs) = members.get("inputs")? else { return members.get("inputs").cloned() };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, kind) in inputs {
        let (schema, is_required) = match kind {
            Value::String(word) => {
                let plain = word.strip_suffix('?');
                (json!({"type": plain.unwrap_or(word)}), plain.is_none())
            }
            other => (other.clone(), other.get("default").is_none()),
        };
        if is_required {
            required.push(name.clone());
        }
        properties.insert(name.clone(), schema);
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    Some(schema)
}

/// Inputs as the short form has them, if they come from there.
fn plain(schema: &Value) -> Value {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let each = properties.map(|(name, kind)| {
        let word = kind["type"].as_str().filter(|word| *kind == json!({"type": word}));
        let short = match word {
            Some(word) if required(name) => word.into(),
            Some(word) => format!("{word}?").into(),
            None => kind.clone(),
        };
        (name.clone(), short)
    });
    Value::Object(each.collect())
}

/// Members that begin with `x-`.
fn others(members: &Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    members
        .iter()
        .filter(|(name, _)| name.starts_with("x-"))
        .map(|(name, value)| (name.clone(), value.clone()))
}

/// Tells of members that are not known.
fn check(at: &Pointer, members: &Map<String, Value>, known: &[&str], more: &[&str], mistakes: &mut Mistakes) {
    for name in members.keys().filter(|name| !name.starts_with("x-")) {
        if !known.contains(&name.as_str()) && !more.contains(&name.as_str()) {
            let known: Vec<&str> = known.iter().chain(more).copied().collect();
            let hint = match crate::extension::nearest(name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are `{}`", known.join("`, `")),
            };
            mistakes.add(&at.join(name), format_args!("`{name}` is not known here: {hint}"));
        }
    }
}

#[cfg(test)]
mod tests;
