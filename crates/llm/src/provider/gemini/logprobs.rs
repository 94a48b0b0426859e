//! Log-probabilities, brought to the shape of OpenAI's.

use json::{Array, Object, Value};

/// The `logprobs.content` array that a candidate's `logprobsResult` means; none if it has no token.
pub(super) fn read(result: &Value<'_>) -> Option<String> {
    let chosen = result.get("chosenCandidates").items();
    if chosen.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(chosen.len() * 96);
    let mut content = Array::begin(&mut out);
    for (at, token) in chosen.iter().enumerate() {
        let mut object = content.object();
        write_token(token, &mut object);
        let others = result.get("topCandidates").items().get(at);
        let mut list = object.array("top_logprobs");
        for other in others.map_or(&[][..], |others| others.get("candidates").items()) {
            let mut object = list.object();
            write_token(other, &mut object);
            object.end();
        }
        list.end();
        object.end();
    }
    content.end();
    String::from_utf8(out).ok()
}

fn write_token(token: &Value<'_>, object: &mut Object<'_>) {
    let probability = token.get("logProbability");
    object.text("token", &token.get("token").as_text().unwrap_or_default());
    // A probability of one is left out, its logarithm being 0.
    object.raw("logprob", if probability.is_null() { "0" } else { probability.raw });
    object.raw("bytes", "null");
}
