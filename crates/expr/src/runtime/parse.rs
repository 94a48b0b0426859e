//! The grammar of runtime expressions (Arazzo 1.1.0, "Runtime Expressions").

use super::{ComponentKind, Expression, ExpressionError, Named, Side, Source};
use crate::pointer::Pointer;

/// What is left to read of an expression.
struct Reader<'t> {
    /// The whole expression, for mistakes.
    whole: &'t str,
    rest: &'t str,
}

/// An expression that is all of the text.
pub(super) fn whole(text: &str) -> Result<Expression, ExpressionError> {
    let mut reader = Reader { whole: text, rest: text };
    let expression = reader.expression()?;
    if reader.rest.is_empty() { Ok(expression) } else { Err(reader.follows("the end")) }
}

/// The expression at the front of a condition, and what follows it. There it ends at a space, a bracket or an operator.
pub(crate) fn in_condition(text: &str) -> Result<(Expression, &str), ExpressionError> {
    let end = text.find(|c: char| c.is_whitespace() || "()[]<>=!&|,'\"".contains(c)).unwrap_or(text.len());
    let (front, behind) = text.split_at_checked(end).unwrap_or((text, ""));
    let mut reader = Reader { whole: front, rest: front };
    let expression = reader.expression()?;
    let left = reader.rest.len();
    if left > 0 && !reader.rest.starts_with('.') {
        return Err(reader.follows("the end"));
    }
    // What follows a body behind a dot is a member, which the condition reads itself.
    let at = text.len() - behind.len() - left;
    Ok((expression, text.split_at_checked(at).map_or("", |(_, rest)| rest)))
}

impl<'t> Reader<'t> {
    fn expression(&mut self) -> Result<Expression, ExpressionError> {
        for (word, expression) in [
            ("$url", Expression::Url),
            ("$method", Expression::Method),
            ("$statusCode", Expression::StatusCode),
            ("$self", Expression::Own),
        ] {
            if self.word(word) {
                return Ok(expression);
            }
        }
        if self.word("$request.") {
            self.source().map(Expression::Request)
        } else if self.word("$response.") {
            self.source().map(Expression::Response)
        } else if self.word("$message.") {
            self.source().map(Expression::Message)
        } else if self.word("$inputs.") {
            self.named().map(Expression::Input)
        } else if self.word("$outputs.") {
            self.named().map(Expression::Output)
        } else if self.word("$steps.") {
            let (step, output) = self.step()?;
            Ok(Expression::Step { step, output })
        } else if self.word("$workflows.") {
            self.workflow()
        } else if self.word("$sourceDescriptions.") {
            let source = self.identifier("a source's name")?;
            if !self.word(".") {
                return Err(self.follows("`.` and an operation, a workflow or a field"));
            }
            let reference = self.name();
            if reference.is_empty() {
                return Err(self.follows("an operation, a workflow or a field"));
            }
            Ok(Expression::SourceDescription { source, reference })
        } else if self.word("$components.") {
            self.component()
        } else {
            Err(ExpressionError::Start(self.whole.into(), hint(self.whole)))
        }
    }

    fn step(&mut self) -> Result<(Box<str>, Named), ExpressionError> {
        let step = self.identifier("a step's id")?;
        if self.word(".outputs.") {
            return Ok((step, self.named()?));
        }
        if self.rest == ".outputs" || self.rest.starts_with(".outputs#") {
            self.word(".outputs");
            return Ok((step, Named { name: "".into(), pointer: self.pointer()? }));
        }
        Err(self.follows("`.outputs.` and an output's name"))
    }

    fn workflow(&mut self) -> Result<Expression, ExpressionError> {
        let workflow = self.identifier("a workflow's id")?;
        if self.word(".steps.") {
            let (step, output) = self.step()?;
            return Ok(Expression::WorkflowStep { workflow, step, output });
        }
        let side = if self.word(".inputs.") {
            Side::Inputs
        } else if self.word(".outputs.") {
            Side::Outputs
        } else {
            return Err(self.follows("`.inputs.` or `.outputs.` and a name"));
        };
        Ok(Expression::Workflow { workflow, side, field: self.named()? })
    }

