//! The client's own path of what a provider's writer calls by its path in a chat request.

/// Names of parameters.
const NAMES: [(&str, &str); 22] = [
    ("frequency_penalty", "generationConfig.frequencyPenalty"),
    ("logprobs", "generationConfig.responseLogprobs"),
    ("max_completion_tokens", "generationConfig.maxOutputTokens"),
    ("max_tokens", "generationConfig.maxOutputTokens"),
    ("messages", "contents"),
    ("messages[].content[].file.filename", "contents[].parts[].inlineData.displayName"),
    ("messages[].is_error", "contents[].parts[].functionResponse.response.error"),
    ("messages[].reasoning", "contents[].parts[].thought"),
    ("n", "generationConfig.candidateCount"),
    ("presence_penalty", "generationConfig.presencePenalty"),
    ("reasoning_effort", "generationConfig.thinkingConfig"),
    ("response_format", "generationConfig.responseMimeType"),
    ("response_format.json_schema.description", "generationConfig.responseJsonSchema"),
    ("response_format.json_schema.schema", "generationConfig.responseJsonSchema"),
    ("seed", "generationConfig.seed"),
    ("service_tier", "serviceTier"),
    ("stop", "generationConfig.stopSequences"),
    ("temperature", "generationConfig.temperature"),
    ("tool_choice", "toolConfig.functionCallingConfig.mode"),
    ("top_k", "generationConfig.topK"),
    ("top_logprobs", "generationConfig.logprobs"),
    ("top_p", "generationConfig.topP"),
];

/// The path in a request of Gemini's; none if it is the same.
pub(super) fn of(chat: &str) -> Option<String> {
    if let Ok(at) = NAMES.binary_search_by(|(name, _)| (*name).cmp(chat)) {
        return NAMES.get(at).map(|(_, own)| (*own).to_owned());
    }
    // Messages keep the numbers of their contents; parts of theirs do not.
    let (number, _) = chat.strip_prefix("messages[")?.split_once(']')?;
    Some(format!("contents[{number}].parts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_chats_become_those_of_contents() {
        assert!(NAMES.is_sorted());
        for (chat, own) in [
            ("stop", Some("generationConfig.stopSequences")),
            ("messages", Some("contents")),
            ("messages[3].content[1]", Some("contents[3].parts")),
            ("messages[].reasoning", Some("contents[].parts[].thought")),
            ("generationConfig.mediaResolution", None),
            ("safetySettings", None),
        ] {
            assert_eq!(of(chat).as_deref(), own, "{chat}");
        }
    }
}
