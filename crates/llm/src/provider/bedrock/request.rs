//! A request in Converse's words. The order of the members is fixed, tools before system before messages,
//! which is the order that prompt caches are matched in.

mod content;
mod thinking;
mod turns;

use std::fmt;

use json::{Array, Object, Text, Value, push_string, push_text};

use self::content::Writer;
use self::thinking::Plan;
use self::turns::Turn;
use crate::canonical::{Content, Dropped, Format, Request, Tool, ToolChoice};
use crate::marks::Takes;
use crate::provider::Wired;
use crate::provider::anthropic::rules::Rules;
use crate::provider::anthropic::schema;
use crate::provider::names::{Limits, Names};
use crate::{Carry, RequestError, Target};

/// The names that Converse takes.
const NAMES: Limits = Limits { longest: 64, marks: b"_-", any_start: false };

/// The tool that stands in for a JSON schema where the model has none.
const ANSWER_TOOL: &str = "answer_as_json";

/// What stands in for a JSON mode without a schema, which Converse has not.
const JSON_ONLY: &str = "Answer with one valid JSON object and nothing else: no other text, no code fence.";

/// Stands in the list where the history has calls and the client gives no tools: Converse takes no history of
/// calls without a list, nor an empty list.
pub(super) const NO_TOOL: &str = "no_tool_available";

/// Parameters that are Converse's own and pass as they are.
const OWN: [&str; 5] = [
    "guardrailConfig",
    "promptVariables",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
];

/// Writes a request.
pub(super) fn encode(request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
    let mut encoder = Encoder {
        request,
        family: Family::of(target.model),
        rules: Rules::of(target.model),
        native_schema: target.native_json_schema,
        max_tokens: request.max_tokens,
        max_output: target.max_output,
        names: Names::of(&request.tools, NAMES),
        dropped: request.dropped.clone(),
        answer_tool: None,
    };
    if let (Some(Format::JsonSchema { .. }), false) = (&request.format, encoder.native_schema) {
        encoder.answer_tool = Some(encoder.names.add(ANSWER_TOOL));
    }
    let mut body = Vec::with_capacity(1024);
    encoder.body(&mut body)?;
    let Encoder { names, dropped, answer_tool, .. } = encoder;
    Ok(Wired { body, dropped, carry: Carry { tool_names: names.changed(), answer_tool, ..Carry::default() } })
}

/// Whose model it is, as far as that matters: Converse is one form, and models differ in what they take of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Claude,
    Nova,
    OpenAi,
    Other,
}

/// A request being written.
struct Encoder<'r, 'a> {
    request: &'r Request<'a>,
    family: Family,
    /// The rules of Claude models; others have none.
    rules: Rules,
    native_schema: bool,
    /// The longest answer; none leaves it to the model.
    max_tokens: Option<u64>,
    max_output: Option<u64>,
    names: Names,
    dropped: Dropped,
    /// The name of the tool that stands in for a JSON schema.
    answer_tool: Option<String>,
}

/// Where a model takes markers of the prompt's cache.
pub(super) fn marks(model: &str) -> Option<Takes> {
    match Family::of(model) {
        Family::Claude => Some(Takes { tools: true }),
        Family::Nova => Some(Takes { tools: false }),
        Family::OpenAi | Family::Other => None,
    }
}

// === impl Family ===

impl Family {
    /// Told from the model's name. The ARN of a profile of one's own does not tell.
    fn of(model: &str) -> Self {
        let families = [("claude", Self::Claude), ("amazon.nova", Self::Nova), ("openai.", Self::OpenAi)];
        families.into_iter().find(|(name, _)| model.contains(name)).map_or(Self::Other, |(_, family)| family)
    }
}

// === impl Encoder ===

