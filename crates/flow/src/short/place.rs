//! Where in a short form a place of its Arazzo document comes from, so that mistakes are told where a person wrote them.

use expr::Pointer;
use serde_json::Value;

/// A target's members that a line of a call stands for.
const CALLED: [&str; 2] = ["operationId", "operationPath"];

/// Both sides of a place: the short form's value and the document's, and how far the way has come in the short form.
#[derive(Clone)]
struct Side<'v> {
    short: Option<&'v Value>,
    arazzo: Option<&'v Value>,
    at: Pointer,
}

/// The place in a short form of a place in the Arazzo document that it was exported to. What the short form has no place for is
/// at the nearest that it has; its steps are a list, as `export` takes them.
pub fn place(short: &Value, arazzo: &Value, at: &Pointer) -> Pointer {
    let tokens: Vec<&str> = at.tokens().collect();
    let whole = Side { short: Some(short), arazzo: Some(arazzo), at: Pointer::default() };
    match tokens.as_slice() {
        ["workflows", index, rest @ ..] => {
            let flow = if short.get("flows").is_some() { &["flows", index][..] } else { &[] };
            whole.step(flow, &["workflows", index]).workflow(rest)
        }
        ["sourceDescriptions", index, ..] if short.get("sourceDescriptions").is_none() => {
            let source = arazzo.pointer(&format!("/sourceDescriptions/{index}/name")).and_then(Value::as_str);
            let way: Vec<&str> = std::iter::once("sources").chain(source).collect();
            whole.step(&way, &[]).at
        }
        ["info", name, ..] if short.get("info").is_none() => whole.step(&[name], &[]).at,
        same => whole.step(same, &[]).at,
    }
}

// === impl Side ===

impl Side<'_> {
    /// Goes on by these names on each side; on the short one as far as there is something.
    fn step(mut self, short: &[&str], arazzo: &[&str]) -> Self {
        for name in short {
            let Some(inner) = self.short.and_then(|value| get(value, name)) else { break };
            self.short = Some(inner);
            self.at = self.at.join(name);
        }
        for name in arazzo {
            self.arazzo = self.arazzo.and_then(|value| get(value, name));
        }
        self
    }

    fn has(&self, name: &str) -> bool {
        self.short.is_some_and(|value| value.get(name).is_some())
    }

    fn workflow(self, tokens: &[&str]) -> Pointer {
        match tokens {
            ["workflowId"] => self.step(&["flow"], &[]).at,
            ["inputs", rest @ ..] if self.has("schema") => self.step(&["schema"], &[]).step(rest, &[]).at,
            ["inputs", "properties", rest @ ..] => self.step(&["inputs"], &[]).step(rest, &[]).at,
            ["outputs", rest @ ..] if !self.has("outputs") => {
                self.step(&["response"], &[]).step(rest, &[]).at
            }
            ["steps", index, rest @ ..] => {
                let step = self.step(&["steps", index], &["steps", index]);
                let id = step.arazzo.and_then(|step| step.get("stepId")).and_then(Value::as_str);
                match (id, rest) {
                    (Some(id), rest) => step.step(&[id], &[]).target(rest),
                    (None, _) => step.at,
                }
            }
            [name, rest @ ..] => self.extension(name).step(rest, &[]).at,
            [] => self.at,
        }
    }

    /// A member by its own name, or by an extension's bare one.
    fn extension(self, name: &str) -> Self {
        let bare = name.strip_prefix("x-weir-").filter(|bare| !self.has(name) && self.has(bare));
        self.step(&[bare.unwrap_or(name)], &[name])
    }

    /// A step, or another target with what it is given.
    fn target(self, tokens: &[&str]) -> Pointer {
        match tokens {
            [name] if CALLED.contains(name) && self.has("call") => self.step(&["call"], &[]).at,
            ["parameters", index, rest @ ..] => self.parameter(index, rest),
            ["requestBody", "payload", rest @ ..] if self.has("body") => {
                self.step(&["body"], &[]).step(rest, &[]).at
            }
            ["requestBody", ..] if self.has("body") => self.step(&["body"], &[]).at,
            [list @ ("x-weir-switch" | "x-weir-race"), index, rest @ ..] => {
                let item = self.extension(list).step(&[index], &[index]);
                match rest {
                    ["default", rest @ ..] => item.step(&["default"], &["default"]).target(rest),
                    rest => item.target(rest),
                }
            }
            [one @ ("x-weir-fallback" | "x-weir-compensate"), rest @ ..] => self.extension(one).target(rest),
            [name, rest @ ..] => self.extension(name).step(rest, &[]).at,
            [] => self.at,
        }
    }

    /// Parameters are first those of the line, then header fields by their names, then the others.
    fn parameter(self, index: &str, rest: &[&str]) -> Pointer {
        let all = self.arazzo.and_then(|target| target.get("parameters")).and_then(Value::as_array);
        let own = self.short.and_then(|target| target.get("parameters")).and_then(Value::as_array);
        let (count, own) = (all.map_or(0, Vec::len), own.map_or(0, Vec::len));
        let at: usize = index.parse().unwrap_or_default();
        if let Some(own) = (at + own).checked_sub(count) {
            return self.step(&["parameters", &own.to_string()], &[]).step(rest, &[]).at;
        }
        let name = all.and_then(|all| all.get(at)?.get("name")?.as_str()).unwrap_or_default();
        match self.short.and_then(|target| target.get("headers")?.get(name)) {
            Some(_) => self.step(&["headers", name], &[]).at,
            None => self.step(&["call"], &[]).at,
        }
    }
}

fn get<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    }
}
