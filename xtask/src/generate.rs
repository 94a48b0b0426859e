//! Files that are made from code and committed: `gen` writes them, `gen --check` fails if one is stale.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use message::{Reason, Side};

/// Whether files are written or compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

pub(crate) fn run(root: &Path, mode: Mode) -> anyhow::Result<()> {
    let files = [
        ("docs/complaints.md", crate::complaints::page(root)?),
        ("docs/errors.md", errors()),
        ("docs/matrix.md", crate::matrix::page(root)?),
        ("docs/vendors.md", crate::vendors::page()),
        (
            "docs/schema/weir.schema.json",
            format!("{}\n", serde_json::to_string_pretty(&domain::document_schema())?),
        ),
    ];
    let mut stale = Vec::new();
    for (path, content) in files {
        let full = root.join(path);
        if std::fs::read_to_string(&full).is_ok_and(|found| found == content) {
            continue;
        }
        if mode == Mode::Check {
            stale.push(format!("{path} is stale; run `cargo xtask gen`"));
            continue;
        }
        if let Some(folder) = full.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&full, content).with_context(|| format!("cannot write {path}"))?;
    }
    crate::report("stale files", &stale)
}

/// The reference page of reason codes.
fn errors() -> String {
    let mut page = String::from(
        "# Reason codes\n\nA call that is refused or fails has one of these codes: in the body (`reason` of `application/problem+json`, \
        `error.code` on AI endpoints), in `Proxy-Status`, in its record, in metrics and in logs.\n",
    );
    for (side, title) in [
        (Side::Client, "The caller's side"),
        (Side::Upstream, "The upstream's side"),
        (Side::Gateway, "The gateway's side"),
    ] {
        // Writing to a string cannot fail.
        write!(page, "\n## {title}\n").unwrap_or_default();
        for reason in Reason::ALL.iter().filter(|reason| reason.side() == side) {
            write!(
                page,
                "\n### {}\n\n**{}** {}\n\n`Proxy-Status` error: `{}`\n\n{}\n",
                reason.code(),
                reason.status(),
                reason.title(),
                reason.proxy_error(),
                reason.explanation()
            )
            .unwrap_or_default();
        }
    }
    page
}
