//! The data of an answer, its members in the order in which the query asks for them (October 2021, §7.2.2).

use async_graphql_value::{ConstValue, Name};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Data.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Nothing.
    Null,
    /// A value of a scalar or an enumeration.
    Leaf(Value),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(Vec<(Name, Self)>),
}

// === impl Data ===

impl Data {
    /// The same as `async-graphql` has it.
    pub(super) fn of(value: ConstValue) -> Self {
        match value {
            ConstValue::Null => Self::Null,
            ConstValue::List(items) => Self::List(items.into_iter().map(Self::of).collect()),
            ConstValue::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, Self::of(value))).collect())
            }
            other => Self::Leaf(other.into_json().unwrap_or_default()),
        }
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Leaf(value) => value.serialize(serializer),
            Self::List(items) => items.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name.as_str(), value)?;
                }
                map.end()
            }
        }
    }
}
