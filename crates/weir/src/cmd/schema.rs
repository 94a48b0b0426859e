//! `weir schema`: the JSON Schema of documents, for editors.

use std::process::ExitCode;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    super::say(&serde_json::to_string_pretty(&domain::document_schema())?);
    Ok(ExitCode::SUCCESS)
}
