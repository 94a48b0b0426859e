//! What patterns match, apart from the functions that use them.

use super::pattern::compiled;
use super::translate::{Flags, translate};
use crate::error::Error;

fn regex(pattern: &str, flags: &str) -> Result<regex::Regex, Error> {
    let flags = Flags::parse(flags)?;
    compiled(&translate(pattern, flags, if flags.multiline { "(?m:^)" } else { "(?:\\A)" })?.text)
}

/// A pattern, its flags, texts that it matches, and texts that it does not.
type Case = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    ("", "", &["", "a"], &[]),
    ("^$", "", &[""], &["\n", "a"]),
    ("a|b|", "", &["a", "", "c"], &[]),
    ("^(a|b)c$", "", &["ac", "bc"], &["c", "ab"]),
    ("^a{2,3}$", "", &["aa", "aaa"], &["a", "aaaa"]),
    ("^a{2}$", "", &["aa"], &["a", "aaa"]),
    ("^a{2,}?$", "", &["aa", "aaaaa"], &["a"]),
    ("^(?:ab)+?$", "", &["ab", "abab"], &["aba"]),
    ("^*a$*", "", &["a", "ba"], &["b"]),
    ("^.$", "", &["a", "\u{1F600}", "\u{85}", "\u{2028}"], &["\n", "\r", "", "ab"]),
    ("^.$", "s", &["a", "\n", "\r"], &["", "\r\n"]),
    ("^b$", "m", &["a\nb\nc", "b"], &["ab\n", "a\rb"]),
    ("^b$", "", &["b"], &["a\nb\nc", "b\n"]),
    ("^a b$", "x", &["ab"], &["a b"]),
    ("^[a ]b \\ d$", "x", &["ab1", " b1"], &["a b1"]),
    ("^\\p{ L u }$", "x", &["A"], &["a"]),
    ("^\\[ a\\]$", "x", &["[a]"], &["[ a]"]),
    ("a.b", "q", &["xa.by"], &["acb"]),
    ("A.B", "qi", &["a.b"], &["a b"]),
    ("a b\\", "qsmx", &["a b\\"], &["ab\\", "ab"]),
    // classes
    ("^[a-z-[aeiou]]$", "", &["b", "z"], &["a", "u", "-", "B"]),
    ("^[a-z-[aeiou-[e]]]$", "", &["b", "e"], &["a", "u"]),
    ("^[^a-c-[x]]$", "", &["d", "y"], &["a", "x"]),
    ("^[a-c-1-4x-z-7-9]*$", "", &["a-1x-7", "c-4z-9", "a1z9"], &["d", "5"]),
    ("^[^a-d-b-c]$", "", &["e"], &["a", "-", "b"]),
    ("^[-a]$", "", &["-", "a"], &["b"]),
    ("^[a-]$", "", &["-", "a"], &["b"]),
    ("^[\\d-a]$", "", &["-", "a", "5"], &["b"]),
    ("^[a--[b]]$", "", &["-", "a"], &["b"]),
    ("^[\\--a]$", "", &["-", "a", "Z"], &["b", "+"]),
    ("^[a^]$", "", &["^", "a"], &["b"]),
    ("^[\\^\\-\\]\\[\\\\]$", "", &["^", "-", "]", "[", "\\"], &["a"]),
    ("^[&&~~]$", "", &["&", "~"], &["a"]),
    ("^[a&&b]$", "", &["a", "&", "b"], &["c"]),
    ("^[.$^*+?(){}|]$", "", &[".", "$", "^", "(", "{"], &["a"]),
    ("^[a-[a]]$", "", &[], &["a", "b", ""]),
    ("^[\\s-[\\n]]$", "", &[" ", "\t"], &["\n"]),
    ("^[\\n-\\r]$", "", &["\n", "\u{B}", "\r"], &["\t"]),
    // escapes
    ("^\\d\\D$", "", &["1a", "\u{661}x"], &["11", "aa", "\u{BD}a"]),
    ("^\\s\\S$", "", &[" a", "\r\u{A0}"], &["\u{A0}a", "\u{B}a", "  "]),
    ("^\\w\\W$", "", &["a.", "\u{e9} ", "+-", "$("], &["_a", "a+", ".."]),
    ("^\\i\\c*$", "", &["a", "_a-1.2", ":b", "\u{e9}\u{b7}"], &["1", "-a", "", "a b", "\u{d7}"]),
    ("^\\I\\C$", "", &["1 ", "- "], &["a ", "1a"]),
    ("^[\\i-[:]][\\c-[:]]*$", "", &["a", "_a-1"], &["a:b", ":a"]),
    ("^\\p{Lu}\\P{Lu}$", "", &["Aa", "\u{c9}1"], &["AA", "aa"]),
    ("^[\\p{L}\\P{L}]$", "", &["A", "1"], &["AA"]),
    ("^\\p{IsBasicLatin}\\P{IsBasicLatin}$", "", &["a\u{e9}"], &["\u{e9}a", "aa"]),
    ("^[\\p{IsGreek}\\p{IsLatin-1Supplement}]$", "", &["\u{3b1}", "\u{e9}"], &["a"]),
    ("^[^\\p{IsCJKSymbolsandPunctuation}]$", "", &["a"], &["\u{3002}"]),
    ("\\p{IsHighSurrogates}", "", &[], &["a", "\u{1F600}"]),
    ("^\\P{IsLowSurrogates}$", "", &["a", "\u{1F600}"], &[]),
    ("^\\p{Cn}\\p{Co}\\p{Cc}\\p{Cf}\\p{C}$", "", &["\u{378}\u{e000}\n\u{ad}\t"], &[]),
    ("^\\(\\)\\{\\}\\.\\*\\+\\?\\|\\$\\^\\-\\n\\r\\t\\\\$", "", &["(){}.*+?|$^-\n\r\t\\"], &[]),
    // without regard to case
    ("^stra\u{df}e$", "i", &["STRA\u{df}E", "stra\u{1e9e}e"], &["STRASSE"]),
    ("^[A-Z]$", "i", &["a", "Z", "\u{212a}", "\u{17f}", "\u{131}"], &["\u{130}", "1"]),
    ("^[A-Z-[IO]]$", "i", &["A", "b"], &["I", "O", "i", "o"]),
    ("^[^Q]$", "i", &["a"], &["Q", "q"]),
    ("^\\p{Lu}$", "i", &["A"], &["a"]),
    ("^k\u{3c3}$", "i", &["K\u{3a3}", "\u{212a}\u{3c2}"], &[]),
    ("^\\i$", "i", &["a"], &["1"]),
];

