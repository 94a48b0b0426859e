//! The subcommands, one file each.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod fetch;
pub(crate) mod flow;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod openapi;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod simulate;

use std::io::Write;

/// A line for the person at the terminal. One that nobody reads any more is not an error.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "{line}").unwrap_or_default();
}

/// A line of what went wrong.
pub(crate) fn say_error(line: &str) {
    writeln!(std::io::stderr().lock(), "{line}").unwrap_or_default();
}

/// How many mistakes there are, in words.
pub(crate) fn count_mistakes(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} mistake{plural}")
}

/// Every mistake, one a line.
pub(crate) fn say_mistakes<T: ToString>(mistakes: &[T]) {
    for mistake in mistakes {
        say_error(&mistake.to_string());
    }
}

/// Why nothing is done: the one mistake, or how many there are after a line for each.
pub(crate) fn refused<T: ToString>(what: &str, mistakes: &[T], then: &str) -> anyhow::Error {
    if let [only] = mistakes {
        return anyhow::anyhow!("{}; {then}", only.to_string());
    }
    say_mistakes(mistakes);
    anyhow::anyhow!("{what} has {}; {then}", count_mistakes(mistakes.len()))
}
