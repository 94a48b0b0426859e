//! Classes of characters: `[a-z-[aeiou]]`, `\p{L}`, `\i` (XML Schema 1.1 part 2 §G.4).

use super::{Translator, write, wrong};
use crate::error::Result;
use crate::functions::regex::{blocks, case};

/// The categories of Unicode that have a name (§G.4.2.2); surrogates are no characters.
const CATEGORIES: [&str; 36] = [
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps",
    "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
];

/// What a name may begin with (XML 1.0 §2.3, `NameStartChar`).
macro_rules! name_start {
    () => {
        ":A-Z_a-z\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{2FF}\\x{370}-\\x{37D}\\x{37F}-\\x{1FFF}\\x{200C}-\\x{200D}\
         \\x{2070}-\\x{218F}\\x{2C00}-\\x{2FEF}\\x{3001}-\\x{D7FF}\\x{F900}-\\x{FDCF}\\x{FDF0}-\\x{FFFD}\
         \\x{10000}-\\x{EFFFF}"
    };
}

/// What else a name may have (`NameChar`).
macro_rules! name_rest {
    () => {
        "\\-.0-9\\x{B7}\\x{300}-\\x{36F}\\x{203F}-\\x{2040}"
    };
}

/// About so many states has a class with characters of all scripts.
const WIDE: usize = 64;

/// What stands after a `\`.
pub(super) enum Escaped {
    /// A character for itself.
    Character(char),
    /// A class, and about so many states of it.
    Class(String, usize),
}

// === impl Translator ===

impl Translator<'_> {
    /// What follows a `\`, in a class and out of one.
    pub(super) fn escaped(&mut self) -> Result<Escaped> {
        let Some(character) = self.take() else {
            return Err(wrong("it ends with `\\`"));
        };
        let (class, size) = match character {
            'n' => return Ok(Escaped::Character('\n')),
            'r' => return Ok(Escaped::Character('\r')),
            't' => return Ok(Escaped::Character('\t')),
            '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^' | '$' => {
                return Ok(Escaped::Character(character));
            }
            's' => ("[ \\t\\n\\r]", 1),
            'S' => ("[^ \\t\\n\\r]", 1),
            'd' => ("\\p{Nd}", WIDE),
            'D' => ("\\P{Nd}", WIDE),
            'w' => ("[^\\p{P}\\p{Z}\\p{C}]", WIDE * 4),
            'W' => ("[\\p{P}\\p{Z}\\p{C}]", WIDE * 4),
            'i' => (concat!("[", name_start!(), "]"), WIDE),
            'I' => (concat!("[^", name_start!(), "]"), WIDE),
            'c' => (concat!("[", name_rest!(), name_start!(), "]"), WIDE),
            'C' => (concat!("[^", name_rest!(), name_start!(), "]"), WIDE),
            'p' | 'P' => return self.property(character == 'P'),
            other => return Err(wrong(format_args!("`\\{other}` has no meaning"))),
        };
        Ok(Escaped::Class(class.to_owned(), size))
    }

    /// `{L}` or `{IsBasicLatin}` after `\p`, or after `\P`, which is all others.
    fn property(&mut self, others: bool) -> Result<Escaped> {
        let mut name = String::new();
        if !self.eat('{') {
            return Err(wrong("`\\p` has no `{`"));
        }
        loop {
            match self.take() {
                Some('}') => break,
                Some(character) => name.push(character),
                None => return Err(wrong("`\\p{` has no `}`")),
            }
        }
        if CATEGORIES.contains(&&*name) {
            let sign = if others { 'P' } else { 'p' };
            return Ok(Escaped::Class(format!("\\{sign}{{{name}}}"), WIDE * 2));
        }
        let Some((first, last)) = name.strip_prefix("Is").and_then(blocks::block) else {
            return Err(wrong(format_args!("there are no characters `\\p{{{name}}}`")));
        };
        let sign = if others { "^" } else { "" };
        if char::from_u32(first).is_none() || char::from_u32(last).is_none() {
            // surrogates, which no text has
            let all = if others { "[\\x{0}-\\x{10FFFF}]" } else { "[^\\x{0}-\\x{10FFFF}]" };
            return Ok(Escaped::Class(all.to_owned(), 1));
        }
        Ok(Escaped::Class(format!("[{sign}\\x{{{first:X}}}-\\x{{{last:X}}}]"), 2))
    }

    /// A class after its `[`.
    pub(super) fn class(&mut self) -> Result<(String, usize)> {
        self.deeper()?;
        let mut class = String::from(if self.eat('^') { "[^" } else { "[" });
        let (begin, mut size) = (class.len(), 0);
        loop {
            match (self.peek(), self.ahead(1)) {
                (None, _) => return Err(wrong("a `[` is not closed")),
                (Some(']'), _) if class.len() > begin => break,
                (Some('-'), Some('[')) if class.len() > begin => {
                    self.next += 2;
                    let (less, more) = self.class()?;
                    class = format!("[{class}]--{less}");
                    size += more;
                    if self.peek() != Some(']') {
                        return Err(wrong("something follows what is taken off a class"));
                    }
                    break;
                }
                (Some('[' | ']'), _) => return Err(wrong("a bracket stands in a class without a `\\`")),
                _ => size += self.part(&mut class)?,
            }
        }
        self.next += 1;
        self.depth -= 1;
        class.push(']');
        Ok((class, size))
    }

    /// A character, a range or an escaped class within a class; about so many states.
    fn part(&mut self, class: &mut String) -> Result<usize> {
        let plain = self.peek() != Some('\\');
        let first = match self.single()? {
            Escaped::Class(text, size) => {
                class.push_str(&text);
                return Ok(size);
            }
            Escaped::Character(character) => character,
        };
        let hyphen = match (self.peek(), self.ahead(1), self.ahead(2)) {
            (Some('-'), Some('[' | ']'), _) | (Some('-'), Some('-'), Some('[')) => false,
            (next, ..) => next == Some('-'),
        };
        if !hyphen {
            self.range(first, first, class);
            return Ok(1);
        }
        self.next += 1;
        if (plain && first == '-') || self.peek() == Some('-') {
            return Err(wrong("a `-` without a `\\` stands at an end of a range"));
        }
        match self.single()? {
            Escaped::Character(last) if first <= last => {
                self.range(first, last, class);
                Ok(2)
            }
            Escaped::Character(last) => {
                Err(wrong(format_args!("the range from `{first}` to `{last}` is empty")))
            }
            Escaped::Class(..) => Err(wrong("a range ends with a class")),
        }
    }

    /// A character or an escape in a class.
    fn single(&mut self) -> Result<Escaped> {
        match self.take() {
            Some('\\') => self.escaped(),
            Some('[' | ']') => Err(wrong("a bracket stands in a class without a `\\`")),
            Some(character) => Ok(Escaped::Character(character)),
            None => Err(wrong("a `[` is not closed")),
        }
    }

    /// Writes a range with the variants of its characters.
    fn range(&self, first: char, last: char, class: &mut String) {
        write(first, class);
        if first != last {
            class.push('-');
            write(last, class);
        }
        if self.flags.caseless {
            case::variants(first, last).for_each(|one| write(one, class));
        }
    }
}
