//! How much text of a request the model reads, for an estimate where its provider does not count.

use json::{JsonError, Scanner, Text, Token};

/// What a picture, a recording or a file counts, in bytes of text, however large it is: about what vendors
/// count for a picture. In base64 it may be megabytes.
const MEDIUM: usize = 4000;

/// What a string is, by the member that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Within {
    Text,
    /// A medium in base64.
    Data,
    /// An address, a medium if it begins with `data:`.
    Address,
}

// === impl Within ===

impl Within {
    /// What the strings of a member are.
    pub(super) fn of(key: &Text<'_>) -> Self {
        match key.literal() {
            "bytes" | "data" | "file_data" | "images" => Self::Data,
            "url" | "image_url" => Self::Address,
            _ => Self::Text,
        }
    }
}

/// Passes the value that stands next and gives the bytes of the strings in it, keys not counted. `within`
/// says what a string that stands here by itself may be.
pub(super) fn weigh(scanner: &mut Scanner<'_>, within: Within) -> Result<usize, JsonError> {
    let mut sum = 0_usize;
    match scanner.token()? {
        Token::String => {
            let text = scanner.string()?;
            let len = text.literal().len();
            let medium = match within {
                Within::Text => false,
                // Anthropic has text in the same place.
                Within::Data => memchr::memchr(b' ', text.literal().as_bytes()).is_none(),
                Within::Address => text.literal().starts_with("data:"),
            };
            sum = if medium { len.min(MEDIUM) } else { len };
        }
        Token::Array => {
            scanner.enter()?;
            while scanner.next_item()? {
                sum += weigh(scanner, within)?;
            }
        }
        Token::Object => {
            scanner.enter()?;
            while let Some(key) = scanner.next_key()? {
                sum += weigh(scanner, Within::of(&key))?;
            }
        }
        Token::Null | Token::Bool | Token::Number => scanner.pass()?,
    }
    Ok(sum)
}