    fn component(&mut self) -> Result<Expression, ExpressionError> {
        let kinds = [ComponentKind::Parameters, ComponentKind::SuccessActions, ComponentKind::FailureActions];
        let Some(kind) = kinds.into_iter().find(|kind| self.word(kind.as_str())) else {
            return Err(self.follows("`parameters`, `successActions` or `failureActions`"));
        };
        if !self.word(".") {
            return Err(self.follows("`.` and a key"));
        }
        let name = self.take(is_identifier);
        if name.is_empty() {
            Err(self.follows("a key"))
        } else {
            Ok(Expression::Component { kind, name: name.into() })
        }
    }

    fn source(&mut self) -> Result<Source, ExpressionError> {
        if self.word("header.") {
            let name = self.take(is_token);
            if name.is_empty() {
                return Err(self.follows("a header field's name"));
            }
            return Ok(Source::Header(name.to_ascii_lowercase().into()));
        }
        if self.word("query.") {
            return Ok(Source::Query(self.name()));
        }
        if self.word("path.") {
            return Ok(Source::Path(self.name()));
        }
        if self.word("body") {
            return self.part().map(Source::Body);
        }
        if self.word("payload") {
            return self.part().map(Source::Payload);
        }
        Err(self.follows("`header.`, `query.`, `path.`, `body` or `payload`"))
    }

    fn named(&mut self) -> Result<Named, ExpressionError> {
        let name = self.take(is_identifier);
        if name.is_empty() {
            return Err(self.follows("a name of letters, digits, `.`, `-` and `_`"));
        }
        Ok(Named { name: name.into(), pointer: self.pointer()? })
    }

    /// The part of a body: `#` and a pointer, or members behind dots. The grammar has no dots there; the specification's own
    /// examples have them (`$response.body.status`, `$message.payload.orderId`).
    fn part(&mut self) -> Result<Pointer, ExpressionError> {
        let mut pointer = self.pointer()?;
        while self.word(".") {
            let member = self.take(|c| is_identifier(c) && c != '.');
            if member.is_empty() {
                return Err(self.follows("a member's name"));
            }
            pointer = pointer.join(member);
        }
        Ok(pointer)
    }

    /// `#` and a pointer, which may be left out.
    fn pointer(&mut self) -> Result<Pointer, ExpressionError> {
        if !self.word("#") {
            return Ok(Pointer::default());
        }
        let text = self.take(|c| c != '{' && c != '}');
        Pointer::parse(text).map_err(|error| ExpressionError::Pointer(self.whole.into(), error))
    }

    /// Letters, digits, `-` and `_`.
    fn identifier(&mut self, what: &'static str) -> Result<Box<str>, ExpressionError> {
        let name = self.take(|c| is_identifier(c) && c != '.');
        if name.is_empty() { Err(self.follows(what)) } else { Ok(name.into()) }
    }

    /// All but braces.
    fn name(&mut self) -> Box<str> {
        self.take(|c| c != '{' && c != '}' && c >= ' ').into()
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// The mistake of what stands where something else must.
    fn follows(&self, what: &'static str) -> ExpressionError {
        let at = self.whole.len() - self.rest.len();
        let read = self.whole.split_at_checked(at).map_or("", |(read, _)| read);
        ExpressionError::Follows(read.into(), what)
    }
}

/// What was meant, if that can be told of a text that begins with none of the grammar's words.
fn hint(text: &str) -> &'static str {
    let name = text.strip_prefix('$').unwrap_or(text);
    if name.contains('[') {
        "; a part of a value is named by a pointer, as in `$response.body#/0/id`"
    } else if !name.is_empty() && name.chars().all(|c| is_identifier(c) && c != '.') {
        "; an input is `$inputs.NAME`, what a workflow gives is `$outputs.NAME`"
    } else {
        ""
    }
}

fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// RFC 9110 §5.6.2.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}
