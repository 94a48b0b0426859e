//! Tools and the choice among them. Groups of functions become plain functions, tools that take text as it is
//! become functions with one parameter, and tools that run at the vendor are left out by name.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use json::{Data, Text, Value};

use super::content::marker;
use super::{string, unknown_members, wrong};
use crate::RequestError;
use crate::canonical::{Dropped, Notes, Request, Tool, ToolChoice};

/// What a tool that takes text as it is becomes.
const TEXT_SCHEMA: &str = r#"{"type":"object","properties":{"input":{"type":"string","description":"The input of the tool, as it is."}},"required":["input"],"additionalProperties":false}"#;

/// Members of a function and of a tool that takes text.
const FUNCTION: [&str; 7] =
    ["type", "name", "description", "parameters", "strict", "cache_control", "prompt_cache_breakpoint"];
const CUSTOM: [&str; 6] =
    ["type", "name", "description", "format", "cache_control", "prompt_cache_breakpoint"];

/// The tools of a request, by what the client calls them.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The name that targets see, by group (empty if none) and name.
    flat: HashMap<(String, String), String, RandomState>,
    /// All names that targets see, and those that they may come to see.
    taken: HashSet<String, RandomState>,
    /// Those that are given to a tool.
    given: HashSet<String, RandomState>,
    /// The last number that was put behind a name: never tried again.
    counts: HashMap<String, u32, RandomState>,
    /// Those of them that take text as it is.
    custom: Vec<String>,
}

/// Where a tool stands.
#[derive(Clone, Copy, Debug)]
struct Place<'p> {
    path: &'p str,
    /// In the outermost list.
    index: usize,
    group: &'p str,
}

// === impl Known ===

impl Known {
    /// Reads the list of tools that stands at `path`. One that is known already is told again and means
    /// nothing new.
    pub(super) fn read<'a>(
        &mut self,
        path: &str,
        list: &Value<'a>,
        request: &mut Request<'a>,
    ) -> Result<(), RequestError> {
        let items = match &list.data {
            Data::Null => return Ok(()),
            Data::Array(items) => items,
            _ => return Err(wrong(path, "an array", list)),
        };
        // Tools without a group keep their names: those within one give way.
        let plain =
            items.iter().filter(|tool| tool.get("type").is("function") || tool.get("type").is("custom"));
        self.taken.extend(plain.filter_map(|tool| Some(tool.get("name").as_text()?.decode().into_owned())));
        for (index, item) in items.iter().enumerate() {
            self.tool(Place { path: &format!("{path}[{index}]"), index, group: "" }, item, request)?;
        }
        Ok(())
    }

    fn tool<'a>(
        &mut self,
        place: Place<'_>,
        value: &Value<'a>,
        request: &mut Request<'a>,
    ) -> Result<(), RequestError> {
        let Place { path, index, group } = place;
        let kind = string(&format!("{path}.type"), value.get("type"))?;
        let kind = kind.decode();
        match &*kind {
            "function" | "custom" => {}
            "namespace" if group.is_empty() => return self.group(path, index, value, request),
            hosted => {
                request.dropped.add(format_args!("{path} ({hosted})"));
                return Ok(());
            }
        }
        let name = string(&format!("{path}.name"), value.get("name"))?;
        let key = (group.to_owned(), name.decode().into_owned());
        if self.flat.contains_key(&key) {
            return Ok(());
        }
        let flat = self.add(key);
        let name = Text::from_plain(&flat);
        let tool = if &*kind == "custom" {
            self.custom.push(flat);
            custom(place, name, value, &mut request.dropped)?
        } else {
            function(place, name, value, &mut request.dropped)?
        };
        request.tools.push(tool);
        Ok(())
    }

    /// Reads the functions of a group.
    fn group<'a>(
        &mut self,
        path: &str,
        index: usize,
        value: &Value<'a>,
        request: &mut Request<'a>,
    ) -> Result<(), RequestError> {
        let name = string(&format!("{path}.name"), value.get("name"))?;
        let Data::Array(items) = &value.get("tools").data else {
            return Err(wrong(format!("{path}.tools"), "an array", value.get("tools")));
        };
        // Functions have no common place for what is said of all of them.
        unknown_members(path, value, &["type", "name", "tools"], &mut request.dropped);
        for (i, item) in items.iter().enumerate() {
            let place = Place { path: &format!("{path}.tools[{i}]"), index, group: &name.decode() };
            self.tool(place, item, request)?;
        }
        Ok(())
    }

    /// Gives a tool the name that targets see.
    fn add(&mut self, key: (String, String)) -> String {
        let mut flat = joined(&key.0, &key.1);
        if !key.0.is_empty() || self.given.contains(&flat) {
            let plain = flat.clone();
            let count = self.counts.entry(plain.clone()).or_insert(1);
            while self.taken.contains(&flat) {
                *count += 1;
                flat = format!("{plain}_{count}");
            }
        }
        self.given.insert(flat.clone());
        self.taken.insert(flat.clone());
        self.flat.insert(key, flat.clone());
        flat
    }

    /// The name that targets see, for one in a call.
    pub(super) fn name<'a>(&self, group: Option<&Text<'_>>, name: Text<'a>) -> Text<'a> {
        let group = group.map(Text::decode).unwrap_or_default();
        let key = (group.into_owned(), name.decode().into_owned());
        match self.flat.get(&key) {
            Some(flat) if *flat == key.1 => name,
            Some(flat) => Text::from_plain(flat),
            None if key.0.is_empty() => name,
            None => Text::from_plain(&joined(&key.0, &key.1)),
        }
    }

    /// Reads `tool_choice`, which may narrow the tools down.
    pub(super) fn choose<'a>(
        &self,
        value: &Value<'a>,
        request: &mut Request<'a>,
    ) -> Result<(), RequestError> {
        request.tool_choice = match &value.data {
            Data::Null => None,
            Data::String(word) => Some(mode(word, "tool_choice")?),
            Data::Object(_) => Some(self.choice(value, &mut request.tools)?),
            _ => return Err(wrong("tool_choice", "a string or an object", value)),
        };
        let demanded = matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)));
        if demanded && request.tools.is_empty() {
            let message =
                "`tool_choice` demands a tool and `tools` has none that the chosen model's provider can call";
            return Err(RequestError::invalid("tool_choice", message));
        }
        Ok(())
    }

    fn choice<'a>(
        &self,
        value: &Value<'a>,
        tools: &mut Vec<Tool<'a>>,
    ) -> Result<ToolChoice<'a>, RequestError> {
        let kind = string("tool_choice.type", value.get("type"))?;
        match &*kind.decode() {
            "function" | "custom" => {
                let own = string("tool_choice.name", value.get("name"))?;
                let name = self.name(value.get("namespace").as_text().as_ref(), own.clone());
                if !tools.iter().any(|tool| tool.name.decode() == name.decode()) {
                    let message =
                        format!("`tool_choice.name` is `{}`, which is not in `tools`", own.decode());
                    return Err(RequestError::invalid("tool_choice.name", message));
                }
                Ok(ToolChoice::Tool(name))
            }
            "allowed_tools" => {
                let allowed = self.allowed(value.get("tools").items());
                tools.retain(|tool| allowed.contains(&*tool.name.decode()));
                mode(&string("tool_choice.mode", value.get("mode"))?, "tool_choice.mode")
            }
            other => {
                let message = format!(
                    "`tool_choice.type` is `{other}`, a tool that the chosen model's provider does not run; function, custom and allowed_tools can be served"
                );
                Err(RequestError::unsupported("tool_choice.type", message))
            }
        }
    }

    /// The names that targets see, of the tools in a list.
    fn allowed(&self, list: &[Value<'_>]) -> HashSet<String, RandomState> {
        let mut allowed = HashSet::default();
        for tool in list {
            let Some(name) = tool.get("name").as_text() else { continue };
            if tool.get("type").is("namespace") {
                let of_group = self.flat.iter().filter(|((group, _), _)| name.is(group));
                allowed.extend(of_group.map(|(_, flat)| flat.clone()));
            } else {
                let group = tool.get("namespace").as_text();
                allowed.insert(self.name(group.as_ref(), name).decode().into_owned());
            }
        }
        allowed
    }

    /// Leaves what the answer's writer needs to give the names back.
    pub(super) fn note(self, notes: &mut Notes) {
        notes.custom_tools = self.custom;
        notes.custom_tools.sort_unstable();
        let changed = self.flat.into_iter().filter(|((_, name), flat)| name != flat);
        notes.grouped_tools = changed.map(|((group, name), flat)| (flat, group, name)).collect();
        notes.grouped_tools.sort_unstable();
    }
}

