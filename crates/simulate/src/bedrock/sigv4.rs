//! AWS Signature Version 4 as the service checks it: the request is written in its canonical form, hashed,
//! and signed with a key that follows from the secret, the day, the region and the service.

use aws_lc_rs::constant_time;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use http::{HeaderMap, Method};

use super::error::{ApiError, Kind};
use crate::when;

/// The credentials that are known.
const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "bedrock";

/// How far the date of a request may be from the service's.
const SKEW: i64 = 15 * 60;

/// What is signed of a request.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a Method,
    /// As it came over the wire, encoded once.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    /// Seconds since 1970.
    pub(super) now: i64,
}

/// The parts of the `Authorization` header.
struct Authorization<'a> {
    key_id: &'a str,
    day: &'a str,
    region: &'a str,
    service: &'a str,
    headers: Vec<&'a str>,
    signature: &'a str,
}

// === impl Signed ===

impl Signed<'_> {
    /// Whether a known secret made the signature, now, for this request.
    pub(super) fn verify(&self) -> Result<(), ApiError> {
        let given = self.header("authorization");
        let authorization = Authorization::read(&given)?;
        let date = self.header("x-amz-date");
        self.scope(&authorization, &date)?;
        self.current(&date)?;
        self.covered(&authorization)?;
        let payload = hex(digest(&SHA256, self.body).as_ref());
        let told = self.header("x-amz-content-sha256");
        if !told.is_empty() && told != payload {
            return Err(refused("The value passed in as x-amz-content-sha256 does not match the payload."));
        }
        let canonical = self.canonical(&authorization, &payload);
        let Authorization { day, region, service, .. } = authorization;
        let hash = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let to_sign = format!("{ALGORITHM}\n{date}\n{day}/{region}/{service}/aws4_request\n{hash}");
        let key = [day, region, service, "aws4_request"]
            .iter()
            .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
        let expected = hex(&mac(&key, &to_sign));
        if constant_time::verify_slices_are_equal(expected.as_bytes(), authorization.signature.as_bytes())
            .is_ok()
        {
            return Ok(());
        }
        Err(refused(&format!(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String \
             for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
        )))
    }

    /// The credentials are those of this service, today.
    fn scope(&self, authorization: &Authorization<'_>, date: &str) -> Result<(), ApiError> {
        if authorization.key_id != KEY_ID {
            let message = "The security token included in the request is invalid.";
            return Err(ApiError::new(Kind::UnrecognizedClient, message));
        }
        if authorization.service != SERVICE {
            return Err(refused(&format!("Credential should be scoped to correct service: '{SERVICE}'.")));
        }
        if date.get(..8) != Some(authorization.day) {
            return Err(refused(&format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{}' != '{}', from '{date}'.",
                authorization.day,
                date.get(..8).unwrap_or_default()
            )));
        }
        if self.header("x-amz-security-token").starts_with("expired") {
            let message = "The security token included in the request is expired";
            return Err(ApiError::new(Kind::ExpiredToken, message));
        }
        Ok(())
    }

    /// The date lies near the clock's.
    fn current(&self, date: &str) -> Result<(), ApiError> {
        let compact = |seconds: i64| when::rfc3339(seconds).replace(['-', ':'], "");
        let (early, late) = (compact(self.now - SKEW), compact(self.now + SKEW));
        let now = compact(self.now);
        // Texts of this form compare like the times that they stand for.
        let whole =
            date.len() == 16 && date.bytes().all(|byte| byte.is_ascii_digit() || b"TZ".contains(&byte));
        if !whole {
            return Err(refused("Date must be in ISO-8601 'basic format'."));
        }
        if date < early.as_str() {
            return Err(refused(&format!(
                "Signature expired: {date} is now earlier than {early} ({now} - 15 min.)"
            )));
        }
        if date > late.as_str() {
            return Err(refused(&format!(
                "Signature not yet current: {date} is still later than {late} ({now} + 15 min.)"
            )));
        }
        Ok(())
    }

    /// The host and all of Amazon's own headers must be signed.
    fn covered(&self, authorization: &Authorization<'_>) -> Result<(), ApiError> {
        let own = self.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
        let missing = ["host"].into_iter().chain(own).find(|name| !authorization.headers.contains(name));
        match missing {
            Some("host") => {
                Err(refused("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."))
            }
            Some(name) => {
                Err(refused(&format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")))
            }
            None => Ok(()),
        }
    }

    fn canonical(&self, authorization: &Authorization<'_>, payload: &str) -> String {
        let mut pairs: Vec<_> = self.query.split('&').filter(|pair| !pair.is_empty()).collect();
        pairs.sort_unstable();
        let headers: Vec<_> = authorization
            .headers
            .iter()
            .map(|name| {
                format!(
                    "{name}:{}
",
                    self.header(name)
                )
            })
            .collect();
        [
            self.method.as_str(),
            &encode(self.path),
            &pairs.join("&"),
            &headers.concat(),
            &authorization.headers.join(";"),
            payload,
        ]
        .join("\n")
    }

    /// All values of a header, with single spaces inside and none around.
    fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        });
        values.collect::<Vec<_>>().join(",")
    }
}

// === impl Authorization ===

impl<'a> Authorization<'a> {
    fn read(text: &'a str) -> Result<Self, ApiError> {
        let wrong = |what: &str| ApiError::new(Kind::IncompleteSignature, what.to_owned());
        let rest = text.strip_prefix(ALGORITHM).filter(|rest| rest.starts_with(' '));
        let rest = rest.ok_or_else(|| wrong("Unsupported AWS 'algorithm' in the Authorization header."))?;
        let part = |name: &str| {
            let mut parts = rest.split(',').map(str::trim);
            let found = parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            found.ok_or_else(|| wrong(&format!("Authorization header requires '{name}' parameter.")))
        };
        let credential = part("Credential")?;
        let mut scope = credential.split('/');
        let mut next = || scope.next().unwrap_or_default();
        let (key_id, day, region, service, end) = (next(), next(), next(), next(), next());
        if end != "aws4_request" || region.is_empty() {
            let what = format!(
                "Credential must have 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            );
            return Err(wrong(&what));
        }
        let headers = part("SignedHeaders")?.split(';').collect();
        Ok(Self { key_id, day, region, service, headers, signature: part("Signature")? })
    }
}

fn refused(message: &str) -> ApiError {
    ApiError::new(Kind::InvalidSignature, message)
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Encodes a path that is encoded already once more, as all services but S3 want it.
fn encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests;
