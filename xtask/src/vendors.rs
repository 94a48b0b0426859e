//! The page of the vendors that speak OpenAI's chat, made from their table.

use std::fmt::Write as _;

use llm::vendor::{self, MaxTokensField, ReasoningControl, Roundtrip, Vendor};

const HEAD: &str = "# Vendors that speak OpenAI's chat

Made from `crates/llm/data/vendors.json`. A Provider with `vendor: NAME` has the address, the name in the catalogue and the ways of its row;
`base_url` overrules the address. What is dropped is named to the client in `weir-dropped-params`. Where an address has a part in braces, it is the
account's own and `base_url` is needed.

| vendor | `vendor:` | address | its own ways |
| --- | --- | --- | --- |
";

pub(crate) fn page() -> String {
    let mut page = HEAD.to_owned();
    for vendor in vendor::all() {
        let base = if vendor.base.is_empty() { "your own".to_owned() } else { format!("`{}`", vendor.base) };
        let names: Vec<String> =
            std::iter::once(&vendor.name).chain(&vendor.aliases).map(|name| format!("`{name}`")).collect();
        // Writing to a string cannot fail.
        writeln!(page, "| {} | {} | {base} | {} |", vendor.title, names.join(", "), ways(vendor))
            .unwrap_or_default();
    }
    page
}

fn ways(vendor: &Vendor) -> String {
    let mut ways = Vec::new();
    if !vendor.only.is_empty() {
        let only: Vec<String> = vendor.only.iter().map(|path| format!("`{path}`")).collect();
        ways.push(format!("has {} alone", only.join(" and ")));
    }
    match vendor.max_tokens_field {
        MaxTokensField::Any => {}
        MaxTokensField::MaxTokens => ways.push("limit as `max_tokens`".to_owned()),
        MaxTokensField::ByModel => {
            ways.push("limit of models that reason as `max_completion_tokens`".to_owned());
        }
        MaxTokensField::MaxCompletionTokens => ways.push("limit as `max_completion_tokens`".to_owned()),
    }
    let list =
        |names: &[vendor::Name]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !vendor.drop_params.is_empty() {
        ways.push(format!("does not take {}", list(&vendor.drop_params)));
    }
    if vendor.no_cache_control {
        ways.push("no `cache_control`".to_owned());
    }
    for (from, to) in &vendor.rename {
        ways.push(format!("`{from}` as `{to}`"));
    }
    if vendor.content_as_string {
        ways.push("content as a string".to_owned());
    }
    match vendor.reasoning_control {
        ReasoningControl::Effort => {}
        ReasoningControl::Never => ways.push("no say in reasoning".to_owned()),
        other => ways.push(format!("reasoning by {}", control(other))),
    }
    if vendor.roundtrip_reasoning != Roundtrip::Never {
        ways.push("reasoning goes back".to_owned());
    }
    if vendor.reports_cost {
        ways.push("its `usage` tells the cost".to_owned());
    }
    ways.join("; ")
}

fn control(control: ReasoningControl) -> &'static str {
    match control {
        ReasoningControl::Effort | ReasoningControl::Never => "`reasoning_effort`",
        ReasoningControl::Thinking => "`thinking`",
        ReasoningControl::ThinkingAndEffort => "`thinking` and `reasoning_effort`",
        ReasoningControl::EnableThinking => "`enable_thinking`",
        ReasoningControl::Object => "`reasoning.effort`",
        ReasoningControl::Enabled => "`reasoning.enabled` and `reasoning_effort`",
        ReasoningControl::Template => "`chat_template_kwargs`",
    }
}
