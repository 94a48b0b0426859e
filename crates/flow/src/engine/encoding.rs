//! The text of bodies that are no JSON. Of XML the byte order mark says what it is in, else the `charset`, else the XML
//! itself (RFC 7303 §3.2, XML 1.0 appendix F); of other text the `charset`.

use std::borrow::Cow;

use message::{Quoted, parts};

/// What stands at 80 to 9F in windows-1252; what is not assigned stays a control character.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The declaration of XML ends within so many bytes.
const DECLARATION: usize = 256;

/// The text of a body of a media type. Fails for XML in an encoding that is not read.
pub(super) fn text(body: &[u8], kind: Option<&str>) -> Result<String, String> {
    let charset = kind.and_then(charset);
    let plain = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    if plain.is_some_and(|plain| !plain.ends_with("/xml") && !plain.ends_with("+xml")) {
        let is_latin = charset.is_some_and(|charset| charset.eq_ignore_ascii_case("iso-8859-1"));
        return Ok(if is_latin { latin(body) } else { lossy(body) });
    }
    if let Some(body) = body.strip_prefix(b"\xef\xbb\xbf") {
        return Ok(lossy(body));
    }
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"<\0") {
        return Ok(wide(body, u16::from_le_bytes));
    }
    if body.starts_with(b"\xfe\xff") || body.starts_with(b"\0<") {
        return Ok(wide(body, u16::from_be_bytes));
    }
    let encoding = charset.map_or_else(|| declared(body), Cow::Borrowed);
    match encoding.to_ascii_lowercase().as_str() {
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok(lossy(body)),
        "iso-8859-1" | "iso_8859-1" | "latin1" => Ok(latin(body)),
        "windows-1252" | "cp1252" => Ok(body.iter().copied().map(windows).collect()),
        _ if body.is_ascii() => Ok(lossy(body)),
        _ => Err(format!("its body is in `{}`, which is not read", encoding.escape_default())),
    }
}

fn charset(kind: &str) -> Option<&str> {
    let mut parameters =
        parts(kind, b';', Quoted::String).skip(1).filter_map(|one| one.trim().split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(value.trim().trim_matches('"'))
}

/// The encoding that XML says itself to be in; empty where it says none.
fn declared(body: &[u8]) -> Cow<'_, str> {
    let beginning = body.get(..DECLARATION.min(body.len())).unwrap_or_default();
    let said = || {
        let beginning = String::from_utf8_lossy(beginning);
        let (declaration, _) = beginning.strip_prefix("<?xml")?.split_once("?>")?;
        let (_, value) = declaration.split_once("encoding")?;
        let value = value.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        value.get(1..)?.split(quote).next().map(str::to_owned)
    };
    said().map_or(Cow::Borrowed(""), Cow::Owned)
}

fn lossy(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn latin(body: &[u8]) -> String {
    body.iter().copied().map(char::from).collect()
}

fn windows(byte: u8) -> char {
    let place = byte.checked_sub(0x80).map(usize::from);
    place.and_then(|place| WINDOWS.get(place)).copied().unwrap_or_else(|| char::from(byte))
}

/// UTF-16, without its byte order mark.
fn wide(body: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = body.chunks(2).map(|pair| match *pair {
        [one, two] => unit([one, two]),
        _ => 0xfffd,
    });
    let read = char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER));
    let mut read = read.peekable();
    read.next_if_eq(&'\u{feff}');
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_read_as_it_says() {
        let declared = |encoding: &str| format!("<?xml version=\"1.0\" encoding='{encoding}'?><a>");
        let wide = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let mut little: Vec<u8> = b"\xff\xfe".to_vec();
        little.extend(wide("<a>ü€</a>").into_iter().flat_map(u16::to_le_bytes));
        let big: Vec<u8> = wide("<a>ü€</a>").into_iter().flat_map(u16::to_be_bytes).collect();
        let of = |encoding: &str, rest: &[u8]| [declared(encoding).as_bytes(), rest].concat();
        for (body, kind, expect) in [
            (of("ISO-8859-1", b"\xfc</a>"), "application/xml", declared("ISO-8859-1") + "ü</a>"),
            (of("windows-1252", b"\x80\xfc</a>"), "text/xml", declared("windows-1252") + "€ü</a>"),
            (of("utf-8", "ü</a>".as_bytes()), "application/soap+xml", declared("utf-8") + "ü</a>"),
            // What the header says counts more than what stands in the XML.
            (
                of("ISO-8859-1", "ü</a>".as_bytes()),
                "text/xml; Charset=\"UTF-8\"",
                declared("ISO-8859-1") + "ü</a>",
            ),
            (b"<a>\xfc</a>".to_vec(), "text/xml;charset=iso-8859-1", "<a>ü</a>".into()),
            (b"\xef\xbb\xbf<a>\xc3\xbc</a>".to_vec(), "text/xml;charset=iso-8859-1", "<a>ü</a>".into()),
            (little, "application/xml", "<a>ü€</a>".into()),
            (big, "application/xml; charset=utf-16be", "<a>ü€</a>".into()),
            (of("koi8-r", b"x</a>"), "application/xml", declared("koi8-r") + "x</a>"),
            (b"a\xfc".to_vec(), "text/plain; charset=ISO-8859-1", "aü".into()),
            (b"a\xc3\xbc".to_vec(), "text/plain", "aü".into()),
        ] {
            assert_eq!(text(&body, Some(kind)), Ok(expect), "{kind}");
        }
        assert_eq!(text(&of("latin1", b"\xfc</a>"), None), Ok(declared("latin1") + "ü</a>"));
        let error = text(&of("koi8-r", b"\xfc</a>"), Some("application/xml"));
        assert_eq!(error, Err("its body is in `koi8-r`, which is not read".into()));
    }
}
