//! `weir explain`: the effective chain for a request.

use std::process::ExitCode;

use anyhow::Context;
use snapshot::{Explain, ExplainRequest};

use crate::cli::ExplainArgs;
use crate::cmd::{refused, say};
use crate::files;
use crate::secrets::AnySecrets;

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let snapshot = match files::compile(&args.config, 1, &AnySecrets)?.result {
        Ok(snapshot) => snapshot,
        Err(mistakes) => return Err(refused("the configuration", &mistakes, "there is nothing to explain")),
    };
    let header = |text: &String| {
        let (name, value) = text.split_once(':').with_context(|| format!("`{text}` is not `name: value`"))?;
        Ok::<_, anyhow::Error>((name.trim().to_owned(), value.trim().to_owned()))
    };
    let request = ExplainRequest {
        method: args.method.clone(),
        url: args.url.clone(),
        headers: args.headers.iter().map(header).collect::<Result<_, _>>()?,
    };
    let explain = snapshot.explain(&request);
    if args.json {
        say(&serde_json::to_string_pretty(&explain)?);
    } else {
        print(&explain);
    }
    Ok(if explain.matched { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(explain: &Explain) {
    if let Some(refused) = &explain.refused {
        say(&format!("refused   {}: {}", refused.reason, refused.detail));
        return;
    }
    let line = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            say(&format!("{name:<9} {value}"));
        }
    };
    line("route", &explain.route);
    line("pattern", &explain.pattern);
    for (name, value) in &explain.path_params {
        say(&format!("          {{{name}}} = {value}"));
    }
    line("service", &explain.service);
    line("team", &explain.team);
    line("access", &explain.access);
    for (at, item) in explain.chain.iter().enumerate() {
        let scope = format!("{:?}", item.scope).to_ascii_lowercase();
        let source = item.policy.as_ref().map_or(String::new(), |policy| format!(" from {policy}"));
        say(&format!(
            "policy {:<2} {scope}: {} (attached by {}{source})",
            at + 1,
            item.settings,
            item.attached_by
        ));
    }
    if let Some(target) = &explain.target {
        say(&format!("target    {} {}", target.kind, target.names.join(", ")));
        line("path", &target.path);
        target.targets.iter().for_each(|address| say(&format!("          {address}")));
    }
    explain.shadowed.iter().for_each(|route| say(&format!("shadowed  {route}")));
}
