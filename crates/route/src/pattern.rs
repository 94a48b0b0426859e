//! Patterns of paths.

use std::borrow::Cow;
use std::fmt;

use crate::normalise::{PathError, normalise};

/// The most parameters a pattern may have, the one for the rest included.
pub const MAX_PARAMS: usize = 16;
/// The most segments a pattern may have.
const MAX_SEGMENTS: usize = 64;

/// The path of a route: `/a/b`, `/a/{id}/b`, `/v1/models/{model}:generate`, `/files/*rest`, or any of the
/// first three as a prefix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathPattern {
    pub(crate) segments: Vec<Segment>,
    pub(crate) tail: Tail,
    /// The names of the parameters in order, that of the rest last.
    pub(crate) names: Vec<Box<str>>,
    text: Box<str>,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    /// Exactly this.
    Literal(Box<str>),
    /// At least one character between these.
    Param { before: Box<str>, after: Box<str> },
}

/// What may follow the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tail {
    /// Nothing.
    None,
    /// `/` and anything: `/*rest` or `/*`.
    Rest,
    /// Nothing, or `/` and anything: a prefix.
    Prefix,
}

/// Why a pattern is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// A literal part is not a path.
    Path(PathError),
    /// A brace without its counterpart, or more than one parameter in a segment.
    Braces,
    /// A parameter's name is empty or has characters other than letters, digits, `_`, `-` and `.`.
    Name,
    /// Two parameters have one name.
    DuplicateName(Box<str>),
    /// `*` may only begin the last segment.
    Wildcard,
    /// A prefix that also ends in `*`.
    WildcardInPrefix,
    /// More than 64 segments or 16 parameters.
    TooMany,
}

// === impl PathPattern ===

impl PathPattern {
    /// A pattern for the whole path.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        Self::read(text, Tail::None)
    }

    /// A pattern for the path or its beginning, up to a `/`: `/a` is a prefix of `/a` and `/a/b`, not of `/ab`.
    pub fn prefix(text: &str) -> Result<Self, PatternError> {
        // The slash at the end is one that may follow, not an empty segment.
        let pattern = Self::read(text.strip_suffix('/').unwrap_or(text), Tail::Prefix)?;
        Ok(Self { text: text.into(), ..pattern })
    }

    /// The names of the parameters, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Whether it is a prefix or ends in `*`.
    pub fn is_open(&self) -> bool {
        self.tail != Tail::None
    }

    /// What every path begins with that it matches, as far as whole segments tell: in normal form, without a
    /// slash at the end.
    pub fn literal(&self) -> String {
        let mut literal = String::new();
        for segment in &self.segments {
            let Segment::Literal(text) = segment else { break };
            literal.push('/');
            literal.push_str(text);
        }
        literal
    }

    /// Whether it has no parameters, but for what follows a prefix.
    pub fn is_literal(&self) -> bool {
        self.segments.iter().all(|segment| matches!(segment, Segment::Literal(_)))
    }

    /// The pattern as given, for showing.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn read(text: &str, tail: Tail) -> Result<Self, PatternError> {
        let mut pattern = Self { segments: Vec::new(), tail, names: Vec::new(), text: text.into() };
        if text.is_empty() && tail == Tail::Prefix {
            return Ok(pattern);
        }
        let rest = text.strip_prefix('/').ok_or(PatternError::Path(PathError::Relative))?;
        let mut parts = rest.split('/').peekable();
        while let Some(part) = parts.next() {
            if let Some(name) = part.strip_prefix('*') {
                pattern.end_open(name, parts.peek().is_none())?;
                break;
            }
            let segment = pattern.segment(part)?;
            pattern.segments.push(segment);
        }
        if pattern.segments.len() > MAX_SEGMENTS || pattern.names.len() > MAX_PARAMS {
            return Err(PatternError::TooMany);
        }
        Ok(pattern)
    }

    fn end_open(&mut self, name: &str, last: bool) -> Result<(), PatternError> {
        if !last || name.contains('*') {
            return Err(PatternError::Wildcard);
        }
        if self.tail == Tail::Prefix {
            return Err(PatternError::WildcardInPrefix);
        }
        self.tail = Tail::Rest;
        if name.is_empty() { Ok(()) } else { self.name(name) }
    }

    fn segment(&mut self, part: &str) -> Result<Segment, PatternError> {
        if part.contains('*') {
            return Err(PatternError::Wildcard);
        }
        let Some((before, rest)) = part.split_once('{') else {
            return Ok(Segment::Literal(literal(part)?));
        };
        let (name, after) = rest.split_once('}').ok_or(PatternError::Braces)?;
        self.name(name)?;
        Ok(Segment::Param { before: literal(before)?, after: literal(after)? })
    }

    fn name(&mut self, name: &str) -> Result<(), PatternError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(PatternError::Name);
        }
        if self.names.iter().any(|known| **known == *name) {
            return Err(PatternError::DuplicateName(name.into()));
        }
        self.names.push(name.into());
        Ok(())
    }

    /// Orders patterns, the most specific the least: whole paths without parameters, whole paths with
    /// parameters, open ones; among each the one with more literal text, then with fewer parameters.
    pub(crate) fn rank(&self) -> u32 {
        let mut literal = 0_usize;
        let mut params = 0_u32;
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => literal += text.len() + 1,
                Segment::Param { before, after } => {
                    literal += before.len() + after.len() + 1;
                    params += 1;
                }
            }
        }
        let class = match (self.tail, params) {
            (Tail::None, 0) => 0,
            (Tail::None, _) => 1,
            _ => 2,
        };
        let literal = u32::from(u16::MAX - u16::try_from(literal).unwrap_or(u16::MAX));
        // A prefix also stands for less: `/a/*` asks for the slash.
        let tail = u32::from(self.tail == Tail::Prefix);
        class << 24 | literal << 8 | (params << 1 | tail)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

// === impl PatternError ===

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(_) => f.write_str("the pattern is not a path"),
            Self::Braces => f.write_str("a segment has a lone brace or more than one parameter"),
            Self::Name => f.write_str("a parameter's name has letters, digits, `_`, `-` and `.` only"),
            Self::DuplicateName(name) => write!(f, "the parameter `{name}` stands twice"),
            Self::Wildcard => f.write_str("`*` may only begin the last segment"),
            Self::WildcardInPrefix => f.write_str("a prefix needs no `*` at its end"),
            Self::TooMany => f.write_str("the pattern has more than 64 segments or 16 parameters"),
        }
    }
}

impl std::error::Error for PatternError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Path(error) => Some(error),
            _ => None,
        }
    }
}

/// A literal part in the normal form of paths; one that would change the segments is refused.
fn literal(part: &str) -> Result<Box<str>, PatternError> {
    if part.contains(['{', '}']) {
        return Err(PatternError::Braces);
    }
    if part == "." || part == ".." {
        return Err(PatternError::Path(PathError::HiddenDots));
    }
    let path = format!("/x{part}");
    let path: Cow<'_, str> = normalise(&path).map_err(PatternError::Path)?;
    Ok(path.strip_prefix("/x").unwrap_or_default().into())
}
