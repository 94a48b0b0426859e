//! Sets of methods.

use std::fmt;

/// The methods that have a bit of their own.
const KNOWN: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "QUERY"];

/// A set of methods, case-sensitive (RFC 9110 §9.1). HEAD is not implied by GET.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Methods {
    any: bool,
    known: u16,
    others: Vec<Box<str>>,
}

impl Methods {
    /// Every method.
    pub const fn any() -> Self {
        Self { any: true, known: 0, others: Vec::new() }
    }

    /// These methods.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::default();
        for name in names {
            match bit(name) {
                Some(bit) => set.known |= bit,
                None if !set.others.iter().any(|other| **other == *name) => set.others.push(name.into()),
                None => {}
            }
        }
        set.others.sort_unstable();
        set
    }

    /// Whether `name` is in the set.
    pub fn contains(&self, name: &str) -> bool {
        self.any
            || match bit(name) {
                Some(bit) => self.known & bit != 0,
                None => self.others.iter().any(|other| **other == *name),
            }
    }

    /// Whether the set holds every method.
    pub const fn is_any(&self) -> bool {
        self.any
    }

    /// Whether the set is empty.
    pub const fn is_empty(&self) -> bool {
        !self.any && self.known == 0 && self.others.is_empty()
    }

    /// Whether some method is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        (self.any && !other.is_empty())
            || (other.any && !self.is_empty())
            || self.known & other.known != 0
            || self.others.iter().any(|name| other.others.contains(name))
    }

    /// Adds all of `other`.
    pub fn join(&mut self, other: &Self) {
        self.any |= other.any;
        self.known |= other.known;
        for name in &other.others {
            if !self.others.contains(name) {
                self.others.push(name.clone());
            }
        }
        self.others.sort_unstable();
    }

    /// The names, in a fixed order; none if the set is [`Methods::any`].
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let known = KNOWN.iter().enumerate().filter(|(at, _)| self.known & (1 << at) != 0);
        known.map(|(_, name)| *name).chain(self.others.iter().map(|name| &**name))
    }
}

/// The value of an `Allow` field (RFC 9110 §10.2.1).
impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.any {
            return f.write_str("*");
        }
        for (at, name) in self.names().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

fn bit(name: &str) -> Option<u16> {
    // Written out, since this compiles to comparisons of numbers; the order is that of `KNOWN`.
    let at = match name {
        "GET" => 0,
        "HEAD" => 1,
        "POST" => 2,
        "PUT" => 3,
        "DELETE" => 4,
        "OPTIONS" => 5,
        "PATCH" => 6,
        "TRACE" => 7,
        "CONNECT" => 8,
        "QUERY" => 9,
        _ => return None,
    };
    Some(1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        for (at, name) in KNOWN.iter().enumerate() {
            assert_eq!(bit(name), Some(1 << at));
            let one = Methods::of([*name]);
            assert!(one.contains(name) && !one.contains("PURGE") && one.names().eq([*name]));
        }
        let (odd, empty) = (Methods::of(["PURGE", "LOCK", "PURGE"]), Methods::default());
        assert_eq!(odd.names().collect::<Vec<_>>(), ["LOCK", "PURGE"]);
        assert!(odd.contains("LOCK") && !odd.contains("GET"));
        assert!(Methods::any().overlaps(&odd) && odd.overlaps(&Methods::of(["LOCK"])));
        assert!(!odd.overlaps(&Methods::of(["GET"])) && !empty.overlaps(&Methods::any()) && empty.is_empty());
        assert_eq!(Methods::any().to_string(), "*");
    }
}
