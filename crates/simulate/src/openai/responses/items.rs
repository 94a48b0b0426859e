//! The input of a response, item by item: their shapes, and what must stand before and after what.

use std::collections::HashSet;

use base::Rng;
use serde_json::{Value, json};

use super::super::check::{self, Object, path};
use super::super::error::ApiError;
use super::super::messages::{MESSAGE_TOKENS, PROMPT_TOKENS, Prompt};
use super::content::{self, INPUT, OUTPUT};
use super::keep::Keep;
use super::seal;
use crate::seed;

/// Items of tools that the vendor runs: taken as they are, and not looked into.
const OTHERS: [&str; 21] = [
    "additional_tools",
    "apply_patch_call",
    "apply_patch_call_output",
    "code_interpreter_call",
    "compaction_trigger",
    "computer_call",
    "computer_call_output",
    "configuration_update",
    "file_search_call",
    "image_generation_call",
    "local_shell_call",
    "local_shell_call_output",
    "mcp_approval_request",
    "mcp_approval_response",
    "mcp_call",
    "mcp_list_tools",
    "shell_call",
    "shell_call_output",
    "tool_search_call",
    "tool_search_output",
    "web_search_call",
];

/// What items are read with.
pub(super) struct Reader<'a> {
    pub(super) keep: &'a Keep,
    pub(super) owner: u64,
    pub(super) seed: u64,
    /// Makes ids for items that come without one.
    pub(super) ids: &'a mut Rng,
    pub(super) prompt: Prompt,
    /// Calls so far: id and name, and those of them that have no output yet.
    calls: Vec<(String, String)>,
    open: Vec<String>,
    seen: HashSet<String>,
    /// The thought that was just read and what nothing follows yet.
    thought: Option<String>,
}

