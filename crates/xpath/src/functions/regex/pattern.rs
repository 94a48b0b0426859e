//! Patterns that are compiled, and kept: a thread has the [`KEPT`] that it used last, as an expression evaluates the same
//! pattern for many items and many times.

use std::cell::RefCell;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use super::translate::{Flags, translate};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::version::Version;

/// So many compiled patterns a thread keeps.
const KEPT: usize = 16;

/// So large may a compiled pattern be, in bytes; its automaton may take as much again while it is matched.
const LARGEST: usize = 1 << 20;

/// So deep may its parts stand within each other.
const DEEPEST: u32 = 250;

thread_local! {
    /// The pattern used last is the last.
    static PATTERNS: RefCell<Vec<Rc<Pattern>>> = const { RefCell::new(Vec::new()) };
}

/// A pattern that is compiled.
#[derive(Debug)]
pub(super) struct Pattern {
    text: Box<str>,
    flags: Flags,
    regex: Regex,
    /// The pattern whose `^` holds at the beginning alone, where it also holds at lines.
    at_start: Option<Regex>,
    /// The group that each group stands in.
    pub(super) groups: Vec<usize>,
    /// About so many states it has.
    size: usize,
    /// Whether a search may look far beyond what it finds.
    lingers: bool,
    /// Whether it matches the empty text.
    pub(super) empty: bool,
}

// === impl Pattern ===

impl Pattern {
    /// The pattern of a text with flags: one that is kept, or a new one. `FORX0001` or `FORX0002` where it is none.
    pub(super) fn of(text: &str, flags: &str, eval: &Eval<'_>) -> Result<Rc<Self>> {
        let flags = Flags::parse(flags)?;
        if flags.literal && eval.version < Version::V30 {
            return Err(Error::new("FORX0001", "the flag `q` is of XPath 3.0"));
        }
        let kept = PATTERNS.with_borrow_mut(|patterns| {
            let at = patterns.iter().position(|one| *one.text == *text && one.flags == flags)?;
            let pattern = patterns.remove(at);
            patterns.push(Rc::clone(&pattern));
            Some(pattern)
        });
        if let Some(pattern) = kept {
            eval.charge_text(text.len())?;
            return Ok(pattern);
        }
        let pattern = Rc::new(Self::compile(text, flags, eval)?);
        PATTERNS.with_borrow_mut(|patterns| {
            if patterns.len() >= KEPT {
                patterns.remove(0);
            }
            patterns.push(Rc::clone(&pattern));
        });
        Ok(pattern)
    }

    fn compile(text: &str, flags: Flags, eval: &Eval<'_>) -> Result<Self> {
        eval.charge(text.len())?;
        let made = translate(text, flags, if flags.multiline { "(?m:^)" } else { "(?:\\A)" })?;
        eval.charge(100 + made.size * 2)?;
        let regex = compiled(&made.text)?;
        let at_start = if flags.multiline && made.start {
            Some(compiled(&translate(text, flags, "(?:\\A)")?.text)?)
        } else {
            None
        };
        Ok(Self {
            text: text.into(),
            flags,
            empty: regex.is_match(""),
            regex,
            at_start,
            groups: made.groups,
            size: made.size,
            lingers: made.lingers,
        })
    }

    /// Whether its text is not to be read as a pattern, nor what replaces it.
    pub(super) fn is_literal(&self) -> bool {
        self.flags.literal
    }

    /// Takes steps off for a search in so many bytes.
    fn charge(&self, bytes: usize, eval: &Eval<'_>) -> Result<()> {
        eval.charge_text(bytes.saturating_mul(1 + self.size / 128))
    }

    /// Whether it matches a part of a text.
    pub(super) fn is_match(&self, text: &str, eval: &Eval<'_>) -> Result<bool> {
        self.charge(text.len(), eval)?;
        let at_start = match &self.at_start {
            Some(at_start) if text.ends_with('\n') => at_start,
            _ => return Ok(self.regex.is_match(text)),
        };
        // after a newline that ends the text no line begins: what matches nothing there may not rest on `^`
        let found = self.regex.find(text).map(|found| found.start());
        Ok(found.is_some_and(|start| start < text.len() || at_start.find_at(text, start).is_some()))
    }

    /// What it matches in a text, one after the other: where the whole and each of its groups stand, in bytes. It must not
    /// match the empty text.
    pub(super) fn each<'t>(
        &self,
        text: &'t str,
        eval: &Eval<'_>,
        mut then: impl FnMut(&regex::Captures<'t>) -> Result<()>,
    ) -> Result<()> {
        self.charge(text.len(), eval)?;
        for captures in self.regex.captures_iter(text) {
            let found = captures.get_match();
            // it may look at all the rest each time; this is faster than what else is charged
            let beyond = if self.lingers { (text.len() - found.end()) / 4 } else { 0 };
            self.charge(beyond.saturating_add(found.len()), eval)?;
            eval.charge(self.groups.len() / 16)?;
            then(&captures)?;
        }
        Ok(())
    }
}

pub(super) fn compiled(text: &str) -> Result<Regex> {
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(LARGEST).dfa_size_limit(LARGEST).nest_limit(DEEPEST);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Error::limit("a regular expression is too large"),
        other => Error::new("FORX0002", other),
    })
}
