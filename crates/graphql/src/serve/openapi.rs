//! A schema of an `OpenAPI` description, as SDL that a person may go on from: safe operations are fields of `Query`, others
//! of `Mutation`, schemas become types, and links become fields that are calls.

use std::collections::{BTreeMap, HashMap, HashSet};

use openapi::{Description, DescriptionError, Operation, Parameter, Place, Schemas};
use serde_json::Value;

use super::model::BUILT_IN;

/// Types within types within types.
const DEEP: usize = 24;
/// What stands behind what should no longer be used.
const DEPRECATED: &str = " @deprecated";

/// The SDL of a description; `source`: what its calls name.
pub fn sdl_of(document: &Value, source: &str) -> Result<String, DescriptionError> {
    let description = Description::read(document)?;
    let schemas = Schemas::of(document);
    let mut writer = Writer { schemas, source, types: BTreeMap::new(), names: HashMap::new(), json: false };
    let (mut queries, mut mutations) = (BTreeMap::new(), BTreeMap::new());
    // Those whose ids are names have them, whoever else would be called so.
    let (exact, others): (Vec<_>, Vec<_>) =
        description.operations.iter().partition(|one| one.id.as_deref() == Some(&*field_name(one)));
    for operation in exact.into_iter().chain(others) {
        let fields = match &*operation.method {
            "GET" | "QUERY" => &mut queries,
            "POST" | "PUT" | "PATCH" | "DELETE" => &mut mutations,
            _ => continue,
        };
        let name = free(field_name(operation), |name| fields.contains_key(name));
        let field = writer.operation(operation, &name);
        fields.insert(name, field);
    }
    for operation in &description.operations {
        writer.links(&description, operation);
    }
    let mut out = String::new();
    if queries.is_empty() {
        queries.insert(
            "_empty".into(),
            "  \"The description has nothing that only reads.\"\n  _empty: Boolean\n".into(),
        );
    }
    for (name, fields) in [("Query", queries), ("Mutation", mutations)] {
        if !fields.is_empty() {
            let fields: String = fields.into_values().collect();
            let text = format!("type {name} {{\n{fields}}}\n\n");
            out.push_str(&text);
        }
    }
    for Type { word, name, body } in writer.types.into_values() {
        let text = format!("{word} {name} {{\n{body}}}\n\n");
        out.push_str(&text);
    }
    if writer.json {
        out += "\"Any value of JSON's\"\nscalar JSON\n";
    }
    Ok(out)
}

struct Writer<'d> {
    schemas: Schemas<'d>,
    source: &'d str,
    types: BTreeMap<String, Type>,
    /// By the place of the schema in memory, and whether it is one of inputs.
    names: HashMap<(usize, bool), String>,
    json: bool,
}

struct Type {
    word: &'static str,
    name: String,
    body: String,
}

/// Where a schema is met.
#[derive(Clone, Copy)]
struct Met<'h> {
    /// What it would be called, having no name of its own.
    hint: &'h str,
    input: bool,
    deep: usize,
}

// === impl Writer ===

