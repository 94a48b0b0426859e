//! A borrowed tree: nothing is copied or decoded, and every value knows the text it was read from.

use super::{JsonError, Scanner, Text, Token};

/// A value and the text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Value<'a> {
    /// As it is written, without white space around it.
    pub raw: &'a str,
    /// What it is.
    pub data: Data<'a>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Data<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is written.
    Number(&'a str),
    /// A string.
    String(Text<'a>),
    /// Items.
    Array(Vec<Value<'a>>),
    /// Members in the order of the text, doubled keys included.
    Object(Vec<(Text<'a>, Value<'a>)>),
}

/// What stands for a member that is not there.
static ABSENT: Value<'static> = Value::NULL;

// === impl Value ===

impl<'a> Value<'a> {
    pub const NULL: Value<'static> = Value { raw: "null", data: Data::Null };

    /// Reads a whole text.
    pub fn parse(text: &'a str) -> Result<Self, JsonError> {
        let mut scanner = Scanner::new(text);
        let value = Self::read(&mut scanner)?;
        scanner.end()?;
        Ok(value)
    }

    /// One member of an object by its name, the last one of that name, the others being passed and not kept; null if the
    /// text is no object or has none.
    pub fn member(text: &'a str, key: &str) -> Result<Self, JsonError> {
        let mut scanner = Scanner::new(text);
        let mut found = Self::NULL;
        if scanner.token()? == Token::Object {
            scanner.enter()?;
            while let Some(name) = scanner.next_key()? {
                if name.is(key) {
                    found = Self::read(&mut scanner)?;
                } else {
                    scanner.pass()?;
                }
            }
        } else {
            scanner.pass()?;
        }
        scanner.end()?;
        Ok(found)
    }

    /// Reads the value that stands next.
    pub fn read(scanner: &mut Scanner<'a>) -> Result<Self, JsonError> {
        let token = scanner.token()?;
        let start = scanner.pos();
        let data = match token {
            Token::Null => scanner.null().map(|()| Data::Null)?,
            Token::Bool => Data::Bool(scanner.bool()?),
            Token::Number => Data::Number(scanner.number()?),
            Token::String => Data::String(scanner.string()?),
            Token::Array => {
                let mut items = Vec::new();
                scanner.enter()?;
                while scanner.next_item()? {
                    items.push(Self::read(scanner)?);
                }
                Data::Array(items)
            }
            Token::Object => {
                let mut members = Vec::new();
                scanner.enter()?;
                while let Some(key) = scanner.next_key()? {
                    members.push((key, Self::read(scanner)?));
                }
                Data::Object(members)
            }
        };
        Ok(Self { raw: scanner.slice(start..scanner.pos()), data })
    }

    /// Its kind.
    pub fn token(&self) -> Token {
        match self.data {
            Data::Null => Token::Null,
            Data::Bool(_) => Token::Bool,
            Data::Number(_) => Token::Number,
            Data::String(_) => Token::String,
            Data::Array(_) => Token::Array,
            Data::Object(_) => Token::Object,
        }
    }

    /// A member by name, the last one of that name; null if this is no object or has none.
    pub fn get(&self, key: &str) -> &Self {
        let found = self.members().iter().rev().find(|(name, _)| name.is(key));
        found.map_or(&ABSENT, |(_, value)| value)
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The members of an object, else none.
    pub fn members(&self) -> &[(Text<'a>, Self)] {
        if let Data::Object(members) = &self.data { members } else { &[] }
    }

    /// The items of an array, else none.
    pub fn items(&self) -> &[Self] {
        if let Data::Array(items) = &self.data { items } else { &[] }
    }

    /// A string, else none.
    pub fn as_text(&self) -> Option<Text<'a>> {
        if let Data::String(text) = &self.data { Some(text.clone()) } else { None }
    }

    /// `true` or `false`, else none.
    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(bool) = self.data { Some(bool) } else { None }
    }

    /// A number that is not negative; one with a fraction or exponent is cut to its whole part.
    pub fn as_u64(&self) -> Option<u64> {
        let Data::Number(number) = self.data else { return None };
        number.parse().ok().or_else(|| whole(number))
    }

    /// Whether this is a string that says `plain`.
    pub fn is(&self, plain: &str) -> bool {
        matches!(&self.data, Data::String(text) if text.is(plain))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float in this range has an exact whole part"
)]
fn whole(number: &str) -> Option<u64> {
    let float: f64 = number.parse().ok()?;
    (0.0..9.0e15).contains(&float).then_some(float as u64)
}
