//! A file or a folder of YAML files.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use domain::{DocId, Document, Kind, Name, Spec};
use serde_json::Value;

use crate::check::read_document;
use crate::order;
use crate::parts::{self, Part, Seen};
use crate::single::Single;
use crate::tree::{Node, Place, budget};

/// What was read, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Files {
    /// The documents that could be read, also those with mistakes, in the order of files and of lines.
    pub documents: Vec<Document>,
    /// The identities of those that could not, so that references to them are not mistakes of their own.
    pub unread: Vec<DocId>,
    /// Every mistake, in the order of files and lines.
    pub mistakes: Vec<FileMistake>,
    /// Further files that were read, or would have been were they there.
    pub used: Vec<Seen>,
    /// The addresses of what is to be fetched, whether it has been or not.
    pub wanted: Vec<String>,
    pub(crate) parts: BTreeMap<DocId, Vec<Part>>,
    trees: BTreeMap<DocId, (PathBuf, Node)>,
}

/// A mistake and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileMistake {
    /// The file.
    pub file: PathBuf,
    /// Line and column.
    pub place: Place,
    /// A JSON Pointer into the document; empty where the file as such is meant.
    pub path: String,
    /// What is wrong and the way out.
    pub message: String,
}

/// A file or folder that cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot read configuration `{path}`")]
pub struct LoadError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Reads the files that [`find`] gives.
pub fn load(path: &Path) -> Result<Files, LoadError> {
    let paths = find(path)?;
    let mut files = Files::default();
    if paths.is_empty() {
        files.add(path, Place::default(), "", "there is no `.yaml` file in this folder");
    }
    for file in paths {
        let text = std::fs::read(&file).map_err(|source| LoadError { path: file.clone(), source })?;
        files.read(&file, &text);
    }
    parts::put_in(&mut files, path);
    files.mistakes.sort();
    Ok(files)
}

/// Reads the text of one YAML file; `path` is what mistakes call it.
pub fn parse(path: &Path, text: &[u8]) -> Files {
    let mut files = Files::default();
    files.read(path, text);
    files.mistakes.sort();
    files
}

/// The files that a path stands for: itself, or every `.yaml` and `.yml` file in the folder and the
/// folders in it, sorted by path; names that begin with a dot are passed over.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let mut paths = Vec::new();
    collect(path, &mut paths)?;
    paths.sort();
    Ok(paths)
}

