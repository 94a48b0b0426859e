//! One document's JSON against the schema of its kind: all mistakes at once, each with its path and a
//! message that shows no value, since a value may be a secret.

use std::collections::HashMap;
use std::sync::LazyLock;

use domain::{Document, Kind, document_schema};
use jsonschema::error::{ValidationError, ValidationErrorKind};
use jsonschema::{Validator, paths::Location};
use serde_json::{Value, json};

/// One mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// A JSON Pointer (RFC 6901) into the document.
    pub path: String,
    /// What is wrong and the way out.
    pub message: String,
}

static VALIDATORS: LazyLock<HashMap<Kind, Validator>> = LazyLock::new(|| {
    let whole = document_schema();
    let schemas = whole["oneOf"].as_array().cloned().unwrap_or_default();
    let pairs = Kind::ALL.iter().zip(schemas).filter_map(|(&kind, mut schema)| {
        schema["$defs"] = whole["$defs"].clone();
        Some((kind, jsonschema::validator_for(&schema).ok()?))
    });
    pairs.collect()
});

/// Reads a document from JSON, or says everything that is wrong with it.
pub fn check_document(value: &Value) -> Result<Document, Vec<Fault>> {
    match read_document(value) {
        (Some(document), faults) if faults.is_empty() => Ok(document),
        (_, faults) => Err(faults),
    }
}

/// Says everything that is wrong with a document, and gives it all the same where its types allow, so that
/// the rest can be checked with it.
pub(crate) fn read_document(value: &Value) -> (Option<Document>, Vec<Fault>) {
    match check_schema(value) {
        Err(faults) => (None, faults),
        Ok((filled, faults)) => match Document::from_json(filled) {
            Ok(document) => {
                let faults = faults.into_iter().chain(check_names(&document)).collect();
                (Some(document), faults)
            }
            // What the schema cannot say (names, quantities) the types do.
            Err(error) if faults.is_empty() => {
                (None, vec![fault(error_path(&error), &base::chain(&error).to_string())])
            }
            Err(_) => (None, faults),
        },
    }
}

/// Names that identities and references are written with: those of teams and environments stand before
/// others in both, and so have nothing that divides.
fn check_names(document: &Document) -> impl Iterator<Item = Fault> {
    let id = &document.id;
    let divides = |text: &str| text.contains(['/', ':', '@']);
    let team = (divides(id.team.as_str())).then(|| {
        let path = if id.kind == Kind::Team { "/name" } else { "/team" };
        fault(path, "a team's name has no `/`, `:` or `@`")
    });
    let environment = divides(id.environment.as_str())
        .then(|| fault("/environment", "an environment's name has no `/`, `:` or `@`"));
    let name =
        id.name.as_str().contains("::").then(|| fault("/name", "a name has no `::`, which follows a team"));
    [team, environment, name].into_iter().flatten()
}

/// The document with an empty spec where there is none, and what breaks the schema; `Err` where not even
/// the kind is known.
fn check_schema(value: &Value) -> Result<(Value, Vec<Fault>), Vec<Fault>> {
    let Value::Object(object) = value else {
        return Err(vec![fault("", "a document is a mapping with `kind`, `name` and `spec`")]);
    };
    let kinds = || Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    let kind = match object.get("kind") {
        None => return Err(vec![fault("", &format!("`kind` is missing; it is one of {}", kinds()))]),
        Some(Value::String(text)) => Kind::ALL.iter().copied().find(|kind| kind.as_str() == text),
        Some(_) => None,
    };
    let Some(kind) = kind else {
        return Err(vec![fault("/kind", &format!("there is no such kind; it is one of {}", kinds()))]);
    };
    // A spec that is left out is an empty one.
    let mut filled = value.clone();
    if object.get("spec").is_none_or(Value::is_null) {
        filled["spec"] = json!({});
    }
    let mut faults = Vec::new();
    if let Some(validator) = VALIDATORS.get(&kind) {
        validator.iter_errors(&filled).for_each(|error| explain(&error, &mut faults));
    }
    faults.sort();
    faults.dedup();
    Ok((filled, faults))
}

fn error_path(error: &domain::ParseError) -> &'static str {
    match error {
        domain::ParseError::Envelope(_) => "",
        domain::ParseError::Spec { .. } => "/spec",
    }
}

fn fault(path: &str, message: &str) -> Fault {
    Fault { path: path.to_owned(), message: message.to_owned() }
}

