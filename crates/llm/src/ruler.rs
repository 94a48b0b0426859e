//! A text measured in bytes and in characters, without the text: Google counts sources of a text in bytes, all others in
//! characters.

/// Where the characters of a text begin, kept without the text: runs of characters of the same width.
#[derive(Debug, Default)]
pub(crate) struct Ruler {
    runs: Vec<Run>,
    bytes: usize,
    characters: u64,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    /// The first byte of the run, and the first character.
    byte: usize,
    character: u64,
    width: usize,
}

// === impl Ruler ===

impl Ruler {
    /// Takes in a piece of the text.
    pub(crate) fn add(&mut self, text: &str) {
        for character in text.chars() {
            let width = character.len_utf8();
            if self.runs.last().is_none_or(|run| run.width != width) {
                self.runs.push(Run { byte: self.bytes, character: self.characters, width });
            }
            self.bytes += width;
            self.characters += 1;
        }
    }

    /// The character that stands at a byte, at most one behind the last.
    pub(crate) fn character(&self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.bytes);
        let at = self.runs.partition_point(|run| run.byte <= byte);
        let Some(run) = at.checked_sub(1).and_then(|at| self.runs.get(at)) else { return 0 };
        let within = u64::try_from((byte - run.byte) / run.width).unwrap_or(0);
        (run.character + within).min(self.characters)
    }

    /// The byte that a character begins at, at most one behind the last.
    pub(crate) fn byte(&self, character: u64) -> usize {
        let at = self.runs.partition_point(|run| run.character <= character);
        let Some(run) = at.checked_sub(1).and_then(|at| self.runs.get(at)) else { return 0 };
        let within = usize::try_from(character - run.character).unwrap_or(usize::MAX);
        within.saturating_mul(run.width).saturating_add(run.byte).min(self.bytes)
    }

    /// How many characters the text has.
    pub(crate) fn characters(&self) -> u64 {
        self.characters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_characters_and_characters_bytes() {
        let mut ruler = Ruler::default();
        ruler.add("aé");
        ruler.add("é😀b");
        for (byte, character) in [(0, 0), (1, 1), (3, 2), (5, 3), (9, 4), (10, 5), (99, 5)] {
            assert_eq!(ruler.character(byte), character, "{byte}");
            assert_eq!(ruler.byte(character), usize::try_from(byte).unwrap().min(10), "{character}");
        }
        assert_eq!((Ruler::default().character(7), Ruler::default().byte(7)), (0, 0));
    }
}
