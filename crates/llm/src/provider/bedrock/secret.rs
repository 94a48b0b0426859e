//! What the one string that is a provider's key can be at Amazon: an API key, or an access key.

use super::sigv4::Credentials;
use crate::provider::auth::KeyError;

const EXPECTED: &str = "an API key, or an access key as `ID:SECRET`, `ID:SECRET:SESSION_TOKEN`, with `@REGION` behind \
                        where the address does not tell it";

/// A key, read.
pub(super) enum Secret<'a> {
    /// Sent as it is.
    ApiKey(&'a str),
    /// Signs, for a region that the key may name.
    AccessKey { credentials: Credentials<'a>, region: Option<&'a str> },
}

// === impl Secret ===

impl<'a> Secret<'a> {
    /// API keys have no colon in them, access keys neither colon nor at sign in their parts.
    pub(super) fn parse(key: &'a str) -> Result<Self, KeyError> {
        let Some((id, rest)) = key.split_once(':') else { return Ok(Self::ApiKey(key)) };
        let (rest, region) = match rest.split_once('@') {
            Some((rest, region)) => (rest, Some(region)),
            None => (rest, None),
        };
        let (secret, session_token) = match rest.split_once(':') {
            Some((secret, token)) => (secret, Some(token)),
            None => (rest, None),
        };
        let empty = [Some(id), Some(secret), session_token, region].into_iter().flatten().any(str::is_empty);
        if empty || region.is_some_and(|region| !is_region(region)) {
            return Err(KeyError::Malformed { expected: EXPECTED });
        }
        Ok(Self::AccessKey { credentials: Credentials { id, secret, session_token }, region })
    }
}

/// The region in the name of one of Amazon's hosts: what stands behind the service's name.
pub(super) fn region_of(authority: &str) -> Option<&str> {
    let mut labels = authority.split([':', '/']).next()?.split('.');
    labels.find(|label| label.starts_with("bedrock"))?;
    labels.next().filter(|label| is_region(label) && label.contains('-'))
}

fn is_region(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(key: &str) -> Option<(&str, &str, Option<&str>, Option<&str>)> {
        match Secret::parse(key) {
            Ok(Secret::AccessKey { credentials: Credentials { id, secret, session_token }, region }) => {
                Some((id, secret, session_token, region))
            }
            _ => None,
        }
    }

    #[test]
    fn keys_are_told_apart() {
        assert!(matches!(
            Secret::parse("bedrock-api-key-YmVk=="),
            Ok(Secret::ApiKey("bedrock-api-key-YmVk=="))
        ));
        assert_eq!(parts("AKID:se/c+ret"), Some(("AKID", "se/c+ret", None, None)));
        assert_eq!(parts("AKID:secret:to/ken=="), Some(("AKID", "secret", Some("to/ken=="), None)));
        assert_eq!(parts("AKID:secret@eu-west-1"), Some(("AKID", "secret", None, Some("eu-west-1"))));
        assert_eq!(
            parts("AKID:secret:token@eu-west-1"),
            Some(("AKID", "secret", Some("token"), Some("eu-west-1")))
        );
        for wrong in
            [":secret", "AKID:", "AKID::token", "AKID:secret:", "AKID:secret@", "AKID:secret@EU west"]
        {
            assert!(matches!(Secret::parse(wrong), Err(KeyError::Malformed { .. })), "{wrong}");
        }
    }

    #[test]
    fn regions_are_read_from_hosts() {
        for (host, expect) in [
            ("bedrock-runtime.us-east-1.amazonaws.com", Some("us-east-1")),
            ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
            ("bedrock-runtime.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("bedrock-runtime.eu-west-1.api.aws:443", Some("eu-west-1")),
            ("vpce-0a1b.bedrock-runtime.eu-central-1.vpce.amazonaws.com", Some("eu-central-1")),
            ("bedrock.example.com", None),
            ("127.0.0.1:8080", None),
        ] {
            assert_eq!(region_of(host), expect, "{host}");
        }
    }
}
