//! Bodies without secrets: values under a secret's name in JSON and forms, and words that have a key's shape wherever
//! they stand.

mod frames;

use super::{MASK, SECRET_PARTS, plain};

pub use frames::MEDIA_TYPE as EVENT_FRAMES;

/// Ends of names, in lower case and without `_` and `-`, whose values are secrets of whatever kind they are. `token` alone
/// is none: models count them.
const NAMES: [&str; 19] = [
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
    "sessiontoken",
    "securitytoken",
    "authorizationtoken",
    "authorization",
    "credential",
    "cookie",
];

/// What vendors' keys begin with.
const SHAPES: [&str; 25] = [
    "sk-",
    "sk_",
    "ek_",
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

/// JSON stands in JSON too: a tool's arguments are a string, and a tool's answer in them may be one again.
const DEEPEST: u32 = 2;

/// What stands where a secret stood.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    /// The mask.
    Any,
    /// As many bytes as were there.
    Kept,
}

/// A value in JSON: where it is, where reading goes on, and whether its quotes stand around it.
struct Found {
    from: usize,
    to: usize,
    next: usize,
    quoted: bool,
}

/// A body as a record may keep it.
pub fn body(media_type: &str, bytes: &[u8]) -> Vec<u8> {
    if media_type.starts_with(EVENT_FRAMES) {
        return frames::masked(bytes);
    }
    if media_type.starts_with("application/x-www-form-urlencoded") {
        return shapes(&form(bytes), Length::Any);
    }
    text(bytes, Length::Any)
}

fn text(bytes: &[u8], length: Length) -> Vec<u8> {
    let masked = (1..=DEEPEST).fold(members(bytes, 0, length), |text, depth| members(&text, depth, length));
    shapes(&masked, length)
}

/// Masks the values under secret names, in JSON that stands in so many strings of JSON.
fn members(bytes: &[u8], depth: u32, length: Length) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut copied, mut at) = (0, 0);
    while let Some((open, level)) = quote(bytes, at, depth.saturating_add(1)) {
        at = open + 1;
        if level != depth {
            continue;
        }
        // A string that was cut off ends everything.
        let Some((close, level)) = quote(bytes, at, depth + 1) else { break };
        if level != depth {
            at = close;
            continue;
        }
        let name = bytes.get(at..close.saturating_sub(slashes(depth))).unwrap_or_default();
        at = close + 1;
        let Some(found) = value(bytes, at, depth).filter(|found| is_secret(name, found.quoted)) else {
            continue;
        };
        out.extend_from_slice(bytes.get(copied..found.from).unwrap_or_default());
        put_mask(&mut out, &found, depth, length);
        (copied, at) = (found.to, found.next);
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    out
}

/// The first quote that is less than so deep, and how deep: with no backslash before it, it is JSON's own; with one, that of
/// JSON in a string; and so on. A backslash that is a text's own stands there doubled at each depth.
fn quote(bytes: &[u8], from: usize, below: u32) -> Option<(usize, u32)> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'"')?;
        let before = bytes.get(..at)?.iter().rev().take_while(|byte| **byte == b'\\').count();
        if before.trailing_ones() < below {
            return Some((at, before.trailing_ones()));
        }
        at += 1;
    }
}

/// The backslashes before a quote.
fn slashes(depth: u32) -> usize {
    (1 << depth) - 1
}

/// The value of the member whose name ends here; `None`: it is no member, or it is `null`, `true` or `false`.
fn value(bytes: &[u8], from: usize, depth: u32) -> Option<Found> {
    let mut at = from;
    let mut colon = false;
    loop {
        let rest = bytes.get(at..)?;
        let escape = rest.iter().take_while(|byte| **byte == b'\\').count();
        match (escape, rest.get(escape)?) {
            (0, b':') => colon = true,
            (0, byte) if byte.is_ascii_whitespace() => {}
            (1.., b'n' | b'r' | b't') => at += escape,
            _ => break,
        }
        at += 1;
    }
    let rest = bytes.get(at..).filter(|_| colon)?;
    let skipped = rest.iter().take_while(|byte| **byte == b'\\').count();
    let to = match rest.get(skipped)? {
        b'"' if skipped == slashes(depth) => {
            let from = at + skipped + 1;
            // A value that was cut off is a secret as well.
            let (to, next) = match quote(bytes, from, depth + 1) {
                Some((close, level)) if level == depth => (close - slashes(level), close + 1),
                Some((close, level)) => (close - slashes(level), close),
                None => (bytes.len(), bytes.len()),
            };
            return Some(Found { from, to: to.max(from), next: next.max(from), quoted: true });
        }
        b'{' | b'[' if skipped == 0 => end_of_group(bytes, at, depth),
        b'-' | b'0'..=b'9' if skipped == 0 => {
            let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
            at + rest.iter().take_while(part).count()
        }
        _ => return None,
    };
    Some(Found { from: at, to, next: to, quoted: false })
}

