//! Every rule of docs/http-conformance.md names a test, and every test that it names is there.

use std::path::Path;

const PAGE: &str = "docs/http-conformance.md";

/// What is wrong with the page's tables.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join(PAGE))?;
    let source = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    Ok(check_text(&text, &source))
}

fn check_text(text: &str, source: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(cell) = last_cell(line) else { continue };
        let mut names = 0;
        for (part, quoted) in cell.split('`').zip([false, true].into_iter().cycle()) {
            if quoted {
                names += 1;
                found.extend(missing(part, source).map(|why| format!("{PAGE}:{}: {why}", at + 1)));
            } else if part.chars().any(char::is_alphanumeric) {
                found.push(format!("{PAGE}:{}: `{}` is no test", at + 1, part.trim_matches([' ', ','])));
            }
        }
        if names == 0 {
            found.push(format!("{PAGE}:{}: no test is named", at + 1));
        }
    }
    found
}

/// The last cell of a table's row; heads and rules are passed over.
fn last_cell(line: &str) -> Option<&str> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?;
    let cell = row.rsplit('|').next()?.trim();
    let is_rule = cell.contains('-') && cell.chars().all(|c| matches!(c, '-' | ':'));
    (cell != "test" && !is_rule).then_some(cell)
}

/// Why a name is no test's; `None` if it is one's.
fn missing(name: &str, source: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let parts: Vec<&str> = name.split("::").collect();
    let paths = match parts[..] {
        [module @ ("smuggling" | "properties"), _] => vec![format!("crates/http1/tests/it/{module}.rs")],
        [module, "tests", _] => {
            vec![format!("crates/http1/src/{module}/tests.rs"), format!("crates/http1/src/{module}.rs")]
        }
        [krate, module, _] => vec![format!("crates/{krate}/tests/it/{module}.rs")],
        _ => return Some(format!("`{name}` is not written as a test's path")),
    };
    let function = format!("fn {}(", parts.last().unwrap_or(&""));
    let is_there = |path: &String| source(path).is_some_and(|text| text.contains(&function));
    (!paths.iter().any(is_there)).then(|| format!("there is no test `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tests_are_looked_up() {
        let source = |path: &str| match path {
            "crates/net/tests/it/relay.rs" => Some("fn passes() {".to_owned()),
            "crates/http1/src/date.rs" => Some("fn is_written() {".to_owned()),
            _ => None,
        };
        let good = "| rule | test |\n| --- | --- |\n| a | `net::relay::passes`, `date::tests::is_written` |\ntext net";
        assert_eq!(check_text(good, &source), [""; 0]);
        for bad in [
            "net",
            "",
            "`net::relay::passe`",
            "`relay::passes`",
            "`smuggling` (all)",
            "`date::tests::is_written`, net",
        ] {
            assert!(!check_text(&format!("| a | {bad} |"), &source).is_empty(), "{bad}");
        }
    }
}
