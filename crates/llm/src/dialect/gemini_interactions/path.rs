//! The client's own path of what a provider's writer calls by its path in a chat request.

/// Names of parameters.
const NAMES: [(&str, &str); 21] = [
    ("frequency_penalty", "generation_config.frequency_penalty"),
    ("logprobs", "generation_config.response_logprobs"),
    ("max_completion_tokens", "generation_config.max_output_tokens"),
    ("max_tokens", "generation_config.max_output_tokens"),
    ("messages", "input"),
    ("messages[].content[].file.filename", "input[].content[].name"),
    ("messages[].is_error", "input[].is_error"),
    ("messages[].reasoning", "input[].signature"),
    ("presence_penalty", "generation_config.presence_penalty"),
    ("reasoning_effort", "generation_config.thinking_level"),
    ("response_format", "response_format"),
    ("response_format.json_schema", "response_format.schema"),
    ("response_format.json_schema.description", "response_format.schema"),
    ("response_format.json_schema.schema", "response_format.schema"),
    ("seed", "generation_config.seed"),
    ("service_tier", "service_tier"),
    ("stop", "generation_config.stop_sequences"),
    ("temperature", "generation_config.temperature"),
    ("tool_choice", "generation_config.tool_choice"),
    ("top_k", "generation_config.top_k"),
    ("top_p", "generation_config.top_p"),
];

/// The path in a request for an interaction; none if it is the same.
pub(super) fn of(chat: &str) -> Option<String> {
    if let Ok(at) = NAMES.binary_search_by(|(name, _)| (*name).cmp(chat)) {
        return NAMES.get(at).map(|(_, own)| (*own).to_owned()).filter(|own| own != chat);
    }
    if let Some((tool, member)) =
        chat.split_once("].function.").filter(|(tool, _)| tool.starts_with("tools["))
    {
        return Some(format!("{tool}].{member}"));
    }
    // Messages keep the numbers of their steps. Calls are steps of their own, and their ids have another name.
    let rest = chat.strip_prefix("messages[")?;
    Some(format!("input[{}", rest.replace(".tool_calls", "").replace(".tool_call_id", ".call_id")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_chats_become_those_of_steps() {
        assert!(NAMES.is_sorted());
        for (chat, own) in [
            ("stop", Some("generation_config.stop_sequences")),
            ("messages", Some("input")),
            ("messages[3].content[1]", Some("input[3].content[1]")),
            ("messages[3].tool_call_id", Some("input[3].call_id")),
            ("messages[2].tool_calls", Some("input[2]")),
            ("messages[].reasoning", Some("input[].signature")),
            ("tools[1].function.strict", Some("tools[1].strict")),
            ("response_format", None),
            ("labels", None),
        ] {
            assert_eq!(of(chat).as_deref(), own, "{chat}");
        }
    }
}
