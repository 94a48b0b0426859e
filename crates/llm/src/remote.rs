//! Pictures and files that a request has by their address, for providers that take the bytes alone: which they are, and
//! how what was fetched takes their place. Nothing is fetched here.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldhash::fast::RandomState;
use json::{Data, Text, Value};

use crate::canonical::{Content, Part, Request, Source};
use crate::dialect::{Client, in_own_words};
use crate::provider::{Provider, ProviderKind, Target, Way};
use crate::{Dialect, RequestError};

/// What stands at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// A recording.
    Audio,
    /// A file with text.
    Document,
    /// A picture.
    Image,
}

/// A file that a provider wants as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its address, by `http` or `https`.
    pub url: String,
    /// Where the client's request has it, in the client's words.
    pub param: String,
    /// What it is.
    pub medium: Medium,
}

/// How many files of a request are found: who takes fewer sees from one more that there are too many.
const FOUND: usize = 21;

/// Files that were fetched, by their addresses.
#[derive(Clone, Debug, Default)]
pub struct Fetched(HashMap<String, File, RandomState>);

/// A file: as text, or in base64.
#[derive(Clone, Debug)]
enum File {
    Plain(Text<'static>),
    Encoded { media_type: Text<'static>, data: Text<'static> },
}

// === impl Medium ===

impl Medium {
    /// Whether a media type, in lower case and without parameters, is one that some provider takes.
    pub fn takes(self, media_type: &str) -> bool {
        match self {
            Self::Audio => media_type.starts_with("audio/"),
            Self::Document => media_type == "application/pdf" || media_type.starts_with("text/"),
            Self::Image => {
                matches!(media_type, "image/png" | "image/jpeg" | "image/jpg" | "image/gif" | "image/webp")
            }
        }
    }

    /// The types for a person.
    pub fn types(self) -> &'static str {
        match self {
            Self::Audio => "sound",
            Self::Document => "pdf or text",
            Self::Image => "png, jpeg, gif or webp",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Audio => "a recording by its address",
            Self::Document => "a file by its address",
            Self::Image => "a picture by its address",
        }
    }
}

// === impl Remote ===

impl Remote {
    /// The mistake of an address whose file is not to be had.
    pub fn refuse(&self, why: &str) -> RequestError {
        let code = if self.medium == Medium::Image { "invalid_image_url" } else { "invalid_value" };
        RequestError::new(self.param.clone(), code, format!("`{}` cannot be fetched: {why}", self.param))
    }
}

// === impl Fetched ===

impl Fetched {
    /// Adds a file. Text that is not UTF-8 is not taken.
    pub fn insert(&mut self, url: &str, media_type: &str, bytes: &[u8]) -> bool {
        let file = if media_type.starts_with("text/") {
            let Ok(text) = std::str::from_utf8(bytes) else { return false };
            File::Plain(Text::from_plain(text.trim_start_matches('\u{feff}')))
        } else {
            let media_type = if media_type == "image/jpg" { "image/jpeg" } else { media_type };
            let data = Text::from_owned_literal(STANDARD.encode(bytes));
            File::Encoded { media_type: Text::from_plain(media_type), data }
        };
        self.0.insert(url.to_owned(), file);
        true
    }

    /// Whether the file of an address is here.
    pub fn has(&self, url: &str) -> bool {
        self.0.contains_key(url)
    }

    /// Puts what is here in the places of its addresses.
    pub(crate) fn fill<'a>(&'a self, request: &mut Request<'a>) {
        for message in &mut request.messages {
            self.fill_parts(&mut message.parts);
        }
    }

    fn fill_parts<'a>(&'a self, parts: &mut [Part<'a>]) {
        for part in parts {
            match &mut part.content {
                Content::ToolResult(result) => self.fill_parts(&mut result.parts),
                Content::Image(source) | Content::Audio(source) | Content::Document { source, .. } => {
                    let Source::Url { url, .. } = source else { continue };
                    match self.0.get(&*url.decode()) {
                        Some(File::Plain(text)) => *source = Source::Text(Text::from_literal(text.literal())),
                        Some(File::Encoded { media_type, data }) => {
                            let media_type = Text::from_literal(media_type.literal());
                            *source = Source::Base64 { media_type, data: Text::from_literal(data.literal()) };
                        }
                        None => {}
                    }
                }
                _ => {}
            }
        }
    }
}

