//! What `Cache-Control` says (RFC 9111 §5.2), of those of its directives that anything here looks at.

use crate::{Fields, Known, Quoted, parts};

/// The directives.
#[expect(clippy::struct_excessive_bools, reason = "each is a directive that is there or is not")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheControl {
    /// Nothing may be kept.
    pub no_store: bool,
    /// What is kept is not used before it was asked for again; with names of fields (§5.2.2.4) too.
    pub no_cache: bool,
    /// Nothing is kept for others; with names of fields (§5.2.2.7) too.
    pub private: bool,
    /// It may be kept for others.
    pub public: bool,
    /// What is stale is not used before it was asked for again.
    pub must_revalidate: bool,
    /// How long it is fresh, in seconds. A time that is none counts as zero (§4.2.1), and of several the shortest.
    pub max_age: Option<u64>,
    /// The same for shared caches.
    pub s_maxage: Option<u64>,
}

// === impl CacheControl ===

impl CacheControl {
    /// What the lines of a message say.
    pub fn of(fields: &Fields) -> Self {
        let lines = fields.get_all(Known::CacheControl);
        Self::read(lines.filter_map(|line| std::str::from_utf8(line).ok()))
    }

    /// What lines say.
    pub fn read<'l>(lines: impl IntoIterator<Item = &'l str>) -> Self {
        let mut says = Self::default();
        for directive in lines.into_iter().flat_map(|line| parts(line, b',', Quoted::String)) {
            says.take(directive);
        }
        says
    }

    fn take(&mut self, directive: &str) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let time = || value.trim().trim_matches('"').parse().unwrap_or(0);
        let shorter = |known: Option<u64>| Some(known.map_or_else(time, |known| known.min(time())));
        match &*name.trim().to_ascii_lowercase() {
            "no-store" => self.no_store = true,
            "no-cache" => self.no_cache = true,
            "private" => self.private = true,
            "public" => self.public = true,
            "must-revalidate" => self.must_revalidate = true,
            "max-age" => self.max_age = shorter(self.max_age),
            "s-maxage" => self.s_maxage = shorter(self.s_maxage),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_in_any_case_and_the_strictest_counts() {
        let none = CacheControl::default();
        for (lines, expect) in [
            (&[][..], none),
            (&["Max-Age=\"60\" , S-MAXAGE=7"], CacheControl { max_age: Some(60), s_maxage: Some(7), ..none }),
            (&["max-age=9", "max-age=5"], CacheControl { max_age: Some(5), ..none }),
            (&["max-age=x, no-store"], CacheControl { max_age: Some(0), no_store: true, ..none }),
            (&["private=\"a, no-store\", public"], CacheControl { private: true, public: true, ..none }),
            (&["private=\"a, no-store"], CacheControl { private: true, no_store: true, ..none }),
            (&["x=\"a\\\", no-store\", public"], CacheControl { public: true, ..none }),
            (
                &["no-cache=\"set-cookie\",must-revalidate"],
                CacheControl { no_cache: true, must_revalidate: true, ..none },
            ),
            (&["no-storeage, , =1"], none),
        ] {
            assert_eq!(CacheControl::read(lines.iter().copied()), expect, "{lines:?}");
        }
    }
}
