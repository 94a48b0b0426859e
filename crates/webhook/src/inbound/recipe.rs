//! How somebody signs by HMAC whom Weir does not know by name.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Distrust, Incoming, Proof, unhex};

/// What is signed, and where the signature stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The field with the signature, and what stands before it there.
    header: Box<str>,
    prefix: Box<str>,
    encoding: Encoding,
    pub(super) hash: Hash,
    signs: Vec<Piece>,
    timestamp: Option<Box<str>>,
    id: Option<Box<str>>,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal digits.
    Hex,
    /// Base64 (RFC 4648 §4).
    Base64,
}

/// What the HMAC is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, of those who have nothing better.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// Why a recipe is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// The body is not signed.
    #[error("`{{body}}` stands once in what is signed")]
    Body,
    /// A brace stands for nothing.
    #[error("what is signed is text with `{{timestamp}}`, `{{id}}` and `{{body}}`")]
    Brace,
    /// A value is signed of which it is not said where it stands, or the other way round.
    #[error("what is signed has `{{timestamp}}` where `timestamp` names a field, and there alone")]
    Timestamp,
    /// An id is signed of which it is not said where it stands.
    #[error("what is signed has `{{id}}`: say which field has it, `id`")]
    Id,
}

/// A piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    Timestamp,
    Id,
    Body,
}

// === impl Hash ===

impl Hash {
    pub(super) fn algorithm(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

// === impl Recipe ===

impl Recipe {
    /// A signature in a field, behind a prefix, over `signs`, in which `{timestamp}`, `{id}` and `{body}` stand for the values
    /// of the fields that are named and for the body.
    pub fn new(
        (header, prefix): (&str, &str),
        (hash, encoding): (Hash, Encoding),
        signs: &str,
        (timestamp, id): (Option<&str>, Option<&str>),
    ) -> Result<Self, RecipeError> {
        let signs = pieces(signs)?;
        let has = |wanted: &Piece| signs.iter().filter(|piece| *piece == wanted).count();
        if has(&Piece::Body) != 1 {
            return Err(RecipeError::Body);
        }
        // A time that is not signed proves nothing.
        if (has(&Piece::Timestamp) > 0) != timestamp.is_some() {
            return Err(RecipeError::Timestamp);
        }
        if has(&Piece::Id) > 0 && id.is_none() {
            return Err(RecipeError::Id);
        }
        let (timestamp, id) = (timestamp.map(Into::into), id.map(Into::into));
        Ok(Self { header: header.into(), prefix: prefix.into(), encoding, hash, signs, timestamp, id })
    }

    pub(super) fn proof<'a, 'r: 'a>(&'a self, request: &Incoming<'r>) -> Result<Proof<'a>, Distrust> {
        let written = request.one(&self.header)?.trim().strip_prefix(&*self.prefix);
        let signature = written.and_then(|text| match self.encoding {
            Encoding::Hex => unhex(text),
            Encoding::Base64 => STANDARD.decode(text.trim()).ok(),
        });
        let signature = signature.ok_or_else(|| Distrust::Malformed(self.header.clone()))?;
        let timestamp = match &self.timestamp {
            Some(name) => Some((&**name, request.one(name)?)),
            None => None,
        };
        let signs_id = self.signs.contains(&Piece::Id);
        let id = match &self.id {
            Some(name) if signs_id => Some(request.one(name)?),
            Some(name) => (request.field)(name),
            None => None,
        };
        let content = self.signs.iter().map(|piece| match piece {
            Piece::Text(text) => text.as_bytes(),
            Piece::Timestamp => timestamp.map_or(&b""[..], |(_, value)| value.as_bytes()),
            Piece::Id => id.unwrap_or_default().as_bytes(),
            Piece::Body => request.body,
        });
        let content = content.collect();
        Ok(Proof { content, signatures: vec![signature], timestamp, id: id.map(str::to_owned) })
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, RecipeError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.into()));
        }
        let (name, behind) = behind.split_once('}').ok_or(RecipeError::Brace)?;
        pieces.push(match name {
            "timestamp" => Piece::Timestamp,
            "id" => Piece::Id,
            "body" => Piece::Body,
            _ => return Err(RecipeError::Brace),
        });
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    Ok(pieces)
}
