//! A batch as JSON, with every mistake and its place.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use expr::Pointer;
use flow::plan::{Traits, Wait, Why};
use flow::{Mistake, Mistakes, Plan};
use message::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::content::{Content, Tree, alone, decode};
use crate::item::{Item, check_header, check_target, method};
use crate::names::Names;
use crate::reference::Reference;
use crate::strict::Strict;
use crate::text::Text;
use crate::{Batch, Limits, OnError, answer};

/// How often the requests of a batch may wait for each other, each pair counted once: what they are planned by.
const WAITS: usize = 20_000;

/// Reads one item.
struct Reader<'r> {
    names: &'r Names,
    /// Its place in the list.
    own: usize,
    at: Pointer,
    members: &'r Map<String, Value>,
    /// Its body, as it stands there.
    raw: Option<Bytes>,
    mistakes: &'r mut Mistakes,
}

/// Reads a batch.
pub(crate) fn read(body: &Bytes, limits: Limits<'_>) -> Result<Batch, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    let root = Pointer::default();
    let value = match serde_json::from_slice(body) {
        Ok(Strict(value)) => value,
        Err(error) => return Err(one(&root, format_args!("the body is no JSON: {error}"))),
    };
    let Value::Object(members) = &value else {
        return Err(one(
            &root,
            "a batch is an object: `{\"requests\": [{\"method\": \"GET\", \"path\": \"/…\"}]}`",
        ));
    };
    for name in members.keys().filter(|name| !matches!(name.as_str(), "requests" | "on_error")) {
        mistakes
            .add(&root.join(name), format_args!("`{name}` is not known; known are `requests`, `on_error`"));
    }
    let on_error = match members.get("on_error").map(|word| word.as_str().unwrap_or_default()) {
        None | Some("continue") => OnError::Continue,
        Some("stop") => OnError::Stop,
        Some(_) => {
            mistakes.add(&root.join("on_error"), "`on_error` is `continue` or `stop`");
            OnError::Continue
        }
    };
    let at = root.join("requests");
    let Some(Value::Array(requests)) = members.get("requests") else {
        mistakes.add(&at, "`requests` is a list of requests");
        return Err(mistakes.into_vec());
    };
    if let Err(found) = check_count(requests.len(), limits) {
        mistakes.add(&at, found);
        return Err(mistakes.into_vec());
    }
    let ids = requests.iter().enumerate().map(|(place, request)| {
        let id = request.get("id")?.as_str()?;
        Some((at.join(&place.to_string()).join("id"), id))
    });
    let names = Names::of(ids, &mut mistakes);
    let bodies = bodies(body);
    let mut items = Vec::with_capacity(requests.len());
    for (own, request) in requests.iter().enumerate() {
        let raw = bodies.get(own).cloned().flatten();
        let at = at.join(&own.to_string());
        let Value::Object(members) = request else {
            mistakes.add(&at, "a request is an object with `method` and `path`");
            continue;
        };
        items.push(Reader { names: &names, own, at, members, raw, mistakes: &mut mistakes }.item());
    }
    finish(items, on_error, (&at, limits), mistakes)
}

/// The bodies of the items, as they stand there.
fn bodies(whole: &Bytes) -> Vec<Option<Bytes>> {
    #[derive(Deserialize)]
    struct Raw<'b> {
        #[serde(borrow)]
        requests: Vec<HashMap<String, &'b RawValue>>,
    }
    let found = serde_json::from_slice::<Raw<'_>>(whole).map(|raw| raw.requests).unwrap_or_default();
    let body =
        |members: &HashMap<String, &RawValue>| Some(whole.slice_ref(members.get("body")?.get().as_bytes()));
    found.iter().map(body).collect()
}

/// Whether there may be so many items.
pub(crate) fn check_count(count: usize, limits: Limits<'_>) -> Result<(), String> {
    match count {
        0 => Err("a batch has one request at least".into()),
        count if count > limits.items => {
            Err(format!("a batch has at most {} requests, not {count}", limits.items))
        }
        _ => Ok(()),
    }
}

pub(crate) fn one(at: &Pointer, message: impl std::fmt::Display) -> Vec<Mistake> {
    let mut mistakes = Mistakes::default();
    mistakes.add(at, message);
    mistakes.into_vec()
}

