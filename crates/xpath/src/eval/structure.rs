//! Maps, arrays and lookups (`XPath` 3.1 §3.11).

use std::rc::Rc;

use super::{Eval, Scope};
use crate::array::Array;
use crate::ast::{Expr, Key};
use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::item::{Item, Sequence, atomized, one};
use crate::map::Map;
use crate::types::Type;

// === impl Eval ===

impl Eval<'_> {
    pub(super) fn map_of(&self, entries: &[[Expr; 2]], scope: &Scope<'_>) -> Result<Sequence> {
        let mut map = Map::default();
        for [key, value] in entries {
            let takes = |many| format!("a key of a map is one value, not {many}");
            let Some(key) = self.single(key, scope, &takes)? else {
                return Err(Error::types("a key of a map is one value, not none"));
            };
            self.charge(key.steps())?;
            if map.get(&key).is_some() {
                return Err(Error::new(
                    "XQDY0137",
                    format_args!("the key '{}' stands twice in a map", key.string()),
                ));
            }
            map.put(key, self.evaluate(value, scope)?);
        }
        self.charge(map.len())?;
        Ok(vec![Item::Map(Rc::new(map))])
    }

    pub(super) fn square(&self, members: &[Expr], scope: &Scope<'_>) -> Result<Sequence> {
        let members: Vec<Sequence> =
            members.iter().map(|member| self.evaluate(member, scope)).collect::<Result<_>>()?;
        self.charge(members.len())?;
        Ok(one(Array::from(members)))
    }

    pub(super) fn curly(&self, content: &Expr, scope: &Scope<'_>) -> Result<Sequence> {
        let content = self.evaluate(content, scope)?;
        self.charge(content.len())?;
        let members: Vec<Sequence> = content.into_iter().map(|item| vec![item]).collect();
        Ok(one(Array::from(members)))
    }

    pub(super) fn looked_up(&self, base: Option<&Expr>, key: &Key, scope: &Scope<'_>) -> Result<Sequence> {
        let items = match base {
            Some(base) => self.evaluate(base, scope)?,
            None => vec![scope.item()?.clone()],
        };
        let keys = match key {
            Key::All => None,
            Key::Literal(key) => Some(vec![key.clone()]),
            Key::Of(keys) => Some(atomized(&self.evaluate(keys, scope)?, self)?),
        };
        let mut found = Vec::new();
        for item in &items {
            self.look_up(item, keys.as_deref(), &mut found)?;
        }
        self.charge(found.len())?;
        Ok(found)
    }

    fn look_up(&self, item: &Item, keys: Option<&[Atomic]>, found: &mut Sequence) -> Result<()> {
        self.charge(keys.map_or(1, |keys| keys.iter().map(|key| 1 + key.steps()).sum()))?;
        match (item, keys) {
            (Item::Map(map), None) => {
                found.extend(map.entries().flat_map(|(_, value)| value.iter().cloned()));
            }
            (Item::Array(members), None) => found.extend(members.iter().flatten().cloned()),
            (Item::Map(map), Some(keys)) => {
                for key in keys {
                    found.extend(map.get(key).into_iter().flatten().cloned());
                }
            }
            (Item::Array(members), Some(keys)) => {
                for key in keys {
                    found.extend(member(members, key)?.iter().cloned());
                }
            }
            (other, _) => {
                let text = format!("`?` looks up in maps and arrays, not in {}", other.described());
                return Err(Error::types(text));
            }
        }
        Ok(())
    }
}

/// The member of an array at a position from 1; that of an untyped key is what it says as a whole number.
pub(super) fn member<'a>(members: &'a [Sequence], key: &Atomic) -> Result<&'a Sequence> {
    let position = match &key.value {
        Value::Integer(position) => Some(*position),
        Value::Text(text) if key.kind == Type::Untyped => crate::number::integer(text),
        _ => None,
    };
    let Some(position) = position else {
        let text = format!("an array is looked up by a whole number, not by xs:{}", key.kind.name());
        return Err(Error::types(text));
    };
    let index = usize::try_from(position).ok().and_then(|position| position.checked_sub(1));
    index.and_then(|index| members.get(index)).ok_or_else(|| {
        let many = members.len();
        Error::new("FOAY0001", format_args!("the array has {many} members, and none at {position}"))
    })
}
