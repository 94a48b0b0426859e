//! Webhooks that come in, as their senders sign them: Standard Webhooks, GitHub, Stripe, Slack, Shopify, and whoever signs
//! by HMAC otherwise.

mod recipe;

use std::fmt;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base::Micros;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

pub use recipe::{Encoding, Hash, Recipe, RecipeError};

use crate::verify::timely;
use crate::{Key, KeyError, Shown, Unverified, verify};

/// The most signatures of one request that are looked at.
const MOST: usize = 16;

/// The longest id that counts as one.
const LONGEST_ID: usize = 200;

/// Who signs, or how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Standard Webhooks, and Svix, which it comes from.
    Standard,
    /// GitHub.
    Github,
    /// Stripe.
    Stripe,
    /// Slack.
    Slack,
    /// Shopify.
    Shopify,
    /// Others, as it is written.
    Hmac(Recipe),
}

/// What believes requests of one sender.
pub struct Inbound {
    scheme: Scheme,
    keys: Keys,
    tolerance: Duration,
}

enum Keys {
    Standard(Vec<Key>),
    Shared(Vec<hmac::Key>),
}

/// A request, as much of it as is signed.
#[derive(Clone, Copy)]
pub struct Incoming<'r> {
    /// The value of a field that is there once, by its name.
    pub field: &'r dyn Fn(&str) -> Option<&'r str>,
    /// The body, byte by byte as it came.
    pub body: &'r [u8],
}

/// Why a request is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// A field is not there, or more than once.
    #[error("`{0}` must be there, once")]
    Missing(Box<str>),
    /// A field is not what the sender writes.
    #[error("`{0}` is not as the sender writes it")]
    Malformed(Box<str>),
    /// It was signed too long ago.
    #[error("it was signed too long ago: the time in `{0}` is too old")]
    TooOld(Box<str>),
    /// It was signed in the future.
    #[error("the time in `{0}` lies ahead")]
    TooNew(Box<str>),
    /// No signature is by a key that is known, over these bytes.
    #[error("no signature is by a key that is known, over the body as it came")]
    Signature,
}

/// What a request shows.
struct Proof<'r> {
    /// What is signed, in pieces.
    content: Vec<&'r [u8]>,
    signatures: Vec<Vec<u8>>,
    /// The field with the time, and the time.
    timestamp: Option<(&'r str, &'r str)>,
    id: Option<String>,
}

/// What bodies of senders are called, and what Slack asks.
#[derive(Default, Deserialize)]
struct Envelope {
    id: Option<String>,
    event_id: Option<String>,
    r#type: Option<String>,
    challenge: Option<String>,
}

// === impl Inbound ===

impl Inbound {
    /// Believes requests that are signed by one of these secrets, at most so long ago, where the sender signs the time too.
    pub fn new(scheme: Scheme, secrets: &[&str], tolerance: Duration) -> Result<Self, KeyError> {
        let keys = match &scheme {
            Scheme::Standard => {
                Keys::Standard(secrets.iter().map(|text| Key::parse(text)).collect::<Result<_, _>>()?)
            }
            other => {
                let hash = if let Scheme::Hmac(recipe) = other { recipe.hash } else { Hash::Sha256 };
                let key = |secret: &&str| hmac::Key::new(hash.algorithm(), secret.as_bytes());
                Keys::Shared(secrets.iter().map(key).collect())
            }
        };
        Ok(Self { scheme, keys, tolerance })
    }

    /// Whether a request is by the sender; gives what the sender calls it, which is the same when it is sent again. Where it
    /// has no name, it is named by what is signed.
    pub fn verify(&self, request: &Incoming<'_>, now: Micros) -> Result<String, Distrust> {
        match &self.keys {
            Keys::Standard(keys) => self.standard(keys, request, now),
            Keys::Shared(keys) => self.shared(keys, request, now),
        }
    }

