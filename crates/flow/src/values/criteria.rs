//! Whether criteria pass (Arazzo 1.1.0, "Condition Evaluation").

use std::borrow::Cow;

use serde_json::Value;

use super::{Lacking, Scope, query};
use crate::document::{Criterion, Regex, Test};
use crate::query::Pattern;

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
    let (Test::Regex(context, _) | Test::Query(context, _)) = test else {
        let Test::Simple(condition) = test else { return Ok(false) };
        return Ok(condition.passes(&|expression| scope.value(expression)));
    };
    let Some(context) = scope.value(context).filter(|value| !value.is_null()) else {
        return Ok(false);
    };
    match test {
        Test::Simple(_) => Ok(false),
        Test::Regex(_, regex) => {
            let pattern = pattern(scope, regex)?;
            Ok(match &*context {
                Value::String(text) => pattern.is_match(text),
                other => pattern.is_match(&other.to_string()),
            })
        }
        Test::Query(_, asked) => query::passes(scope, asked, &context),
    }
}

/// A regular expression with the values in it.
fn pattern<'t>(scope: &Scope<'_>, regex: &'t Regex) -> Result<Cow<'t, Pattern>, Lacking> {
    if let Some(compiled) = regex.compiled() {
        return Ok(Cow::Borrowed(compiled));
    }
    let text = regex.text.render(|expression| scope.value(expression)).map_err(Lacking::of)?;
    let pattern = Pattern::new(&text);
    pattern.map(Cow::Owned).map_err(|error| Lacking::Query(text.into(), error.to_string().into()))
}