#[test]
fn patterns_match() {
    for (pattern, flags, matched, unmatched) in CASES {
        let regex = regex(pattern, flags).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        for text in *matched {
            assert!(regex.is_match(text), "{pattern} matches {text:?}: {regex}");
        }
        for text in *unmatched {
            assert!(!regex.is_match(text), "{pattern} does not match {text:?}: {regex}");
        }
    }
}

#[test]
fn what_is_no_pattern_is_refused() {
    let patterns = [
        "(",
        ")",
        "a)",
        "(a",
        "[",
        "[]",
        "[^]",
        "]",
        "}",
        "{",
        "a{",
        "a{2",
        "a{2,1}",
        "a{,2}",
        "a{-1}",
        "a{1 }",
        "*",
        "?a",
        "+",
        "a**",
        "a+*",
        "a{2}{3}",
        "a*??",
        "(*a)",
        "|*",
        "\\",
        "\\q",
        "\\x41",
        "\\u0041",
        "\\b",
        "\\A",
        "\\_",
        "\\ ",
        "\\/",
        "\\p",
        "\\p{",
        "\\pL",
        "\\p{Xx}",
        "\\p{Cs}",
        "\\p{Latin}",
        "\\p{IsNone}",
        "\\p{isGreek}",
        "\\p{L",
        "[a",
        "[a-z",
        "[z-a]",
        "[a-\\d]",
        "[a-[b]c]",
        "[a[b]]",
        "[[a]]",
        "[--a]",
        "[+--]",
        "[-[a]]",
        "[a]]",
        "[]a]",
        "(?=a)",
        "(?<n>a)",
        "(?i)a",
        "(?",
        "(a)\\1",
        "\\1",
        "\\0",
        "(\\1)",
        "[\\1]",
        "a{99999}{2}",
    ];
    for pattern in patterns {
        let error = regex(pattern, "").map(|regex| panic!("{pattern} is read as {regex}")).unwrap_err();
        assert_eq!(error.code(), "FORX0002", "{pattern}: {error}");
    }
    for (pattern, flags) in [("a", "p"), ("a", "S"), ("a", " "), ("a", "g")] {
        assert_eq!(regex(pattern, flags).unwrap_err().code(), "FORX0001", "{flags}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let deep = format!("{}a{}", "(".repeat(61), ")".repeat(61));
    for pattern in ["a{100000}", "((a{100}){100}){100}", "a{99999999999}", "(\\w{1,99}){99}", &deep] {
        assert_eq!(regex(pattern, "").unwrap_err().code(), "XPDY0130", "{pattern}");
    }
    let deep = format!("{}a*{}", "(".repeat(60), ")*".repeat(60));
    assert!(regex(&deep, "").is_ok());
}

#[test]
fn what_may_look_far_is_known() {
    let cases = [
        ("\\s+", false),
        ("a|,\\s*|(bc)+", false),
        ("a{2,9}b", false),
        ("(a(b*)?)?", false),
        ("\\s*,", true),
        ("(a+){2}", true),
        ("(a*b)+", true),
        ("(a*)b", true),
        ("a{2,}$", true),
    ];
    for (pattern, lingers) in cases {
        let made = translate(pattern, Flags::default(), "").unwrap();
        assert_eq!(made.lingers, lingers, "{pattern}");
    }
}
/// Of patterns put together from parts by chance, each one that is read can be compiled.
#[test]
fn what_is_read_can_be_compiled() {
    const PARTS: &str = "a b - - [ ] [^ -[ ( ) (?: | * + ? {2} {1,3} {0} \\d \\w \\p{L} \\P{IsGreek} \\i \\- \\[ ^ $ . & ~ \
                         && -- é \\s \\S \\C , { } \\n";
    let parts: Vec<&str> = PARTS.split_whitespace().collect();
    let mut seed: usize = 12345;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    for _ in 0..500 {
        let pattern: String = (0..=next(9)).map(|_| parts[next(parts.len())]).collect();
        for flags in ["", "mi"] {
            if let Err(error) = regex(&pattern, flags) {
                assert!(error.to_string().contains("is none: "), "{pattern}: {error}");
            }
        }
    }
}
