//! Where a request for a response has what a chat request has elsewhere.

/// Paths in a chat request and here; what follows a path stays.
const PATHS: [(&str, &str); 9] = [
    ("messages[].reasoning", "input[].encrypted_content"),
    ("messages", "input"),
    ("response_format.json_schema", "text.format"),
    ("response_format", "text.format"),
    ("reasoning_effort", "reasoning.effort"),
    ("verbosity", "text.verbosity"),
    ("max_completion_tokens", "max_output_tokens"),
    ("max_tokens", "max_output_tokens"),
    ("logprobs", "top_logprobs"),
];

/// The path here of what has this one in a chat request; none if it is the same.
pub(super) fn of(chat: &str) -> Option<String> {
    if let Some((tool, member)) =
        chat.split_once("].function.").filter(|(tool, _)| tool.starts_with("tools["))
    {
        return Some(format!("{tool}].{member}"));
    }
    let found = PATHS.iter().find_map(|(from, to)| Some((chat.strip_prefix(from)?, to)));
    let (rest, to) = found.filter(|(rest, _)| rest.is_empty() || rest.starts_with(['.', '[']))?;
    // Calls are items of their own, and their ids have another name.
    let rest = rest.replace(".tool_calls", "").replace(".tool_call_id", ".call_id");
    Some(format!("{to}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_clients_own() {
        for (chat, own) in [
            ("messages[3].content", Some("input[3].content")),
            ("messages[3].tool_call_id", Some("input[3].call_id")),
            ("messages[].reasoning", Some("input[].encrypted_content")),
            ("tools[2].function.strict", Some("tools[2].strict")),
            ("response_format.json_schema.strict", Some("text.format.strict")),
            ("response_format", Some("text.format")),
            ("verbosity", Some("text.verbosity")),
            ("logprobs", Some("top_logprobs")),
            ("temperature", None),
            ("tools[2].strict", None),
            ("input[1] (reasoning)", None),
        ] {
            assert_eq!(of(chat).as_deref(), own, "{chat}");
        }
    }
}
