//! What a workflow takes and answers, as JSON Schemas: its inputs, and its answer as far as the descriptions of what its steps
//! call tell. References are put in their places, so that the schemas stand by themselves.

mod inline;
mod within;

use expr::Expression;
use expr::runtime::{Named, Source};
use openapi::Schemas;
use serde_json::{Map, Value, json};

use crate::document::{Given, Output, Step};
use crate::extension::Formula;
use crate::program::{Act, Compiled, Program};
use inline::inlined;
use within::{Found, nullable};

/// Tells of a source, by its number in the program, its `OpenAPI` description.
pub type Descriptions<'d> = dyn Fn(usize) -> Option<&'d Value> + 'd;

/// Finds out what a workflow answers.
struct Answer<'d> {
    program: &'d Program,
    descriptions: &'d Descriptions<'d>,
}

/// Where an expression stands: in a workflow, and in one of its steps.
#[derive(Clone, Copy)]
struct Spot<'d> {
    compiled: &'d Compiled,
    step: Option<(&'d Step, &'d Act)>,
}

/// The schema of what a workflow takes.
pub fn inputs(compiled: &Compiled) -> Value {
    let (root, inputs) = compiled.inputs.schema();
    inputs.map_or_else(|| json!({"type": "object"}), |inputs| gathered(inlined(root, inputs), 0))
}

/// So deep are schemas of objects looked into that are made of others.
const DEEPEST: usize = 24;

/// The schema of an object with the members of those that it is made of (`allOf`) among its own.
fn gathered(mut schema: Value, depth: usize) -> Value {
    let Some(Value::Array(parts)) = schema.get_mut("allOf").filter(|_| depth < DEEPEST).map(Value::take)
    else {
        return schema;
    };
    let Some(own) = schema.as_object_mut() else { return schema };
    own.shift_remove("allOf");
    for part in parts {
        let Value::Object(part) = gathered(part, depth + 1) else { continue };
        for (name, value) in part {
            match (own.get_mut(&name), value) {
                (None, value) => drop(own.insert(name, value)),
                (Some(Value::Object(all)), Value::Object(more)) if name == "properties" => {
                    more.into_iter().for_each(|(name, schema)| both(all, name, schema));
                }
                (Some(Value::Array(all)), Value::Array(more)) if name == "required" => {
                    let more: Vec<Value> = more.into_iter().filter(|name| !all.contains(name)).collect();
                    all.extend(more);
                }
                // What else two say of the whole is not asked for.
                _ => {}
            }
        }
    }
    schema
}

/// Puts in a member; one that is there already is held to both schemas.
fn both(all: &mut Map<String, Value>, name: String, schema: Value) {
    match all.get_mut(&name) {
        Some(own) if *own != schema => *own = json!({"allOf": [own.take(), schema]}),
        Some(_) => {}
        None => drop(all.insert(name, schema)),
    }
}

/// Whether text of an input with this schema, as [`inputs`] has it, is read as the JSON of an object.
pub fn is_object(schema: &Value) -> bool {
    crate::inputs::is_object(schema)
}

/// The schema of what a workflow answers where it is published.
pub fn answer<'d>(program: &'d Program, compiled: &'d Compiled, descriptions: &'d Descriptions<'d>) -> Value {
    let answer = Answer { program, descriptions };
    let spot = Spot { compiled, step: None };
    match compiled.workflow.weir.response.as_ref().and_then(|response| response.body.as_ref()) {
        Some(body) => answer.formula(spot, body).sure(),
        None => answer.outputs(compiled),
    }
}

/// The members that an object always has, and all of them.
fn object(members: impl IntoIterator<Item = (String, Found)>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, found) in members {
        if !found.left_out {
            required.push(Value::from(name.as_str()));
        }
        properties.insert(name, found.schema);
    }
    json!({"type": "object", "properties": properties, "required": required})
}

// === impl Answer ===

impl<'d> Answer<'d> {
    /// The object of a workflow's outputs. One that has no value is `null`.
    fn outputs(&self, compiled: &'d Compiled) -> Value {
        let spot = Spot { compiled, step: None };
        let outputs = compiled.workflow.outputs.iter();
        object(outputs.map(|output| (output.name.to_string(), self.output(spot, output))))
    }

    fn output(&self, spot: Spot<'d>, output: &'d Output) -> Found {
        let found = self.given(spot, &output.value);
        Found::of(Found { left_out: false, ..found }.sure())
    }

