//! Tools and the choice among them.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use json::{Text, Value};

use super::path::Path;
use super::{marker, says_nothing};
use crate::RequestError;
use crate::canonical::{Request, Tool, ToolChoice};

/// Members of a tool that are read, or ask for nothing that another provider would do otherwise.
const MEMBERS: [&str; 6] = ["type", "name", "description", "input_schema", "strict", "cache_control"];

/// The names of the client's tools.
#[derive(Debug, Default)]
struct Known {
    /// Those that are carried.
    carried: HashSet<String, RandomState>,
    /// Anthropic's own, which no other provider has: what they are, by their names.
    left: Vec<(String, String)>,
}

/// Reads `tools` and `tool_choice`.
pub(super) fn read<'a>(
    tools: Option<&Value<'a>>,
    choice: Option<&Value<'a>>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    let mut known = Known::default();
    if let Some(tools) = tools.filter(|tools| !tools.is_null()) {
        let at = Path::top("tools");
        for (index, item) in at.list(tools)?.iter().enumerate() {
            tool(&at.item(index), index, item, (request, &mut known))?;
        }
    }
    match choice.filter(|choice| !choice.is_null()) {
        Some(choice) => tool_choice(choice, &known, request),
        None => Ok(()),
    }
}

fn tool<'a>(
    at: &Path<'_>,
    index: usize,
    value: &Value<'a>,
    (request, known): (&mut Request<'a>, &mut Known),
) -> Result<(), RequestError> {
    at.object(value)?;
    let kind = at.name("type").text_or_none(value.get("type"))?;
    let name = at.name("name");
    if let Some(kind) = kind.filter(|kind| !kind.is("custom")) {
        let name = value.get("name").as_text().unwrap_or_else(|| kind.clone());
        request.dropped.add(format_args!("tools[{index}].{}", kind.decode()));
        known.left.push((name.decode().into_owned(), kind.decode().into_owned()));
        return Ok(());
    }
    let name = name.text(value.get("name"))?;
    if name.is_blank() {
        return Err(at.name("name").invalid("String should have at least 1 character"));
    }
    if !known.carried.insert(name.decode().into_owned()) {
        return Err(Path::top("tools").invalid("Tool names must be unique."));
    }
    let schema = at.name("input_schema").object(value.get("input_schema"))?;
    for (member, value) in value.members() {
        let direct = member.is("allowed_callers") && value.items().iter().all(|caller| caller.is("direct"));
        if !MEMBERS.iter().any(|known| member.is(known)) && !direct && !says_nothing(value) {
            request.dropped.add(format_args!("tools[{index}].{}", member.decode()));
        }
    }
    request.tools.push(Tool {
        index,
        name,
        description: at
            .name("description")
            .text_or_none(value.get("description"))?
            .filter(|text| !text.is_blank()),
        schema: Some(schema.clone()),
        strict: at.name("strict").flag(value.get("strict"))?.unwrap_or_default(),
        cache: marker(at, value)?,
    });
    Ok(())
}

fn tool_choice<'a>(choice: &Value<'a>, known: &Known, request: &mut Request<'a>) -> Result<(), RequestError> {
    let at = Path::top("tool_choice");
    at.object(choice)?;
    let kind = at.name("type").text(choice.get("type"))?;
    let none_given = known.carried.is_empty() && known.left.is_empty();
    if none_given && !kind.is("none") {
        return Err(at.invalid("may only be specified while providing tools"));
    }
    let read = match &*kind.decode() {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "any" if known.carried.is_empty() => return Err(cannot(&at, known)),
        "any" => ToolChoice::Required,
        "tool" => named(&at.name("name"), choice, known)?,
        other => {
            let why = format!(
                "Input tag '{other}' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'"
            );
            return Err(at.name("type").invalid(&why));
        }
    };
    let flag = at.name("disable_parallel_tool_use");
    if flag.flag(choice.get("disable_parallel_tool_use"))? == Some(true) {
        request.parallel_tools = Some(false);
    }
    // Where all tools were Anthropic's own, there is nothing left to choose from.
    request.tool_choice = Some(read).filter(|_| !known.carried.is_empty());
    Ok(())
}

fn named<'a>(at: &Path<'_>, choice: &Value<'a>, known: &Known) -> Result<ToolChoice<'a>, RequestError> {
    let name: Text<'a> = at.text(choice.get("name"))?;
    let plain = name.decode();
    if known.carried.contains(&*plain) {
        drop(plain);
        return Ok(ToolChoice::Tool(name));
    }
    if known.left.iter().any(|(left, _)| *left == *plain) {
        return Err(cannot(at, known));
    }
    Err(at.invalid(&format!("Tool '{plain}' not found in provided tools")))
}

/// The choice demands a tool that is not carried.
fn cannot(at: &Path<'_>, known: &Known) -> RequestError {
    let kinds: Vec<&str> = known.left.iter().map(|(_, kind)| kind.as_str()).take(8).collect();
    at.unsupported(&format!(
        "the chosen model's provider has none of Anthropic's own tools ({})",
        kinds.join(", ")
    ))
}
