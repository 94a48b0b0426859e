//! `generationConfig`: sampling, limits, the shape of the answer.

use json::{Object, Value, push_string, push_text};

use super::Encoder;
use crate::canonical::{Format, ToolChoice};

/// How many stop sequences there may be.
const MOST_STOPS: usize = 5;

/// How many alternatives a token's log-probabilities may come with.
const MOST_LOGPROBS: u64 = 20;

impl Encoder<'_, '_> {
    pub(super) fn generation_config(&mut self, body: &mut Object<'_>) {
        let mut out = Vec::new();
        let mut config = Object::begin(&mut out);
        self.sampling(&mut config);
        self.shape(&mut config);
        let wanted = self.request.rest.iter().rev().find(|rest| rest.name.is("modalities"));
        if let Some(modalities) = wanted.and_then(|rest| modalities(rest.raw)) {
            let mut list = config.array("responseModalities");
            for modality in modalities {
                push_string(list.item(), modality);
            }
            list.end();
        }
        self.thinking_config(&mut config);
        config.end();
        if out != b"{}" {
            body.key("generationConfig").extend_from_slice(&out);
        }
    }

    fn sampling(&mut self, config: &mut Object<'_>) {
        let request = self.request;
        let numbers =
            [("temperature", request.temperature), ("topP", request.top_p), ("topK", request.top_k)];
        for (name, number) in numbers {
            number.map(|number| config.raw(name, number));
        }
        request.max_tokens.map(|limit| config.number("maxOutputTokens", limit));
        let stops: Vec<_> = request.stop.iter().filter(|stop| !stop.is_empty()).collect();
        if stops.len() < request.stop.len() || stops.len() > MOST_STOPS {
            self.drop("stop");
        }
        if !stops.is_empty() {
            let mut list = config.array("stopSequences");
            for stop in stops.into_iter().take(MOST_STOPS) {
                push_text(list.item(), stop);
            }
            list.end();
        }
        let numbers = [
            ("seed", request.seed),
            ("presencePenalty", request.presence_penalty),
            ("frequencyPenalty", request.frequency_penalty),
        ];
        for (name, number) in numbers {
            number.map(|number| config.raw(name, number));
        }
        if let Some(alternatives) = request.logprobs {
            config.raw("responseLogprobs", "true");
            if alternatives > 0 {
                config.number("logprobs", alternatives.min(MOST_LOGPROBS));
            }
        }
    }

    /// The shape of the answer; models before Gemini 3 refuse one beside tools.
    fn shape(&mut self, config: &mut Object<'_>) {
        let request = self.request;
        let Some(format) = &request.format else { return };
        let calls = !request.tools.is_empty() && !matches!(request.tool_choice, Some(ToolChoice::None));
        if calls && !self.rules.third {
            return self.drop("response_format");
        }
        config.string("responseMimeType", "application/json");
        if let Format::JsonSchema { schema, description, .. } = format {
            config.raw("responseJsonSchema", schema.raw);
            if description.is_some() {
                self.drop("response_format.json_schema.description");
            }
        }
    }
}

/// OpenAI's `modalities` in Google's words; none if Gemini does not know them all.
pub(super) fn modalities(raw: &str) -> Option<Vec<&'static str>> {
    let value = Value::parse(raw).ok()?;
    let known = [("text", "TEXT"), ("image", "IMAGE"), ("audio", "AUDIO")];
    let word = |item: &Value<'_>| known.iter().find(|(word, _)| item.is(word)).map(|(_, own)| *own);
    value.items().iter().map(word).collect()
}
