//! Text with runtime expressions in braces (Arazzo 1.1.0, `expression-string`).

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;

use crate::runtime::{Expression, ExpressionError};

/// A text with the expressions in it. Braces that do not begin with `{$` and a letter are text, as the specification's
/// own examples of JSON in text have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// It stands for itself.
    Text(Box<str>),
    /// Its value stands here.
    Expression(Expression),
}

// === impl Template ===

impl Template {
    /// Reads a text; fails if what stands in braces begins as an expression does and is none.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Self::read(text, |inner| Expression::is_meant(inner).then(|| Expression::parse(inner)).transpose())
    }

    /// Reads a text of a language that has braces and `$` itself, as `XPath` has: what is no expression is text. Fails where
    /// one seems to be meant and the language has no braces: between quotes, and behind an operator.
    pub fn parse_code(text: &str) -> Result<Self, ExpressionError> {
        if let Some(error) = mistaken(text) {
            return Err(error);
        }
        Self::read(text, |inner| Ok(Expression::parse(inner).ok()))
    }

    fn read(
        text: &str,
        expression: impl Fn(&str) -> Result<Option<Expression>, ExpressionError>,
    ) -> Result<Self, ExpressionError> {
        let mut parts = Vec::new();
        let (mut plain, mut rest) = (String::new(), text);
        while let Some((before, behind)) = rest.split_once('{') {
            plain.push_str(before);
            let inner = behind.split_once('}');
            let found = inner.map(|(inner, _)| expression(inner)).transpose()?.flatten();
            if let Some((expression, (_, after))) = found.zip(inner) {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain).into()));
                }
                parts.push(Part::Expression(expression));
                rest = after;
            } else {
                plain.push('{');
                rest = behind;
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        Ok(Self(parts))
    }

    /// Its parts, in their order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The expressions in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.0.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression),
            Part::Text(_) => None,
        })
    }

    /// The text with values in place of expressions: scalars as they are written, text as it is, objects and lists as JSON.
    /// Fails with the first expression that has no value.
    pub fn render<'v, 't>(
        &'t self,
        value: impl Fn(&Expression) -> Option<Cow<'v, Value>>,
    ) -> Result<String, &'t Expression> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Expression(expression) => match &*value(expression).ok_or(expression)? {
                    Value::String(text) => out.push_str(text),
                    // Writing to a string cannot fail.
                    other => write!(out, "{other}").unwrap_or_default(),
                },
            }
        }
        Ok(out)
    }
}

/// The first in braces that begins as an expression does and is none, where code has no braces of its own.
fn mistaken(code: &str) -> Option<ExpressionError> {
    let (mut quote, mut comments, mut last) = (None, 0_usize, ' ');
    let mut rest = code;
    while let Some(character) = rest.chars().next() {
        let behind = rest.get(character.len_utf8()..).unwrap_or_default();
        match (quote, character) {
            (None, '(') if behind.starts_with(':') => comments += 1,
            (None, ')') if last == ':' && comments > 0 => comments -= 1,
            _ if comments > 0 => {}
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (_, '{') if quote.is_some() || !may_have_braces(last) => {
                let inner = behind.split_once('}').map(|(inner, _)| inner);
                let inner = inner.filter(|inner| Expression::is_meant(inner));
                if let Some(Err(error)) = inner.map(Expression::parse) {
                    return Some(error);
                }
            }
            _ => {}
        }
        last = if character.is_whitespace() { last } else { character };
        rest = behind;
    }
    None
}

/// Whether braces may stand behind a word, brackets or a type that end so: `map {`, `function($x) {`, `as item()* {`.
fn may_have_braces(last: char) -> bool {
    last.is_alphanumeric() || "_-.)*+?".contains(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expect: &str) {
        let values = |expression: &Expression| match expression.to_string().as_str() {
            "$inputs.name" => Some(Cow::Owned(json!("Ann"))),
            "$inputs.age" => Some(Cow::Owned(json!(42))),
            "$inputs.big" => Some(Cow::Owned(json!(2.50))),
            "$inputs.none" => Some(Cow::Owned(Value::Null)),
            "$inputs.list" => Some(Cow::Owned(json!([1, "a"]))),
            _ => None,
        };
        let rendered = Template::parse(text).unwrap().render(values).map_err(ToString::to_string);
        assert_eq!(rendered.as_deref(), Ok(expect), "{text}");
    }

    #[test]
    fn values_stand_where_expressions_stood() {
        check("", "");
        check("no more than text", "no more than text");
        check("{$inputs.name} is {$inputs.age}", "Ann is 42");
        check("{$inputs.none}{$inputs.list}", r#"null[1,"a"]"#);
        check("{$inputs.big}", "2.5");
        check(r#"{"petId": "{$inputs.name}", "a": {}}"#, r#"{"petId": "Ann", "a": {}}"#);
        check("{{$inputs.age}}", "{42}");
        check("a {b} {$} {$5} {$inputs.name", "a {b} {$} {$5} {$inputs.name");
    }

    #[test]
    fn code_has_braces_of_its_own() {
        let rendered = |text: &str| {
            Template::parse_code(text).unwrap().render(|_| Some(Cow::Owned(json!("Ann")))).unwrap()
        };
        assert_eq!(rendered("function($x) {$x + 1}(2)"), "function($x) {$x + 1}(2)");
        assert_eq!(rendered("map{$k: '{$inputs.name}'}"), "map{$k: 'Ann'}");
        for own in [
            "function($x as item()*) as item()* {$x}",
            "let $f := function($x) as xs:string? {$x} return $f('a{1}')",
            "(: '{$input.a}' :) map {$k: 1} => map:keys()",
            "a[. = '{$}' or . = '{ $x }']",
        ] {
            assert_eq!(rendered(own), own);
        }
        for wrong in
            ["//a = '{$input.name}'", "//a[b = {$input.name}]", "a(: ' :) = \"b{$step.x.outputs.y}\""]
        {
            let error = Template::parse_code(wrong).unwrap_err();
            assert!(error.to_string().contains("` is no runtime expression"), "{error}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_and_what_has_no_value_is_told() {
        let error = Template::parse("a {$input.name}").unwrap_err();
        assert!(error.to_string().starts_with("`$input.name` is no runtime expression"), "{error}");
        let template = Template::parse("{$inputs.a}{$inputs.b}").unwrap();
        assert_eq!(template.render(|_| None), Err(&Expression::parse("$inputs.a").unwrap()));
        assert_eq!(template.expressions().count(), 2);
    }
}
