//! The checksum of frames: CRC-32 as Ethernet and zip have it.

/// Remainders by byte: of that byte alone, and of it with one to seven zero bytes behind it.
static TABLES: [[u32; 256]; 8] = tables();

#[expect(clippy::indexing_slicing, reason = "the indexes are below the lengths, and it runs when compiled")]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte: u8 = 0;
    loop {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = (rest >> 1) ^ (0xEDB8_8320 & (rest & 1).wrapping_neg());
            bit += 1;
        }
        tables[0][byte as usize] = rest;
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before: u32 = tables[zeros - 1][byte];
            tables[zeros][byte] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

/// The checksum of bytes, eight at a time.
#[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let at = |table: usize, byte: u8| TABLES[table][usize::from(byte)];
    let mut rest = !0_u32;
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        let bytes = (u64::from_le_bytes(*word) ^ u64::from(rest)).to_le_bytes();
        rest = (0..8).fold(0, |rest, place| rest ^ at(7 - place, bytes[place]));
    }
    for &byte in tail {
        let [low, ..] = rest.to_le_bytes();
        rest = (rest >> 8) ^ at(0, low ^ byte);
    }
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sums() {
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b"The quick brown fox jumps over the lazy dog"), 0x414F_A339);
    }
}
