//! Names and ids that Anthropic accepts, and the way back.

use std::borrow::Cow;

use crate::canonical::Tool;
use crate::json::Text;

/// The longest name of a tool.
const LONGEST: usize = 128;

/// Tool names as they are sent.
#[derive(Debug)]
pub(super) struct Names {
    /// The client's name and the one that is sent, where they differ or were added.
    pairs: Vec<(String, String)>,
}

// === impl Names ===

impl Names {
    /// Names for all tools of a request, no two the same.
    pub(super) fn of(tools: &[Tool<'_>]) -> Self {
        let mut names = Self { pairs: Vec::with_capacity(tools.len()) };
        // Names that may stay come first, so that a changed one gives way to them.
        for tool in tools.iter().filter(|tool| acceptable(tool.name.literal())) {
            let name = tool.name.literal().to_owned();
            names.pairs.push((name.clone(), name));
        }
        for tool in tools.iter().filter(|tool| !acceptable(tool.name.literal())) {
            names.add(&tool.name.decode());
        }
        names
    }

    /// Makes room for a name and gives what is sent for it.
    pub(super) fn add(&mut self, name: &str) -> String {
        let base = accepted(name);
        let mut sent = base.clone();
        let mut count = 1_u32;
        while self.pairs.iter().any(|(_, taken)| *taken == sent) {
            count += 1;
            let suffix = format!("_{count}");
            let kept = base.get(..LONGEST.saturating_sub(suffix.len())).unwrap_or(&base);
            sent = format!("{kept}{suffix}");
        }
        self.pairs.push((name.to_owned(), sent.clone()));
        sent
    }

    /// The name that is sent for a client's.
    pub(super) fn sent(&self, name: &Text<'_>) -> &str {
        let found = self.pairs.iter().find(|(own, _)| name.is(own));
        found.map_or("", |(_, sent)| sent)
    }

    /// As [`Self::sent`], for a name that may not be among the tools of the request.
    pub(super) fn sent_or_add(&mut self, name: &Text<'_>) -> String {
        match self.pairs.iter().find(|(own, _)| name.is(own)) {
            Some((_, sent)) => sent.clone(),
            None => self.add(&name.decode()),
        }
    }

    /// The names that were changed: what was sent, and what the client knows.
    pub(super) fn changed(self) -> Vec<(String, String)> {
        self.pairs.into_iter().filter(|(own, sent)| own != sent).map(|(own, sent)| (sent, own)).collect()
    }
}

fn fits(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn acceptable(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && name.bytes().all(fits)
}

fn accepted(name: &str) -> String {
    if name.is_empty() {
        return "tool".to_owned();
    }
    let fit =
        |character: char| u8::try_from(character).ok().filter(|&byte| fits(byte)).map_or('_', char::from);
    name.chars().map(fit).take(LONGEST).collect()
}

/// The id of a tool call as it is sent: the same, or a made one that two different ids do not share.
pub(super) fn id(id: &Text<'_>) -> String {
    let plain = id.decode();
    if !plain.is_empty() && plain.bytes().all(fits) {
        return match plain {
            Cow::Borrowed(same) => same.to_owned(),
            Cow::Owned(same) => same,
        };
    }
    // FNV-1a: short and the same in every process.
    let hash = plain.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{}_{hash:016x}", accepted(&plain))
}
