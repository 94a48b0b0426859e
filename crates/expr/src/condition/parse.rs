//! The grammar of simple conditions: `!` binds before comparisons, these before `&&`, that before `||`.

use serde_json::Value;

use super::{Access, ConditionError, Node, Operator};
use crate::Pointer;
use crate::runtime::in_condition;

/// So deep may parentheses and signs stand within each other.
pub(super) const DEEPEST: usize = 64;

struct Reader<'t> {
    whole: &'t str,
    rest: &'t str,
    depth: usize,
}

pub(super) fn whole(text: &str) -> Result<Node, ConditionError> {
    let mut reader = Reader { whole: text, rest: text, depth: 0 };
    let node = reader.or()?;
    reader.space();
    if reader.rest.is_empty() { Ok(node) } else { Err(reader.expected("an operator or the end")) }
}

impl<'t> Reader<'t> {
    fn or(&mut self) -> Result<Node, ConditionError> {
        let mut left = self.and()?;
        while self.sign("||") {
            left = Node::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Node, ConditionError> {
        let mut left = self.compare()?;
        while self.sign("&&") {
            left = Node::And(Box::new(left), Box::new(self.compare()?));
        }
        Ok(left)
    }

    fn compare(&mut self) -> Result<Node, ConditionError> {
        let left = self.not()?;
        self.space();
        let Some((operator, rest)) = Operator::at_front(self.rest) else { return Ok(left) };
        self.rest = rest;
        Ok(Node::Compare(operator, Box::new(left), Box::new(self.not()?)))
    }

    fn not(&mut self) -> Result<Node, ConditionError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ConditionError::Deep);
        }
        let node = if self.sign("!") { Node::Not(Box::new(self.not()?)) } else { self.operand()? };
        self.depth -= 1;
        Ok(node)
    }

    fn operand(&mut self) -> Result<Node, ConditionError> {
        self.space();
        if self.sign("(") {
            let node = self.or()?;
            return if self.sign(")") { Ok(node) } else { Err(self.expected("`)`")) };
        }
        if self.rest.starts_with('$') {
            let (expression, rest) = in_condition(self.rest)?;
            self.rest = rest;
            return Ok(Node::Value(expression, self.accesses()?));
        }
        if self.rest.starts_with('\'') {
            return self.text();
        }
        let word = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-'));
        let literal = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            number => {
                let Ok(number) = serde_json::from_str(number) else {
                    self.back(word.len());
                    return Err(self.expected(
                        "a number, `true`, `false`, `null`, text in single quotes, a runtime expression or `(`",
                    ));
                };
                Value::Number(number)
            }
        };
        Ok(Node::Literal(literal))
    }

    /// `.member` and `[0]` behind an expression.
    fn accesses(&mut self) -> Result<Vec<Access>, ConditionError> {
        let mut accesses = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                let name = self.take(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '$'));
                if name.is_empty() {
                    return Err(self.expected("a member's name"));
                }
                accesses.push(Access::Member(name.into()));
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                self.rest = rest;
                let digits = self.take(|c| c.is_ascii_digit());
                let Some(at) = Pointer::index(digits).filter(|_| !digits.is_empty()) else {
                    return Err(self.expected("an index, counted from 0"));
                };
                if !self.sign("]") {
                    return Err(self.expected("`]`"));
                }
                accesses.push(Access::Index(at));
            } else {
                return Ok(accesses);
            }
        }
    }

    /// Text in single quotes; one within it is written twice.
    fn text(&mut self) -> Result<Node, ConditionError> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                text.push(character);
                continue;
            }
            let behind = self.rest.split_at_checked(at + 1).map_or("", |(_, behind)| behind);
            if !behind.starts_with('\'') {
                self.rest = behind;
                return Ok(Node::Literal(Value::String(text)));
            }
            text.push('\'');
            characters.next();
        }
        self.rest = "";
        Err(self.expected("the closing quote"))
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn back(&mut self, bytes: usize) {
        let at = self.whole.len() - self.rest.len() - bytes;
        self.rest = self.whole.split_at_checked(at).map_or("", |(_, rest)| rest);
    }

    fn expected(&self, what: &'static str) -> ConditionError {
        let read = self.whole.len() - self.rest.len();
        let at = self.whole.split_at_checked(read).map_or(0, |(read, _)| read.chars().count());
        ConditionError::Expected { at, what }
    }
}
