//! What a call is given, as its directive writes it: values as they are, and `$args.name` and `$parent.name` for what the
//! query and the object around the field have there. Types are kept; nothing is put into text.

use serde_json::{Map, Value};

use super::directives::follow;

/// A value with holes.
#[derive(Debug, PartialEq)]
pub(super) enum Template {
    Literal(Value),
    /// An argument of the field, or what lies within.
    Argument(Vec<String>),
    /// The object that the field is one of, or what lies within.
    Parent(Vec<String>),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// What fills a hole.
#[derive(Debug, PartialEq)]
pub(super) enum Filled {
    Value(Value),
    /// Nothing stands there: a parameter that is not given.
    Absent,
    /// The object around has none, so that there is nothing to ask for.
    Nothing,
}

// === impl Template ===

impl Template {
    /// Reads a template. A text that begins with two dollars is meant with one.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) if text.starts_with("$$") => {
                Self::Literal(Value::String(text.replacen("$$", "$", 1)))
            }
            Value::String(text) if text.starts_with('$') => {
                let mut parts = text.split('.').map(str::to_owned);
                let root = parts.next().unwrap_or_default();
                let path: Vec<String> = parts.collect();
                match root.as_str() {
                    "$args" if !path.is_empty() => Self::Argument(path),
                    "$parent" => Self::Parent(path),
                    _ => {
                        return Err(format!(
                            "`{text}` means nothing: there are `$args.name` and `$parent.name`, and `$$` for a dollar"
                        ));
                    }
                }
            }
            Value::Array(items) => Self::List(items.iter().map(Self::read).collect::<Result<_, _>>()?),
            Value::Object(members) => Self::Object(
                members.iter().map(|(name, value)| Ok((name.clone(), Self::read(value)?))).collect::<Result<
                    _,
                    String,
                >>(
                )?,
            ),
            other => Self::Literal(other.clone()),
        })
    }

    /// Whether an object has a member.
    pub(super) fn has(&self, name: &str) -> bool {
        matches!(self, Self::Object(members) if members.iter().any(|(known, _)| known == name))
    }

    /// The names of an object's members.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Object(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The arguments of the field that it takes.
    pub(super) fn asks(&self) -> Vec<&str> {
        match self {
            Self::Argument(path) => path.first().map(String::as_str).into_iter().collect(),
            Self::List(items) => items.iter().flat_map(Self::asks).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, value)| value.asks()).collect(),
            Self::Literal(_) | Self::Parent(_) => Vec::new(),
        }
    }

    /// Fills the holes.
    pub(super) fn fill(&self, arguments: &Map<String, Value>, parent: &Value) -> Filled {
        match self {
            Self::Literal(value) => Filled::Value(value.clone()),
            Self::Argument(path) => {
                let (first, rest) =
                    path.split_first().map_or(("", path.as_slice()), |(first, rest)| (first.as_str(), rest));
                let found = arguments.get(first).and_then(|value| follow(value, rest));
                found.map_or(Filled::Absent, |value| Filled::Value(value.clone()))
            }
            Self::Parent(path) => match follow(parent, path) {
                None | Some(Value::Null) => Filled::Nothing,
                Some(value) => Filled::Value(value.clone()),
            },
            Self::List(items) => {
                let mut list = Vec::new();
                for item in items {
                    match item.fill(arguments, parent) {
                        Filled::Value(value) => list.push(value),
                        Filled::Absent => {}
                        Filled::Nothing => return Filled::Nothing,
                    }
                }
                Filled::Value(Value::Array(list))
            }
            Self::Object(members) => {
                let mut object = Map::new();
                for (name, value) in members {
                    match value.fill(arguments, parent) {
                        Filled::Value(value) => drop(object.insert(name.clone(), value)),
                        Filled::Absent => {}
                        Filled::Nothing => return Filled::Nothing,
                    }
                }
                Filled::Value(Value::Object(object))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn holes_are_filled_with_their_types() {
        let template = Template::read(
            &json!({"id": "$args.id", "deep": {"x": ["$parent.a.0", 1]}, "cost": "$$5", "all": "$parent"}),
        )
        .unwrap();
        assert_eq!((template.asks(), template.has("deep"), template.has("x")), (vec!["id"], true, false));
        let arguments = json!({"id": 7});
        let filled = template.fill(arguments.as_object().unwrap(), &json!({"a": [true]}));
        let expect = json!({"id": 7, "deep": {"x": [true, 1]}, "cost": "$5", "all": {"a": [true]}});
        assert_eq!(filled, Filled::Value(expect));
        assert_eq!(template.fill(&Map::new(), &json!({"a": null})), Filled::Nothing);
        let absent = Template::read(&json!({"id": "$args.id"})).unwrap();
        assert_eq!(absent.fill(&Map::new(), &json!({})), Filled::Value(json!({})));
        assert!(Template::read(&json!({"a": "$user"})).unwrap_err().starts_with("`$user` means nothing"));
        assert!(Template::read(&json!("$args")).is_err());
    }
}