// === impl ProviderKind ===

impl ProviderKind {
    /// The files of a request that this provider wants as bytes and the target does not have yet, each once, and no more
    /// than a request may have by any limit.
    pub fn remotes(self, dialect: Dialect, body: &[u8], target: &Target<'_>) -> Vec<Remote> {
        let (provider, client) = (self.provider(), dialect.client());
        let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
        let (Way::Convert(_), Ok(text)) = (provider.way(dialect), client.prepare(text)) else {
            return Vec::new();
        };
        let Ok(request) = client.decode_request(&text) else { return Vec::new() };
        let mut found: Vec<Remote> = Vec::new();
        let mut known: HashSet<String, RandomState> = HashSet::default();
        wanted(&request, provider, target, &mut |medium, url| {
            if found.len() < FOUND && !known.contains(url) {
                known.insert(url.to_owned());
                found.push(Remote { url: url.to_owned(), param: String::new(), medium });
            }
        });
        if !found.is_empty() {
            let whole = Value::parse(&text).unwrap_or(Value::NULL);
            let mut places = Places { open: (0..found.len()).collect(), found: &mut found, client };
            places.walk(&whole, &mut String::new());
        }
        found
    }
}

/// Refuses a request with a file by its address that the provider wants as bytes.
pub(crate) fn check(
    request: &Request<'_>,
    (provider, client): (&dyn Provider, &dyn Client),
    target: &Target<'_>,
) -> Result<(), RequestError> {
    let mut refused = None;
    for message in &request.messages {
        within(&message.parts, provider, target, &mut |medium, _| {
            refused.get_or_insert((message.index, medium));
        });
    }
    let Some((index, medium)) = refused else { return Ok(()) };
    let path = format!("messages[{index}].content");
    let message = format!("`{path}` has {}, which the chosen model's provider does not take", medium.noun());
    Err(in_own_words(client, RequestError::unsupported(path, message)))
}

type Each<'e> = &'e mut dyn FnMut(Medium, &str);

fn wanted(request: &Request<'_>, provider: &dyn Provider, target: &Target<'_>, each: Each<'_>) {
    for message in &request.messages {
        within(&message.parts, provider, target, each);
    }
}

fn within(parts: &[Part<'_>], provider: &dyn Provider, target: &Target<'_>, each: Each<'_>) {
    for part in parts {
        let (medium, source) = match &part.content {
            Content::ToolResult(result) => {
                within(&result.parts, provider, target, each);
                continue;
            }
            Content::Audio(source) => (Medium::Audio, source),
            Content::Document { source, .. } => (Medium::Document, source),
            Content::Image(source) => (Medium::Image, source),
            _ => continue,
        };
        let Source::Url { url, .. } = source else { continue };
        let url = url.decode();
        let far = url.starts_with("https://") || url.starts_with("http://");
        let here = target.fetched.is_some_and(|fetched| fetched.has(&url));
        if far && !here && !provider.fetches(medium, &url, target) {
            each(medium, &url);
        }
    }
}

/// A walk over a body that tells of each file where its address stands first.
struct Places<'p> {
    found: &'p mut [Remote],
    /// Those whose places are not known yet.
    open: Vec<usize>,
    client: &'p dyn Client,
}

// === impl Places ===

impl Places<'_> {
    /// Walks over a value that stands at `path`, which is the same again afterwards.
    fn walk(&mut self, value: &Value<'_>, path: &mut String) {
        let length = path.len();
        match &value.data {
            Data::String(text) => self.meet(text, path),
            Data::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    if self.open.is_empty() {
                        return;
                    }
                    path.push('[');
                    path.push_str(&at.to_string());
                    path.push(']');
                    self.walk(item, path);
                    path.truncate(length);
                }
            }
            Data::Object(members) => {
                for (name, member) in members {
                    if self.open.is_empty() {
                        return;
                    }
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(&name.decode());
                    self.walk(member, path);
                    path.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn meet(&mut self, text: &Text<'_>, path: &str) {
        let met = self.open.iter().position(|&at| self.found.get(at).is_some_and(|file| text.is(&file.url)));
        let Some(met) = met else { return };
        let file = self.found.get_mut(self.open.swap_remove(met));
        if let Some(file) = file {
            file.param = self.client.own_name(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
