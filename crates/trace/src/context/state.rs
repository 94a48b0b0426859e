//! `tracestate`: a list of `key=value` members, the latest first.

use std::fmt;

use super::ContextError;

/// The most members a list may have.
const MAX_MEMBERS: usize = 32;
/// A member longer than this goes first when the list must be shortened (§3.3.1.5).
const LONG_MEMBER: usize = 128;
/// The longest key and the longest value.
const MAX_PART: usize = 256;

/// A `tracestate` list, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceState {
    /// Members joined by `,`, without white space around or empty members between.
    text: String,
}

impl TraceState {
    /// Reads all `tracestate` fields of a request, in order. Empty members are allowed and dropped.
    pub fn parse<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, ContextError> {
        let mut state = Self::default();
        let mut count = 0;
        for member in fields.into_iter().flat_map(|field| field.split(|byte| *byte == b',')) {
            let member = trim(member);
            if member.is_empty() {
                continue;
            }
            count += 1;
            if count > MAX_MEMBERS {
                return Err(ContextError::TooMany);
            }
            let (key, value) = split(member)?;
            if state.get(key).is_some() {
                return Err(ContextError::DuplicateKey);
            }
            state.push(key, value);
        }
        Ok(state)
    }

    /// No members.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The field's value.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.members().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The members in order.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        self.text.split(',').filter_map(|member| member.split_once('='))
    }

    /// Puts `key` with `value` at the front and takes away what stood under `key`; the last member
    /// goes if there are more than 32.
    pub fn with(&self, key: &str, value: &str) -> Result<Self, ContextError> {
        if !is_key(key.as_bytes()) {
            return Err(ContextError::Key);
        }
        if !is_value(value.as_bytes()) {
            return Err(ContextError::Value);
        }
        let mut state = Self::default();
        state.push(key, value);
        let others = self.members().filter(|(name, _)| *name != key);
        for (name, value) in others.take(MAX_MEMBERS - 1) {
            state.push(name, value);
        }
        Ok(state)
    }

    /// At most `max` bytes: members over 128 bytes are dropped first, then members from the end, each
    /// whole (§3.3.1.5; `max` should be 512 at least).
    pub fn shortened(&self, max: usize) -> Self {
        let mut members: Vec<&str> = self.text.split(',').filter(|member| !member.is_empty()).collect();
        let length = |members: &[&str]| members.iter().map(|member| member.len() + 1).sum::<usize>();
        while length(&members) > max + 1 {
            match members.iter().rposition(|member| member.len() > LONG_MEMBER) {
                Some(at) => drop(members.remove(at)),
                None => drop(members.pop()),
            }
        }
        Self { text: members.join(",") }
    }

    fn push(&mut self, key: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push(',');
        }
        self.text.push_str(key);
        self.text.push('=');
        self.text.push_str(value);
    }
}

impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Takes optional white space (RFC 9110 §5.6.3) away from both ends.
fn trim(mut member: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = member {
        member = rest;
    }
    member
}

fn split(member: &[u8]) -> Result<(&str, &str), ContextError> {
    let at = member.iter().position(|byte| *byte == b'=').ok_or(ContextError::Key)?;
    let (key, value) = member.split_at(at);
    let value = value.get(1..).unwrap_or_default();
    if !is_key(key) {
        return Err(ContextError::Key);
    }
    if !is_value(value) {
        return Err(ContextError::Value);
    }
    // Both are ASCII by now.
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| ContextError::Value);
    Ok((text(key)?, text(value)?))
}

/// Level 2's grammar, of which level 1's is a part: a letter or digit, then 255 more characters at most.
fn is_key(key: &[u8]) -> bool {
    let [first, rest @ ..] = key else { return false };
    matches!(first, b'a'..=b'z' | b'0'..=b'9')
        && rest.len() < MAX_PART
        && rest
            .iter()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@'))
}

/// Printable ASCII without `,` and `=`, 1 to 256 characters, not ending in a space.
fn is_value(value: &[u8]) -> bool {
    value.len() <= MAX_PART
        && value.last().is_some_and(|last| *last != b' ')
        && value.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
}
