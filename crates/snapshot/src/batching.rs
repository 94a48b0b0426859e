//! Batches of a service, compiled.

use domain::spec;

use crate::Route;
use crate::mistake::Report;

const MOST_ITEMS: u32 = 1_000;
const MOST_AT_ONCE: u32 = 64;
const LONGEST_BODY: u64 = 32 << 20;
const LONGEST_ANSWER: u64 = 256 << 20;

/// How a service takes many requests in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batching {
    /// Where, as the service's own paths are, in normal form.
    pub path: Box<str>,
    /// The most requests.
    pub max_items: usize,
    /// So many at once.
    pub concurrency: usize,
    /// The longest batch, in bytes.
    pub max_body: usize,
    /// The longest that all answers may be, in bytes.
    pub max_answer: usize,
}

impl Route {
    /// How batches are taken at this path, by `POST`.
    pub fn batching(&self, path: &str) -> Option<&Batching> {
        let batching = self.service.batch.as_ref()?;
        let (strip, _) = self.path_change(path);
        (path.get(strip..) == Some(&*batching.path)).then_some(batching)
    }
}

pub(crate) fn compile(spec: &spec::Batch, report: &mut Report<'_>) -> Batching {
    let at = |name: &str| format!("/spec/batch/{name}");
    let mut within = |name: &str, value: u64, most: u64, shown: &str| {
        if value == 0 || value > most {
            report.add(at(name), format!("this is at least 1 and at most {shown}"));
        }
        usize::try_from(value).unwrap_or(usize::MAX)
    };
    let max_items = within("max_items", spec.max_items.into(), MOST_ITEMS.into(), "1000");
    let concurrency = within("concurrency", spec.concurrency.into(), MOST_AT_ONCE.into(), "64");
    let max_body = within("max_body", spec.max_body.0, LONGEST_BODY, "32MiB");
    let max_answer = within("max_answer", spec.max_answer.0, LONGEST_ANSWER, "256MiB");
    let path = plain_path(&spec.path, (&at("path"), "/batch"), report);
    Batching { path, max_items, concurrency, max_body, max_answer }
}

/// A path of the service's own, as it is written and in normal form; another one is told of, with an example.
pub(crate) fn plain_path(written: &str, (at, example): (&str, &str), report: &mut Report<'_>) -> Box<str> {
    let path = route::normalise(written).unwrap_or_default();
    let odd = |c: char| !c.is_ascii_graphic() || "*{}?#".contains(c);
    if !written.starts_with('/') || written.len() < 2 || written.contains(odd) || path != written {
        report.add(at, format!("`{written}` is not a plain path such as `{example}`"));
    }
    path.into()
}