/// Where an object or an array ends.
fn end_of_group(bytes: &[u8], from: usize, depth: u32) -> usize {
    let (mut at, mut open) = (from, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open -= 1,
            b'"' => match quote(bytes, at, depth + 1) {
                // The string around it ends.
                Some((close, level)) if level < depth => return close - slashes(level),
                Some((start, _)) if start == at => match quote(bytes, at + 1, depth + 1) {
                    Some((close, level)) if level == depth => at = close,
                    Some((close, level)) => return close - slashes(level),
                    None => return bytes.len(),
                },
                _ => {}
            },
            _ => {}
        }
        at += 1;
        if open == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Puts the mask where a value was, in quotes if they are not there.
fn put_mask(out: &mut Vec<u8>, found: &Found, depth: u32, length: Length) {
    let before = found.to - found.from;
    let quotes = if found.quoted { 0 } else { 2 * (slashes(depth) + 1) };
    let stars = match length {
        Length::Any => MASK.len(),
        Length::Kept => match before.checked_sub(quotes) {
            Some(stars) => stars,
            None => return out.extend(std::iter::repeat_n(b'0', before)),
        },
    };
    let edge = || std::iter::repeat_n(b'\\', slashes(depth)).chain([b'"']).take(quotes / 2);
    out.extend(edge());
    out.extend(std::iter::repeat_n(b'*', stars));
    out.extend(edge());
}

/// Whether a name is a secret's; more names are where a string stands under it, since tokens are counted in numbers.
fn is_secret(name: &[u8], string: bool) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let plain = plain(&String::from_utf8_lossy(name));
    let one = plain.strip_suffix('s').unwrap_or(&plain);
    let ends = |name: &str| NAMES.iter().any(|secret| name.ends_with(secret));
    let has = |part: &str| match part {
        "token" => plain.contains("token") && !plain.contains("tokens") && !plain.contains("tokeniz"),
        // Models sign their thoughts.
        "signature" => false,
        part => plain.contains(part),
    };
    ends(&plain) || ends(one) || (string && SECRET_PARTS.iter().any(|part| has(part)))
}

fn form(bytes: &[u8]) -> Vec<u8> {
    let pair = |pair: &[u8]| {
        let equals = pair.iter().position(|byte| *byte == b'=');
        match equals.map(|at| pair.split_at(at)) {
            Some((name, _)) if is_secret(name, true) => [name, b"=", MASK.as_bytes()].concat(),
            _ => pair.to_vec(),
        }
    };
    bytes.split(|byte| *byte == b'&').map(pair).collect::<Vec<_>>().join(&b'&')
}

/// Masks words that have a key's shape.
fn shapes(bytes: &[u8], length: Length) -> Vec<u8> {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let word = in_word(first);
        let count = rest.iter().take_while(|byte| in_word(byte) == word).count();
        let (piece, behind) = rest.split_at(count);
        let escaped = if word && out.last() == Some(&b'\\') { escape(piece) } else { 0 };
        let (letter, unescaped) = piece.split_at(escaped);
        if word && (is_key(piece) || is_key(unescaped)) {
            let (kept, key) = if is_key(unescaped) { (letter, unescaped) } else { (&[][..], piece) };
            out.extend_from_slice(kept);
            let stars = if length == Length::Kept { key.len() } else { MASK.len() };
            out.extend(std::iter::repeat_n(b'*', stars));
        } else {
            out.extend_from_slice(piece);
        }
        rest = behind;
    }
    out
}

