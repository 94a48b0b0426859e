//! JSON Pointers (RFC 6901).

/// A pointer's token for a key: `~` and `/` escaped.
pub(crate) fn token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
