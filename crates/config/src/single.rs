//! One file in YAML or JSON, or a text, that is no document of Weir's own: what it says, and where.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::files::{FileMistake, owned, place_of};
use crate::order;
use crate::tree::{Node, Place, budget};

/// A file as it was read.
#[derive(Debug)]
pub struct Single {
    file: PathBuf,
    tree: Node,
    /// It is a text in another language, of which mistakes tell the place themselves.
    is_text: bool,
}

// === impl Single ===

impl Single {
    /// Reads the text of a file; `file` is what mistakes call it.
    pub fn parse(file: &Path, text: &[u8]) -> Result<Self, Box<FileMistake>> {
        // YAML 1.2: `no` and `on` are text.
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false, budget: budget() };
        let read = serde_saphyr::from_slice_multiple_with_options::<Node>(text, options);
        let mistake = |place, message: String| {
            Box::new(FileMistake { file: file.to_owned(), place, path: String::new(), message })
        };
        let nodes = read.map_err(|error| {
            mistake(place_of(&error), format!("this is not YAML: {}", error.without_snippet()))
        })?;
        let mut nodes = nodes.into_iter();
        match (nodes.next(), nodes.next()) {
            (Some(tree), None) => Ok(Self { file: file.to_owned(), tree, is_text: false }),
            (None, _) => Err(mistake(Place::default(), "the file is empty".to_owned())),
            (Some(_), Some(second)) => {
                Err(mistake(second.place, "there is a second document in this file".to_owned()))
            }
        }
    }

    /// A file in another language.
    pub(crate) fn text(file: &Path, text: Vec<u8>) -> Result<Self, Box<FileMistake>> {
        let message = "this is not UTF-8".to_owned();
        let text = String::from_utf8(text).map_err(|_| FileMistake {
            file: file.to_owned(),
            place: Place::default(),
            path: String::new(),
            message,
        })?;
        Ok(Self { file: file.to_owned(), tree: Node::text(text), is_text: true })
    }

    /// What it says.
    pub fn to_json(&self) -> Value {
        self.tree.to_json()
    }

    /// What it says as a flow in the short form: its steps are a list, in the order in which they are written.
    pub fn to_flow(&self) -> Value {
        let mut flow = self.to_json();
        order::in_order(&mut flow, &|at| self.names(at));
        flow
    }

    /// Where the file says what stands at a place of the flow.
    pub fn written(&self, path: &str) -> String {
        order::written(path, &|at| self.tree.names(at).is_some())
    }

    /// The names in the object that a JSON Pointer names, in the order in which they are written; none if it is no object.
    pub(crate) fn names(&self, path: &str) -> Option<Vec<String>> {
        self.tree.names(path).map(owned)
    }

    /// Places a mistake at what a JSON Pointer names.
    pub fn locate(&self, path: &str, message: &str) -> FileMistake {
        let own = placed(message).filter(|_| self.is_text);
        let (place, message) = own.unwrap_or_else(|| (self.tree.find(path), message));
        FileMistake { file: self.file.clone(), place, path: path.to_owned(), message: message.to_owned() }
    }
}

/// The place before a message, and the message: `2:3: wrong`.
fn placed(message: &str) -> Option<(Place, &str)> {
    let (line, rest) = message.split_once(':')?;
    let (column, message) = rest.split_once(": ")?;
    Some((Place { line: line.parse().ok()?, column: column.parse().ok()? }, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Single, Box<FileMistake>> {
        Single::parse(Path::new("a.yaml"), text.as_bytes())
    }

    #[test]
    fn a_file_is_read_and_its_mistakes_have_their_lines() {
        let single = parse("a:\n  - b: 1\n    '200': yes\n    404: no\n").unwrap();
        assert_eq!(single.to_json(), json!({"a": [{"b": 1, "200": "yes", "404": "no"}]}));
        let mistake = single.locate("/a/0/404", "wrong");
        assert_eq!((mistake.place.line, mistake.to_string().contains("a.yaml:4")), (4, true), "{mistake}");
        assert_eq!(parse("{\"a\": [1, 2]}").unwrap().to_json(), json!({"a": [1, 2]}));
    }

    #[test]
    fn files_of_very_many_values_are_read() {
        let list = vec!["1"; 260_000].join(",");
        assert_eq!(parse(&format!("[{list}]")).unwrap().to_json().as_array().map(Vec::len), Some(260_000));
    }

    #[test]
    fn tags_are_those_of_json() {
        let known =
            "{a: !!str 3, b: !!int '3', c: !!seq [!!bool true, !!null null, !!float 1.5], d: !!map {}}";
        assert_eq!(
            parse(known).unwrap().to_json(),
            json!({"a": "3", "b": 3, "c": [true, null, 1.5], "d": {}})
        );
        for tag in ["!foo", "!!python/object", "!<tag:a.example,2026:b>", "!!set", "!!binary", "!!timestamp"]
        {
            for value in ["x", "aGk=", "2026-01-01", "{y: null}", "[1]"] {
                let refused = parse(&format!("a:\n  b: {tag} {value}\n"));
                let mistake = refused.expect_err(&format!("{tag} {value}"));
                assert!(mistake.place.line == 2, "{mistake}");
            }
        }
    }

    #[test]
    fn what_is_no_single_document_is_refused() {
        for (text, line, message) in
            [("a: [", 1, "this is not YAML"), ("a: 1\n---\nb: 2\n", 3, "there is a second document")]
        {
            let mistake = parse(text).unwrap_err();
            assert!(mistake.message.contains(message), "{mistake}");
            assert!(mistake.place.line >= line, "{mistake}");
        }
    }
}