/// The name of a function with its group's.
fn joined(group: &str, name: &str) -> String {
    if group.is_empty() {
        return name.to_owned();
    }
    format!("{}__{}", group.trim_end_matches('_'), name.trim_start_matches('_'))
}

fn function<'a>(
    place: Place<'_>,
    name: Text<'a>,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Tool<'a>, RequestError> {
    let path = place.path;
    let schema = value.get("parameters");
    if !matches!(schema.data, Data::Null | Data::Object(_)) {
        return Err(wrong(format!("{path}.parameters"), "an object", schema));
    }
    unknown_members(path, value, &FUNCTION, dropped);
    Ok(Tool {
        index: place.index,
        name,
        description: value.get("description").as_text().filter(|text| !text.is_blank()),
        schema: Some(schema).filter(|schema| !schema.is_null()).cloned(),
        strict: value.get("strict").as_bool().unwrap_or_default(),
        cache: marker(value),
    })
}

/// A tool that takes text as it is. What the text must look like is told to the model in words.
fn custom<'a>(
    place: Place<'_>,
    name: Text<'a>,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Tool<'a>, RequestError> {
    let path = place.path;
    unknown_members(path, value, &CUSTOM, dropped);
    let mut description = value.get("description").as_text().filter(|text| !text.is_blank());
    let format = value.get("format");
    if let Some(definition) = format.get("definition").as_text() {
        dropped.add(format_args!("{path}.format"));
        let syntax = format.get("syntax").as_text().unwrap_or_default();
        let before = description.as_ref().map(|text| format!("{}\n\n", text.decode())).unwrap_or_default();
        description = Some(Text::from_plain(&format!(
            "{before}The input must follow this grammar ({}):\n{}",
            syntax.decode(),
            definition.decode()
        )));
    }
    let schema = Value::parse(TEXT_SCHEMA).map_err(RequestError::json)?;
    Ok(Tool {
        index: place.index,
        name,
        description,
        schema: Some(schema),
        strict: false,
        cache: marker(value),
    })
}

fn mode<'a>(word: &Text<'_>, path: &str) -> Result<ToolChoice<'a>, RequestError> {
    match &*word.decode() {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" => Ok(ToolChoice::Required),
        other => Err(RequestError::invalid(
            path,
            format!("`{path}` is `{other}`; it must be none, auto or required"),
        )),
    }
}
