//! A schema of an `OpenAPI` description, as SDL that a person may go on from: safe operations are fields of `Query`, others
//! of `Mutation`, schemas become types, and links become fields that are calls.

use std::collections::{BTreeMap, HashMap};

use openapi::{Description, DescriptionError, Operation, Place, Schemas};
use serde_json::Value;

/// Types within types within types.
const DEEP: usize = 24;

/// The SDL of a description; `source`: what its calls name.
pub fn sdl_of(document: &Value, source: &str) -> Result<String, DescriptionError> {
    let description = Description::read(document)?;
    let schemas = Schemas::of(document);
    let mut writer = Writer { schemas, source, types: BTreeMap::new(), names: HashMap::new(), json: false };
    let (mut queries, mut mutations) = (BTreeMap::new(), BTreeMap::new());
    for operation in &description.operations {
        let fields = match &*operation.method {
            "GET" | "QUERY" => &mut queries,
            "POST" | "PUT" | "PATCH" | "DELETE" => &mut mutations,
            _ => continue,
        };
        let (name, field) = writer.operation(operation);
        fields.entry(name).or_insert(field);
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
    fn operation(&mut self, operation: &Operation) -> (String, String) {
        let name = field_name(operation);
        let (mut arguments, mut given, mut renamed) = (Vec::new(), Vec::new(), false);
        for parameter in &operation.parameters {
            if matches!(parameter.place, Place::Cookie | Place::QueryString) {
                continue;
            }
            let own = word(&parameter.name, false);
            let hint = format!("{}{}", word(&name, true), word(&parameter.name, true));
            let schema = self.schemas.parameter(operation, parameter);
            let ty = schema
                .map_or("String".into(), |schema| self.ty(schema, Met { hint: &hint, input: true, deep: 0 }));
            renamed |= own != *parameter.name;
            given.push(format!("{{name: {}, value: \"$args.{own}\"}}", quoted(&parameter.name)));
            arguments.push(format!("{own}: {ty}{}", if parameter.required { "!" } else { "" }));
        }
        if let Some((schema, required)) = self.schemas.body(operation) {
            let ty = self.ty(schema, Met { hint: &word(&name, true), input: true, deep: 0 });
            arguments.push(format!("body: {ty}{}", if required { "!" } else { "" }));
            given.push("{name: \"body\", value: \"$args.body\"}".into());
        }
        let hint = format!("{}Result", word(&name, true));
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
        (name.clone(), format!("{about}  {name}{arguments}: {ty} @rest({called}{args})\n"))
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
            if args.len() < to.parameters.iter().filter(|parameter| parameter.required).count() {
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
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
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
            names.iter().fold(String::new(), |all, name| all + "  " + name + "\n")
        })
    }

    fn object(&mut self, schema: &'d Value, met: Met<'_>) -> String {
        let (members, required) = self.schemas.members(schema);
        if members.is_empty() {
            return self.any();
        }
        let kind = if met.input { "input" } else { "type" };
        self.named((address(schema), met.input), met, kind, |writer| {
            let mut body = String::new();
            let mut seen = Vec::new();
            for (name, member) in members {
                let own = word(name, false);
                // What is sent has the names that it has.
                if seen.contains(&own) || (met.input && own != *name) {
                    continue;
                }
                let hint = format!("{}{}", met.hint, word(name, true));
                let ty = writer.ty(member, Met { hint: &hint, deep: met.deep + 1, ..met });
                let ty = if name == "id" && (ty == "Int" || ty == "String") { "ID".into() } else { ty };
                let needed =
                    required.contains(&name.as_str()) && !is_nullable(writer.schemas.follow(member).0);
                let from = if own == *name {
                    String::new()
                } else {
                    format!(" @value(path: {})", quoted(&pointer(name)))
                };
                let text = format!("  {own}: {ty}{}{from}\n", if needed { "!" } else { "" });
                body.push_str(&text);
                seen.push(own);
            }
            body
        })
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
        let taken = |name: &String| {
            self.types.contains_key(name)
                || ["Query", "Mutation", "Subscription", "JSON"].contains(&name.as_str())
        };
        let numbered = (2..).map(|number| format!("{base}{number}"));
        let name =
            std::iter::once(base.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or_default();
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

fn quoted(text: &str) -> String {
    Value::from(text.replace(['\u{7f}', '\r', '\n'], " ")).to_string()
}

fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
