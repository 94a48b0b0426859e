//! Inputs of a run against what the workflow's schema asks for at its top: what is required, and of which type.

use flow::values::Values;
use serde_json::Value;
use snapshot::Flow;

use crate::problem::Problem;

/// The inputs with the defaults of those that are not given; fails with the first that cannot be meant.
pub(super) fn taken(flow: &Flow, mut inputs: Values) -> Result<Values, Problem> {
    let schema = flow.program.workflows.get(flow.workflow);
    let Some(schema) = schema.and_then(|compiled| compiled.workflow.inputs.as_ref()) else {
        return Ok(inputs);
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if let (None, Some(default)) = (inputs.get(name), property.get("default")) {
            inputs.insert(name.clone(), default.clone());
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !inputs.contains_key(name) {
            return Err(Problem::at(&at(name), format!("the workflow needs the input `{name}`")));
        }
    }
    for (name, value) in &inputs {
        let Some(wanted) = properties.and_then(|all| all.get(name)?.get("type")) else { continue };
        let wanted: Vec<&str> = match wanted {
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if !wanted.is_empty() && !wanted.iter().any(|kind| is(value, kind)) {
            return Err(Problem::at(&at(name), format!("this is to be of type {}", wanted.join(" or "))));
        }
    }
    Ok(inputs)
}

fn at(name: &str) -> String {
    format!("/inputs/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_those_of_json_schema() {
        for (value, kind, fits) in [
            (json!(3), "integer", true),
            (json!(3.0), "integer", true),
            (json!(3.5), "integer", false),
            (json!("3"), "integer", false),
            (json!(3), "string", false),
            (json!(null), "null", true),
            (json!([]), "object", false),
        ] {
            assert_eq!(is(&value, kind), fits, "{value} as {kind}");
        }
    }
}