/// Turns one error of the validator into faults; of alternatives, into those of the one that was meant.
fn explain(error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
    let path = error.instance_path();
    match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            alternatives(path, context, faults);
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                let token = name.replace('~', "~0").replace('/', "~1");
                faults.push(fault(&format!("{path}/{token}"), &format!("there is no field `{name}` here")));
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            faults.push(fault(path.as_str(), &format!("the field `{name}` is missing")));
        }
        kind => faults.push(fault(path.as_str(), &message(kind))),
    }
}

/// The alternative that was meant is the one whose mistakes lie deepest, or else the one with fewest.
fn alternatives(path: &Location, context: &[Vec<ValidationError<'static>>], faults: &mut Vec<Fault>) {
    let depth = |errors: &Vec<ValidationError<'static>>| {
        errors.iter().map(|error| error.instance_path().as_str().len()).max().unwrap_or(0)
    };
    let deepest = context.iter().map(depth).max().unwrap_or(0);
    if deepest > path.as_str().len() {
        let meant =
            context.iter().filter(|errors| depth(errors) == deepest).min_by_key(|errors| errors.len());
        meant.into_iter().flatten().for_each(|error| explain(error, faults));
        return;
    }
    let mut words: Vec<String> = context.iter().flatten().filter_map(wanted).collect();
    words.dedup();
    let message = if words.is_empty() {
        "none of the alternatives fits".to_owned()
    } else {
        format!("none of the alternatives fits: {}", words.join(", or "))
    };
    faults.push(fault(path.as_str(), &message));
}

/// What an alternative wants, in a few words.
fn wanted(error: &ValidationError<'static>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Required { property } => Some(format!("the field `{}`", property.as_str()?)),
        ValidationErrorKind::Enum { options } => Some(format!("one of {options}")),
        ValidationErrorKind::Constant { expected_value } => Some(format!("{expected_value}")),
        _ => None,
    }
}

fn message(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { kind } => {
            let text = format!("{kind:?}").to_ascii_lowercase();
            let names: Vec<&str> = ["string", "integer", "number", "boolean", "object", "array", "null"]
                .into_iter()
                .filter(|name| text.contains(name))
                .collect();
            format!("this must be of type {}", names.join(" or "))
        }
        ValidationErrorKind::Enum { options } => format!("this must be one of {options}"),
        ValidationErrorKind::Constant { expected_value } => format!("this must be {expected_value}"),
        ValidationErrorKind::Minimum { limit } => format!("this must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("this must be at most {limit}"),
        ValidationErrorKind::MinItems { limit } => format!("at least {limit} must be given"),
        ValidationErrorKind::MaxItems { limit } => format!("at most {limit} may be given"),
        ValidationErrorKind::Pattern { pattern } => format!("this must match `{pattern}`"),
        ValidationErrorKind::Format { format } => format!("this must be a {format}"),
        other => format!("this breaks the schema's rule `{}`", other.keyword()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(value: &Value) -> Vec<(String, String)> {
        let faults = check_document(value).unwrap_err();
        faults.into_iter().map(|fault| (fault.path, fault.message)).collect()
    }

    #[test]
    fn all_mistakes_are_named_and_no_value_is_shown() {
        let found = faults(&json!({
            "kind": "Upstream", "name": "a", "tags": 1,
            "spec": { "targets": [{ "host": 5, "port": 70_000, "wait": 1 }], "when_none_healthy": "s3cret", "timeouts": { "connect": "soon" } },
        }));
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/spec/targets/0/host",
                "/spec/targets/0/port",
                "/spec/targets/0/wait",
                "/spec/timeouts/connect",
                "/spec/when_none_healthy",
                "/tags"
            ]
        );
        assert!(
            found.iter().all(|(_, message)| !message.contains("s3cret") && !message.contains("70000")),
            "{found:?}"
        );
    }

    #[test]
    fn of_alternatives_the_one_that_was_meant_is_explained() {
        let found = faults(&json!({
            "kind": "Service", "name": "a",
            "spec": { "backend": { "upstream": { "nam": "x" } }, "policies": [{ "rate_limit": { "requests": "many", "window": "1m" } }] },
        }));
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert!(paths.contains(&"/spec/backend/upstream/nam"), "{found:?}");
        assert!(paths.contains(&"/spec/policies/0/rate_limit/requests"), "{found:?}");
        assert_eq!(faults(&json!({ "kind": "Serv", "name": "a" }))[0].0, "/kind");
        assert_eq!(faults(&json!([])).len(), 1);
    }
}
