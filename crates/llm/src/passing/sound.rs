//! How long a recording is, by its own word or by its size.

use std::ops::RangeInclusive;

/// Bytes of a second of a recording whose format tells no length: 128 kbit, as most MP3 files have.
const BYTES_PER_SECOND: u64 = 16_000;

/// Chunks of a WAV file that are looked at: few have more than five.
const CHUNKS: usize = 64;

/// Samples that a second of sound has.
const SAMPLES: RangeInclusive<u64> = 4_000..=192_000;

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

/// The bytes of sound in a WAV file, and how many of them a second has: by what a player goes by, and within what sound
/// has. `None`: it is none, or one whose size tells no length.
fn wav(file: &[u8]) -> Option<(u64, u64)> {
    if !file.starts_with(b"RIFF") || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut chunks, mut rate) = (file.get(12..)?, None);
    for _ in 0..CHUNKS {
        let (head, behind) = chunks.split_at_checked(8)?;
        let (name, size) = head.split_at_checked(4)?;
        let size = usize::try_from(u32::from_le_bytes(size.try_into().ok()?)).ok()?;
        match name {
            b"fmt " => rate = Some(rate_of(behind)?),
            b"data" => return Some((u64::try_from(behind.len()).ok()?, rate?)),
            _ => {}
        }
        // A chunk of an odd size has a byte behind it.
        chunks = behind.get(size.checked_add(size % 2)?..)?;
    }
    None
}

/// The bytes of a second by a format of samples that are all of one size.
fn rate_of(format: &[u8]) -> Option<u64> {
    let two = |at: usize| -> Option<u64> {
        Some(u16::from_le_bytes(format.get(at..at + 2)?.try_into().ok()?).into())
    };
    let (kind, channels, align, bits) = (two(0)?, two(2)?, two(12)?, two(14)?);
    let samples = u64::from(u32::from_le_bytes(format.get(4..8)?.try_into().ok()?));
    // PCM, floats, A-law, mu-law, and what says so further behind.
    let even = matches!(kind, 1 | 3 | 6 | 7 | 0xfffe) && align == channels * bits.div_ceil(8);
    let fits = even && SAMPLES.contains(&samples) && (1..=8).contains(&channels) && (8..=64).contains(&bits);
    fits.then_some(samples * align)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_as_long_as_it_says_or_as_large_as_it_is() {
        let wav = |before: &[u8], samples: u32, rate: u32, align: u16| {
            let mut file = [b"RIFF\0\0\0\0WAVE", before, b"fmt \x10\0\0\0\x01\0\x01\0"].concat();
            file.extend(samples.to_le_bytes());
            file.extend(rate.to_le_bytes());
            file.extend(align.to_le_bytes());
            file.extend(b"\x10\0data\0\0\0\0");
            file.resize(file.len() + 120_000, 0);
            file
        };
        let file = wav(b"", 24_000, 48_000, 2);
        assert_eq!(of_file(&file), 2_500);
        // What comes before may say `data`, and the rate that it tells counts for nothing.
        assert_eq!(of_file(&wav(b"LIST\x05\0\0\0data!\0", 24_000, u32::MAX, 2)), 2_500);
        // No sound has so many samples, or such samples.
        for odd in [wav(b"", u32::MAX, 48_000, 2), wav(b"", 24_000, 48_000, 900), wav(b"", 0, 0, 2)] {
            assert_eq!(of_file(&odd), u64::try_from(odd.len()).unwrap() / 16);
        }
        assert_eq!(of_file(&vec![0; 32_000]), 2_000);
        for odd in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", &file[..30]] {
            of_file(odd);
        }
        assert_eq!(of_text(30), 2_000);
    }
}
