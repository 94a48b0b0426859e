//! How long a recording is, by its own word or by its size.

/// Bytes of a second of a recording whose format tells no length: 128 kbit, as most MP3 files have.
const BYTES_PER_SECOND: u64 = 16_000;

/// Characters that are spoken in a second.
const CHARACTERS_PER_SECOND: u64 = 15;

/// The length of a recording in milliseconds. WAV files say it; of others it is estimated.
pub(super) fn of_file(file: &[u8]) -> u64 {
    let length = u64::try_from(file.len()).unwrap_or(u64::MAX);
    let (bytes, rate) = wav(file).unwrap_or((length, BYTES_PER_SECOND));
    bytes.saturating_mul(1_000) / rate
}

/// How long so much text takes to speak, in milliseconds: an estimate.
pub(super) fn of_text(characters: u64) -> u64 {
    characters.saturating_mul(1_000) / CHARACTERS_PER_SECOND
}

/// The bytes of sound in a WAV file, and how many of them a second has.
fn wav(file: &[u8]) -> Option<(u64, u64)> {
    let four =
        |at: usize| -> Option<u32> { Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?)) };
    if !file.starts_with(b"RIFF") || file.get(8..16)? != b"WAVEfmt " {
        return None;
    }
    let rate = u64::from(four(28)?);
    let header = u64::try_from(memchr::memmem::find(file, b"data")?).ok()? + 8;
    let bytes = u64::try_from(file.len()).ok()?.checked_sub(header)?;
    (rate > 0).then_some((bytes, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_as_long_as_it_says_or_as_large_as_it_is() {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        file.extend(24_000_u32.to_le_bytes());
        file.extend(48_000_u32.to_le_bytes());
        file.extend(b"\x02\0\x10\0data\0\0\0\0");
        file.resize(file.len() + 120_000, 0);
        assert_eq!(of_file(&file), 2_500);
        assert_eq!(of_file(&vec![0; 32_000]), 2_000);
        for odd in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", &file[..30]] {
            of_file(odd);
        }
        assert_eq!(of_text(30), 2_000);
    }
}
