//! Reading test data and writing what came out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use llm::request::{self, Address, Peek};
use llm::{Dialect, RequestError};

pub(crate) use crate::entry::{Outcome, context, translate};

/// Scans a chat request.
pub(crate) fn chat_peek(body: &[u8]) -> Result<Peek, RequestError> {
    request::peek(Dialect::OpenAiChat, body, Address::default())
}

/// The file in `testdata`.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// The bytes of a file in `testdata`.
pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The names of the files in a folder of `testdata` that end in `ending`, without it.
pub(crate) fn cases(folder: &str, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(path(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut cases: Vec<String> =
        names.filter_map(|name| Some(name.strip_suffix(ending)?.to_owned())).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no *{ending} in {folder}");
    cases
}

/// Compares with `<case>.<to>.snap` beside the case.
pub(crate) fn golden(folder: &str, case: &str, to: &str, got: &str) {
    golden_in(folder, &format!("{case}.{to}"), got);
}

/// Compares with `<name>.snap` in a folder of `testdata`.
pub(crate) fn golden_in(folder: &str, name: &str, got: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, got));
}

/// JSON, set out in lines and otherwise as it is written, order and numbers included.
pub(crate) fn pretty(json: &[u8]) -> String {
    let json = std::str::from_utf8(json).unwrap();
    serde_json::from_str::<serde_json::Value>(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0, false, false);
    for character in json.chars() {
        if quoted {
            out.push(character);
            quoted = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        if let '}' | ']' = character {
            depth -= 1;
            write!(out, "\n{:1$}", "", depth * 2).unwrap();
        }
        if !character.is_whitespace() {
            out.push(character);
        }
        quoted = character == '"';
        depth += usize::from(matches!(character, '{' | '['));
        match character {
            '{' | '[' | ',' => write!(out, "\n{:1$}", "", depth * 2).unwrap(),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}
