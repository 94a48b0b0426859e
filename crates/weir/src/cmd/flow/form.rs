//! `weir flow export` and `weir flow import`: a flow from its short form to Arazzo and back.

use std::process::ExitCode;

use config::{FileMistake, Written};
use flow::short;
use serde_json::Value;

use super::read::{read, single};
use super::short::Short;
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

/// Members whose values have the order of whoever wrote the flow.
const OWN: [&str; 14] = [
    "payload",
    "body",
    "value",
    "headers",
    "inputs",
    "schema",
    "outputs",
    "response",
    "transform",
    "cache",
    "model",
    "graphql",
    "event",
    "sources",
];

pub(crate) fn export(args: &FlowFormArgs) -> anyhow::Result<ExitCode> {
    let nothing = |mistakes: &[FileMistake]| refused("the flow", mistakes, "there is nothing to export");
    let file = single(&args.file)?.map_err(|mistake| nothing(&[*mistake]))?;
    if file.to_json().get("workflows").is_some() {
        anyhow::bail!(
            "`{}` is an Arazzo document already; `weir flow import` shortens it",
            args.file.display()
        );
    }
    let (short, ..) = Short::read(file, &args.file, &args.source).map_err(|mistakes| nothing(&mistakes))?;
    print(&written(&short.arazzo))
}

pub(crate) fn import(args: &FlowFormArgs) -> anyhow::Result<ExitCode> {
    let nothing = |mistakes: &[FileMistake]| refused("the document", mistakes, "there is nothing to import");
    let found = read(&args.file, &args.source)?.map_err(|mistakes| nothing(&mistakes))?;
    if found.is_short() {
        anyhow::bail!(
            "`{}` is in the short form already; `weir flow export` tells its Arazzo document",
            args.file.display()
        );
    }
    let short = short::import(&found.to_json(), &found.sources)
        .map_err(|mistakes| nothing(&found.placed(&mistakes)))?;
    print(&written_flow(&short))
}

fn print(value: &Written) -> anyhow::Result<ExitCode> {
    say(value.to_yaml()?.trim_end());
    Ok(ExitCode::SUCCESS)
}

/// A value with its members in the order in which a person writes them: what is the flow's own keeps the order that it has.
fn written(value: &Value) -> Written {
    match value {
        Value::Array(items) => Written::List(items.iter().map(written).collect()),
        Value::Object(members) => {
            let own = |name: &str| OWN.contains(&name) || name.starts_with("x-");
            let one = |(name, value): (&String, &Value)| {
                let value = if own(name) { Written::Value(value.clone()) } else { written(value) };
                (name.clone(), value)
            };
            let mut pairs: Vec<(String, Written)> = members.iter().map(one).collect();
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_the_flow_s_own_keeps_its_order() {
        let payload = json!({"zeta": 1, "name": 2, "stepId": {"so": 3, "in": 4, "type": 5}});
        let steps = json!([{"operationId": "make", "requestBody": {"payload": payload}, "stepId": "one"}]);
        let outputs = json!({"beta": "$inputs.a", "alpha": "$inputs.b", "flow": "$inputs.c"});
        let flow = json!({"outputs": outputs, "steps": steps, "workflowId": "w", "x-weir-response": {"body": 6, "status": 7}});
        let yaml = written(&json!({"workflows": [flow], "arazzo": "1.1.0"})).to_yaml().unwrap();
        let names = yaml.lines().filter_map(|line| line.trim_start_matches([' ', '-']).split_once(':'));
        assert_eq!(
            names.map(|(name, _)| name).collect::<Vec<_>>().join(" "),
            "arazzo workflows workflowId steps stepId operationId requestBody payload zeta name stepId so in type outputs beta \
             alpha flow x-weir-response body status"
        );
    }
}