impl<'r> Encoder<'r, '_> {
    fn body(&mut self, out: &mut Vec<u8>) -> Result<(), RequestError> {
        let request = self.request;
        let turns = turns::of(request)?;
        let plan = self.thinking(&turns);
        let mut body = Object::begin(out);
        self.tool_config(&turns, &mut body);
        self.system(&mut body);
        let mut writer = Writer::new(self.family, &mut self.names, &mut self.dropped);
        writer.messages(&turns, &mut body);
        self.inference(&plan, &mut body);
        self.output_config(&plan, &mut body);
        self.additional(&plan, &mut body);
        self.rest(&mut body);
        body.end();
        Ok(())
    }

    fn drop(&mut self, name: impl fmt::Display) {
        self.dropped.add(name);
    }

    /// Writes the tools and the choice among them. There is no choice of none: the tools are left out.
    fn tool_config(&mut self, turns: &[Turn<'_, '_>], body: &mut Object<'_>) {
        let request = self.request;
        let offered =
            if matches!(request.tool_choice, Some(ToolChoice::None)) { &[][..] } else { &request.tools };
        let placeholder = offered.is_empty() && self.answer_tool.is_none();
        if placeholder && !turns::have_calls(turns) {
            return;
        }
        let mut config = body.object("toolConfig");
        let mut tools = config.array("tools");
        for tool in offered {
            self.tool(tool, &mut tools);
        }
        if let (Some(name), Some(Format::JsonSchema { schema, .. })) = (&self.answer_tool, &request.format) {
            let about = "Gives the answer, in the demanded shape.";
            tool_spec(name, &mut tools, |spec| {
                spec.string("description", about);
                input_schema(spec, |out| schema::write_loose(Some(schema), out));
            });
        }
        if placeholder {
            tool_spec(NO_TOOL, &mut tools, |spec| {
                spec.string("description", "There is no tool to call.");
                input_schema(spec, |out| schema::write_loose(None, out));
            });
        }
        tools.end();
        self.tool_choice(offered.is_empty(), &mut config);
        config.end();
    }

    fn tool(&mut self, tool: &Tool<'_>, tools: &mut Array<'_>) {
        let strict = tool.strict && self.native_schema;
        tool_spec(self.names.sent(&tool.name), tools, |spec| {
            if let Some(description) = &tool.description {
                spec.text("description", description);
            }
            input_schema(spec, |out| match &tool.schema {
                Some(schema) if strict => schema::write_strict(schema, out),
                schema => schema::write_loose(schema.as_ref(), out),
            });
            if strict && tool.schema.is_some() {
                spec.raw("strict", "true");
            }
        });
        if tool.strict && !(strict && tool.schema.is_some()) {
            self.drop(format_args!("tools[{}].function.strict", tool.index));
        }
        match tool.cache {
            Some(marker) if self.family == Family::Claude => content::cache_point(marker, tools),
            Some(_) => self.drop(format_args!("tools[{}].cache_control", tool.index)),
            None => {}
        }
    }

    /// Whether the model must call a tool.
    fn forced(&self) -> bool {
        self.answer_tool.is_some()
            || matches!(self.request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)))
    }

    fn tool_choice(&mut self, alone: bool, config: &mut Object<'_>) {
        let request = self.request;
        if request.parallel_tools == Some(false) && !alone {
            self.drop("parallel_tool_calls");
        }
        let (kind, name) = match (&self.answer_tool, &request.tool_choice) {
            (Some(answer), _) if alone => ("tool", Some(answer.as_str())),
            (_, Some(ToolChoice::Tool(name))) => ("tool", Some(self.names.sent(name))),
            (Some(_), _) | (None, Some(ToolChoice::Required)) => ("any", None),
            (None, Some(ToolChoice::Auto)) => ("auto", None),
            (None, Some(ToolChoice::None) | None) => return,
        };
        let mut choice = config.object("toolChoice");
        let mut inner = choice.object(kind);
        if let Some(name) = name {
            inner.string("name", name);
        }
        inner.end();
        choice.end();
    }

    fn system(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        let json_only = matches!(request.format, Some(Format::JsonObject));
        // A request of instructions alone: they are the conversation.
        let alone = request.messages.is_empty();
        let said = |part: &&crate::canonical::Part<'_>| {
            !alone && matches!(&part.content, Content::Text(text) if !text.is_blank())
        };
        if json_only {
            self.drop("response_format");
        }
        if !json_only && !request.system.iter().any(|part| said(&part)) {
            return;
        }
        let mut blocks = body.array("system");
        let mut writer = Writer::new(self.family, &mut self.names, &mut self.dropped);
        for part in request.system.iter().filter(said) {
            writer.block(part, &mut blocks);
        }
        if json_only {
            let mut block = blocks.object();
            block.string("text", JSON_ONLY);
            block.end();
        }
        blocks.end();
    }

    fn inference(&mut self, plan: &Plan<'_>, body: &mut Object<'_>) {
        let request = self.request;
        let temperature = self.temperature(plan);
        let top_p = self.top_p(plan);
        let stops: Vec<&Text<'_>> = request.stop.iter().filter(|stop| !stop.is_blank()).collect();
        if stops.len() < request.stop.len() {
            self.drop("stop");
        }
        if self.max_tokens.is_none() && temperature.is_none() && top_p.is_none() && stops.is_empty() {
            return;
        }
        let mut config = body.object("inferenceConfig");
        if let Some(max) = self.max_tokens {
            config.number("maxTokens", max);
        }
        for (name, value) in [("temperature", temperature), ("topP", top_p)] {
            if let Some(value) = value {
                config.raw(name, value);
            }
        }
        if !stops.is_empty() {
            let mut list = config.array("stopSequences");
            for stop in stops {
                push_text(list.item(), stop);
            }
            list.end();
        }
        config.end();
    }

    /// Whether a Claude model takes sampling parameters; others always do.
    fn samples(&self, plan: &Plan<'_>) -> bool {
        self.family != Family::Claude || (self.rules.sampling && !plan.thinks())
    }

    fn temperature(&mut self, plan: &Plan<'_>) -> Option<&'r str> {
        let temperature = self.request.temperature?;
        let value: f64 = temperature.parse().unwrap_or(1.0);
        if !self.samples(plan) {
            // One is what the model does anyway.
            if (value - 1.0).abs() > f64::EPSILON {
                self.drop("temperature");
            }
            return None;
        }
        // Converse's scale ends at 1, OpenAI's at 2.
        if value > 1.0 {
            self.drop("temperature");
            return Some("1");
        }
        Some(temperature)
    }

    fn top_p(&mut self, plan: &Plan<'_>) -> Option<&'r str> {
        let top_p = self.request.top_p?;
        let beside = self.request.temperature.is_some();
        let both = self.family != Family::Claude || self.rules.both_samplers;
        if self.samples(plan) && (both || !beside) {
            return Some(top_p);
        }
        if top_p.parse() != Ok(1.0_f64) {
            self.drop("top_p");
        }
        None
    }

    fn output_config(&mut self, plan: &Plan<'_>, body: &mut Object<'_>) {
        let format = match &self.request.format {
            Some(Format::JsonSchema { schema, name, description, .. }) if self.native_schema => {
                Some((schema, name, description))
            }
            Some(Format::JsonSchema { strict, description, .. }) => {
                let (strict, described) = (*strict, description.is_some());
                let lost = [("strict", strict), ("description", described)];
                lost.into_iter().filter(|(_, lost)| *lost).for_each(|(name, _)| {
                    self.drop(format_args!("response_format.json_schema.{name}"));
                });
                None
            }
            _ => None,
        };
        if format.is_none() && plan.effort.is_none() {
            return;
        }
        let mut config = body.object("outputConfig");
        if let Some((schema, name, description)) = format {
            let mut text_format = config.object("textFormat");
            text_format.string("type", "json_schema");
            let mut structure = text_format.object("structure");
            let mut json_schema = structure.object("jsonSchema");
            // The schema is a string with JSON in it.
            let mut plain = Vec::new();
            schema::write_strict(schema, &mut plain);
            push_string(json_schema.key("schema"), &String::from_utf8_lossy(&plain));
            for (key, text) in [("name", name), ("description", description)] {
                if let Some(text) = text {
                    json_schema.text(key, text);
                }
            }
            json_schema.end();
            structure.end();
            text_format.end();
        }
        if let Some(effort) = plan.effort {
            config.string("effort", effort);
        }
        config.end();
    }

    /// Writes what only some models take, in their own words.
    fn additional(&mut self, plan: &Plan<'_>, body: &mut Object<'_>) {
        let request = self.request;
        let top_k = request.top_k.filter(|_| self.family == Family::Claude && self.samples(plan));
        if request.top_k.is_some() && top_k.is_none() {
            self.drop("top_k");
        }
        let own = request.rest.iter().rev().find(|rest| rest.name.is("additionalModelRequestFields"));
        let own = own.and_then(|rest| Value::parse(rest.raw).ok());
        let own = own.as_ref().map(Value::members).unwrap_or_default();
        if top_k.is_none() && own.is_empty() && !plan.has_fields() {
            return;
        }
        let mut fields = body.object("additionalModelRequestFields");
        plan.write(&mut fields);
        if let Some(top_k) = top_k {
            fields.raw("top_k", top_k);
        }
        let written = |name: &Text<'_>| (top_k.is_some() && name.is("top_k")) || plan.writes(name);
        for (name, value) in own.iter().filter(|(name, _)| !written(name)) {
            fields.text_key(name).extend_from_slice(value.raw.as_bytes());
        }
        fields.end();
    }

    /// Names what Converse has nothing for.
    fn unknown_here(&mut self) {
        let request = self.request;
        let said = request.messages.iter().flat_map(|message| &message.parts);
        let foreign = said.into_iter().any(|part| turns::is_foreign(&part.content));
        let asked = [
            ("messages[].reasoning", foreign),
            ("seed", request.seed.is_some()),
            ("presence_penalty", request.presence_penalty.is_some()),
            ("frequency_penalty", request.frequency_penalty.is_some()),
            ("logprobs", request.logprobs.is_some()),
            ("n", request.n.is_some()),
            ("user", request.user.is_some()),
            ("prompt_cache_key", request.cache_key.is_some()),
        ];
        asked.into_iter().filter(|(_, asked)| *asked).for_each(|(name, _)| self.drop(name));
    }

    fn rest(&mut self, body: &mut Object<'_>) {
        let request = self.request;
        match request.service_tier.as_ref().map(Text::decode).as_deref() {
            None | Some("auto") => {}
            Some(tier @ ("default" | "flex" | "priority" | "reserved")) => {
                let mut object = body.object("serviceTier");
                object.string("type", tier);
                object.end();
            }
            Some(_) => self.drop("service_tier"),
        }
        self.unknown_here();
        let paths = "additionalModelResponseFieldPaths";
        let stops = request.stop.iter().any(|stop| !stop.is_blank());
        let asks = request.rest.iter().any(|rest| rest.name.is(paths));
        if self.family == Family::Claude && stops && !asks {
            // Which of them it met is told only to those who ask.
            body.raw(paths, r#"["/stop_sequence"]"#);
        }
        for rest in &request.rest {
            let handled = rest.name.is("additionalModelRequestFields")
                || (rest.name.is("thinking") && self.family == Family::Claude);
            match OWN.iter().find(|own| rest.name.is(own)) {
                Some(own) => drop(body.raw(own, rest.raw)),
                None if handled => {}
                None => self.drop(rest.name.decode()),
            }
        }
    }
}

/// Writes a tool.
fn tool_spec(name: &str, tools: &mut Array<'_>, rest: impl FnOnce(&mut Object<'_>)) {
    let mut tool = tools.object();
    let mut spec = tool.object("toolSpec");
    spec.string("name", name);
    rest(&mut spec);
    spec.end();
    tool.end();
}

/// Writes the schema of a tool's arguments.
fn input_schema(spec: &mut Object<'_>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut schema = spec.object("inputSchema");
    write(schema.key("json"));
    schema.end();
}