fn collect(path: &Path, into: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let named = |source| LoadError { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(named)?.is_dir() {
        into.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(named)? {
        let entry = entry.map_err(named)?.path();
        let hidden = entry.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        let yaml = entry.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if !hidden && (yaml || entry.is_dir()) {
            collect(&entry, into)?;
        }
    }
    Ok(())
}

/// Where a text is no YAML.
pub(crate) fn place_of(error: &serde_saphyr::Error) -> Place {
    error.location().map_or(Place { line: 1, column: 1 }, |at| Place { line: at.line(), column: at.column() })
}

impl Files {
    /// Places a mistake that was found in a document after it was read.
    pub fn locate(&self, document: &DocId, path: &str, message: &str) -> FileMistake {
        let path = &self.written(document, path);
        if let Some((part, rest)) = self.part(document, path) {
            return part.locate(rest, message);
        }
        let (file, place) = match self.trees.get(document) {
            Some((file, tree)) => (file.clone(), tree.find(path)),
            None => (PathBuf::new(), Place::default()),
        };
        FileMistake { file, place, path: path.to_owned(), message: message.to_owned() }
    }

    /// The file in which a place of a document stands, where that is not the document's own.
    fn part<'p>(&self, document: &DocId, path: &'p str) -> Option<(&Single, &'p str)> {
        self.parts.get(document)?.iter().find_map(|(place, part)| {
            let rest = path.strip_prefix(place.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((part, rest))
        })
    }

    /// The names in the object at a place of a document, in the order in which they are written; none if it is no object.
    pub(crate) fn names(&self, document: &DocId, path: &str) -> Option<Vec<String>> {
        match self.part(document, path) {
            Some((part, rest)) => part.names(rest),
            None => Some(owned(self.trees.get(document)?.1.names(path)?)),
        }
    }

    /// A place of a document as its file has it: steps of a flow are an object there.
    fn written(&self, document: &DocId, path: &str) -> String {
        if !path.starts_with("/spec/flow/") {
            return path.to_owned();
        }
        order::written(path, &|at| self.names(document, at).is_some())
    }

    /// Whether a document came from these files.
    pub fn has(&self, document: &DocId) -> bool {
        self.trees.contains_key(document)
    }

    /// The file that a document stands in.
    pub(crate) fn file_of(&self, document: &DocId) -> Option<&Path> {
        self.trees.get(document).map(|(file, _)| file.as_path())
    }

    fn read(&mut self, path: &Path, text: &[u8]) {
        // YAML 1.2: `no` and `on` are text.
        let options = serde_saphyr::options! { strict_booleans: true, budget: budget() };
        let nodes: Vec<Node> = match serde_saphyr::from_slice_multiple_with_options(text, options) {
            Ok(nodes) => nodes,
            Err(error) => {
                let place = place_of(&error);
                let text = error.without_snippet().to_string();
                self.add(path, place, "", &format!("this is not YAML: {text}"));
                return;
            }
        };
        for node in nodes.into_iter().filter(|node| !node.is_null()) {
            // A document of the file may be one of ours or a list of them.
            match node.into_items() {
                Ok(items) => items.into_iter().for_each(|item| self.take(path, item)),
                Err(node) => self.take(path, node),
            }
        }
    }

    fn take(&mut self, file: &Path, node: Node) {
        let value = node.to_json();
        // Descriptions lie beside the documents that name them.
        if parts::is_description(&value) {
            return;
        }
        let (document, faults) = read_document(&value);
        for fault in &faults {
            self.add(file, node.find(&fault.path), &fault.path, &fault.message);
        }
        match document {
            Some(document) => self.keep(file, node, document),
            None => self.unread.extend(identity(&value)),
        }
    }

    fn keep(&mut self, file: &Path, node: Node, mut document: Document) {
        if let Some((other, there)) = self.trees.get(&document.id) {
            let message = format!(
                "{} `{}` stands already in {} at line {}",
                document.id.kind,
                document.id.name,
                other.display(),
                there.place.line
            );
            self.add(file, node.find("/name"), "/name", &message);
            return;
        }
        if let Spec::Flow(flow) = &mut document.spec
            && let Some(short) = &mut flow.flow
        {
            order::in_order(short, &|inside| Some(owned(node.names(&format!("/spec/flow{inside}"))?)));
        }
        self.trees.insert(document.id.clone(), (file.to_owned(), node));
        self.documents.push(document);
    }

    fn add(&mut self, file: &Path, place: Place, path: &str, message: &str) {
        let (file, path, message) = (file.to_owned(), path.to_owned(), message.to_owned());
        self.mistakes.push(FileMistake { file, place, path, message });
    }
}

pub(crate) fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// The identity of a document whose content is wrong, as far as it can be told.
fn identity(value: &Value) -> Option<DocId> {
    let kind = Kind::parse(value.get("kind")?.as_str()?)?;
    let name = value.get("name")?.as_str()?;
    let own = if kind == Kind::Team { name } else { domain::DEFAULT_TEAM };
    let text = |field: &str| value.get(field).and_then(Value::as_str);
    let id = DocId::new(text("team").unwrap_or(own), kind, name).ok()?;
    match text("environment") {
        Some(environment) => Some(DocId { environment: Name::new(environment).ok()?, ..id }),
        None => Some(id),
    }
}

impl fmt::Display for FileMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        write!(f, "{}:{line}:{column}: ", self.file.display())?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Files {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), text).unwrap();
        load(folder.path()).unwrap()
    }

    #[test]
    fn documents_are_read_and_mistakes_have_their_lines() {
        let files = read(
            "kind: Upstream\nname: shop\nspec:\n  targets:\n    - {host: a, port: 80}\n---\n- kind: Plan\n  name: gold\n- kind: Upstream\n  name: bad\n  spec:\n    targets:\n      - host: b\n        port: none\n",
        );
        assert_eq!(files.documents.len(), 2);
        assert_eq!(files.unread.len(), 1);
        let [mistake] = &files.mistakes[..] else { panic!("{:?}", files.mistakes) };
        assert_eq!((mistake.place.line, mistake.path.as_str()), (14, "/spec/targets/0/port"));
        let plan = files.documents[1].id.clone();
        assert_eq!(files.locate(&plan, "/name", "x").place.line, 8);
    }

    #[test]
    fn what_is_a_boolean_in_old_yaml_alone_is_text() {
        let steps = "[{stepId: y, operationId: x, parameters: [{name: country, in: query, value: no}]}]";
        let files = read(&format!("kind: Flow\nname: f\nspec: {{arazzo: {{steps: {steps}, on: true}}}}\n"));
        assert_eq!(files.mistakes, []);
        let Spec::Flow(flow) = &files.documents[0].spec else { panic!("{:?}", files.documents) };
        let expect = serde_json::json!({"steps": [{"stepId": "y", "operationId": "x", "parameters": [{"name": "country", "in": "query", "value": "no"}]}], "on": true});
        assert_eq!(flow.arazzo.as_ref(), Some(&expect));
    }

    #[test]
    fn a_file_that_is_not_yaml_and_a_second_document_of_one_name_are_mistakes() {
        let files = read("kind: Plan\nname: [gold\n");
        assert_eq!(files.mistakes.len(), 1);
        assert!(files.mistakes[0].message.starts_with("this is not YAML"), "{}", files.mistakes[0]);
        let files = read("kind: Plan\nname: gold\n---\nkind: Plan\nname: gold\n");
        assert_eq!(files.mistakes.len(), 1);
        assert_eq!(files.mistakes[0].place.line, 5);
    }
    #[test]
    fn what_could_not_be_read_is_known_by_team_and_environment() {
        let files = read(
            "kind: Upstream\nteam: shop\nenvironment: staging\nname: u\nspec: {targets: [{host: b, port: none}]}\n",
        );
        let unread: Vec<String> = files.unread.iter().map(ToString::to_string).collect();
        assert_eq!(unread, ["shop/staging/Upstream/u"]);
        assert_eq!(files.mistakes.len(), 1, "{:?}", files.mistakes);
    }

    #[test]
    fn the_files_of_a_folder_are_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        for name in ["b.yml", "a.yaml", "sub/c.yaml", ".d.yaml", "e.json"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = find(folder.path()).unwrap();
        assert_eq!(found, ["a.yaml", "b.yml", "sub/c.yaml"].map(|name| folder.path().join(name)));
        assert!(find(&folder.path().join("none")).is_err());
    }
}
