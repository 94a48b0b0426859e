//! Steps of the short form.

use expr::Pointer;
use serde_json::{Map, Value, json};

use super::call::Operations;
use super::reference::Names;
use super::{BODY, check};
use crate::extension::STEP;
use crate::mistakes::Mistakes;

/// Members that are Arazzo's and stand as they are.
const SAME: [&str; 13] = [
    "description",
    "operationId",
    "operationPath",
    "workflowId",
    "channelPath",
    "action",
    "correlationId",
    "parameters",
    "requestBody",
    "successCriteria",
    "onSuccess",
    "onFailure",
    "dependsOn",
];
/// Extensions in which targets stand.
const TARGETS: [&str; 4] = ["switch", "race", "fallback", "compensate"];

/// What steps are read with.
pub(super) struct Scope<'s> {
    pub(super) names: &'s Names,
    pub(super) operations: &'s Operations<'s>,
}

/// The steps with their names and places.
pub(super) fn listed<'v>(
    (at, steps): (&Pointer, Option<&'v Value>),
    mistakes: &mut Mistakes,
) -> Vec<(&'v str, Pointer, &'v Value)> {
    let mut listed = Vec::new();
    match steps {
        Some(Value::Object(steps)) => {
            listed.extend(steps.iter().map(|(id, step)| (id.as_str(), at.join(id), step)));
        }
        Some(Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let place = at.join(&index.to_string());
                match item
                    .as_object()
                    .and_then(|members| members.iter().next().filter(|_| members.len() == 1))
                {
                    Some((id, step)) => listed.push((id.as_str(), place.join(id), step)),
                    None => mistakes
                        .add(&place, "a step is an object with one member: its name, and what it does"),
                }
            }
        }
        _ => {}
    }
    if listed.is_empty() {
        mistakes.add(at, "`steps` has at least one step");
    }
    listed
}

/// Gives each step whose answer is referred to as a whole the output for that.
pub(super) fn give_bodies(workflow: &mut Value) {
    let named = bodies(workflow);
    for step in workflow["steps"].as_array_mut().into_iter().flatten() {
        if step["stepId"].as_str().is_some_and(|id| named.contains(&id.to_owned()))
            && step.get("outputs").is_none_or(|outputs| outputs.get(BODY).is_none())
            && !computes_body(step)
            && let Value::Object(step) = step
        {
            let outputs = step.entry("outputs").or_insert_with(|| json!({}));
            if let Value::Object(outputs) = outputs {
                outputs.insert(BODY.into(), "$response.body".into());
            }
        }
    }
}

/// Takes the outputs away that would be given back.
pub(super) fn take_bodies(workflow: &mut Value) {
    let named = bodies(workflow);
    for step in workflow["steps"].as_array_mut().into_iter().flatten() {
        let is_named =
            !computes_body(step) && step["stepId"].as_str().is_some_and(|id| named.contains(&id.to_owned()));
        let Some(Value::Object(outputs)) = step.get_mut("outputs") else { continue };
        if is_named && outputs.get(BODY).is_some_and(|value| value == "$response.body") {
            outputs.shift_remove(BODY);
            if outputs.is_empty()
                && let Value::Object(step) = step
            {
                step.shift_remove("outputs");
            }
        }
    }
}

/// Whether the output is a value that the step computes.
fn computes_body(step: &Value) -> bool {
    step.get("x-weir-transform").is_some_and(|all| all.get(BODY).is_some())
}

/// The steps of a workflow whose output `body` is referred to.
fn bodies(workflow: &Value) -> Vec<String> {
    let ids: Vec<&str> = workflow["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["stepId"].as_str())
        .collect();
    let mut texts = Vec::new();
    strings(workflow, &mut texts);
    let refers = |id: &str| {
        let forms = [
            format!("steps.{id}.outputs.{BODY}"),
            format!("steps[\"{id}\"].outputs.{BODY}"),
            format!("steps['{id}'].outputs.{BODY}"),
        ];
        texts.iter().any(|text| forms.iter().any(|form| has_name(text, form)))
    };
    ids.into_iter().filter(|id| refers(id)).map(str::to_owned).collect()
}

/// Whether a name stands in a text, and does not go on behind.
fn has_name(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let behind = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
        !behind.is_some_and(|next| next.is_ascii_alphanumeric() || "-_".contains(next))
    })
}