    /// What a sender wants to be told to know that somebody listens: Slack's `url_verification`.
    pub fn challenge(&self, body: &[u8]) -> Option<String> {
        if self.scheme != Scheme::Slack {
            return None;
        }
        let envelope = Envelope::of(body);
        envelope.challenge.filter(|_| envelope.r#type.as_deref() == Some("url_verification"))
    }

    fn standard(&self, keys: &[Key], request: &Incoming<'_>, now: Micros) -> Result<String, Distrust> {
        let svix = (request.field)("webhook-id").is_none() && (request.field)("svix-id").is_some();
        let names = if svix {
            ["svix-id", "svix-timestamp", "svix-signature"]
        } else {
            [crate::ID, crate::TIMESTAMP, crate::SIGNATURE]
        };
        let [id, timestamp, signature] = names.map(|name| request.one(name));
        let shown = Shown { id: id?, timestamp: timestamp?, signature: signature? };
        let at = |name: &str| Box::from(name);
        let [of_id, of_time, _] = names;
        verify(keys, shown, request.body, (now, self.tolerance)).map_err(|why| match why {
            Unverified::Malformed if shown.id.is_empty() || shown.id.contains('.') => {
                Distrust::Malformed(at(of_id))
            }
            Unverified::Malformed => Distrust::Malformed(at(of_time)),
            Unverified::TooOld => Distrust::TooOld(at(of_time)),
            Unverified::TooNew => Distrust::TooNew(at(of_time)),
            Unverified::Signature => Distrust::Signature,
        })?;
        if shown.id.len() > LONGEST_ID {
            Err(Distrust::Malformed(at(of_id)))
        } else {
            Ok(shown.id.to_owned())
        }
    }

    fn shared(&self, keys: &[hmac::Key], request: &Incoming<'_>, now: Micros) -> Result<String, Distrust> {
        let proof = match &self.scheme {
            Scheme::Github => github(request)?,
            Scheme::Stripe => stripe(request)?,
            Scheme::Slack => slack(request)?,
            Scheme::Shopify => shopify(request)?,
            Scheme::Hmac(recipe) => recipe.proof(request)?,
            Scheme::Standard => return Err(Distrust::Signature),
        };
        if let Some((name, timestamp)) = proof.timestamp {
            timely(timestamp, now, self.tolerance).map_err(|why| match why {
                Unverified::TooOld => Distrust::TooOld(name.into()),
                Unverified::TooNew => Distrust::TooNew(name.into()),
                Unverified::Malformed | Unverified::Signature => Distrust::Malformed(name.into()),
            })?;
        }
        let mut known = None;
        // Every one is looked at, so that the time does not tell which was right.
        for key in keys {
            let mut context = hmac::Context::with_key(key);
            proof.content.iter().for_each(|piece| context.update(piece));
            let tag = context.sign();
            for signature in proof.signatures.iter().take(MOST) {
                if verify_slices_are_equal(tag.as_ref(), signature).is_ok() {
                    known = Some(tag);
                }
            }
        }
        let tag = known.ok_or(Distrust::Signature)?;
        let usual = proof.id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
        Ok(usual.unwrap_or_else(|| STANDARD.encode(tag)))
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("scheme", &self.scheme)
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

// === impl Incoming ===

impl<'r> Incoming<'r> {
    /// A field that must be there.
    fn one(&self, name: &str) -> Result<&'r str, Distrust> {
        (self.field)(name).ok_or_else(|| Distrust::Missing(name.into()))
    }
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("body", &self.body.len()).finish_non_exhaustive()
    }
}

// === impl Envelope ===

impl Envelope {
    /// Of what is none, nothing.
    fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

/// `X-Hub-Signature-256: sha256=HEX` over the body.
fn github<'r>(request: &Incoming<'r>) -> Result<Proof<'r>, Distrust> {
    let name = "X-Hub-Signature-256";
    let signature = request.one(name)?.strip_prefix("sha256=").and_then(unhex);
    Ok(Proof {
        content: vec![request.body],
        signatures: vec![signature.ok_or_else(|| Distrust::Malformed(name.into()))?],
        timestamp: None,
        id: (request.field)("X-GitHub-Delivery").map(str::to_owned),
    })
}

/// `Stripe-Signature: t=SECONDS,v1=HEX,v1=HEX` over time and body. An event is sent again with a new time.
fn stripe<'r>(request: &Incoming<'r>) -> Result<Proof<'r>, Distrust> {
    let name = "Stripe-Signature";
    let pairs = || request.one(name).map(|text| text.split(',').filter_map(|pair| pair.split_once('=')));
    let malformed = || Distrust::Malformed(name.into());
    let timestamp = pairs()?.find(|(key, _)| key.trim() == "t").ok_or_else(malformed)?.1;
    let signatures: Vec<_> =
        pairs()?.filter(|(key, _)| key.trim() == "v1").filter_map(|(_, hex)| unhex(hex)).collect();
    if signatures.is_empty() {
        return Err(malformed());
    }
    Ok(Proof {
        content: vec![timestamp.as_bytes(), b".", request.body],
        signatures,
        timestamp: Some((name, timestamp)),
        id: Envelope::of(request.body).id,
    })
}

/// `X-Slack-Signature: v0=HEX` over `v0:TIME:BODY`. Events have names, commands have none.
fn slack<'r>(request: &Incoming<'r>) -> Result<Proof<'r>, Distrust> {
    let (name, of_time) = ("X-Slack-Signature", "X-Slack-Request-Timestamp");
    let timestamp = request.one(of_time)?;
    let signature = request.one(name)?.strip_prefix("v0=").and_then(unhex);
    Ok(Proof {
        content: vec![b"v0:", timestamp.as_bytes(), b":", request.body],
        signatures: vec![signature.ok_or_else(|| Distrust::Malformed(name.into()))?],
        timestamp: Some((of_time, timestamp)),
        id: Envelope::of(request.body).event_id,
    })
}

/// `X-Shopify-Hmac-SHA256: BASE64` over the body; newer deliveries leave the `X-` out.
fn shopify<'r>(request: &Incoming<'r>) -> Result<Proof<'r>, Distrust> {
    let newer = (request.field)("Shopify-Hmac-Sha256").is_some();
    let (name, of_id) = if newer {
        ("Shopify-Hmac-Sha256", "Shopify-Webhook-Id")
    } else {
        ("X-Shopify-Hmac-SHA256", "X-Shopify-Webhook-Id")
    };
    let signature = STANDARD.decode(request.one(name)?);
    Ok(Proof {
        content: vec![request.body],
        signatures: vec![signature.map_err(|_| Distrust::Malformed(name.into()))?],
        timestamp: None,
        id: (request.field)(of_id).map(str::to_owned),
    })
}

/// The bytes of hexadecimal digits.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
