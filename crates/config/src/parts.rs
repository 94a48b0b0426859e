//! What documents name by a file or an address in place of having it in themselves: Arazzo documents, descriptions of
//! operations, and queries of GraphQL. It is put in when files are loaded, so that whoever takes the documents needs neither. Files lie within the
//! configuration's folder; what has an address is read from where it was [`kept`] when it was fetched.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use domain::spec::{Backend, Flow, FlowSource};
use domain::{DocId, Document, Kind, Reference, Spec};
use serde_json::Value;

use crate::files::{FileMistake, Files};
use crate::order;
use crate::single::Single;

/// The longest file, in bytes.
const LONGEST: u64 = 16 << 20;

/// Where what was fetched is kept, from the configuration's folder.
const FETCHED: &str = ".weir/fetched";

/// A file as it was before it was read: its name, length and time.
pub type Seen = (PathBuf, u64, Option<SystemTime>);

/// Where a document's part came from: the place in the document, and the file.
pub(crate) type Part = (String, Single);

/// What the file that is kept for an address is called; none where the address is too long or no address of the web.
pub fn kept(folder: &Path, url: &str) -> Option<PathBuf> {
    let web = url.starts_with("https://") || url.starts_with("http://");
    let mut name = String::new();
    for byte in url.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => name.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => write!(name, "%{byte:02X}").unwrap_or_default(),
        }
    }
    (web && name.len() <= 240).then(|| folder.join(FETCHED).join(name))
}

/// The folder that files may lie in: the configuration's own, or the one that its file lies in.
pub fn folder(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Whether a file's content is a description, which is no document of Weir's.
pub(crate) fn is_description(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some_and(Value::is_string);
    let described = || ["openapi", "swagger", "arazzo", "asyncapi"].into_iter().any(has);
    value.get("kind").is_none() && (described() || flow::short::is_meant(value))
}

/// Puts in what the documents name.
pub(crate) fn put_in(files: &mut Files, path: &Path) {
    let mut filler =
        Filler { folder: folder(path), described: described(files), files, flows: BTreeMap::new() };
    let mut documents = std::mem::take(&mut filler.files.documents);
    for document in &mut documents {
        filler.own(document);
        filler.query(document);
    }
    for document in &mut documents {
        filler.sources(document);
    }
    filler.files.documents = documents;
}

/// The services that have a description of their own.
fn described(files: &Files) -> BTreeMap<DocId, bool> {
    let service = |document: &Document| match &document.spec {
        Spec::Service(service) => Some((document.id.clone(), service.openapi.is_some())),
        _ => None,
    };
    files.documents.iter().filter_map(service).collect()
}

/// A name as a part of a JSON Pointer.
fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

struct Filler<'f> {
    files: &'f mut Files,
    folder: PathBuf,
    /// Of each service, whether it has a description of its own.
    described: BTreeMap<DocId, bool>,
    /// The flows whose documents stand in files, by these.
    flows: BTreeMap<PathBuf, DocId>,
}

/// Why a part is not there.
enum Missing {
    /// There is no such file.
    Gone(String),
    /// It is not to be read, or is not right.
    Wrong(String),
}

// === impl Filler ===

