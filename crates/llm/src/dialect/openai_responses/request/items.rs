//! The input: items, each a message, a call, a result or a piece of reasoning. Items of the assistant's that follow
//! each other are one turn.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use json::{Data, Text, Value};

use super::content;
use super::tools::Known;
use super::{only_text, string, unknown_members, wrong};
use crate::RequestError;
use crate::canonical::{Content, Message, Opaque, Part, Request, Role, Source, ToolResult, ToolUse};
use crate::dialect::openai_responses::state::{self, Place};

/// Members of items that only their maker needs, or that say nothing.
const OF_FORM: [&str; 5] = ["type", "id", "status", "phase", "caller"];

/// Reads the input.
pub(super) fn read<'a>(
    input: &Value<'a>,
    tools: &mut Known,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    let items = match &input.data {
        Data::String(text) => {
            let parts = content::text_part(text.clone()).into_iter().collect();
            request.messages.push(Message { role: Role::User, index: 0, parts });
            return Ok(());
        }
        Data::Array(items) => items,
        // Instructions may be all there is.
        Data::Null if !request.system.is_empty() => return Ok(()),
        Data::Null => return Err(RequestError::missing("input")),
        _ => return Err(wrong("input", "a string or an array of items", input)),
    };
    let mut reader = Reader {
        request,
        tools,
        calls: HashMap::default(),
        results: HashMap::default(),
        turn_over: true,
        next_state: None,
    };
    for (index, item) in items.iter().enumerate() {
        reader.item(index, item)?;
    }
    reader.flush_state();
    reader.check_answered()?;
    reader.place_results();
    Ok(())
}

/// A reading under way.
struct Reader<'r, 'a> {
    request: &'r mut Request<'a>,
    tools: &'r mut Known,
    /// Calls by their ids.
    calls: HashMap<String, Call, RandomState>,
    /// Their results, by the message that they are in.
    results: HashMap<usize, Vec<Message<'a>>, RandomState>,
    /// Whether what the assistant says next is a turn of its own.
    turn_over: bool,
    /// State that belongs to the next part of the assistant's.
    next_state: Option<Opaque<'a>>,
}

/// A call of the assistant's.
#[derive(Clone, Copy, Debug)]
struct Call {
    /// Its item.
    index: usize,
    /// The message that it is in.
    message: usize,
    answered: bool,
}

// === impl Reader ===