impl<'d> Writer<'d> {
    fn operation(&mut self, operation: &Operation, name: &str) -> String {
        let (mut arguments, mut given, mut renamed) = (Vec::new(), Vec::new(), false);
        let (mut owns, mut names) = (HashSet::new(), HashSet::new());
        let sent = || operation.parameters.iter().filter(|parameter| is_sent(parameter));
        let needed = needed(sent());
        for parameter in sent() {
            // What has one name in two places has one value, which must be given if either must.
            if !names.insert(&*parameter.name) {
                continue;
            }
            let own = free(word(&parameter.name, false), |name| name == "body" || owns.contains(name));
            owns.insert(own.clone());
            let hint = format!("{}{}", word(name, true), word(&own, true));
            let schema = self.schemas.parameter(operation, parameter);
            let ty = schema
                .map_or("String".into(), |schema| self.ty(schema, Met { hint: &hint, input: true, deep: 0 }));
            renamed |= own != *parameter.name;
            given.push(format!("{{name: {}, value: \"$args.{own}\"}}", quoted(&parameter.name)));
            let mark = if self.schemas.is_deprecated(operation, Some(parameter)) { DEPRECATED } else { "" };
            // What must be given must not be marked.
            arguments
                .push(format!("{own}: {ty}{}", if needed.contains(&*parameter.name) { "!" } else { mark }));
        }
        if let Some((schema, required)) = self.schemas.body(operation) {
            let ty = self.ty(schema, Met { hint: &word(name, true), input: true, deep: 0 });
            arguments.push(format!("body: {ty}{}", if required { "!" } else { "" }));
            given.push("{name: \"body\", value: \"$args.body\"}".into());
        }
        let hint = format!("{}Result", word(name, true));
        let ty = match self.schemas.answer(operation) {
            Some(schema) => self.ty(schema, Met { hint: &hint, input: false, deep: 0 }),
            None => self.any(),
        };
        let about =
            operation.summary.as_deref().map(|text| format!("  {}\n", quoted(text))).unwrap_or_default();
        let arguments =
            if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        let args = if renamed { format!(", args: [{}]", given.join(", ")) } else { String::new() };
        let called = self.called(operation);
        let mark = if self.schemas.is_deprecated(operation, None) { DEPRECATED } else { "" };
        format!("{about}  {name}{arguments}: {ty} @rest({called}{args}){mark}\n")
    }

    /// The links of an operation's answer, as fields of its type.
    fn links(&mut self, description: &Description, operation: &Operation) {
        let Some(schema) = self.schemas.answer(operation) else { return };
        let (schema, _) = self.schemas.follow(schema);
        let Some(of) = self.names.get(&(address(schema), false)).cloned() else { return };
        for (name, link) in self.schemas.links(operation) {
            let id = link.get("operationId").and_then(Value::as_str);
            let Some(to) = id.and_then(|id| description.by_id(id)).filter(|to| to.is_safe()) else {
                continue;
            };
            let mut args = Vec::new();
            for (name, value) in link.get("parameters").and_then(Value::as_object).into_iter().flatten() {
                let pointer = value.as_str().and_then(|text| text.strip_prefix("$response.body#/"));
                let Some(pointer) = pointer.filter(|pointer| !pointer.contains(['.', '~'])) else { continue };
                args.push(format!(
                    "{{name: {}, value: \"$parent.{}\"}}",
                    quoted(name),
                    pointer.replace('/', ".")
                ));
            }
            if args.len() < needed(to.parameters.iter()).len() {
                continue;
            }
            let hint = format!("{}Result", word(&field_name(to), true));
            let ty = match self.schemas.answer(to) {
                Some(schema) => self.ty(schema, Met { hint: &hint, input: false, deep: 0 }),
                None => continue,
            };
            let (own, called) = (word(name, false), self.called(to));
            if let Some(of) = self.types.get_mut(&of)
                && !of.body.lines().any(|line| line.trim_start().starts_with(&format!("{own}:")))
            {
                let text = format!("  {own}: {ty} @rest({called}, args: [{}])\n", args.join(", "));
                of.body.push_str(&text);
            }
        }
    }

    fn called(&self, operation: &Operation) -> String {
        let id = operation.id.as_deref().map(str::to_owned);
        let id = id.unwrap_or_else(|| format!("{} {}", operation.method, operation.path));
        let source =
            if self.source.is_empty() { String::new() } else { format!("source: {}, ", quoted(self.source)) };
        format!("{source}operation: {}", quoted(&id))
    }

