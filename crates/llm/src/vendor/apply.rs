//! A chat request as a vendor wants it: what it refuses is taken out, what it calls otherwise gets its name. Every
//! other byte stays, whether the client wrote the request or Weir.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use json::{Data, Text, Value};

use super::edits::Edits;
use super::{CacheMarkers, MaxTokensField, ReasoningControl, Vendor, cache, messages};
use crate::canonical::{Dropped, Effort};
use crate::provider::openai_responses::rules::Rules;

/// Changes a request for a vendor. `budget` is how many tokens the client lets the model think, where it counts so.
/// A body that is no JSON object stays as it is.
pub(crate) fn apply(body: Vec<u8>, vendor: &Vendor, budget: Option<u64>, dropped: &mut Dropped) -> Vec<u8> {
    let text = std::str::from_utf8(&body).unwrap_or_default();
    let Ok(value) = Value::parse(text) else { return body };
    let places = value.members().iter().enumerate().map(|(i, (key, _))| (key.decode(), i)).collect();
    let mut change = Change { vendor, budget, edits: Edits::of(text), dropped, body: &value, places };
    change.members();
    let edits = change.edits;
    if edits.is_empty() { body } else { edits.apply() }
}

/// A request being changed.
struct Change<'c, 't> {
    vendor: &'c Vendor,
    budget: Option<u64>,
    edits: Edits<'t>,
    dropped: &'c mut Dropped,
    body: &'c Value<'t>,
    /// Where each member stands, by its name; of a doubled one the last, which is the one that counts.
    places: HashMap<Cow<'c, str>, usize, RandomState>,
}

// === impl Change ===

