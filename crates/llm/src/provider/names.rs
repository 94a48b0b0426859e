//! Names and ids that a provider accepts, and the way back.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use json::Text;

use crate::canonical::Tool;

/// The longest number that is put behind a name, with its `_`.
const LONGEST_SUFFIX: usize = 11;

/// What names a provider accepts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How long they may be.
    pub(super) longest: usize,
    /// Characters that may stand in them, besides letters and digits.
    pub(super) marks: &'static [u8],
    /// Whether they may begin with anything but a letter or `_`.
    pub(super) any_start: bool,
}

/// Tool names as they are sent.
#[derive(Debug)]
pub(super) struct Names {
    limits: Limits,
    /// What is sent, by the client's name.
    sent: HashMap<String, String, RandomState>,
    /// All that is sent.
    taken: HashSet<String, RandomState>,
    /// The last number that was put behind a name, by the part before it: never tried again.
    counts: HashMap<String, u32, RandomState>,
}

// === impl Names ===

impl Names {
    /// Names for all tools of a request, no two the same.
    pub(super) fn of(tools: &[Tool<'_>], limits: Limits) -> Self {
        let mut names =
            Self { limits, sent: HashMap::default(), taken: HashSet::default(), counts: HashMap::default() };
        // Names that may stay come first, so that a changed one gives way to them.
        for tool in tools.iter().filter(|tool| limits.accept(tool.name.literal())) {
            let name = tool.name.literal().to_owned();
            names.taken.insert(name.clone());
            names.sent.insert(name.clone(), name);
        }
        for tool in tools.iter().filter(|tool| !limits.accept(tool.name.literal())) {
            names.sent_or_add(&tool.name);
        }
        names
    }

    /// Makes room for a name and gives what is sent for it.
    pub(super) fn add(&mut self, name: &str) -> String {
        let mut sent = self.limits.accepted(name);
        if self.taken.contains(&sent) {
            sent.truncate(self.limits.longest.saturating_sub(LONGEST_SUFFIX));
            let count = self.counts.entry(sent.clone()).or_insert(1);
            let mut numbered = String::new();
            while numbered.is_empty() || self.taken.contains(&numbered) {
                *count += 1;
                numbered = format!("{sent}_{count}");
            }
            sent = numbered;
        }
        self.taken.insert(sent.clone());
        self.sent.entry(name.to_owned()).or_insert_with(|| sent.clone());
        sent
    }

    /// The name that is sent for a client's.
    pub(super) fn sent(&self, name: &Text<'_>) -> &str {
        self.sent.get(&*name.decode()).map_or("", String::as_str)
    }

    /// As [`Self::sent`], for a name that may not be among the tools of the request.
    pub(super) fn sent_or_add(&mut self, name: &Text<'_>) -> String {
        let name = name.decode();
        match self.sent.get(&*name) {
            Some(sent) => sent.clone(),
            None => self.add(&name),
        }
    }

    /// The names that were changed: what was sent, in its order, and what the client knows.
    pub(super) fn changed(self) -> Vec<(String, String)> {
        let changed = self.sent.into_iter().filter(|(own, sent)| own != sent);
        let mut changed: Vec<_> = changed.map(|(own, sent)| (sent, own)).collect();
        changed.sort_unstable();
        changed
    }
}

// === impl Limits ===

impl Limits {
    fn fits(self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || self.marks.contains(&byte)
    }

    fn starts(self, name: &str) -> bool {
        self.any_start || name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    }

    fn accept(self, name: &str) -> bool {
        !name.is_empty()
            && name.len() <= self.longest
            && self.starts(name)
            && name.bytes().all(|byte| self.fits(byte))
    }

    /// The name with `_` for what does not fit, cut.
    pub(super) fn accepted(self, name: &str) -> String {
        if name.is_empty() {
            return "tool".to_owned();
        }
        let fit = |character: char| {
            u8::try_from(character).ok().filter(|&byte| self.fits(byte)).map_or('_', char::from)
        };
        let start = if self.starts(name) { "" } else { "_" };
        start.chars().chain(name.chars().map(fit)).take(self.longest).collect()
    }

    /// The id of a tool call as it is sent: the same, or a made one that two different ids do not share.
    pub(super) fn id(self, id: &Text<'_>) -> String {
        let plain = id.decode();
        if !plain.is_empty() && plain.bytes().all(|byte| self.fits(byte)) {
            return plain.into_owned();
        }
        format!("{}_{:016x}", self.accepted(&plain), hash(&plain))
    }
}

/// FNV-1a: short and the same in every process.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
