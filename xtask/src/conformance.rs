//! Every rule of docs/http-conformance.md and of docs/arazzo.md names a test, and every test that they name is there.

use std::path::Path;

/// A page of rules.
#[derive(Clone, Copy)]
struct Page {
    path: &'static str,
    /// The files in which a test of this path may be; none if it is not written as one.
    places: fn(&[&str]) -> Vec<String>,
}

const HTTP: Page = Page { path: "docs/http-conformance.md", places: of_http };

const ARAZZO: Page = Page { path: "docs/arazzo.md", places: of_arazzo };

/// What is wrong with the pages' tables.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let source = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let mut found = Vec::new();
    for page in [HTTP, ARAZZO] {
        let text = std::fs::read_to_string(root.join(page.path))?;
        found.extend(check_text(page, &text, &source));
    }
    Ok(found)
}

fn check_text(page: Page, text: &str, source: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let Page { path, .. } = page;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(cell) = last_cell(line) else { continue };
        let mut names = 0;
        for (part, quoted) in cell.split('`').zip([false, true].into_iter().cycle()) {
            if quoted {
                names += 1;
                found.extend(missing(page, part, source).map(|why| format!("{path}:{}: {why}", at + 1)));
            } else if part.chars().any(char::is_alphanumeric) {
                found.push(format!("{path}:{}: `{}` is no test", at + 1, part.trim_matches([' ', ','])));
            }
        }
        if names == 0 {
            found.push(format!("{path}:{}: no test is named", at + 1));
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
fn missing(page: Page, name: &str, source: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let parts: Vec<&str> = name.split("::").collect();
    let places = (page.places)(&parts);
    if places.is_empty() {
        return Some(format!("`{name}` is not written as a test's path"));
    }
    let function = format!("fn {}(", parts.last().unwrap_or(&""));
    let is_there = |path: &String| source(path).is_some_and(|text| text.contains(&function));
    (!places.iter().any(is_there)).then(|| format!("there is no test `{name}`"))
}

fn of_http(parts: &[&str]) -> Vec<String> {
    match parts {
        [module @ ("smuggling" | "properties"), _] => vec![format!("crates/http1/tests/it/{module}.rs")],
        [module, "tests", _] => beside("http1", module),
        [krate, module, _] => vec![format!("crates/{krate}/tests/it/{module}.rs")],
        _ => Vec::new(),
    }
}

fn of_arazzo(parts: &[&str]) -> Vec<String> {
    match parts {
        [module @ ("examples" | "features" | "schema"), _] => {
            vec![format!("crates/flow/tests/it/{module}.rs")]
        }
        [module, "tests", _] => beside("flow", module),
        [krate, module, "tests", _] => beside(krate, module),
        [krate, module, _] => vec![format!("crates/{krate}/tests/it/{module}.rs")],
        _ => Vec::new(),
    }
}

/// The tests of a module stand in a file of their own or in the module's.
fn beside(krate: &str, module: &str) -> Vec<String> {
    ["/tests.rs", ".rs"].map(|end| format!("crates/{krate}/src/{module}{end}")).to_vec()
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
        assert_eq!(check_text(HTTP, good, &source), [""; 0]);
        let flows = "| a | `features::runs`, `plan::tests::waits`, `expr::pointer::tests::points` |";
        let flow = |path: &str| match path {
            "crates/flow/tests/it/features.rs" => Some("fn runs() {".to_owned()),
            "crates/flow/src/plan/tests.rs" => Some("fn waits() {".to_owned()),
            "crates/expr/src/pointer.rs" => Some("fn points() {".to_owned()),
            _ => None,
        };
        assert_eq!(check_text(ARAZZO, flows, &flow), [""; 0]);
        assert!(!check_text(ARAZZO, "| a | `features::walks` |", &flow).is_empty());
        for bad in [
            "net",
            "",
            "`net::relay::passe`",
            "`relay::passes`",
            "`smuggling` (all)",
            "`date::tests::is_written`, net",
        ] {
            assert!(!check_text(HTTP, &format!("| a | {bad} |"), &source).is_empty(), "{bad}");
        }
    }
}
