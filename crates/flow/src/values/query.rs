//! What queries find.

use serde_json::Value;

use super::{Lacking, Scope};
use crate::document::{Query, Selector};
use crate::query::{Compiled, QueryError};

/// The part that a selector finds.
pub(super) fn select(scope: &Scope<'_>, selector: &Selector) -> Result<Value, Lacking> {
    let context = scope.value(&selector.context).ok_or_else(|| Lacking::of(&selector.context))?;
    with(scope, &selector.query, |compiled| compiled.select(&context, scope.memory.began))
}

/// Whether what a criterion asserts of a value is so.
pub(super) fn passes(scope: &Scope<'_>, query: &Query, context: &Value) -> Result<bool, Lacking> {
    with(scope, query, |compiled| compiled.passes(context, scope.memory.began))
}

/// Does something with a query that has the values in it.
pub(crate) fn with<T>(
    scope: &Scope<'_>,
    query: &Query,
    does: impl FnOnce(&Compiled) -> Result<T, QueryError>,
) -> Result<T, Lacking> {
    if let Some(compiled) = query.compiled() {
        let text = || query.text.render(|_| None).unwrap_or_default();
        return does(compiled).map_err(|error| Lacking::Query(text().into(), error.to_string().into()));
    }
    let text = query.text.render(|expression| scope.value(expression)).map_err(Lacking::of)?;
    let result = query.compile(&text).and_then(|compiled| does(&compiled));
    result.map_err(|error| Lacking::Query(text.into(), error.to_string().into()))
}