impl Filler<'_> {
    /// The document of a flow, where it stands in a file.
    fn own(&mut self, document: &mut Document) {
        let Spec::Flow(flow) = &mut document.spec else { return };
        let Some((at, Value::String(path))) = flow.written() else { return };
        let file = self.beside(&document.id, path);
        let read = match self.file(&document.id, at, &file) {
            Ok(value) => value,
            Err(missing) => return self.wrong(&document.id, at, missing),
        };
        if let Some(short) = &mut flow.flow {
            *short = read;
            order::in_order(short, &|inside| self.files.names(&document.id, &format!("{at}{inside}")));
        } else {
            flow.arazzo = Some(read);
        }
        if let Ok(file) = file.canonicalize() {
            self.flows.insert(file, document.id.clone());
        }
    }

    /// The query of a route, where it stands in a file.
    fn query(&mut self, document: &mut Document) {
        let Document { id, spec: Spec::Route(route), .. } = document else { return };
        let Some(graphql) = &mut route.graphql else { return };
        let (at, Some(path)) = ("/spec/graphql/query_file", graphql.query_file.take()) else { return };
        if !graphql.query.is_empty() {
            let message = "the query stands here (`query`) or in a file (`query_file`), not in both";
            return self.wrong(id, at, Missing::Wrong(message.to_owned()));
        }
        let file = self.beside(id, &path);
        match self.read(id, "/spec/graphql/query", &file, Single::text) {
            Ok(Value::String(text)) => graphql.query = text,
            Ok(_) => {}
            Err(missing) => {
                // That it lacks is no mistake beside the one that is told.
                graphql.query_file = Some(path);
                self.wrong(id, at, missing);
            }
        }
    }

    /// The sources of a flow or of a schema.
    fn sources(&mut self, document: &mut Document) {
        let Document { id, spec, .. } = document;
        let (sources, at) = match spec {
            Spec::Flow(flow) => (&mut flow.sources, "/spec/sources"),
            Spec::Service(service) => match &mut service.backend {
                Backend::Graphql(graphql) => (&mut graphql.sources, "/spec/backend/graphql/sources"),
                _ => return,
            },
            _ => return,
        };
        for (name, source) in sources {
            self.source(id, &format!("{at}/{}", token(name)), source);
        }
        if let Spec::Flow(flow) = spec {
            self.descriptions(id, flow);
        }
    }

    /// A source that names a file or an address.
    fn source(&mut self, id: &DocId, at: &str, source: &mut FlowSource) {
        let (file, url) = (source.file.clone(), source.url.clone());
        if [file.is_some(), url.is_some(), source.openapi.is_some()].into_iter().filter(|is| *is).count() > 1
        {
            let message = "a source is described by one of `openapi`, `file` and `url`";
            return self.wrong(id, at, Missing::Wrong(message.to_owned()));
        }
        let place = format!("{at}/openapi");
        let (said, read) = match (file, url) {
            (Some(file), _) => ("file", self.file(id, &place, &self.beside(id, &file))),
            (None, Some(url)) => ("url", self.fetched(id, &place, &url)),
            (None, None) => return,
        };
        match read {
            Ok(value) => {
                source.openapi = Some(value);
                (source.file, source.url) = (None, None);
            }
            Err(missing) => self.wrong(id, &format!("{at}/{said}"), missing),
        }
    }

    /// What the source descriptions of a flow's document lead to.
    fn descriptions(&mut self, id: &DocId, flow: &mut Flow) {
        let Some((written, value)) = flow.written() else { return };
        let own = value.get("$self").and_then(Value::as_str).map(str::to_owned);
        let names = flow.flow.as_ref().filter(|short| short.get("sourceDescriptions").is_none());
        let place = |at: usize, name: &str| match names {
            Some(_) => format!("{written}/sources/{}", token(name)),
            None => format!("{written}/sourceDescriptions/{at}/url"),
        };
        let descriptions = match &flow.flow {
            Some(short) => Some(flow::short::source_descriptions(short)),
            None => value.get("sourceDescriptions").cloned(),
        };
        let descriptions = descriptions.as_ref().and_then(Value::as_array).into_iter().flatten();
        let descriptions: Vec<(String, Value)> = descriptions
            .enumerate()
            .map(|(at, one)| (place(at, one["name"].as_str().unwrap_or_default()), one.clone()))
            .collect();
        for (at, description) in &descriptions {
            let text = |name: &str| description.get(name).and_then(Value::as_str);
            let (Some(name), Some(url), kind) = (text("name"), text("url"), text("type")) else { continue };
            if flow.flows.contains_key(name) || kind == Some("asyncapi") {
                continue;
            }
            match flow.source(name) {
                Some(source) if kind != Some("arazzo") => {
                    self.description(id, flow, (name, at, url), (source, own.as_deref()));
                }
                Some(_) => {}
                None => {
                    let file = self.beside_arazzo(id, url).canonicalize().ok();
                    let other = file.and_then(|file| self.flows.get(&file));
                    if let Some(other) =
                        other.filter(|other| other.team == id.team && kind != Some("openapi"))
                    {
                        flow.flows.insert(name.to_owned(), Reference(other.name.shared()));
                    }
                }
            }
        }
    }

    /// The description of operations that a source description leads to, where nothing else describes them.
    fn description(
        &mut self,
        id: &DocId,
        flow: &mut Flow,
        (name, at, url): (&str, &str, &str),
        (source, own): (FlowSource, Option<&str>),
    ) {
        let service = id.resolve(Kind::Service, &source.service).ok();
        let is_described = service.and_then(|service| self.described.get(&service).copied());
        if source.openapi.is_some() || is_described == Some(true) {
            return;
        }
        let place = format!("/spec/sources/{name}/openapi");
        let address = own.map_or_else(|| url.to_owned(), |own| flow::document::resolve(own, url));
        let is_web = |address: &str| address.contains("://");
        let mut read = Err(Missing::Gone(String::new()));
        if is_web(&address) {
            read = self.fetched(id, &place, &address);
        }
        // Where it was not fetched, it may lie beside the document all the same.
        if matches!(read, Err(Missing::Gone(_))) && !is_web(url) {
            let file = self.beside_arazzo(id, if is_web(&address) { url } else { &address });
            let lies = self.file(id, &place, &file);
            read = if is_web(&address) && matches!(lies, Err(Missing::Gone(_))) { read } else { lies };
        }
        match read {
            Ok(value) => {
                flow.sources.insert(name.to_owned(), FlowSource { openapi: Some(value), ..source });
            }
            // The service may be in a store, with its description.
            Err(_) if is_described.is_none() => {}
            Err(missing) => self.wrong(id, at, missing),
        }
    }

    /// A file that a document of the configuration names.
    fn beside(&self, id: &DocId, path: &str) -> PathBuf {
        let file = self.files.file_of(id).unwrap_or(Path::new(""));
        file.parent().unwrap_or(Path::new("")).join(path)
    }

    /// A file that the Arazzo document of a flow names.
    fn beside_arazzo(&self, id: &DocId, path: &str) -> PathBuf {
        let file = self.flows.iter().find(|(_, flow)| *flow == id).map(|(file, _)| file);
        file.map_or_else(|| self.beside(id, path), |file| file.parent().unwrap_or(Path::new("")).join(path))
    }

    fn fetched(&mut self, id: &DocId, place: &str, url: &str) -> Result<Value, Missing> {
        let Some(file) = kept(&self.folder, url) else {
            let message = "this is no address by http or https, or too long";
            return Err(Missing::Wrong(message.to_owned()));
        };
        if !self.files.wanted.iter().any(|known| known == url) {
            self.files.wanted.push(url.to_owned());
        }
        self.file(id, place, &file).map_err(|missing| match missing {
            Missing::Gone(_) => {
                Missing::Gone(format!("`{url}` has not been fetched: `weir fetch {}`", self.folder.display()))
            }
            wrong @ Missing::Wrong(_) => wrong,
        })
    }

    /// What a file in YAML or JSON says, which becomes this part of a document.
    fn file(&mut self, id: &DocId, place: &str, file: &Path) -> Result<Value, Missing> {
        self.read(id, place, file, |file, text| Single::parse(file, &text))
    }

    /// What a file says, which becomes this part of a document.
    fn read(
        &mut self,
        id: &DocId,
        place: &str,
        file: &Path,
        parse: impl FnOnce(&Path, Vec<u8>) -> Result<Single, Box<FileMistake>>,
    ) -> Result<Value, Missing> {
        let shown = file.display();
        let meta = std::fs::metadata(file).ok();
        let (length, time) = meta.map_or((0, None), |meta| (meta.len(), meta.modified().ok()));
        self.files.used.push((file.to_owned(), length, time));
        let gone = |error: std::io::Error| Missing::Gone(format!("`{shown}` cannot be read: {error}"));
        let real = file.canonicalize().map_err(gone)?;
        let folder = self.folder.canonicalize().map_err(gone)?;
        if !real.starts_with(&folder) {
            return Err(Missing::Wrong(format!("`{shown}` lies outside the configuration's folder")));
        }
        if length > LONGEST {
            return Err(Missing::Wrong(format!("`{shown}` is longer than {} MiB", LONGEST >> 20)));
        }
        let text = std::fs::read(&real).map_err(gone)?;
        let single = parse(file, text).map_err(|mistake| Missing::Wrong(mistake.to_string()))?;
        let value = single.to_json();
        self.files.parts.entry(id.clone()).or_default().push((place.to_owned(), single));
        Ok(value)
    }

    fn wrong(&mut self, id: &DocId, at: &str, (Missing::Gone(message) | Missing::Wrong(message)): Missing) {
        let mistake = self.files.locate(id, at, &message);
        self.files.mistakes.push(mistake);
    }
}

#[cfg(test)]
mod tests;