    fn formula(&self, spot: Spot<'d>, formula: &'d Formula) -> Found {
        match formula {
            Formula::Cel(_) => Found::anything(),
            Formula::Given(_, given) => self.given(spot, given),
            Formula::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.formula(spot, item).sure()).collect();
                Found::of(json!({"type": "array", "prefixItems": items}))
            }
            Formula::Object(members) => {
                let members = members.iter();
                Found::of(object(
                    members.map(|(name, member)| (name.to_string(), self.formula(spot, member))),
                ))
            }
        }
    }

    fn given(&self, spot: Spot<'d>, given: &'d Given) -> Found {
        match given {
            Given::Literal(value) => Found::of(json!({"const": value})),
            Given::Text(_) => Found::of(json!({"type": "string"})),
            Given::Selector(_) => Found::anything(),
            Given::Expression(expression) => self.expression(spot, expression),
            Given::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.given(spot, item).sure()).collect();
                Found::of(json!({"type": "array", "prefixItems": items}))
            }
            Given::Object(members) => {
                let members = members.iter();
                Found::of(object(members.map(|(name, member)| (name.to_string(), self.given(spot, member)))))
            }
        }
    }

    fn expression(&self, spot: Spot<'d>, expression: &'d Expression) -> Found {
        let compiled = spot.compiled;
        match (expression, spot.step) {
            (Expression::Input(named), _) => {
                let is_element =
                    |step: &Step| step.weir.for_each.as_ref().is_some_and(|each| each.name.is_some());
                if spot.step.is_some_and(|(step, _)| is_element(step)) {
                    return Found::anything();
                }
                let found = Found::of(inputs(compiled)).named(named);
                Found { left_out: found.unsure, ..found }
            }
            (Expression::SourceDescription { source, reference }, _) => {
                match compiled.ground.field(source, reference) {
                    Some(value) => Found::of(json!({"const": value})),
                    None => Found::anything(),
                }
            }
            (Expression::Step { step, output }, _) => match compiled.step(step) {
                Some(at) => self.step(compiled, at, output),
                None => Found::anything(),
            },
            (Expression::Output(named), None) => Found::of(self.outputs(compiled)).named(named),
            (Expression::Output(named), Some((_, Act::Workflow(at)))) => {
                match self.program.workflows.get(*at) {
                    Some(called) => Found::of(self.outputs(called)).named(named),
                    None => Found::anything(),
                }
            }
            (Expression::StatusCode, Some(_)) => Found::of(json!({"type": "integer"})),
            (Expression::Url | Expression::Method, Some(_)) => Found::of(json!({"type": "string"})),
            (Expression::Response(Source::Header(_)), Some(_)) => {
                Found { unsure: true, ..Found::of(json!({"type": "string"})) }
            }
            (Expression::Response(Source::Body(pointer)), Some((_, Act::Operation(source, operation)))) => {
                let Some(description) = (self.descriptions)(*source) else { return Found::anything() };
                let Some(schema) = Schemas::of(description).answer(operation) else {
                    return Found::anything();
                };
                pointer.tokens().fold(Found::of(inlined(description, schema)), Found::member)
            }
            _ => Found::anything(),
        }
    }

    /// What a step gives by a name.
    fn step(&self, compiled: &'d Compiled, at: usize, named: &'d Named) -> Found {
        let (Some(step), Some(act)) = (compiled.workflow.steps.get(at), compiled.acts.get(at)) else {
            return Found::anything();
        };
        let weir = &step.weir;
        // What another target or a computation gives in place of this is not known.
        if weir.alternatives().next().is_some() || !weir.transform.is_empty() || named.is_all() {
            return Found::anything();
        }
        let spot = Spot { compiled, step: Some((step, act)) };
        let found = named.readings().find_map(|(name, mut members)| {
            let output = step.outputs.iter().find(|output| *output.name == *name)?;
            let mut found = self.output(spot, output);
            if weir.for_each.is_some() {
                found = Found::of(json!({"type": "array", "items": nullable(found.schema)}));
            }
            if weir.when.is_some() {
                found.schema = nullable(found.schema);
            }
            // A default may be anything.
            if weir.optional.is_some() {
                found = Found::anything();
            }
            Some(members.by_ref().fold(found, Found::member))
        });
        let found = found.unwrap_or_else(Found::anything);
        named.pointer.tokens().fold(found, Found::member)
    }
}

#[cfg(test)]
mod tests;
