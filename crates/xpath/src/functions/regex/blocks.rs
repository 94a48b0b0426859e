//! The blocks of Unicode by their names without spaces (XML Schema 1.1 part 2 §G.4.2.3).

/// Those of Unicode 16.0: the first and the last code point, and the name.
const BLOCKS: &str = include_str!("blocks.txt");

/// Names of older versions with those of now.
const OLD: [(&str, &str); 4] = [
    ("Greek", "GreekandCoptic"),
    ("CombiningMarksforSymbols", "CombiningDiacriticalMarksforSymbols"),
    ("CyrillicSupplementary", "CyrillicSupplement"),
    ("PrivateUse", "PrivateUseArea"),
];

/// The first and the last code point of a block.
pub(super) fn block(name: &str) -> Option<(u32, u32)> {
    let name = OLD.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    let (range, _) = BLOCKS.lines().filter_map(|line| line.split_once(' ')).find(|(_, own)| *own == name)?;
    let (first, last) = range.split_once("..")?;
    Some((u32::from_str_radix(first, 16).ok()?, u32::from_str_radix(last, 16).ok()?))
}
