//! Pictures and files that a request has by their address, for providers that take the bytes alone: which they are, and
//! how what was fetched takes their place. Nothing is fetched here.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldhash::fast::RandomState;

use crate::canonical::{Content, Part, Request, Source};
use crate::dialect::{Client, in_own_words};
use crate::json::{Data, Text, Value};
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
    /// The files of a request that this provider wants as bytes and the target does not have yet, each once.
    pub fn remotes(self, dialect: Dialect, body: &[u8], target: &Target<'_>) -> Vec<Remote> {
        let (provider, client) = (self.provider(), dialect.client());
        let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
        let (Way::Convert(_), Ok(text)) = (provider.way(dialect), client.prepare(text)) else {
            return Vec::new();
        };
        let Ok(request) = client.decode_request(&text) else { return Vec::new() };
        let whole = Value::parse(&text).unwrap_or(Value::NULL);
        let mut found: Vec<Remote> = Vec::new();
        wanted(&request, provider, target, &mut |medium, url| {
            if found.iter().all(|remote| remote.url != url) {
                let param = place(&whole, url).map_or_else(String::new, |at| client.own_name(at));
                found.push(Remote { url: url.to_owned(), param, medium });
            }
        });
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

/// Where a string stands first in a body.
fn place(value: &Value<'_>, wanted: &str) -> Option<String> {
    let behind =
        |rest: String| if rest.is_empty() || rest.starts_with('[') { rest } else { format!(".{rest}") };
    match &value.data {
        Data::String(text) => text.is(wanted).then(String::new),
        Data::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| Some(format!("[{at}]{}", behind(place(item, wanted)?)))),
        Data::Object(members) => members
            .iter()
            .find_map(|(name, member)| Some(format!("{}{}", name.decode(), behind(place(member, wanted)?)))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
