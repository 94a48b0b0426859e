//! `fn:analyze-string` (Functions and Operators 3.1 §5.6.6).

use std::ops::Range;

use regex::Captures;

use super::splitting;
use crate::atomic::QName;
use crate::error::Result;
use crate::function::Call;
use crate::functions::{Args, NAMESPACE};
use crate::item::{Sequence, one};
use crate::tree::Builder;

/// A match with its groups.
struct Match<'a> {
    text: &'a str,
    /// Where each group stands; the whole is the first.
    places: Vec<Option<Range<usize>>>,
    /// The groups whose elements stand in each group's, in their order.
    inner: Vec<Vec<usize>>,
}

pub(super) fn analyze_string(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let pattern = splitting(call, args, 2)?;
    let text = args.string(0);
    call.eval.charge_text(text.len())?;
    let (mut builder, mut done) = (Builder::loose(), 0);
    builder.open(name("fn", NAMESPACE, "analyze-string-result"));
    builder.declare("fn", NAMESPACE);
    pattern.each(text, call.eval, |captures| {
        let found = captures.get_match();
        // an element and a text before it, one of it, and those of its groups
        call.eval.charge(4 + 3 * pattern.groups.len())?;
        between(&mut builder, text.get(done..found.start()).unwrap_or_default());
        done = found.end();
        builder.open(name("fn", NAMESPACE, "match"));
        Match::new(text, captures, &pattern.groups).write(0, &mut builder);
        builder.close();
        Ok(())
    })?;
    between(&mut builder, text.get(done..).unwrap_or_default());
    Ok(one(builder.finish().root()))
}

fn name(prefix: &str, namespace: &str, local: &str) -> QName {
    QName { prefix: prefix.into(), namespace: namespace.into(), local: local.into() }
}

/// The element of what is between matches.
fn between(builder: &mut Builder, text: &str) {
    if !text.is_empty() {
        builder.open(name("fn", NAMESPACE, "non-match"));
        builder.text(text);
        builder.close();
    }
}

// === impl Match ===

impl<'a> Match<'a> {
    fn new(text: &'a str, captures: &Captures<'_>, groups: &[usize]) -> Self {
        let places: Vec<_> = captures.iter().map(|one| one.map(|found| found.range())).collect();
        // a group of an earlier repetition is not within what is kept of the group around it
        let within = |group: usize, around: usize| match (places.get(group), places.get(around)) {
            (Some(Some(group)), Some(Some(around))) => around.start <= group.start && group.end <= around.end,
            _ => false,
        };
        let around = |group: usize| {
            let up = |one: &usize| groups.get(*one).copied().filter(|_| *one > 0);
            std::iter::successors(up(&group), up).find(|one| within(group, *one)).unwrap_or(0)
        };
        let mut inner = vec![Vec::new(); groups.len()];
        for group in (1..groups.len()).filter(|one| places.get(*one).is_some_and(Option::is_some)) {
            if let Some(inner) = inner.get_mut(around(group)) {
                inner.push(group);
            }
        }
        let mut found = Self { text, places, inner: Vec::new() };
        for groups in &mut inner {
            groups.sort_by_key(|one| (found.place(*one).start, found.place(*one).end, *one));
        }
        found.inner = inner;
        found
    }

    fn place(&self, group: usize) -> Range<usize> {
        self.places.get(group).cloned().flatten().unwrap_or_default()
    }

    /// Writes what is in a group. Groups stand within each other less deep than patterns may.
    fn write(&self, group: usize, builder: &mut Builder) {
        let Range { start: mut done, end } = self.place(group);
        for one in self.inner.get(group).into_iter().flatten().copied() {
            let place = self.place(one);
            builder.text(self.text.get(done..place.start).unwrap_or_default());
            done = place.end;
            builder.open(name("fn", NAMESPACE, "group"));
            builder.attribute(name("", "", "nr"), &one.to_string());
            self.write(one, builder);
            builder.close();
        }
        builder.text(self.text.get(done..end).unwrap_or_default());
    }
}
