//! Whether criteria pass (Arazzo 1.1.0, "Condition Evaluation").

use regex::RegexBuilder;
use serde_json::Value;

use super::{Lacking, Scope, query};
use crate::document::{Criterion, Test};

/// The memory that a compiled expression may take, in bytes. It runs in linear time.
const PATTERN: usize = 1 << 20;

/// Whether all pass; what cannot be evaluated fails, and is told.
pub fn passes(criteria: &[Criterion], scope: &Scope<'_>) -> Result<bool, Lacking> {
    for criterion in criteria {
        if !one(&criterion.test, scope)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn one(test: &Test, scope: &Scope<'_>) -> Result<bool, Lacking> {
    match test {
        Test::Simple(condition) => Ok(condition.passes(&|expression| scope.value(expression))),
        Test::Regex(context, pattern) => {
            let Some(context) = scope.value(context).filter(|value| !value.is_null()) else {
                return Ok(false);
            };
            let pattern = pattern.render(|expression| scope.value(expression)).map_err(Lacking::of)?;
            let built = RegexBuilder::new(&pattern).size_limit(PATTERN).build();
            let regex =
                built.map_err(|error| Lacking::Query(pattern.as_str().into(), error.to_string().into()))?;
            Ok(match &*context {
                Value::String(text) => regex.is_match(text),
                other => regex.is_match(&other.to_string()),
            })
        }
        Test::Query(context, asked) => {
            let Some(context) = scope.value(context).filter(|value| !value.is_null()) else {
                return Ok(false);
            };
            let text = query::text(scope, asked)?;
            Ok(!query::nodes(asked, &text, &context)?.is_empty())
        }
    }
}
