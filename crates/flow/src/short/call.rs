//! The line of a call: `GET /products/{inputs.id}/reviews?limit=3`, with a source before it where several have such an operation.

use openapi::Operation;
use serde_json::{Value, json};

use super::reference::Names;
use crate::resolve::{Source, Sources};

/// The operations of a document's sources.
pub(super) struct Operations<'s> {
    /// By the names of their sources, in the order of the document.
    all: Vec<(String, &'s [Operation])>,
    /// Whether an operation's id is enough.
    is_single: bool,
}

/// Texts by the names of the path's parameters.
type Given = Vec<(String, String)>;

/// A line taken apart.
struct Line<'l> {
    source: Option<&'l str>,
    method: &'l str,
    path: &'l str,
    query: &'l str,
}

// === impl Operations ===

impl<'s> Operations<'s> {
    pub(super) fn new(descriptions: &Value, sources: &'s Sources) -> Self {
        let mut all = Vec::new();
        let mut count = 0;
        for one in descriptions.as_array().into_iter().flatten() {
            count += usize::from(one["type"] != "arazzo");
            let Some(name) = one["name"].as_str() else { continue };
            if let Some(Source::OpenApi(description)) = sources.get(name) {
                all.push((name.to_owned(), description.operations.as_slice()));
            }
        }
        Self { all, is_single: count == 1 }
    }

    /// A step's target and its parameters.
    pub(super) fn export(&self, line: &str, names: &Names) -> Result<(Value, Vec<Value>), String> {
        let line = Line::read(line)?;
        let wanted = segments(line.path);
        let mut found: Vec<(usize, &str, &Operation, Given)> = Vec::new();
        for (source, operations) in &self.all {
            if line.source.is_some_and(|wanted| wanted != source) {
                continue;
            }
            for operation in operations.iter().filter(|operation| *operation.method == *line.method) {
                if let Some((literal, given)) = matched(&operation.path, &wanted) {
                    found.push((literal, source, operation, given));
                }
            }
        }
        let most = found.iter().map(|(literal, ..)| *literal).max().unwrap_or_default();
        found.retain(|(literal, ..)| *literal == most);
        if found.len() > 1 {
            let sources: Vec<String> =
                found.iter().map(|(_, source, ..)| format!("`{source} {} …`", line.method)).collect();
            return Err(format!(
                "several operations are `{} {}`; say which: {}",
                line.method,
                line.path,
                sources.join(" or ")
            ));
        }
        let Some((_, source, operation, given)) = found.pop() else { return Err(self.lacking(&line)) };
        let mut parameters = Vec::new();
        for (name, text) in given {
            parameters.push(json!({"name": name, "in": "path", "value": value(&text, names)?}));
        }
        for pair in outside(line.query, '&').into_iter().filter(|pair| !pair.is_empty()) {
            let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.push(json!({"name": name, "in": "query", "value": value(text, names)?}));
        }
        Ok((self.target(source, operation), parameters))
    }

    fn lacking(&self, line: &Line<'_>) -> String {
        if let Some(source) = line.source.filter(|source| !self.all.iter().any(|(name, _)| name == source)) {
            return format!("there is no source `{source}` with operations");
        }
        let known = self.all.iter().flat_map(|(_, operations)| operations.iter());
        let known: Vec<String> =
            known.map(|operation| format!("`{} {}`", operation.method, operation.path)).take(20).collect();
        if known.is_empty() {
            return format!("`{} {}` needs a source that has it: say `sources`", line.method, line.path);
        }
        format!("no source has an operation `{} {}`; there are {}", line.method, line.path, known.join(", "))
    }

    fn target(&self, source: &str, operation: &Operation) -> Value {
        match &operation.id {
            Some(id) if self.is_single => json!({"operationId": id}),
            Some(id) => json!({"operationId": format!("$sourceDescriptions.{source}.{id}")}),
            None => {
                let path = operation.path.replace('~', "~0").replace('/', "~1");
                let way = format!(
                    "{{$sourceDescriptions.{source}.url}}#/paths/{path}/{}",
                    operation.method.to_lowercase()
                );
                json!({"operationPath": way})
            }
        }
    }

    /// The lines that may be a target's, the plainest first, each with the parameters that are left. Whether one is, shows when
    /// it is exported.
    pub(super) fn import(
        &self,
        target: &Value,
        parameters: &[Value],
        names: &Names,
    ) -> Vec<(String, Vec<Value>)> {
        let mut lines = Vec::new();
        for (source, operations) in &self.all {
            for operation in operations.iter().filter(|operation| self.target(source, operation) == *target) {
                let Some((path, rest)) = filled(&operation.path, parameters, names) else { continue };
                let (query, left) = queried(rest, names);
                for source in [String::new(), format!("{source} ")] {
                    lines.push((format!("{source}{} {path}{query}", operation.method), left.clone()));
                    lines.push((format!("{source}{} {path}", operation.method), rest.to_vec()));
                }
            }
        }
        lines
    }
}

