//! Bodies without secrets: values under a secret's name in JSON and forms, and words that have a key's shape wherever
//! they stand.

use super::MASK;

/// Ends of names, in lower case and without `_` and `-`, whose values are secrets. `token` alone is none: models count them.
const NAMES: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "bearertoken",
    "authorization",
];

/// What vendors' keys begin with.
const SHAPES: [&str; 24] = [
    "sk-",
    "sk_",
    "rk_live",
    "pk_live",
    "weir_",
    "gsk_",
    "xai-",
    "AIza",
    "AKIA",
    "ASIA",
    "ABSK",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "hf_",
    "r8_",
    "nvapi-",
    "pplx-",
    "ya29.",
    "npm_",
];

/// Words shorter than this are not keys, whatever they begin with.
const SHORTEST: usize = 16;

/// The names' longest, in bytes as it is written.
const LONGEST_NAME: usize = 64;

/// A body as a record may keep it.
pub fn body(media_type: &str, bytes: &[u8]) -> Vec<u8> {
    let masked = if media_type.starts_with("application/x-www-form-urlencoded") {
        form(bytes)
    } else {
        // JSON stands in JSON too: a tool's arguments are a string.
        members(&members(bytes, b"\""), b"\\\"")
    };
    shapes(&masked)
}

/// Masks the strings under secret names, `quote` being what quotes them.
fn members(bytes: &[u8], quote: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, quote) {
        let (before, tail) = rest.split_at(at + quote.len());
        out.extend_from_slice(before);
        rest = tail;
        let Some(end) = end_of(rest, quote) else { continue };
        let (name, after) = rest.split_at(end);
        let behind = after.get(quote.len()..).unwrap_or_default();
        let blank = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b':';
        let gap = behind.iter().take_while(blank).count();
        let (between, value) = behind.split_at(gap);
        let is_member = between.contains(&b':') && value.starts_with(quote);
        out.extend_from_slice(name);
        out.extend_from_slice(after.get(..quote.len()).unwrap_or_default());
        rest = behind;
        if is_member && is_secret(name) {
            let value = value.get(quote.len()..).unwrap_or_default();
            // A value that was cut off is a secret as well.
            let length = end_of(value, quote).unwrap_or(value.len());
            out.extend_from_slice(between);
            out.extend_from_slice(quote);
            out.extend_from_slice(MASK.as_bytes());
            let closed = value.get(length..).unwrap_or_default();
            out.extend_from_slice(closed.get(..quote.len()).unwrap_or_default());
            rest = closed.get(quote.len()..).unwrap_or_default();
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Where a string ends that `quote` closes.
fn end_of(bytes: &[u8], quote: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + find(bytes.get(at..)?, quote)?;
        let slashes = bytes.get(..found)?.iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 {
            return Some(found);
        }
        at = found + 1;
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn is_secret(name: &[u8]) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let plain: String = name
        .iter()
        .filter(|b| b.is_ascii_alphanumeric())
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect();
    NAMES.iter().any(|secret| plain.ends_with(secret))
}

fn form(bytes: &[u8]) -> Vec<u8> {
    let pair = |pair: &[u8]| {
        let equals = pair.iter().position(|byte| *byte == b'=');
        match equals.map(|at| pair.split_at(at)) {
            Some((name, _)) if is_secret(name) => [name, b"=", MASK.as_bytes()].concat(),
            _ => pair.to_vec(),
        }
    };
    bytes.split(|byte| *byte == b'&').map(pair).collect::<Vec<_>>().join(&b'&')
}

/// Masks words that have a key's shape.
fn shapes(bytes: &[u8]) -> Vec<u8> {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let word = in_word(first);
        let length = rest.iter().take_while(|byte| in_word(byte) == word).count();
        let (piece, behind) = rest.split_at(length);
        let masked = word && is_key(piece);
        out.extend_from_slice(if masked { MASK.as_bytes() } else { piece });
        rest = behind;
    }
    out
}

fn is_key(word: &[u8]) -> bool {
    let token = |word: &[u8]| word.starts_with(b"eyJ") && word.split(|byte| *byte == b'.').count() == 3;
    let shaped = || SHAPES.iter().any(|shape| word.starts_with(shape.as_bytes()));
    word.len() >= SHORTEST && word.iter().any(u8::is_ascii_digit) && (shaped() || token(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str) {
        assert_eq!(String::from_utf8(body("application/json", before.as_bytes())).unwrap(), after);
    }

    #[test]
    fn values_under_secret_names_are_masked_at_every_depth() {
        check(r#"{"password": "a\"b", "n": 1}"#, r#"{"password": "***", "n": 1}"#);
        check(
            r#"{"a":{"client_secret":"x"},"api-key":"y"}"#,
            r#"{"a":{"client_secret":"***"},"api-key":"***"}"#,
        );
        check(
            r#"{"arguments":"{\"password\":\"x\",\"n\":1}"}"#,
            r#"{"arguments":"{\"password\":\"***\",\"n\":1}"}"#,
        );
        check(r#"{"password":"cut o"#, r#"{"password":"***"#);
        check(r#"{"password":null,"max_tokens":5}"#, r#"{"password":null,"max_tokens":5}"#);
        check(r#"{"stop":"password","role":"user"}"#, r#"{"stop":"password","role":"user"}"#);
        check(
            "data: {\"secret\":\"x\"}\n\ndata: [DONE]\n\n",
            "data: {\"secret\":\"***\"}\n\ndata: [DONE]\n\n",
        );
    }

    #[test]
    fn words_of_a_keys_shape_are_masked_wherever_they_stand() {
        check("use sk-proj-abcdef0123456789 now", "use *** now");
        check("sk-learn and skiing, weir_a", "sk-learn and skiing, weir_a");
        check("eyJhbGciOi1.eyJzdWIiOiIx.c2ln", "***");
        check("\u{e4} AKIAIOSFODNN7EXAMPLE", "\u{e4} ***");
    }

    #[test]
    fn forms_are_read_as_forms() {
        let masked = body("application/x-www-form-urlencoded; charset=utf-8", b"user=a&password=b&c");
        assert_eq!(masked, b"user=a&password=***&c");
    }

    #[test]
    fn what_is_no_text_stays() {
        let bytes = [0, 159, 255, 34, 92, 34, 7];
        assert_eq!(body("image/png", &bytes), bytes);
    }
}
