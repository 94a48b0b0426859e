//! `weir flow export` and `weir flow import`: a flow from its short form to Arazzo and back.

use std::process::ExitCode;

use config::{FileMistake, Single, Written};
use flow::{Mistake, short};
use serde_json::{Map, Value};

use super::read::{load_all, placed, read, single};
use crate::cli::FlowFormArgs;
use crate::cmd::{refused, say};

/// Members that are written before others, in this order.
const FIRST: [&str; 38] = [
    "arazzo",
    "$self",
    "flow",
    "title",
    "version",
    "info",
    "summary",
    "description",
    "sources",
    "sourceDescriptions",
    "flows",
    "workflowId",
    "dependsOn",
    "inputs",
    "schema",
    "stepId",
    "when",
    "name",
    "in",
    "url",
    "type",
    "operationId",
    "operationPath",
    "call",
    "context",
    "condition",
    "parameters",
    "headers",
    "requestBody",
    "body",
    "successCriteria",
    "onSuccess",
    "onFailure",
    "steps",
    "outputs",
    "response",
    "workflows",
    "components",
];

pub(crate) fn export(args: &FlowFormArgs) -> anyhow::Result<ExitCode> {
    let nothing = |mistakes: &[FileMistake]| refused("the flow", mistakes, "there is nothing to export");
    let file = single(&args.file)?.map_err(|mistake| nothing(&[*mistake]))?;
    let value = in_order(&file);
    if value.get("workflows").is_some() {
        anyhow::bail!(
            "`{}` is an Arazzo document already; `weir flow import` shortens it",
            args.file.display()
        );
    }
    let sources = short::declared(&value).map_err(|mistakes| nothing(&short_places(&file, &mistakes)))?;
    let (sources, wrong) = load_all(&sources, &args.file, &args.source, 0);
    let wrong: Vec<Mistake> =
        wrong.into_iter().map(|(_, message)| Mistake { at: pointer("sources"), message }).collect();
    if !wrong.is_empty() {
        return Err(nothing(&short_places(&file, &wrong)));
    }
    let arazzo =
        short::export(&value, &sources).map_err(|mistakes| nothing(&short_places(&file, &mistakes)))?;
    // What is wrong with the document is wrong with the flow, if not at a line of it.
    if let Err(mistakes) = flow::Document::read(&arazzo) {
        let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        return Err(refused("the Arazzo document of the flow", &mistakes, "nothing is exported"));
    }
    print(&written(&arazzo))
}

pub(crate) fn import(args: &FlowFormArgs) -> anyhow::Result<ExitCode> {
    let nothing = |mistakes: &[FileMistake]| refused("the document", mistakes, "there is nothing to import");
    let found = read(&args.file, &args.source)?.map_err(|mistakes| nothing(&mistakes))?;
    let document = found.value();
    let short =
        short::import(&document, &found.sources).map_err(|mistakes| nothing(&found.placed(&mistakes)))?;
    print(&written_flow(&short))
}

fn print(value: &Written) -> anyhow::Result<ExitCode> {
    say(value.to_yaml()?.trim_end());
    Ok(ExitCode::SUCCESS)
}

fn pointer(name: &str) -> expr::Pointer {
    expr::Pointer::default().join(name)
}

/// The value of a file; its steps are a list in the order in which they are written.
fn in_order(file: &Single) -> Value {
    let mut value = file.to_json();
    let count = value.get("flows").and_then(Value::as_array).map_or(0, Vec::len);
    for place in std::iter::once(String::new()).chain((0..count).map(|flow| format!("/flows/{flow}"))) {
        let path = format!("{place}/steps");
        let Some(names) = file.names(&path) else { continue };
        let Some(Value::Object(steps)) = value.pointer_mut(&path).map(Value::take) else { continue };
        let one = |name: &str| {
            let step = steps.get(name).cloned().unwrap_or_default();
            Value::Object(Map::from_iter([(name.to_owned(), step)]))
        };
        if let Some(place) = value.pointer_mut(&path) {
            *place = names.into_iter().map(one).collect();
        }
    }
    value
}

/// Mistakes with their lines. Where steps are an object in the file, their numbers are not there.
fn short_places(file: &Single, mistakes: &[Mistake]) -> Vec<FileMistake> {
    let place = |mistake: &Mistake| {
        let tokens: Vec<&str> = mistake.at.tokens().collect();
        let steps = tokens.iter().position(|token| *token == "steps");
        let is_map = |steps: usize| {
            let above =
                tokens.iter().take(steps + 1).fold(expr::Pointer::default(), |at, token| at.join(token));
            file.names(&above.to_string()).is_some()
        };
        let left_out = steps.filter(|steps| is_map(*steps)).map(|steps| steps + 1);
        let kept = tokens.iter().enumerate().filter(|(index, _)| Some(*index) != left_out);
        let at = kept.fold(expr::Pointer::default(), |at, (_, token)| at.join(token));
        Mistake { at, message: mistake.message.clone() }
    };
    placed(file, &mistakes.iter().map(place).collect::<Vec<_>>())
}

/// A value with its members in the order in which a person writes them.
fn written(value: &Value) -> Written {
    match value {
        Value::Array(items) => Written::List(items.iter().map(written).collect()),
        Value::Object(members) => {
            let mut pairs: Vec<(String, Written)> =
                members.iter().map(|(name, value)| (name.clone(), written(value))).collect();
            let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
            pairs.sort_by_key(|(name, _)| rank(name));
            Written::Map(pairs)
        }
        other => Written::Value(other.clone()),
    }
}

/// A short form, with its steps as one object.
fn written_flow(short: &Value) -> Written {
    let mut flow = written(short);
    let Written::Map(pairs) = &mut flow else { return flow };
    for (name, value) in pairs {
        match (name.as_str(), short.get(name.as_str())) {
            ("steps", Some(Value::Array(steps))) => {
                let each = steps.iter().filter_map(Value::as_object).flatten();
                *value = Written::Map(each.map(|(id, step)| (id.clone(), written(step))).collect());
            }
            ("flows", Some(Value::Array(flows))) => {
                *value = Written::List(flows.iter().map(written_flow).collect());
            }
            _ => {}
        }
    }
    flow
}