// === impl Line ===

impl<'l> Line<'l> {
    fn read(text: &'l str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no call: one is `GET /path`, or `SOURCE GET /path`");
        let slash = outside_find(text, '/').ok_or_else(wrong)?;
        let (words, way) = text.split_at_checked(slash).ok_or_else(wrong)?;
        let words: Vec<&str> = words.split_whitespace().collect();
        let (source, method) = match words.as_slice() {
            [method] => (None, *method),
            [source, method] => (Some(*source), *method),
            _ => return Err(wrong()),
        };
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong());
        }
        let mark = outside_find(way, '?').unwrap_or(way.len());
        let (path, query) = way.split_at_checked(mark).ok_or_else(wrong)?;
        Ok(Self { source, method, path, query: query.strip_prefix('?').unwrap_or_default() })
    }
}

/// How many segments of a path are matched by themselves, and the others' values by the names of their parameters.
fn matched(template: &str, wanted: &[&str]) -> Option<(usize, Given)> {
    let own: Vec<&str> = template.split('/').collect();
    if own.len() != wanted.len() {
        return None;
    }
    let (mut literal, mut given) = (0, Vec::new());
    for (own, wanted) in own.iter().zip(wanted) {
        match own.strip_prefix('{').and_then(|own| own.strip_suffix('}')) {
            Some(name) if !wanted.is_empty() => given.push((name.to_owned(), (*wanted).to_owned())),
            None if own == wanted => literal += 1,
            _ => return None,
        }
    }
    Some((literal, given))
}

/// The path with values in its places, which the first parameters give, and the other parameters.
fn filled<'p>(template: &str, parameters: &'p [Value], names: &Names) -> Option<(String, &'p [Value])> {
    let (mut path, mut rest) = (Vec::new(), parameters);
    for segment in template.split('/') {
        let Some(name) = segment.strip_prefix('{').and_then(|own| own.strip_suffix('}')) else {
            path.push(segment.to_owned());
            continue;
        };
        let (first, others) = rest.split_first()?;
        if first["name"] != name || first["in"] != "path" {
            return None;
        }
        path.push(text(&first["value"], names)?);
        rest = others;
    }
    Some((path.join("/"), rest))
}

/// The query that the next parameters are, and those that are left.
fn queried(parameters: &[Value], names: &Names) -> (String, Vec<Value>) {
    let mut pairs = Vec::new();
    let mut rest = parameters;
    while let Some((first, others)) = rest.split_first() {
        let name = first["name"].as_str().filter(|name| is_safe(name));
        let pair = name
            .filter(|_| first["in"] == "query")
            .and_then(|name| Some(format!("{name}={}", text(&first["value"], names)?)));
        let Some(pair) = pair else { break };
        pairs.push(pair);
        rest = others;
    }
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    (query, rest.to_vec())
}

/// A value as it stands in a line, if it can.
fn text(value: &Value, names: &Names) -> Option<String> {
    match value {
        Value::String(text) if expr::Expression::is_meant(text) => {
            let short = names.short(text);
            (!short.contains(['{', '}'])).then(|| format!("{{{short}}}"))
        }
        Value::String(text) => is_safe(text).then(|| text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The value that stands in a line: what JSON reads as a number, or as true or false, is one; `{…}` is a reference.
fn value(text: &str, names: &Names) -> Result<Value, String> {
    if let Some(inner) =
        text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|inner| !inner.contains('{'))
    {
        return names.expression(inner).map(Value::String);
    }
    // Only what is written again as it stands: `1.0` and `007` are text.
    let again = |scalar: &Value| text == format!("{scalar}");
    let scalar =
        serde_json::from_str(text).ok().filter(|scalar: &Value| scalar.is_number() || scalar.is_boolean());
    let scalar = scalar.filter(again);
    match scalar {
        Some(scalar) => Ok(scalar),
        None if text.contains(['{', '}']) => {
            Err(format!("`{text}`: a reference stands by itself in its place; put more into `parameters`"))
        }
        None => Ok(text.into()),
    }
}

/// Whether text stands for itself in a line.
fn is_safe(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~,:@!*".contains(&byte))
}

fn segments(path: &str) -> Vec<&str> {
    outside(path, '/')
}

/// Parts of a text between a character that stands in no braces.
fn outside(text: &str, by: char) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(at) = outside_find(rest, by) {
        let (part, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        parts.push(part);
        rest = behind.strip_prefix(by).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

/// The first place of a character that stands in no braces.
fn outside_find(text: &str, wanted: char) -> Option<usize> {
    let mut open = false;
    text.char_indices().find_map(|(at, character)| {
        match character {
            '{' => open = true,
            '}' => open = false,
            _ => {}
        }
        (character == wanted && !open).then_some(at)
    })
}
