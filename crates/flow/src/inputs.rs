//! The inputs of a workflow: its JSON Schema (2020-12) compiled once, what is given checked by it, defaults filled in.

mod defaults;
mod references;
mod text;

use std::fmt;

use expr::Pointer;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::document::{Document, Workflow};
use crate::mistakes::Mistake;
use crate::values::Values;

pub use text::Lists;
pub(crate) use text::is_object;

/// So many mistakes are told of at most.
const TOLD: usize = 50;

/// How often a pattern may go back on a text before it counts as no match.
const BACKTRACKS: usize = 100_000;

/// What a pattern may take when it is compiled, in bytes.
const PATTERN: usize = 1 << 20;

/// So deep may schemas refer to one another and stand within each other.
const DEEPEST: usize = 32;

/// What a workflow takes.
pub struct Inputs {
    /// The schema and what it refers to.
    schema: Value,
    validator: Option<Validator>,
    /// What text of each input is read as.
    known: text::Known,
}

// === impl Inputs ===

impl Inputs {
    /// Compiles the schema of a workflow's inputs. It may refer to `#/components/inputs/…` and to other parts of the
    /// document that are schemas, by pointers and by `$anchor`; nothing is fetched. Fails with what is wrong with it.
    pub fn compile(document: &Document, workflow: &Workflow) -> Result<Self, Vec<Mistake>> {
        let Some(inputs) = &workflow.inputs else {
            return Ok(Self { schema: Value::Bool(true), validator: None, known: text::Known::new() });
        };
        let at = |within: &str| {
            let tokens = Pointer::parse(within).unwrap_or_default();
            tokens.tokens().fold(workflow.at.join("inputs"), |at, token| at.join(token))
        };
        let errors = jsonschema::draft202012::meta::validator();
        let errors = errors.iter_errors(inputs).take(TOLD);
        let mistakes: Vec<Mistake> =
            errors.map(|error| wrong(at(error.instance_path().as_str()), &error)).collect();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut schema = whole(document, inputs);
        let patterns = PatternOptions::fancy_regex().backtrack_limit(BACKTRACKS).size_limit(PATTERN);
        let options = jsonschema::options().with_draft(Draft::Draft202012).with_pattern_options(patterns);
        let validator = options.offline().build(&schema).map_err(|error| {
            vec![wrong(at(error.instance_path().as_str().strip_prefix(INPUTS).unwrap_or_default()), &error)]
        })?;
        references::settle(&mut schema);
        let known = schema.pointer(INPUTS).map(|inputs| text::known(&schema, inputs)).unwrap_or_default();
        Ok(Self { schema, validator: Some(validator), known })
    }

    /// The schema, behind what it refers to by pointers; none where everything is taken.
    pub(crate) fn schema(&self) -> (&Value, Option<&Value>) {
        (&self.schema, self.schema.pointer(INPUTS))
    }

    /// A part of what is given, while not all is known, with the defaults of what is not. `None`: a member breaks the schema,
    /// as far as that can be told.
    pub(crate) fn check_part(&self, given: Values) -> Option<Values> {
        let mut given = Value::Object(given);
        if let Some(inputs) = self.schema.pointer(INPUTS) {
            defaults::fill(&self.schema, inputs, &mut given);
        }
        let holds = self.validator.iter().all(|validator| {
            validator.iter_errors(&given).all(|error| error.instance_path().as_str().is_empty())
        });
        match given {
            Value::Object(values) if holds => Some(values),
            _ => None,
        }
    }

    /// A value that came as text, as what the schema wants at the input of this name; text where it cannot be read so.
    pub fn read(&self, name: &str, value: Value, lists: Lists) -> Value {
        match self.known.get(name) {
            Some(wanted) => wanted.read(value, lists),
            None => value,
        }
    }

    /// What is given, with the defaults of what is not. Fails with everything that breaks the schema, each with its place
    /// in what is given; no value is told.
    pub fn check(&self, given: Value) -> Result<Values, Vec<Mistake>> {
        let mut given = if given.is_null() { Value::Object(Map::new()) } else { given };
        if let Some(inputs) = self.schema.pointer(INPUTS) {
            defaults::fill(&self.schema, inputs, &mut given);
        }
        let errors = self.validator.iter().flat_map(|validator| validator.iter_errors(&given));
        let mut mistakes: Vec<Mistake> = errors
            .take(TOLD)
            .map(|error| Mistake {
                at: Pointer::parse(error.instance_path().as_str()).unwrap_or_default(),
                message: error.masked().to_string(),
            })
            .collect();
        match given {
            Value::Object(values) if mistakes.is_empty() => Ok(values),
            Value::Object(_) => Err(mistakes),
            _ => {
                if mistakes.is_empty() {
                    mistakes
                        .push(Mistake { at: Pointer::default(), message: "inputs are an object".to_owned() });
                }
                Err(mistakes)
            }
        }
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs").field("schema", &self.schema).finish_non_exhaustive()
    }
}

/// What is wrong with a schema.
fn wrong(at: Pointer, error: &ValidationError<'_>) -> Mistake {
    let hint = match at.tokens().last() {
        Some("type") => {
            ": a type is `string`, `integer`, `number`, `boolean`, `object`, `array` or `null`, or a list of these"
        }
        _ => "",
    };
    let message = format!("`inputs` cannot be checked by this schema: {}{hint}", error.masked());
    Mistake { at, message }
}

/// Where the inputs stand in the whole.
const INPUTS: &str = "/$defs/the inputs of the workflow";

/// A schema that refers to the inputs, with what these may refer to in the places where the document has it. Schemas stand in
/// `$defs` too, where their anchors are found.
fn whole(document: &Document, inputs: &Value) -> Value {
    let mut definitions = Map::new();
    for (name, schema) in &document.schemas {
        definitions.insert(format!("components {name}"), schema.clone());
    }
    definitions.insert("the inputs of the workflow".to_owned(), inputs.clone());
    let workflows: Vec<Value> =
        document.workflows.iter().map(|workflow| json!({"inputs": workflow.inputs})).collect();
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/the%20inputs%20of%20the%20workflow",
        "$defs": definitions,
        "components": {"inputs": document.schemas},
        "workflows": workflows,
    });
    // References may name the document by its own address.
    if let Some(own) = &document.own {
        whole["$id"] = (**own).into();
    }
    whole
}

/// What a schema refers to in the same document, as it is written once it is settled.
fn referred<'s>(whole: &'s Value, schema: &Value) -> Option<&'s Value> {
    whole.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

#[cfg(test)]
mod tests;