/// What an item is after it was read: how it is kept.
type Kept = Result<Value, ApiError>;

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(keep: &'a Keep, owner: u64, seed: u64, ids: &'a mut Rng) -> Self {
        Self {
            keep,
            owner,
            seed,
            ids,
            prompt: Prompt::default(),
            calls: Vec::new(),
            open: Vec::new(),
            seen: HashSet::new(),
            thought: None,
        }
    }

    /// What earlier responses were about; it was checked then.
    pub(super) fn context(&mut self, items: &[Value]) -> Result<(), ApiError> {
        for item in items {
            self.item(item, "previous", true)?;
        }
        self.thought = None;
        Ok(())
    }

    /// A whole input: a text or a list of items.
    pub(super) fn input(&mut self, input: &Value) -> Result<Vec<Value>, ApiError> {
        if let Some(text) = input.as_str() {
            let message = json!({"type": "message", "role": "user",
                "content": [{"type": "input_text", "text": text}]});
            return Ok(vec![self.item(&message, "input", true)?]);
        }
        let list = input.as_array();
        let list = list
            .ok_or_else(|| check::wrong_type("input", "one of an array of input items or string", input))?;
        let read = |(at, item)| self.item(item, &format!("input[{at}]"), false);
        list.iter().enumerate().map(read).collect()
    }

    /// What must be so at the end.
    pub(super) fn end(mut self) -> Result<Prompt, ApiError> {
        if let Some(id) = self.thought {
            return Err(unfollowed(&id));
        }
        if let Some(id) = self.open.first() {
            return Err(of_input(format!("No tool output found for function call {id}.")));
        }
        self.prompt.tokens = self.prompt.tokens.saturating_add(PROMPT_TOKENS);
        Ok(self.prompt)
    }

    fn item(&mut self, item: &Value, at: &str, known: bool) -> Kept {
        let map = check::object(at, item)?;
        self.prompt.tokens = self.prompt.tokens.saturating_add(MESSAGE_TOKENS);
        let kind = match map.get("type").filter(|kind| !kind.is_null()) {
            Some(kind) => check::string(&path(at, "type"), kind)?,
            None if map.contains_key("role") => "message",
            None => "item_reference",
        };
        if kind == "item_reference" {
            return self.reference(map, at);
        }
        self.follow(map, kind, known)?;
        let kept = match kind {
            "message" => self.message(map, at),
            "reasoning" => self.reasoning(map, at, known),
            "function_call" | "custom_tool_call" => self.call(map, at, kind),
            "function_call_output" | "custom_tool_call_output" => self.output(map, at, kind),
            "compaction" => self.compaction(map, at),
            other if OTHERS.contains(&other) => Ok(self.other(map, item)),
            other => {
                let mine = [
                    "message",
                    "reasoning",
                    "function_call",
                    "function_call_output",
                    "custom_tool_call",
                    "custom_tool_call_output",
                    "item_reference",
                    "compaction",
                ];
                let known: Vec<_> = mine.iter().chain(&OTHERS).copied().collect();
                Err(check::wrong_value(&path(at, "type"), other, &known))
            }
        }?;
        self.prompt.after_tool = kind.ends_with("_output");
        Ok(kept)
    }

    /// A thought must be followed by what it led to, and what it led to must come with it.
    fn follow(&mut self, map: &Object, kind: &str, known: bool) -> Result<(), ApiError> {
        let said = map.get("role").is_none_or(|role| role == "assistant");
        if let Some(id) = self.thought.take()
            && !known
            && (kind == "reasoning" || kind.ends_with("_output") || !said)
        {
            return Err(unfollowed(&id));
        }
        let id = map.get("id").and_then(Value::as_str).unwrap_or_default();
        if !id.is_empty() && !self.seen.insert(id.to_owned()) {
            let message = format!(
                "Duplicate item found with id {id}. Remove duplicate items from your input and try again."
            );
            return Err(of_input(message));
        }
        if let Some((_, Some(thought))) = self.keep.item(self.owner, id)
            && !self.seen.contains(&thought)
        {
            let kind = if kind == "message" { String::new() } else { format!("of type '{kind}' ") };
            let message =
                format!("Item '{id}' {kind}was provided without its required 'reasoning' item: '{thought}'.");
            return Err(of_input(message));
        }
        Ok(())
    }

    fn reference(&mut self, map: &Object, at: &str) -> Kept {
        check::only(map, at, &["type", "id"])?;
        let id = check::string(&path(at, "id"), check::required(map, at, "id")?)?;
        match self.keep.item(self.owner, id) {
            Some((item, _)) => self.item(&item, at, true),
            None => Err(no_item(id)),
        }
    }

    fn message(&mut self, map: &Object, at: &str) -> Kept {
        check::only(map, at, &["type", "role", "content", "id", "status", "phase"])?;
        let roles = ["assistant", "system", "developer", "user"];
        let role = check::one_of(&path(at, "role"), check::required(map, at, "role")?, &roles)?;
        status(map, at)?;
        let kinds = if role == "assistant" { &OUTPUT[..] } else { &INPUT };
        let at_content = path(at, "content");
        let inside = check::required(map, at, "content")?;
        let text = content::read(&mut self.prompt, inside, &at_content, kinds)?;
        let kind = if role == "assistant" { "output_text" } else { "input_text" };
        let inside = match inside {
            Value::String(text) => json!([{"type": kind, "text": text}]),
            parts => parts.clone(),
        };
        if role == "user" {
            self.prompt.user = text;
            self.prompt.results.clear();
        }
        let id = self.id(map, at, "msg_")?;
        Ok(json!({"id": id, "type": "message", "role": role, "status": "completed", "content": inside}))
    }

    fn call(&mut self, map: &Object, at: &str, kind: &str) -> Kept {
        let (input, start) = match kind {
            "function_call" => ("arguments", "fc"),
            _ => ("input", "ctc"),
        };
        let known = ["type", "id", "call_id", "name", input, "status", "namespace", "caller", "async"];
        check::only(map, at, &known)?;
        status(map, at)?;
        let text = |name: &str| check::string(&path(at, name), check::required(map, at, name)?);
        let (call, name, given) = (text("call_id")?, text("name")?, text(input)?);
        check::name(&path(at, "name"), &Value::from(name))?;
        content::add(&mut self.prompt, name);
        content::add(&mut self.prompt, given);
        if self.calls.iter().any(|(id, _)| id == call) {
            return Err(of_input(format!("Duplicate function call found with call_id {call}.")));
        }
        self.calls.push((call.to_owned(), name.to_owned()));
        self.open.push(call.to_owned());
        let mut kept = map.clone();
        kept.insert("id".to_owned(), Value::from(self.id(map, at, start)?));
        kept.insert("status".to_owned(), Value::from("completed"));
        Ok(Value::Object(kept))
    }

    fn output(&mut self, map: &Object, at: &str, kind: &str) -> Kept {
        check::only(map, at, &["type", "id", "call_id", "output", "status", "caller", "name", "namespace"])?;
        status(map, at)?;
        let call = check::string(&path(at, "call_id"), check::required(map, at, "call_id")?)?;
        let Some((_, name)) = self.calls.iter().find(|(id, _)| id == call).cloned() else {
            let what = kind.trim_end_matches("_output").replace('_', " ").replace(" tool", "");
            return Err(of_input(format!("No tool call found for {what} output with call_id {call}.")));
        };
        let Some(open) = self.open.iter().position(|id| id == call) else {
            return Err(of_input(format!("Duplicate function call output found with call_id {call}.")));
        };
        self.open.remove(open);
        let inside = check::required(map, at, "output")?;
        let text = content::read(&mut self.prompt, inside, &path(at, "output"), &INPUT)?;
        self.prompt.results.push((name, text));
        let mut kept = map.clone();
        let start = if kind == "function_call_output" { "fc" } else { "ctc" };
        kept.insert("id".to_owned(), Value::from(self.id(map, at, start)?));
        kept.insert("status".to_owned(), Value::from("completed"));
        Ok(Value::Object(kept))
    }

    /// A thought: sealed, or known by its id.
    fn reasoning(&mut self, map: &Object, at: &str, known: bool) -> Kept {
        check::only(map, at, &["type", "id", "summary", "content", "encrypted_content", "status"])?;
        let id = self.id(map, at, "rs_")?;
        let list = path(at, "summary");
        for (number, part) in check::array(&list, check::required(map, at, "summary")?)?.iter().enumerate() {
            let at = format!("{list}[{number}]");
            let part = check::object(&at, part)?;
            check::only(part, &at, &["type", "text"])?;
            check::one_of(&path(&at, "type"), check::required(part, &at, "type")?, &["summary_text"])?;
            check::string(&path(&at, "text"), check::required(part, &at, "text")?)?;
        }
        match map.get("encrypted_content").filter(|sealed| !sealed.is_null()) {
            Some(sealed) => {
                let sealed = check::string(&path(at, "encrypted_content"), sealed)?;
                let given = map.get("id").and_then(Value::as_str);
                let (of, text) =
                    seal::open(self.seed, sealed).ok_or_else(|| ApiError::unsealed(sealed, ""))?;
                if given.is_some_and(|id| id != of) {
                    let why = " Reason: Encrypted content item_id did not match the target item id.";
                    return Err(ApiError::unsealed(sealed, why));
                }
                content::add(&mut self.prompt, &text);
            }
            None if known || self.keep.item(self.owner, &id).is_some() => {}
            None => return Err(no_item(&id)),
        }
        self.thought = Some(id.clone());
        let mut kept = map.clone();
        kept.insert("id".to_owned(), Value::from(id));
        Ok(Value::Object(kept))
    }

    fn compaction(&mut self, map: &Object, at: &str) -> Kept {
        check::only(map, at, &["type", "id", "encrypted_content", "created_by"])?;
        let sealed = check::required(map, at, "encrypted_content")?;
        let sealed = check::string(&path(at, "encrypted_content"), sealed)?;
        let (_, text) = seal::open(self.seed, sealed).ok_or_else(|| ApiError::unsealed(sealed, ""))?;
        content::add(&mut self.prompt, &text);
        let id = self.id(map, at, "cmp_")?;
        Ok(json!({"id": id, "type": "compaction", "encrypted_content": sealed}))
    }

    fn other(&mut self, map: &Object, item: &Value) -> Value {
        content::add(&mut self.prompt, &item.to_string());
        let mut kept = map.clone();
        if kept.get("id").is_none_or(Value::is_null) {
            let id = format!("item_{}", seed::letters(self.ids, 32).to_ascii_lowercase());
            kept.insert("id".to_owned(), Value::from(id));
        }
        Value::Object(kept)
    }

    /// The item's id, which begins as its kind's ids do, or a new one.
    fn id(&mut self, map: &Object, at: &str, start: &str) -> Result<String, ApiError> {
        let Some(id) = map.get("id").filter(|id| !id.is_null()) else {
            let start = start.trim_end_matches('_');
            return Ok(format!("{start}_{}", seed::letters(self.ids, 48).to_ascii_lowercase()));
        };
        let param = path(at, "id");
        let id = check::string(&param, id)?;
        let start = start.trim_end_matches('_');
        if id.starts_with(start) {
            return Ok(id.to_owned());
        }
        let message = format!("Invalid '{param}': '{id}'. Expected an ID that begins with '{start}'.");
        Err(ApiError::of(&param, message).code("invalid_value"))
    }
}

fn status(map: &Object, at: &str) -> Result<(), ApiError> {
    let Some(status) = map.get("status").filter(|status| !status.is_null()) else { return Ok(()) };
    check::one_of(&path(at, "status"), status, &["in_progress", "completed", "incomplete"]).map(drop)
}

fn of_input(message: String) -> ApiError {
    ApiError::of("input", message)
}

fn unfollowed(id: &str) -> ApiError {
    of_input(format!("Item '{id}' of type 'reasoning' was provided without its required following item."))
}

fn no_item(id: &str) -> ApiError {
    let message = format!(
        "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again \
         with `store` set to true, or remove this item from your input."
    );
    of_input(message).status(http::StatusCode::NOT_FOUND)
}
