//! The page of what users of AI gateways complain of, and of the tests that guard against it: a test says in its
//! comment which threads it is for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

const ROWS: &str = "xtask/data/complaints.json";

const HEAD: &str = "# What users of AI gateways complain of, and what guards against it

Made from `xtask/data/complaints.json` and the comments of the tests. Each row is a fault that users of another gateway met, with the threads in
which they tell of it, and the tests that fail if Weir had it. A test's path is its crate, its module and its name.
";

#[derive(Deserialize)]
struct Group {
    title: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    threads: Vec<String>,
    fault: String,
    weir: String,
}

/// The tests of each thread, by their paths.
type Tests = BTreeMap<String, Vec<String>>;

pub(crate) fn page(root: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(root.join(ROWS)).with_context(|| format!("cannot read {ROWS}"))?;
    let groups: Vec<Group> = serde_json::from_str(&text).with_context(|| format!("in {ROWS}"))?;
    let tests = tests(root)?;
    let mut page = HEAD.to_owned();
    for group in groups {
        // Writing to a string cannot fail.
        write!(
            page,
            "\n## {}\n\n| threads | the fault | Weir | tests |\n| --- | --- | --- | --- |\n",
            group.title
        )
        .unwrap_or_default();
        for row in group.rows {
            let mut guards: Vec<&str> = row
                .threads
                .iter()
                .filter_map(|thread| tests.get(thread))
                .flatten()
                .map(String::as_str)
                .collect();
            guards.sort_unstable();
            guards.dedup();
            let guards: Vec<String> = guards.iter().map(|test| format!("`{test}`")).collect();
            let guards = if guards.is_empty() { "none yet".to_owned() } else { guards.join(", ") };
            let threads = row.threads.join(", ");
            writeln!(page, "| {threads} | {} | {} | {guards} |", row.fault, row.weir).unwrap_or_default();
        }
    }
    Ok(page)
}

/// Every test whose comment names a thread.
fn tests(root: &Path) -> anyhow::Result<Tests> {
    let mut tests = Tests::new();
    let mut folders = vec![root.join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                read(&std::fs::read_to_string(&path)?, &module(root, &path), &mut tests);
            }
        }
    }
    Ok(tests)
}

/// `llm::complaints::tools` for `crates/llm/tests/it/complaints/tools.rs`.
fn module(root: &Path, path: &Path) -> String {
    let shown: PathBuf = path.strip_prefix(root.join("crates")).unwrap_or(path).with_extension("");
    let parts = shown.iter().filter_map(|part| part.to_str());
    parts.filter(|part| !matches!(*part, "tests" | "it" | "src")).collect::<Vec<_>>().join("::")
}

/// The tests of a file.
fn read(text: &str, module: &str, tests: &mut Tests) {
    let mut threads = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("///") {
            threads.extend(named(comment));
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| !line.starts_with("//")) {
            let name = rest.split('(').next().unwrap_or_default();
            for thread in threads.drain(..) {
                tests.entry(thread).or_default().push(format!("{module}::{name}"));
            }
        } else if !line.starts_with("#[") {
            threads.clear();
        }
    }
}

/// The threads in a comment: `owner/repository#number`.
fn named(comment: &str) -> impl Iterator<Item = String> {
    comment.split([' ', ',', ':', ';', '(', ')']).filter_map(|word| {
        let word = word.trim_end_matches('.');
        let (repository, number) = word.split_once('#')?;
        let is_thread = repository.contains('/') && number.bytes().all(|byte| byte.is_ascii_digit());
        (is_thread && !number.is_empty()).then(|| word.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_by_the_threads_in_their_comments() {
        let text = "/// a/b#1, c/d#2: lost.\n#[test]\nfn one() {\n\n/// e/f#3\nstruct No;\n\n/// a/b#1.\n#[test]\nfn two() {";
        let mut tests = Tests::new();
        read(text, "m", &mut tests);
        assert_eq!(tests["a/b#1"], ["m::one", "m::two"]);
        assert_eq!(tests["c/d#2"], ["m::one"]);
        assert_eq!(tests.len(), 2);
    }
}