/// Plans what was read.
pub(crate) fn finish(
    items: Vec<Item>,
    on_error: OnError,
    (at, limits): (&Pointer, Limits<'_>),
    mut mistakes: Mistakes,
) -> Result<Batch, Vec<Mistake>> {
    let waits_in_all: usize = items.iter().map(|item| item.needs.len()).sum();
    if waits_in_all > WAITS {
        let message =
            format!("the requests of a batch wait for each other {WAITS} times at most, not {waits_in_all}");
        mistakes.add(at, message);
    }
    for (own, item) in items.iter().enumerate() {
        let path = item.target.whole().and_then(|target| target.split('?').next());
        if item.method == Method::Post && path == Some(limits.path) {
            mistakes.add(&at.join(&own.to_string()).join("path"), "a batch cannot stand in a batch");
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes.into_vec());
    }
    let traits: Vec<Traits> =
        items.iter().map(|item| Traits { safe: item.is_safe(), parallel: false }).collect();
    let plan = Plan::of_waits(items.iter().map(waits).collect(), &traits, &|own| {
        let name = items.get(own).and_then(|item| item.id.as_deref());
        (name.map_or_else(|| own.to_string(), str::to_owned), at.join(&own.to_string()))
    })?;
    Ok(Batch { items, plan, traits, on_error })
}

/// What an item waits for by its own word, each once.
fn waits(item: &Item) -> Vec<Wait> {
    let mut references: HashMap<usize, &Reference> = HashMap::new();
    for reference in item.references() {
        references.entry(reference.item).or_insert(reference);
    }
    let why = |on: usize| {
        references.get(&on).map_or(Why::DependsOn(Pointer::default().into()), |reference| {
            Why::Output(Arc::default(), (*reference.text).into())
        })
    };
    item.needs.iter().map(|on| Wait { on: *on, why: why(*on) }).collect()
}

// === impl Reader ===

impl<'r> Reader<'r> {
    fn item(mut self) -> Item {
        const KNOWN: [&str; 7] = ["id", "method", "path", "headers", "body", "body_base64", "depends_on"];
        for name in self.members.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
            let message = format!("`{name}` is not known; known are `{}`", KNOWN.join("`, `"));
            self.mistakes.add(&self.at.join(name), message);
        }
        let id = self.text("id").map(Box::from);
        let method = match self.required("method") {
            Some(text) => method((&self.at.join("method"), text), self.mistakes),
            None => Method::Get,
        };
        let at = self.at.join("path");
        let path = self.required("path").unwrap_or("/");
        let target = Text::read(self.names, self.own, (&at, path), self.mistakes);
        check_target((&at, &target), self.mistakes);
        let headers = self.headers();
        let content = self.content(&headers);
        let needs = self.depends_on();
        Item { id, method, target, headers, content, needs }.with_needs()
    }

    fn text(&mut self, name: &str) -> Option<&'r str> {
        let value = self.members.get(name)?;
        if !value.is_string() {
            self.mistakes.add(&self.at.join(name), format_args!("`{name}` is text"));
        }
        value.as_str()
    }

    fn required(&mut self, name: &str) -> Option<&'r str> {
        if !self.members.contains_key(name) {
            self.mistakes.add(&self.at, format_args!("`{name}` is missing"));
        }
        self.text(name)
    }

    fn headers(&mut self) -> Vec<(Box<str>, Text)> {
        let at = self.at.join("headers");
        let headers = match self.members.get("headers") {
            None => return Vec::new(),
            Some(Value::Object(headers)) => headers,
            Some(_) => {
                self.mistakes.add(&at, "`headers` is an object of names and values");
                return Vec::new();
            }
        };
        let mut found = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            let at = at.join(name);
            let Some(text) = self.header(&at, value) else { continue };
            check_header((&at, name), &text, self.mistakes);
            found.push((name.as_str().into(), text));
        }
        found
    }

    fn header(&mut self, at: &Pointer, value: &Value) -> Option<Text> {
        let text = match value {
            Value::String(text) => return Some(Text::read(self.names, self.own, (at, text), self.mistakes)),
            Value::Object(members) => match alone(members) {
                Some(("$ref", Value::String(text))) => text,
                _ => "",
            },
            _ => "",
        };
        if text.is_empty() {
            self.mistakes.add(at, "a header field's value is text, or `{\"$ref\": \"ITEM.headers.NAME\"}`");
            return None;
        }
        self.names.reference(self.own, (&at.join("$ref"), text), self.mistakes).map(Text::of)
    }

    fn content(&mut self, headers: &[(Box<str>, Text)]) -> Content {
        let (body, encoded) = (self.members.get("body"), self.members.get("body_base64"));
        if body.is_some() && encoded.is_some() {
            self.mistakes.add(&self.at, "a request has `body` or `body_base64`, not both");
        }
        if let Some(encoded) = encoded {
            let bytes = encoded.as_str().and_then(decode);
            if bytes.is_none() {
                self.mistakes.add(&self.at.join("body_base64"), "this is no base64 (RFC 4648 §4)");
            }
            return Content::Bytes(bytes.unwrap_or_default());
        }
        let Some(body) = body else { return Content::None };
        let at = self.at.join("body");
        let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let kind = kind.map(|(_, value)| value.whole().unwrap_or_default());
        let is_json =
            kind.is_none_or(|kind| answer::is_json(kind.split(';').next().unwrap_or_default().trim()));
        match body {
            _ if is_json => {
                let tree = Tree::read(self.names, self.own, (&at, body), self.mistakes);
                let is_same = matches!(&tree, Tree::Value(value) if value == body);
                Content::Json(tree, self.raw.take().filter(|_| is_same))
            }
            Value::String(text) => Content::Bytes(text.clone().into()),
            _ => {
                self.mistakes.add(
                    &at,
                    "the body is text where `content-type` is not JSON; bytes stand in `body_base64`",
                );
                Content::None
            }
        }
    }

    fn depends_on(&mut self) -> Vec<usize> {
        let at = self.at.join("depends_on");
        let names = match self.members.get("depends_on") {
            None => return Vec::new(),
            Some(Value::Array(names)) => names,
            Some(_) => {
                self.mistakes.add(&at, "`depends_on` is a list of items, each named by its id or its place");
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let at = at.join(&place.to_string());
            let name = match name {
                Value::String(name) => name.clone(),
                Value::Number(name) => name.to_string(),
                _ => {
                    self.mistakes.add(&at, "an item is named by its id, which is text, or by its place");
                    continue;
                }
            };
            found.extend(self.names.other(self.own, (&at, &name), self.mistakes));
        }
        found
    }
}