impl<'t> Change<'_, 't> {
    fn members(&mut self) {
        let body = self.body;
        if self.vendor.no_cache_control {
            cache::take_out(body, self.markers(), &mut self.edits, self.dropped);
        }
        let no_tools = self.tools();
        let mut gone = Vec::new();
        for (i, (key, value)) in body.members().iter().enumerate() {
            let name = key.decode();
            let tools = no_tools && matches!(&*name, "tools" | "tool_choice" | "parallel_tool_calls");
            let doubled = name == "reasoning_effort" && self.places.get(&name) != Some(&i);
            if tools || doubled || !self.keep(&name, key, value) {
                gone.push(i);
            }
        }
        self.edits.remove(body, &gone);
    }

    /// The model that is asked for.
    fn model(&self) -> String {
        self.body.get("model").as_text().map(|model| model.decode().into_owned()).unwrap_or_default()
    }

    /// Whether the model is one of OpenAI's that reason.
    fn reasons(&self) -> bool {
        Rules::of(&self.model()).is_known_to_reason()
    }

    /// How markers of the prompt's cache are taken by the model.
    fn markers(&self) -> CacheMarkers {
        self.vendor.cache_markers.of_model(&self.model())
    }

    /// Whether there is a member of this name that is not null.
    fn has(&self, name: &str) -> bool {
        let member = self.places.get(name).and_then(|&at| self.body.members().get(at));
        member.is_some_and(|(_, value)| !value.is_null())
    }

    /// Changes a member; says whether it stays.
    fn keep(&mut self, name: &str, key: &Text<'t>, value: &Value<'t>) -> bool {
        if self.vendor.drop_params.iter().any(|param| param == name) {
            if !value.is_null() {
                self.dropped.add(name);
            }
            return false;
        }
        if self.gives_way(name) {
            return false;
        }
        match name {
            "messages" => messages::change(value, self.vendor, &mut self.edits, self.dropped),
            "max_tokens" | "max_completion_tokens" => return self.limit(name, key),
            "stream_options" if self.vendor.no_stream_options => {
                self.dropped.add(name);
                return false;
            }
            "tool_choice" => return self.tool_choice(value),
            "reasoning_effort" => return self.effort(value),
            _ => {}
        }
        if let Some((_, own)) = self.vendor.rename.iter().find(|(from, _)| from == name) {
            if self.has(own) {
                return false;
            }
            self.edits.rename(key, own);
        }
        self.word(name, value);
        true
    }

    /// Whether another member takes the name of this one, which is null.
    fn gives_way(&self, name: &str) -> bool {
        let mut from = self.vendor.rename.iter().filter(|(_, own)| own == name).map(|(from, _)| from);
        !self.has(name) && from.any(|from| self.places.contains_key(&**from))
    }

    fn word(&mut self, name: &str, value: &Value<'t>) {
        let mut words = self.vendor.values.iter().filter(|(param, ..)| param == name);
        if let Some((.., own)) = words.find(|(_, from, _)| value.is(from)) {
            self.edits.replace_string(value, own);
        }
    }

    /// The limit of the answer, by the vendor's name for it. Of two, OpenAI's newer one counts, unless it is
    /// null.
    fn limit(&mut self, name: &str, key: &Text<'t>) -> bool {
        let own = match self.vendor.max_tokens_field {
            MaxTokensField::Any => return true,
            MaxTokensField::MaxTokens => "max_tokens",
            MaxTokensField::ByModel if !self.reasons() => return true,
            MaxTokensField::MaxCompletionTokens | MaxTokensField::ByModel => "max_completion_tokens",
        };
        let newer = self.has("max_completion_tokens") || !self.places.contains_key("max_tokens");
        if newer != (name == "max_completion_tokens") {
            return false;
        }
        if name != own {
            self.edits.rename(key, own);
        }
        true
    }

    fn tool_choice(&mut self, value: &Value<'t>) -> bool {
        let kind = value.as_text().or_else(|| value.get("type").as_text()).unwrap_or_default();
        let own = self.vendor.tool_choice_map.iter().find(|(from, _)| kind.is(from));
        let Some((_, own)) = own else { return true };
        // A word that demands less than the client did.
        if !kind.is("auto") && own == "auto" {
            self.dropped.add("tool_choice");
        }
        self.edits.replace_string(value, own);
        true
    }

    /// Takes out tools of types that the vendor does not have; says whether none is left.
    fn tools(&mut self) -> bool {
        let tools = self.body.get("tools");
        if self.vendor.tool_types.is_empty() && self.vendor.drop_in_tools.is_empty() {
            return false;
        }
        let mut gone = Vec::new();
        for (i, tool) in tools.items().iter().enumerate() {
            let kind = tool.get("type");
            let types = &self.vendor.tool_types;
            if !types.is_empty() && !types.iter().any(|known| kind.is(known)) {
                self.dropped.add(format_args!("tools[{i}]"));
                gone.push(i);
                continue;
            }
            self.in_tool(i, tool.get("function"));
        }
        self.edits.remove_items(tools, &gone);
        !gone.is_empty() && gone.len() == tools.items().len()
    }

    fn in_tool(&mut self, index: usize, function: &Value<'t>) {
        let mut gone = Vec::new();
        for (i, (key, value)) in function.members().iter().enumerate() {
            if self.vendor.drop_in_tools.iter().any(|name| key.is(name)) {
                gone.push(i);
                if !matches!(value.data, Data::Null | Data::Bool(false)) {
                    self.dropped.add(format_args!("tools[{index}].function.{}", key.decode()));
                }
            }
        }
        self.edits.remove(function, &gone);
    }

    /// How much to think, in the vendor's words; says whether `reasoning_effort` stays. What the client says in the
    /// vendor's own words holds.
    fn effort(&mut self, value: &Value<'t>) -> bool {
        let word = value.as_text().unwrap_or_default();
        let Some(effort) = Effort::of_word(&word.decode()) else { return !value.is_null() };
        let thinks = effort != Effort::None;
        let lowered = self.lowered(effort);
        let on = if thinks { "true" } else { "false" };
        match self.vendor.reasoning_control {
            ReasoningControl::Effort => {}
            ReasoningControl::Never => {
                self.dropped.add("reasoning_effort");
                return false;
            }
            control @ (ReasoningControl::Thinking | ReasoningControl::ThinkingAndEffort) => {
                let kind = if thinks { "enabled" } else { "disabled" };
                self.own("thinking", &format!(r#"{{"type":"{kind}"}}"#));
                if control == ReasoningControl::Thinking || !thinks {
                    return false;
                }
            }
            ReasoningControl::EnableThinking => {
                if let Some(budget) = self.budget.or(effort.budget()).filter(|&budget| budget > 0 && thinks) {
                    self.own("thinking_budget", &budget.to_string());
                }
                self.own("enable_thinking", on);
                return false;
            }
            ReasoningControl::Object => {
                self.own("reasoning", &format!(r#"{{"effort":"{lowered}"}}"#));
                return false;
            }
            ReasoningControl::Enabled => {
                self.own("reasoning", &format!(r#"{{"enabled":{on}}}"#));
                if !thinks {
                    return false;
                }
            }
            ReasoningControl::Template => {
                self.own("chat_template_kwargs", &format!(r#"{{"enable_thinking":{on},"thinking":{on}}}"#));
                return false;
            }
        }
        if !word.is(&lowered) {
            self.edits.replace_string(value, &lowered);
        }
        true
    }

    /// The word for an effort: the highest that the vendor knows and that is not above it, else its lowest.
    fn lowered(&self, effort: Effort) -> String {
        let mut known: Vec<Effort> =
            self.vendor.efforts.iter().filter_map(|word| Effort::of_word(word)).collect();
        known.sort_unstable();
        let fits = known.iter().rev().find(|known| **known <= effort).or(known.first());
        fits.copied().unwrap_or(effort).as_str().to_owned()
    }

    /// Adds a parameter of the vendor's own, unless the client has it.
    fn own(&mut self, name: &str, json: &str) {
        if !self.places.contains_key(name) {
            self.edits.insert(self.body, name, json);
        }
    }
}
