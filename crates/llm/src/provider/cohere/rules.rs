//! What differs between Cohere's models.

/// Families that do not reason, and refuse to be told how.
const SILENT: [&str; 7] =
    ["aya", "c4ai", "command-a-03", "command-a-translate", "command-a-vision", "command-light", "command-r"];

/// Whether a model reasons before it answers. One that is not known is taken to.
pub(super) fn reasons(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.strip_prefix("cohere.").unwrap_or(name);
    name != "command" && !SILENT.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::reasons;

    #[test]
    fn families_are_told_by_their_names() {
        for name in
            ["command-a-reasoning-08-2025", "command-a-plus-05-2026", "cohere.command-a-reasoning", "my-tune"]
        {
            assert!(reasons(name), "{name}");
        }
        for name in [
            "command-r-plus-08-2024",
            "command-a-03-2025",
            "cohere.command-r-v1",
            "c4ai-aya-vision-32b",
            "command",
        ] {
            assert!(!reasons(name), "{name}");
        }
    }
}