impl<'a> Reader<'_, 'a> {
    fn item(&mut self, index: usize, item: &Value<'a>) -> Result<(), RequestError> {
        let path = format!("input[{index}]");
        if !matches!(item.data, Data::Object(_)) {
            return Err(wrong(path, "an object", item));
        }
        let kind = item.get("type");
        if kind.is_null() && !item.get("role").is_null() {
            return self.message(index, &path, item);
        }
        let kind = string(&format!("{path}.type"), kind)?;
        match &*kind.decode() {
            "message" => self.message(index, &path, item),
            "reasoning" => {
                self.reasoning(index, &path, item);
                Ok(())
            }
            "function_call" => self.function_call(index, &path, item),
            "custom_tool_call" => self.custom_call(index, &path, item),
            "function_call_output" | "custom_tool_call_output" => self.output(index, &path, item),
            "image_generation_call" => {
                self.image(index, &path, item);
                Ok(())
            }
            "additional_tools" => self.tools.read(&format!("{path}.tools"), item.get("tools"), self.request),
            "tool_search_output" => {
                self.request.dropped.add(format_args!("{path} (tool_search_output)"));
                self.tools.read(&format!("{path}.tools"), item.get("tools"), self.request)
            }
            "item_reference" => {
                let id = string(&format!("{path}.id"), item.get("id"))?;
                let message = format!("Item with id '{}' not found; send `{path}` itself", id.decode());
                Err(RequestError::unsupported(path, message))
            }
            "compaction" => {
                let message = format!(
                    "`{path}` is of type `compaction`, which its own vendor alone can read; send the items"
                );
                Err(RequestError::unsupported(path, message))
            }
            // Calls of tools that ran at the vendor, and what else is its own affair.
            other => {
                self.request.dropped.add(format_args!("{path} ({other})"));
                Ok(())
            }
        }
    }

    fn message(&mut self, index: usize, path: &str, item: &Value<'a>) -> Result<(), RequestError> {
        let role = string(&format!("{path}.role"), item.get("role"))?;
        unknown_members(path, item, &with_form(&["role", "content"]), &mut self.request.dropped);
        let at = format!("{path}.content");
        if item.get("content").is_null() {
            return Err(RequestError::missing(at));
        }
        let mut parts = content::read(&at, item.get("content"), &mut self.request.dropped)?;
        let role = match &*role.decode() {
            "user" => Role::User,
            "assistant" => {
                for part in parts {
                    self.assistant(index, part);
                }
                return Ok(());
            }
            "system" | "developer" if !only_text(&parts) => {
                let message = format!("`{at}` must be text in a message of this role");
                return Err(RequestError::unsupported(at, message));
            }
            "system" | "developer" if self.request.messages.is_empty() => {
                self.request.system.append(&mut parts);
                return Ok(());
            }
            // An instruction amid the conversation keeps its place.
            "system" | "developer" => Role::System,
            other => {
                let at = format!("{path}.role");
                let message = format!("`{at}` is `{other}`; it must be system, developer, user or assistant");
                return Err(RequestError::invalid(at, message));
            }
        };
        self.push(Message { role, index, parts });
        Ok(())
    }

    /// Begins a turn that is not the assistant's.
    fn push(&mut self, message: Message<'a>) {
        self.flush_state();
        self.turn_over = true;
        self.request.messages.push(message);
    }

    /// Appends a part to the assistant's turn; gives the message that it is in.
    fn assistant(&mut self, index: usize, mut part: Part<'a>) -> usize {
        if matches!(part.content, Content::Text(_) | Content::ToolUse(_) | Content::Image(_)) {
            part.state = self.next_state.take();
        }
        match self.request.messages.last_mut() {
            Some(last) if !self.turn_over => last.parts.push(part),
            _ => self.request.messages.push(Message { role: Role::Assistant, index, parts: vec![part] }),
        }
        self.turn_over = false;
        self.request.messages.len() - 1
    }

    /// State that its part did not follow: it stays reasoning.
    fn flush_state(&mut self) {
        if let Some(state) = self.next_state.take() {
            let index = self.request.messages.last().map_or(0, |message| message.index);
            self.assistant(index, thinking(Text::default(), Some(state)));
        }
    }

    fn reasoning(&mut self, index: usize, path: &str, item: &Value<'a>) {
        let known = with_form(&["summary", "content", "encrypted_content"]);
        unknown_members(path, item, &known, &mut self.request.dropped);
        let text =
            [item.get("summary"), item.get("content")].into_iter().find_map(joined).unwrap_or_default();
        let sealed = item.get("encrypted_content").as_text().filter(|content| !content.is_empty());
        let id = item.get("id").as_text();
        match sealed.map(|content| state::open(id.as_ref(), content)) {
            None if text.is_blank() => self.request.dropped.add(format_args!("{path} (reasoning)")),
            None => drop(self.assistant(index, thinking(text, None))),
            Some((Place::Thinking, state)) => drop(self.assistant(index, thinking(text, Some(state)))),
            Some((Place::Redacted, state)) => {
                self.assistant(index, Part::new(Content::Redacted(state)));
            }
            Some((Place::Next, state)) => {
                self.flush_state();
                self.next_state = Some(state);
            }
            Some((Place::Last, state)) => self.put_on_last(index, state),
        }
    }

    /// Puts state on the text that was said last.
    fn put_on_last(&mut self, index: usize, state: Opaque<'a>) {
        let last = self.request.messages.last_mut().filter(|_| !self.turn_over);
        match last.and_then(|last| last.parts.last_mut()) {
            Some(part @ Part { content: Content::Text(_), state: None, .. }) => part.state = Some(state),
            _ => drop(self.assistant(index, thinking(Text::default(), Some(state)))),
        }
    }

    fn function_call(&mut self, index: usize, path: &str, item: &Value<'a>) -> Result<(), RequestError> {
        let known = with_form(&["call_id", "name", "namespace", "arguments"]);
        unknown_members(path, item, &known, &mut self.request.dropped);
        let at = format!("{path}.arguments");
        let arguments = string(&at, item.get("arguments"))?;
        let arguments = arguments_object(&arguments).ok_or_else(|| {
            RequestError::invalid(at.clone(), format!("`{at}` must be a JSON object as a string"))
        })?;
        self.call(index, path, item, arguments)
    }

    fn custom_call(&mut self, index: usize, path: &str, item: &Value<'a>) -> Result<(), RequestError> {
        let known = with_form(&["call_id", "name", "namespace", "input"]);
        unknown_members(path, item, &known, &mut self.request.dropped);
        let input = string(&format!("{path}.input"), item.get("input"))?;
        let arguments = format!("{{\"input\":\"{}\"}}", input.literal());
        self.call(index, path, item, Cow::Owned(arguments))
    }

    fn call(
        &mut self,
        index: usize,
        path: &str,
        item: &Value<'a>,
        arguments: Cow<'a, str>,
    ) -> Result<(), RequestError> {
        let id = string(&format!("{path}.call_id"), item.get("call_id"))?;
        let name = string(&format!("{path}.name"), item.get("name"))?;
        let name = self.tools.name(item.get("namespace").as_text().as_ref(), name);
        let key = id.decode().into_owned();
        if self.calls.get(&key).is_some_and(|call| !call.answered) {
            let at = format!("{path}.call_id");
            let message = format!("`{at}` is `{key}`, as another call's that is not answered");
            return Err(RequestError::invalid(at, message));
        }
        let call = Content::ToolUse(ToolUse { id, name, arguments });
        let message = self.assistant(index, Part::new(call));
        self.calls.insert(key, Call { index, message, answered: false });
        Ok(())
    }

    fn output(&mut self, index: usize, path: &str, item: &Value<'a>) -> Result<(), RequestError> {
        let known = with_form(&["call_id", "output", "name", "namespace"]);
        unknown_members(path, item, &known, &mut self.request.dropped);
        let at = format!("{path}.call_id");
        let id = string(&at, item.get("call_id"))?;
        let plain = id.decode();
        let wrong = match self.calls.get_mut(&*plain) {
            None => Some(format!("`{at}` is `{plain}`, which no call before it has")),
            Some(call) if call.answered => Some(format!("`{at}`: `{plain}` is answered twice")),
            Some(call) => {
                call.answered = true;
                None
            }
        };
        drop(plain);
        if let Some(message) = wrong {
            return Err(RequestError::invalid(at, message));
        }
        let mut parts =
            content::read(&format!("{path}.output"), item.get("output"), &mut self.request.dropped)?;
        // A marker on a piece of the result is for the result as a whole.
        let cache = parts.iter_mut().rev().find_map(|part| part.cache.take());
        let asked = self.calls.get(&*id.decode()).map_or(0, |call| call.message);
        let content = Content::ToolResult(ToolResult { id, name: None, is_error: false, parts });
        let parts = vec![Part { cache, ..Part::new(content) }];
        self.flush_state();
        self.results.entry(asked).or_default().push(Message { role: Role::Tool, index, parts });
        self.turn_over = true;
        Ok(())
    }

    /// A picture that the model made before.
    fn image(&mut self, index: usize, path: &str, item: &Value<'a>) {
        let Some(data) = item.get("result").as_text() else {
            self.request.dropped.add(format_args!("{path} (image_generation_call)"));
            return;
        };
        let format = item.get("output_format").as_text();
        let media_type = match format.as_ref().map(Text::decode).as_deref() {
            None | Some("png") => Text::from_literal("image/png"),
            Some(other) => Text::from_plain(&format!("image/{other}")),
        };
        self.assistant(index, Part::new(Content::Image(Source::Base64 { media_type, data })));
    }

    /// Every call is answered, unless the conversation ends with it.
    fn check_answered(&self) -> Result<(), RequestError> {
        let last = self.request.messages.len().saturating_sub(1);
        let waits = |call: &Call| call.message == last && !self.results.contains_key(&last);
        let open = self.calls.iter().filter(|(_, call)| !call.answered && !waits(call));
        let Some((id, call)) = open.min_by_key(|(_, call)| call.index) else { return Ok(()) };
        let at = format!("input[{}].call_id", call.index);
        let message = format!("`{at}`: the call `{id}` is not answered by an output");
        Err(RequestError::invalid(at, message))
    }

    /// Puts results right behind the turns that asked for them, wherever the client has them: not every target finds
    /// them elsewhere.
    fn place_results(mut self) {
        let messages = std::mem::take(&mut self.request.messages);
        for (index, message) in messages.into_iter().enumerate() {
            self.request.messages.push(message);
            self.request.messages.extend(self.results.remove(&index).unwrap_or_default());
        }
    }
}

