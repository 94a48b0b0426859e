//! The fences of `deny.toml`: crates that may not be used at all, or only by some of ours, and where crates
//! may come from. `cargo deny check` reads the same file, where it is installed.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::metadata;

/// A line of `bans.deny`.
#[derive(Debug, PartialEq, Eq)]
struct Ban<'a> {
    name: &'a str,
    /// Who may use it all the same.
    wrappers: Vec<&'a str>,
    reason: &'a str,
}

pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let deny = std::fs::read_to_string(root.join("deny.toml")).context("cannot read deny.toml")?;
    let bans = bans(&deny)?;
    let all = metadata::read(root, &["--all-features"])?;
    let mut found = broken_fences(&bans, &all);
    found.extend(foreign_sources(&all));
    crate::report("uses and sources that are not allowed", &found)
}

/// Reads the one form in which the lines are written: `{ crate = "…", wrappers = ["…"], reason = "…" },`.
fn bans(deny: &str) -> anyhow::Result<Vec<Ban<'_>>> {
    for rule in ["unknown-registry", "unknown-git"] {
        ensure!(deny.contains(&format!("{rule} = \"deny\"")), "deny.toml no longer says `{rule} = \"deny\"`");
    }
    let list = deny.split("\ndeny = [").nth(1).and_then(|rest| rest.split("\n]").next());
    let lines = list.context("deny.toml has no list `deny`")?.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(ban).collect()
}

fn ban(line: &str) -> anyhow::Result<Ban<'_>> {
    let text = |key: &str| line.split(&format!("{key} = \"")).nth(1).and_then(|rest| rest.split('"').next());
    let wrappers =
        line.split("wrappers = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    let wrappers =
        wrappers.split(',').map(|item| item.trim().trim_matches('"')).filter(|item| !item.is_empty());
    Ok(Ban {
        name: text("crate").with_context(|| format!("deny.toml: no `crate` in `{line}`"))?,
        wrappers: wrappers.collect(),
        reason: text("reason").with_context(|| format!("deny.toml: no `reason` in `{line}`"))?,
    })
}

/// Every use of a banned crate by one that may not.
fn broken_fences(bans: &[Ban<'_>], all: &Value) -> Vec<String> {
    let name_of = |id: &Value| {
        let package = metadata::list(all, "packages").find(|package| package["id"] == *id);
        package.and_then(|package| package["name"].as_str()).unwrap_or_default()
    };
    let mut found = Vec::new();
    for node in metadata::list(&all["resolve"], "nodes") {
        let user = name_of(&node["id"]);
        for used in metadata::list(node, "dependencies").map(name_of) {
            let broken = |ban: &&Ban<'_>| ban.name == used && !ban.wrappers.contains(&user);
            let lines = bans.iter().filter(broken);
            found.extend(lines.map(|ban| format!("`{user}` uses `{used}`: {}", ban.reason)));
        }
    }
    found
}

/// Packages that come neither from this repository nor from the one registry.
fn foreign_sources(all: &Value) -> Vec<String> {
    let sources = metadata::list(all, "packages").filter_map(|package| package["source"].as_str());
    let sources: BTreeSet<&str> = sources.collect();
    let registries = sources.iter().filter(|source| source.starts_with("registry+")).count();
    let foreign = sources.iter().filter(|source| registries > 1 || !source.starts_with("registry+"));
    foreign.map(|source| format!("source `{source}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DENY: &str = "[bans]\ndeny = [\n  # why\n  { crate = \"gone\", reason = \"no\" },\n  { crate = \"sql\", wrappers = [\"store\", \"log\"], reason = \"behind traits\" },\n]\n\n[sources]\nunknown-registry = \"deny\"\nunknown-git = \"deny\"\n";

    #[test]
    fn fences_are_read_and_kept() {
        let fences = bans(DENY).unwrap();
        assert_eq!(fences[1], Ban { name: "sql", wrappers: vec!["store", "log"], reason: "behind traits" });
        let packages = ["gone", "sql", "store", "web"].map(|name| json!({ "id": name, "name": name }));
        let graph = json!({
            "packages": packages,
            "resolve": { "nodes": [
                { "id": "store", "dependencies": ["sql"] },
                { "id": "web", "dependencies": ["sql", "store", "gone"] },
            ] },
        });
        let mut found = broken_fences(&fences, &graph);
        found.sort();
        assert_eq!(found, ["`web` uses `gone`: no", "`web` uses `sql`: behind traits"]);
        assert!(bans(&DENY.replace("unknown-git = \"deny\"", "")).is_err());
    }

    #[test]
    fn all_comes_from_one_registry() {
        let packages = |sources: &[Option<&str>]| {
            let packages: Vec<_> = sources.iter().map(|source| json!({ "source": source })).collect();
            foreign_sources(&json!({ "packages": packages }))
        };
        assert!(packages(&[None, Some("registry+a"), Some("registry+a")]).is_empty());
        assert_eq!(packages(&[Some("registry+a"), Some("git+b")]), ["source `git+b`"]);
        assert_eq!(packages(&[Some("registry+a"), Some("registry+b")]).len(), 2);
    }
}