/// The letters behind a backslash that stand for a sign of their own, such as the `n` of a line's end.
fn escape(word: &[u8]) -> usize {
    match word.first() {
        Some(b'n' | b'r' | b't' | b'b' | b'f') => 1,
        Some(b'u') => word.len().min(5),
        _ => 0,
    }
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
    fn whatever_holds_a_secret_is_masked() {
        let counts = r#"{"max_tokens":5,"usage":{"prompt_tokens":1,"completion_tokens_details":{"reasoning_tokens":2}}}"#;
        for (before, after) in [
            (r#"{"authorization_token":"a"}"#, r#"{"authorization_token":"***"}"#),
            (r#"{"aws_session_token":"a"}"#, r#"{"aws_session_token":"***"}"#),
            (r#"{"security_token":"a","token":"b"}"#, r#"{"security_token":"***","token":"***"}"#),
            (r#"{"credential":"a","Cookie":"b"}"#, r#"{"credential":"***","Cookie":"***"}"#),
            (r#"{"token":7,"tokenizer":"a"}"#, r#"{"token":7,"tokenizer":"a"}"#),
            (counts, counts),
            // JSON in JSON.
            (r#"{"a":"{\"password\":\"ab\\\"cd\"}"}"#, r#"{"a":"{\"password\":\"***\"}"}"#),
            (r#"{"a":"{\"password\":\n\"b\\\\\",\"c\":1}"}"#, r#"{"a":"{\"password\":\n\"***\",\"c\":1}"}"#),
            (
                r#"["{\"a\":\"{\\\"password\\\":\\\"b\\\"}\"}"]"#,
                r#"["{\"a\":\"{\\\"password\\\":\\\"***\\\"}\"}"]"#,
            ),
            (r#"{"a":"{\"secret\":\"cut","b":"c"}"#, r#"{"a":"{\"secret\":\"***","b":"c"}"#),
            (r#"{"a":"6\" long","password":"b"}"#, r#"{"a":"6\" long","password":"***"}"#),
            // Signs that JSON escapes.
            (r#"{"a":"b\nsk-abcdef0123456789"}"#, r#"{"a":"b\n***"}"#),
            (r#"{"a":"b\tsk-abcdef0123456789"}"#, r#"{"a":"b\t***"}"#),
            (r#"{"a":"{\"b\":\"\\nsk-abcdef0123456789\"}"}"#, r#"{"a":"{\"b\":\"\\n***\"}"}"#),
            (r#"{"a":"\u000ask-abcdef0123456789"}"#, r#"{"a":"\u000a***"}"#),
            // Values of every kind.
            (r#"{"client_secret":{"value":"ek_1","at":[1]},"b":1}"#, r#"{"client_secret":"***","b":1}"#),
            (r#"{"secrets":["a]","b"],"c":1}"#, r#"{"secrets":"***","c":1}"#),
            (r#"{"password":-12.5e3,"b":1}"#, r#"{"password":"***","b":1}"#),
            (r#"{"a":"{\"secret\":[\"b]\"],\"c\":1}"}"#, r#"{"a":"{\"secret\":\"***\",\"c\":1}"}"#),
            (r#"{"a":"{\"secret\":[1","b":2}"#, r#"{"a":"{\"secret\":\"***\"","b":2}"#),
            (r#"{"secret":{"a":"cut"#, r#"{"secret":"***""#),
            ("ek_abcdef0123456789", "***"),
        ] {
            check(before, after);
        }
    }

    #[test]
    fn a_long_string_that_was_cut_is_read_once() {
        let long = format!("{{\"a\":\"{}", "\\\" ".repeat(200_000));
        check(&long, &long);
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
    fn in_event_frames_every_length_is_kept() {
        let frame = |payload: &[u8]| {
            let total = u32::try_from(16 + 2 + payload.len()).unwrap().to_be_bytes();
            [&total[..], &[0, 0, 0, 2], b"\"crc\"\"", payload, b"\"crc"].concat()
        };
        let first = frame(br#"{"password":"a","secret":[1,2,3],"token":"b","n":1}"#);
        let second = frame(b"sk-abcdef0123456789");
        let masked = body(EVENT_FRAMES, &[&first[..], &second, &first[..29]].concat());
        let expect = frame(br#"{"password":"*","secret":"*****","token":"*","n":1}"#);
        let stars = frame(b"*******************");
        assert_eq!(masked, [&expect[..], &stars, &expect[..29]].concat());
        assert_eq!(body(EVENT_FRAMES, b"\"secret\":\"a\""), b"\"secret\":\"*\"");
    }

    #[test]
    fn what_is_no_text_stays() {
        let bytes = [0, 159, 255, 34, 92, 34, 7];
        assert_eq!(body("image/png", &bytes), bytes);
    }
}