fn with_form<'n>(own: &[&'n str]) -> Vec<&'n str> {
    OF_FORM.iter().chain(own).copied().collect()
}

fn thinking<'a>(text: Text<'a>, state: Option<Opaque<'a>>) -> Part<'a> {
    Part::new(Content::Thinking { text, state })
}

/// The texts in a list of parts of reasoning, if there are any.
fn joined<'a>(list: &Value<'a>) -> Option<Text<'a>> {
    let mut texts = list.items().iter().filter_map(|part| part.get("text").as_text());
    let first = texts.next()?;
    let rest: Vec<_> = texts.collect();
    if rest.is_empty() {
        return Some(first).filter(|text| !text.is_empty());
    }
    let all: Vec<_> = std::iter::once(&first).chain(&rest).map(Text::decode).collect();
    Some(Text::from_plain(&all.join("\n\n")))
}

/// Arguments are an object as a string; an empty string stands for none.
fn arguments_object<'a>(arguments: &Text<'a>) -> Option<Cow<'a, str>> {
    if arguments.is_blank() {
        return Some(Cow::Borrowed("{}"));
    }
    let json = arguments.decode().into_owned();
    let object = matches!(Value::parse(&json), Ok(Value { data: Data::Object(_), .. }));
    object.then_some(Cow::Owned(json))
}
