//! What a fetched file is: by its first bytes where these tell it, since vendors look at them too, else by its server's
//! word.

use std::borrow::Cow;

use llm::Medium;

/// How files of the types that models read begin, and after how many bytes.
const STARTS: [(usize, &[u8], &str); 9] = [
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
];

/// Types that servers tell and that are carried under these names.
const TOLD: [&str; 16] = [
    "image/png",
    "image/jpeg",
    "image/jpg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "text/plain",
    "text/csv",
    "text/html",
    "text/markdown",
    "audio/wav",
    "audio/x-wav",
    "audio/mpeg",
    "audio/mp3",
    "audio/ogg",
    "audio/flac",
];

/// The media type of a file of this kind; or why it is none.
pub(super) fn of(medium: Medium, told: &str, bytes: &[u8]) -> Result<&'static str, Cow<'static, str>> {
    if bytes.is_empty() {
        return Err("it is empty".into());
    }
    let begins = |&&(at, start, _): &&(usize, &[u8], &str)| {
        bytes.get(at..).is_some_and(|rest| rest.starts_with(start)) && (at == 0 || bytes.starts_with(b"RIFF"))
    };
    let told = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let by_bytes = STARTS.iter().find(begins).map(|(_, _, media_type)| *media_type);
    let by_word = || TOLD.iter().copied().find(|known| *known == told);
    let found = by_bytes.or_else(by_word).filter(|found| medium.takes(found));
    found.ok_or_else(|| {
        let is = if told.is_empty() { "of a type that is not told".to_owned() } else { format!("`{told}`") };
        format!("it is {is}, where {} must stand", medium.types()).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_count_before_the_servers_word() {
        let png = b"\x89PNG\r\n\x1a\n...";
        for told in ["image/png", "image/jpeg", "application/octet-stream", "", "text/html"] {
            assert_eq!(of(Medium::Image, told, png).as_deref(), Ok("image/png"), "{told}");
        }
        assert_eq!(of(Medium::Image, "", b"RIFF....WEBPVP8 ").as_deref(), Ok("image/webp"));
        assert_eq!(of(Medium::Audio, "", b"RIFF....WAVEfmt ").as_deref(), Ok("audio/wav"));
        assert_eq!(of(Medium::Document, "Text/CSV; charset=utf-8", b"a,b").as_deref(), Ok("text/csv"));
    }

    #[test]
    fn what_is_of_another_kind_is_refused() {
        let why = of(Medium::Image, "text/html; charset=utf-8", b"<html>").unwrap_err();
        assert_eq!(why, "it is `text/html`, where png, jpeg, gif or webp must stand");
        assert!(of(Medium::Image, "image/png", b"%PDF-1.7").is_err());
        assert!(of(Medium::Document, "application/octet-stream", b"\0\0").is_err());
        assert!(of(Medium::Image, "image/png", b"").is_err());
    }
}
