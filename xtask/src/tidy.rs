//! The house's order: crates use only lower layers, files stay small, engines do no I/O, no marks are
//! left behind, and the rules of HTTP have their tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::metadata;

/// Lines of a file without its tests.
const LONGEST_FILE: usize = 600;
/// Lines of a crate, unless its manifest says how many and why: `lines` and `lines-because` under
/// `[package.metadata.tidy]`.
const LARGEST_CRATE: usize = 15_000;

pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let ours = metadata::read(root, &["--no-deps"])?;
    let mut found = layers(&ours);
    for package in metadata::list(&ours, "packages") {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let folder = manifest.parent().unwrap_or(root);
        let name = package["name"].as_str().unwrap_or_default();
        if folder.file_name().is_some_and(|last| last != name) {
            found.push(format!("crate `{name}` lies in a folder of another name"));
        }
        let tidy = &package["metadata"]["tidy"];
        let own = tidy["lines"].as_u64().filter(|_| tidy["lines-because"].is_string());
        let most = own.and_then(|lines| usize::try_from(lines).ok()).unwrap_or(LARGEST_CRATE);
        files(root, folder, (name, most), &mut found)?;
    }
    found.extend(crate::conformance::check(root)?);
    crate::report("untidy places", &found)
}

/// A crate uses only layers below its own; development crates may use any, and none uses them.
fn layers(ours: &Value) -> Vec<String> {
    let layer = |package: &Value| package["metadata"]["tidy"]["layer"].as_u64();
    let named: HashMap<&str, Option<u64>> = metadata::list(ours, "packages")
        .filter_map(|package| Some((package["name"].as_str()?, layer(package))))
        .collect();
    let mut found = Vec::new();
    for package in metadata::list(ours, "packages") {
        let name = package["name"].as_str().unwrap_or_default();
        let own = layer(package);
        if own.is_none() && package["metadata"]["tidy"]["dev"].as_bool() != Some(true) {
            found.push(format!("crate `{name}` states no layer in [package.metadata.tidy]"));
        }
        let uses = metadata::list(package, "dependencies").filter(|used| used["kind"].is_null());
        for used in uses.filter_map(|used| used["name"].as_str()) {
            match (own, named.get(used)) {
                (Some(own), Some(Some(below))) if *below >= own => {
                    found.push(format!("crate `{name}` (layer {own}) uses `{used}` (layer {below})"));
                }
                (Some(_), Some(None)) => {
                    found.push(format!("crate `{name}` uses the development crate `{used}`"));
                }
                _ => {}
            }
        }
    }
    found
}

fn files(
    root: &Path,
    folder: &Path,
    (name, most): (&str, usize),
    found: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut paths = Vec::new();
    collect(&folder.join("src"), &mut paths)?;
    let mut total = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let is_test = shown.ends_with("tests.rs") || shown.contains("/tests/");
        let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        total += if is_test { 0 } else { body };
        if !is_test && body > LONGEST_FILE {
            found.push(format!("{shown}: {body} lines, {LONGEST_FILE} at most"));
        }
        if path.file_name().is_some_and(|file| file == "mod.rs") {
            found.push(format!("{shown}: write `{}.rs` beside the folder", folder.display()));
        }
        if !text.starts_with("//!") && !is_test && !text.starts_with("use ") {
            found.push(format!("{shown}: begins without saying what it is"));
        }
        let marks = ["todo!(", "unimplemented!(", "#[ignore", "FIXME", "XXX:"].map(|mark| (mark, mark.len()));
        // This file spells the marks out.
        let own = shown.ends_with("xtask/src/tidy.rs");
        found.extend(
            marks
                .iter()
                .filter(|(mark, _)| !own && text.contains(mark))
                .map(|(mark, _)| format!("{shown}: `{mark}`")),
        );
    }
    if total > most {
        found.push(format!("crate `{name}`: {total} lines, {most} at most"));
    }
    Ok(())
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
    into.sort();
    Ok(())
}