fn strings<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}

// === impl Scope ===

impl Scope<'_> {
    /// A step as Arazzo has it.
    pub(super) fn export(&self, id: &str, (at, short): (&Pointer, &Value), mistakes: &mut Mistakes) -> Value {
        let mut step = Map::from_iter([("stepId".to_owned(), id.into())]);
        step.extend(self.target((at, short), true, mistakes));
        Value::Object(step)
    }

    /// A target with what it is given: a line alone, or an object. With `extended`, extensions stand in it under their bare names.
    fn target(
        &self,
        (at, short): (&Pointer, &Value),
        extended: bool,
        mistakes: &mut Mistakes,
    ) -> Map<String, Value> {
        let line;
        let members = match short {
            Value::String(call) => {
                line = Map::from_iter([("call".to_owned(), Value::String(call.clone()))]);
                &line
            }
            Value::Object(members) => members,
            _ => {
                mistakes.add(at, "this is a call such as `GET /path`, or an object");
                return Map::new();
            }
        };
        let mut known: Vec<&str> = ["call", "headers", "body", "outputs"].into_iter().chain(SAME).collect();
        known.extend(if extended {
            &STEP[..]
        } else {
            &["when", "default", "model", "graphql", "event"][..]
        });
        check(at, members, &known, &[], mistakes);
        let mut step = Map::new();
        let mut parameters = Vec::new();
        if let Some(call) = members.get("call") {
            let at = if short.is_string() { at.clone() } else { at.join("call") };
            match call
                .as_str()
                .ok_or_else(|| "a call is text".to_owned())
                .and_then(|call| self.operations.export(call, self.names))
            {
                Ok((target, given)) => {
                    step.extend(target.as_object().cloned().unwrap_or_default());
                    parameters = given;
                }
                Err(message) => mistakes.add(&at, message),
            }
        }
        if let Some(Value::Object(headers)) = members.get("headers") {
            let header =
                |(name, value)| json!({"name": name, "in": "header", "value": self.names.export(value)});
            parameters.extend(headers.iter().map(header));
        }
        if !parameters.is_empty() {
            // Its place: they stand behind what is called.
            step.insert("parameters".into(), Value::Null);
        }
        for (name, value) in members {
            self.member((&at.join(name), name, value), extended, &mut step, mistakes);
        }
        if let Some(own) = members.get("parameters").and_then(Value::as_array) {
            parameters.extend(own.iter().cloned());
        }
        if !parameters.is_empty() {
            step.insert("parameters".into(), parameters.into());
        }
        step
    }

    fn member(
        &self,
        (at, name, value): (&Pointer, &str, &Value),
        extended: bool,
        step: &mut Map<String, Value>,
        mistakes: &mut Mistakes,
    ) {
        match name {
            "call" | "headers" => {}
            "body" => {
                step.insert("requestBody".into(), json!({"payload": self.names.export(value)}));
            }
            // Arazzo's own is a number of milliseconds.
            "timeout" if value.is_number() => {
                step.insert(name.into(), value.clone());
            }
            _ if extended && TARGETS.contains(&name) => {
                let value = self.targets((at, name, value), mistakes);
                step.insert(format!("x-weir-{name}"), value);
            }
            _ if extended && STEP.contains(&name) => {
                drop(step.insert(format!("x-weir-{name}"), value.clone()));
            }
            _ => {
                step.insert(name.into(), value.clone());
            }
        }
    }

    /// The targets within an extension.
    fn targets(&self, (at, name, value): (&Pointer, &str, &Value), mistakes: &mut Mistakes) -> Value {
        match (name, value) {
            ("switch" | "race", Value::Array(items)) => {
                let item = |(index, item): (usize, &Value)| {
                    self.case((&at.join(&index.to_string()), item), mistakes)
                };
                items.iter().enumerate().map(item).collect()
            }
            ("fallback" | "compensate", _) if !is_outputs(value) => {
                Value::Object(self.target((at, value), false, mistakes))
            }
            _ => value.clone(),
        }
    }

    fn case(&self, (at, item): (&Pointer, &Value), mistakes: &mut Mistakes) -> Value {
        match item.get("default") {
            Some(default) => json!({"default": self.target((&at.join("default"), default), false, mistakes)}),
            None => Value::Object(self.target((at, item), false, mistakes)),
        }
    }

    /// A step of Arazzo as the short form has it: the first form that comes back the same.
    pub(super) fn import(&self, step: &Value) -> Value {
        let Value::Object(members) = step else { return Value::Null };
        let id = members.get("stepId").and_then(Value::as_str).unwrap_or_default();
        let mut own = members.clone();
        own.shift_remove("stepId");
        json!({id: self.import_target(&own, true)})
    }

    fn import_target(&self, members: &Map<String, Value>, extended: bool) -> Value {
        let mut plain = Map::new();
        for (name, value) in members {
            let bare = name.strip_prefix("x-weir-").filter(|bare| extended && STEP.contains(bare));
            match bare {
                Some("timeout") if value.is_number() || members.contains_key("timeout") => {
                    drop(plain.insert(name.clone(), value.clone()));
                }
                Some(bare) if TARGETS.contains(&bare) => {
                    drop(plain.insert(bare.into(), self.import_targets(bare, value)));
                }
                Some(bare) => {
                    plain.insert(bare.into(), value.clone());
                }
                None => {
                    plain.insert(name.clone(), value.clone());
                }
            }
        }
        let same = |short: &Value| {
            let mut mistakes = Mistakes::default();
            let back = self.target((&Pointer::default(), short), extended, &mut mistakes);
            mistakes.is_empty() && back == *members
        };
        let parameters = members.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        let target: Map<String, Value> = members
            .iter()
            .filter(|(name, _)| ["operationId", "operationPath"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let mut best = Value::Object(plain.clone());
        if !same(&best) {
            best = Value::Object(members.clone());
            plain.clone_from(members);
        }
        let lines = self.operations.import(&Value::Object(target), &parameters, self.names);
        for (line, left) in lines {
            let mut short = plain.clone();
            short.retain(|name, _| !["operationId", "operationPath", "parameters"].contains(&name.as_str()));
            short.insert("call".into(), line.into());
            if !left.is_empty() {
                short.insert("parameters".into(), left.into());
            }
            if same(&Value::Object(short.clone())) {
                best = Value::Object(short);
                break;
            }
        }
        for change in [Self::with_headers, Self::with_body, Self::alone] {
            if let Some(changed) = change(self, &best).filter(&same) {
                best = changed;
            }
        }
        best
    }

    /// Header fields by their names, if no other parameter stands before one of them.
    fn with_headers(&self, short: &Value) -> Option<Value> {
        let mut members = short.as_object()?.clone();
        let mut parameters = members.get("parameters")?.as_array()?.clone();
        let count = parameters.iter().take_while(|one| one["in"] == "header").count();
        let mut headers = Map::new();
        for one in parameters.drain(..count) {
            headers.insert(one["name"].as_str()?.to_owned(), self.names.import(&one["value"]));
        }
        members.insert("headers".into(), headers.into());
        if parameters.is_empty() {
            members.shift_remove("parameters");
        } else {
            members.insert("parameters".into(), parameters.into());
        }
        (count > 0).then_some(Value::Object(members))
    }

    /// The body by itself.
    fn with_body(&self, short: &Value) -> Option<Value> {
        let mut members = short.as_object()?.clone();
        let body = members.shift_remove("requestBody")?;
        members.insert("body".into(), self.names.import(body.get("payload")?));
        Some(Value::Object(members))
    }

    /// The line alone.
    #[expect(clippy::unused_self, reason = "one of several ways to shorten")]
    fn alone(&self, short: &Value) -> Option<Value> {
        let members = short.as_object().filter(|members| members.len() == 1)?;
        members.get("call").cloned()
    }

    fn import_targets(&self, name: &str, value: &Value) -> Value {
        let target = |value: &Value| {
            value.as_object().map_or_else(|| value.clone(), |members| self.import_target(members, false))
        };
        match (name, value) {
            ("switch" | "race", Value::Array(items)) => items
                .iter()
                .map(|item| match item.get("default") {
                    Some(default) => json!({"default": target(default)}),
                    None => target(item),
                })
                .collect(),
            ("fallback" | "compensate", _) if !is_outputs(value) => target(value),
            _ => value.clone(),
        }
    }
}

fn is_outputs(value: &Value) -> bool {
    value.as_object().is_some_and(|members| members.len() == 1 && members.contains_key("outputs"))
}
