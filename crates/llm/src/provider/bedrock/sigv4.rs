//! Amazon's Signature Version 4: a pure function of the request, the keys and the time.

use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac};

use crate::provider::auth::Unsigned;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// An access key.
#[derive(Clone, Copy)]
pub(super) struct Credentials<'a> {
    pub(super) id: &'a str,
    pub(super) secret: &'a str,
    pub(super) session_token: Option<&'a str>,
}

/// What a signature is good for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

/// The headers to add to a request: the time, the session's token, the signature over these, the host and all
/// headers of the request. `now` is in seconds since 1970.
pub(super) fn sign(
    credentials: Credentials<'_>,
    scope: Scope<'_>,
    request: &Unsigned<'_>,
    now: i64,
) -> Vec<(&'static str, String)> {
    let time = basic_time(now);
    let date = time.get(..8).unwrap_or_default();
    let mut added = vec![("x-amz-date", time.clone())];
    added.extend(credentials.session_token.map(|token| ("x-amz-security-token", token.to_owned())));
    let mut headers: Vec<(&str, &str)> = vec![("host", request.authority)];
    headers.extend(request.headers.iter().map(|(name, value)| (&**name, value.as_str())));
    headers.extend(added.iter().map(|(name, value)| (*name, value.as_str())));
    headers.sort_unstable();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = canonical_request(request, &headers, &names);
    let scope_text = format!("{date}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = format!("{ALGORITHM}\n{time}\n{scope_text}\n{}", sha256(canonical.as_bytes()));
    let mut key = hmac_sha256(format!("AWS4{}", credentials.secret).as_bytes(), date);
    for part in [scope.region, scope.service, "aws4_request"] {
        key = hmac_sha256(key.as_ref(), part);
    }
    let signature = hex(hmac_sha256(key.as_ref(), &to_sign).as_ref());
    let id = credentials.id;
    let proof =
        format!("{ALGORITHM} Credential={id}/{scope_text}, SignedHeaders={names}, Signature={signature}");
    added.push(("authorization", proof));
    added
}

fn canonical_request(request: &Unsigned<'_>, headers: &[(&str, &str)], names: &str) -> String {
    let (path, query) = request.path.split_once('?').unwrap_or((request.path, ""));
    let mut text = format!("{}\n", request.method);
    // The path as it is sent is escaped already, and is escaped once more.
    text.push_str(if path.is_empty() { "/" } else { "" });
    super::push_escaped(&mut text, path, b"-._~/");
    let mut members: Vec<(&str, &str)> = query
        .split('&')
        .filter(|member| !member.is_empty())
        .map(|member| member.split_once('=').unwrap_or((member, "")))
        .collect();
    members.sort_unstable();
    let members: Vec<String> = members.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    text.push('\n');
    text.push_str(&members.join("&"));
    text.push('\n');
    for (name, value) in headers {
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        text.extend([*name, ":", &words.join(" "), "\n"]);
    }
    text.extend(["\n", names, "\n", &sha256(request.body)]);
    text
}

fn hmac_sha256(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

/// A time as `20261120T120000Z`.
fn basic_time(now: i64) -> String {
    let (days, seconds) = (now.div_euclid(86_400), now.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Year, month and day of a day since 1970: years begin in March, so that a leap day is the last of its year.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_176_000;
    const KEYS: Credentials<'_> = Credentials {
        id: "AKIDEXAMPLE",
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        session_token: None,
    };
    const SCOPE: Scope<'_> = Scope { region: "us-east-1", service: "bedrock" };
    const BODY: &[u8] = br#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;

    fn signed(path: &str, credentials: Credentials<'_>) -> Vec<(&'static str, String)> {
        let headers = [("content-type".into(), "application/json".to_owned())];
        let authority = "bedrock-runtime.us-east-1.amazonaws.com";
        let request = Unsigned { method: "POST", authority, path, headers: &headers, body: BODY };
        sign(credentials, SCOPE, &request, NOON)
    }

    #[test]
    fn the_sdks_own_signatures_come_out() {
        assert_eq!(sha256(BODY), "c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0");
        for (model, signature) in [
            (
                "anthropic.claude-3-5-sonnet-20240620-v1:0",
                "7f7cbf9c7791d44e1a00f15af95e4860c736c0f0c3bf1daf89825aa7dd6c1f2a",
            ),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "517501261cf362a6646896fd60d50614257006374dd73c9053c9483a18ee9607",
            ),
        ] {
            let mut path = String::from("/model/");
            super::super::push_escaped(&mut path, model, b"-._~");
            path.push_str("/converse");
            let expect = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/bedrock/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature={signature}"
            );
            let added = signed(&path, KEYS);
            assert_eq!(added, [("x-amz-date", "20261120T120000Z".to_owned()), ("authorization", expect)]);
        }
    }

    #[test]
    fn a_sessions_token_is_sent_and_signed() {
        let keys = Credentials { session_token: Some("tok/en=="), ..KEYS };
        let added = signed("/model/m/converse", keys);
        assert_eq!(added[1], ("x-amz-security-token", "tok/en==".to_owned()));
        assert!(added[2].1.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,"));
    }

    #[test]
    fn times_are_written_in_utc() {
        for (now, expect) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"),
            (4_102_444_799, "20991231T235959Z"),
            (NOON, "20261120T120000Z"),
        ] {
            assert_eq!(basic_time(now), expect);
        }
    }
}
