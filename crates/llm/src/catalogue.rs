//! The catalogue of models: context sizes, capabilities, list prices. Its data are compiled into the program
//! as text; loading it finds the lines, and a line is read when it is asked for.

mod cost;
mod prices;
mod row;

pub use cost::{Cost, cost};
pub use prices::{Prices, Tier};
pub use row::{Capabilities, Capability, Model};

use std::sync::LazyLock;

/// Models, sorted by name and then by provider.
#[derive(Debug)]
pub struct Catalogue {
    text: &'static str,
    /// Where each line begins.
    lines: Vec<u32>,
}

/// Lines of tab-separated values; what begins with `#` is a note.
static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load(include_str!("../data/models.tsv")));

/// Who is asked first for a model that several offer, no provider being named: those who make models.
const MAKERS: [&str; 22] = [
    "openai",
    "anthropic",
    "gemini",
    "mistral",
    "xai",
    "deepseek",
    "cohere",
    "moonshot",
    "zai",
    "minimax",
    "dashscope",
    "ai21",
    "perplexity",
    "meta",
    "amazon_nova",
    "voyage",
    "jina_ai",
    "vertex",
    "bedrock",
    "azure",
    "groq",
    "ollama",
];

// === impl Catalogue ===

impl Catalogue {
    /// The catalogue of this build.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    fn load(text: &'static str) -> Self {
        let mut lines = Vec::with_capacity(text.len() / 64);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
            let line = text.get(start..end).unwrap_or_default();
            if !line.is_empty() && !line.starts_with('#') {
                lines.extend(u32::try_from(start));
            }
            start = end + 1;
        }
        Self { text, lines }
    }

    /// How many models it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// All models, by name and then by provider.
    pub fn iter(&self) -> impl Iterator<Item = Model> + '_ {
        self.lines.iter().filter_map(|&start| Model::read(self.line(start)))
    }

    /// The model of this name with this provider. Without a provider: the maker's, or that of the only one
    /// who offers it; none if several do, since their prices differ. A name may carry its provider in front
    /// (`openai/gpt-5`), and a date or `-latest` behind, which is left away if the catalogue does not have it.
    pub fn lookup(&self, model: &str, provider: Option<&str>) -> Option<Model> {
        let undated = undated(model);
        let names = [Some(model), undated];
        for name in names.into_iter().flatten() {
            if let Some(found) = self.named(name, provider) {
                return Some(found);
            }
            let split =
                name.split_once('/').filter(|(front, _)| provider.is_none_or(|provider| provider == *front));
            if let Some(found) = split.and_then(|(front, name)| self.named(name, Some(front))) {
                return Some(found);
            }
        }
        None
    }

    fn named(&self, model: &str, provider: Option<&str>) -> Option<Model> {
        let key = |start: u32| row::key(self.line(start));
        let first = self.lines.partition_point(|&start| key(start).0 < model);
        let rows = self.lines.get(first..)?.iter().copied().take_while(|&start| key(start).0 == model);
        let by = |wanted: &str| rows.clone().find(|&start| key(start).1 == wanted);
        let found = match provider {
            Some(provider) => by(provider),
            None => MAKERS.iter().find_map(|maker| by(maker)).or_else(|| {
                let mut rows = rows.clone();
                rows.next().filter(|_| rows.next().is_none())
            }),
        };
        Model::read(self.line(found?))
    }

    fn line(&self, start: u32) -> &'static str {
        let rest = usize::try_from(start).ok().and_then(|start| self.text.get(start..)).unwrap_or_default();
        rest.split('\n').next().unwrap_or_default()
    }
}

/// The name without a date (`-20250929`, `-2025-08-07`, `@20250929`) or `-latest` at its end.
fn undated(model: &str) -> Option<&str> {
    if let Some(name) = model.strip_suffix("-latest") {
        return Some(name);
    }
    let digits = model.bytes().rev().take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
    let (name, tail) = model.split_at_checked(model.len() - digits)?;
    let date: String = tail.chars().filter(char::is_ascii_digit).collect();
    // The tail may hold a version before the date, as in `-4-5-20250929`.
    let cut = match date.len() {
        0..=7 => return None,
        _ if tail.ends_with('-') => return None,
        _ => date_start(tail)?,
    };
    let name = model.get(..name.len() + cut)?;
    Some(name.strip_suffix(['-', '@']).unwrap_or(name))
}

/// Where the date begins that `tail`, digits and hyphens, ends with.
fn date_start(tail: &str) -> Option<usize> {
    let plain = tail.len().checked_sub(8).filter(|&at| !tail.get(at..).unwrap_or("-").contains('-'));
    let hyphened = tail.len().checked_sub(10).filter(|&at| {
        let parts: Vec<usize> = tail.get(at..).unwrap_or_default().split('-').map(str::len).collect();
        parts == [4, 2, 2]
    });
    plain.or(hyphened)
}

#[cfg(test)]
mod tests;
