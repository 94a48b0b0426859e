//! Queries: JSON Pointer and `JSONPath` (RFC 9535).

use serde_json::Value;
use serde_json_path::JsonPath;

use super::{Lacking, Scope};
use crate::document::{Query, QueryKind, Selector};

/// The part that a selector finds: what a pointer points to; of a path what it finds, as a list if that is not one value alone.
pub(super) fn select(scope: &Scope<'_>, selector: &Selector) -> Result<Value, Lacking> {
    let context = scope.value(&selector.context).ok_or_else(|| Lacking::of(&selector.context))?;
    let text = text(scope, &selector.query)?;
    let lacks = |why: &str| Lacking::Query(text.as_str().into(), why.into());
    if selector.query.kind == QueryKind::Pointer {
        let pointer = expr::Pointer::parse(text.strip_prefix('#').unwrap_or(&text));
        let pointer = pointer.map_err(|error| lacks(&error.to_string()))?;
        return pointer.find(&context).cloned().ok_or_else(|| lacks("it points to nothing"));
    }
    let mut found = nodes(&selector.query, &text, &context)?;
    match found.len() {
        0 => Err(lacks("it finds nothing")),
        1 => Ok(found.remove(0)),
        _ => Ok(Value::Array(found)),
    }
}

/// What a path finds.
pub(super) fn nodes(query: &Query, text: &str, context: &Value) -> Result<Vec<Value>, Lacking> {
    let lacks = |why: String| Lacking::Query(text.into(), why.into());
    match query.kind {
        QueryKind::Path => {
            let path = JsonPath::parse(text).map_err(|error| lacks(error.to_string()))?;
            Ok(path.query(context).all().into_iter().cloned().collect())
        }
        QueryKind::Pointer => {
            let pointer = expr::Pointer::parse(text).map_err(|error| lacks(error.to_string()))?;
            Ok(pointer.find(context).cloned().into_iter().collect())
        }
        QueryKind::OldPath => Err(lacks("JSONPath is read as RFC 9535 has it, not as before".to_owned())),
        QueryKind::XPath(_) => Err(lacks("XPath is not evaluated yet".to_owned())),
    }
}

/// A query with the values in it.
pub(super) fn text(scope: &Scope<'_>, query: &Query) -> Result<String, Lacking> {
    query.text.render(|expression| scope.value(expression)).map_err(Lacking::of)
}