    /// The type of a schema, without a mark that it must be there.
    fn ty(&mut self, schema: &'d Value, met: Met<'_>) -> String {
        let (schema, component) = self.schemas.follow(schema);
        if met.deep > DEEP {
            return self.any();
        }
        if let Some(single) = single(schema) {
            return self.ty(single, met);
        }
        let hint = component.map_or_else(|| met.hint.to_owned(), |name| word(name, true));
        let met = Met { hint: &hint, ..met };
        let plain = matches!(kind(schema), "integer" | "number" | "boolean");
        if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|_| !plain) {
            return self.enumeration(schema, values, met);
        }
        match kind(schema) {
            "integer" if schema.get("format").and_then(Value::as_str) == Some("int64") => "Float".into(),
            "integer" => "Int".into(),
            "number" => "Float".into(),
            "boolean" => "Boolean".into(),
            "string" => "String".into(),
            "array" => match schema.get("items") {
                Some(items) => format!("[{}]", self.ty(items, Met { deep: met.deep + 1, ..met })),
                None => format!("[{}]", self.any()),
            },
            _ => self.object(schema, met),
        }
    }

    fn enumeration(&mut self, schema: &Value, values: &[Value], met: Met<'_>) -> String {
        let names: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        let reserved = |name: &&str| ["true", "false", "null"].contains(name);
        let usable = names.len() == values.len() && names.iter().all(|name| word(name, false) == **name);
        if !usable || names.is_empty() || names.iter().any(reserved) {
            return if names.len() == values.len() { "String".into() } else { self.any() };
        }
        // What goes in and what comes out have the same values.
        self.named((address(schema), false), met, "enum", |_| {
            let mut seen = HashSet::new();
            let names = names.iter().filter(|name| seen.insert(**name));
            names.fold(String::new(), |all, name| all + "  " + name + "\n")
        })
    }

    fn object(&mut self, schema: &'d Value, met: Met<'_>) -> String {
        let (members, required) = self.schemas.members(schema);
        // What is only read is not sent, and the other way round.
        let other = if met.input { "readOnly" } else { "writeOnly" };
        let is_other = |member: &'d Value| {
            let says = |of: &Value| of.get(other).and_then(Value::as_bool).unwrap_or_default();
            says(member) || says(self.schemas.follow(member).0)
        };
        let members: Vec<_> = members.into_iter().filter(|(_, member)| !is_other(member)).collect();
        // What is sent has the names that it has; where one is none of GraphQL's and must be there, all is as it comes.
        let unfit = |name: &str| met.input && required.contains(&name) && word(name, false) != name;
        if members.is_empty() || members.iter().any(|(name, _)| unfit(name)) {
            return self.any();
        }
        let kind = if met.input { "input" } else { "type" };
        self.named((address(schema), met.input), met, kind, |writer| {
            let mut body = String::new();
            let mut seen = HashSet::new();
            let (exact, others): (Vec<_>, Vec<_>) =
                members.into_iter().partition(|(name, _)| word(name, false) == **name);
            for (name, member) in exact.into_iter().chain(others.into_iter().filter(|_| !met.input)) {
                let own = free(word(name, false), |name| seen.contains(name));
                body.push_str(&writer.member((name, &own), member, (&required, met)));
                seen.insert(own);
            }
            body
        })
    }

    /// A member of an object, as a line.
    fn member(
        &mut self,
        (name, own): (&str, &str),
        member: &'d Value,
        (required, met): (&[&str], Met<'_>),
    ) -> String {
        let hint = format!("{}{}", met.hint, word(name, true));
        let ty = self.ty(member, Met { hint: &hint, deep: met.deep + 1, ..met });
        let followed = self.schemas.follow(member).0;
        // A number that is sent stays one.
        let id = ty == "String" || (!met.input && kind(followed) == "integer");
        let ty = if name == "id" && id { "ID".into() } else { ty };
        let needed = required.contains(&name) && !is_nullable(followed);
        let from =
            if own == name { String::new() } else { format!(" @value(path: {})", quoted(&pointer(name))) };
        let says = |of: &Value| of.get("deprecated").and_then(Value::as_bool).unwrap_or_default();
        let mark = if says(member) && !(met.input && needed) { DEPRECATED } else { "" };
        let about = member.get("description").and_then(Value::as_str);
        let about = about.map(|text| format!("  {}\n", quoted(text))).unwrap_or_default();
        format!("{about}  {own}: {ty}{}{from}{mark}\n", if needed { "!" } else { "" })
    }

    /// A type of a name, made where it is not there yet; its name is known while it is made, since types contain themselves.
    fn named(
        &mut self,
        id: (usize, bool),
        met: Met<'_>,
        word: &'static str,
        body: impl FnOnce(&mut Self) -> String,
    ) -> String {
        if let Some(known) = self.names.get(&id) {
            return known.clone();
        }
        let base = format!("{}{}", met.hint, if word == "input" { "Input" } else { "" });
        let taken = |name: &str| {
            self.types.contains_key(name)
                || ["Query", "Mutation", "Subscription", "JSON"].contains(&name)
                || BUILT_IN.contains(&name)
        };
        let name = free(base, taken);
        self.names.insert(id, name.clone());
        self.types.insert(name.clone(), Type { word, name: name.clone(), body: String::new() });
        let mut body = body(self);
        if body.is_empty() {
            body.push_str("  _empty: Boolean\n");
        }
        if let Some(ty) = self.types.get_mut(&name) {
            ty.body = body;
        }
        name
    }

    fn any(&mut self) -> String {
        self.json = true;
        "JSON".into()
    }
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// Whether a parameter becomes an argument.
fn is_sent(parameter: &Parameter) -> bool {
    !matches!(parameter.place, Place::Cookie | Place::QueryString)
}

/// The names of parameters that must be given, each once.
fn needed<'p>(parameters: impl Iterator<Item = &'p Parameter>) -> HashSet<&'p str> {
    parameters.filter(|parameter| parameter.required).map(|parameter| &*parameter.name).collect()
}

fn field_name(operation: &Operation) -> String {
    match &operation.id {
        Some(id) => word(id, false),
        None => word(&format!("{} {}", operation.method.to_ascii_lowercase(), operation.path), false),
    }
}

/// The one of several schemas that is not that of null.
fn single(schema: &Value) -> Option<&Value> {
    let list = ["oneOf", "anyOf"].iter().find_map(|name| schema.get(*name)).and_then(Value::as_array)?;
    let mut others = list.iter().filter(|one| one.get("type").and_then(Value::as_str) != Some("null"));
    let first = others.next()?;
    others.next().is_none().then_some(first)
}

fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.next().filter(|_| kinds.next().is_none()).unwrap_or_default()
        }
        _ if schema.get("items").is_some() => "array",
        _ => "",
    }
}

fn is_nullable(schema: &Value) -> bool {
    let null = |value: &Value| value.as_str() == Some("null");
    let listed = schema.get("type").and_then(Value::as_array).is_some_and(|kinds| kinds.iter().any(null));
    let says = schema.get("nullable").and_then(Value::as_bool).unwrap_or_default();
    listed || says || ["oneOf", "anyOf"].iter().any(|name| schema.get(*name).is_some())
}

/// A name of GraphQL's out of any text: what no name may have parts words. Names that are fit stay as they are.
fn word(text: &str, capital: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut upper = capital;
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            out.push(if upper { letter.to_ascii_uppercase() } else { letter });
            upper = false;
        } else {
            upper = !out.is_empty() || capital;
        }
    }
    if out.is_empty() || out.starts_with(|first: char| first.is_ascii_digit()) || out.starts_with("__") {
        out.insert_str(0, if capital { "T_" } else { "f_" });
    }
    out
}

/// A name that is not taken, numbered where it would be.
fn free(name: String, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name));
    free.unwrap_or(name)
}

fn quoted(text: &str) -> String {
    Value::from(text.replace(['\u{7f}', '\r', '\n'], " ")).to_string()
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests;
