//! Log-probabilities in Ollama's words, made OpenAI's, which always have all members.

use json::{Array, Object, Value};

/// The array of OpenAI's `logprobs.content`; none where there is nothing to tell.
pub(super) fn read(list: &Value<'_>) -> Option<String> {
    if list.items().is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(256);
    let mut tokens = Array::begin(&mut out);
    for item in list.items() {
        let mut object = tokens.object();
        token(item, &mut object);
        let mut others = object.array("top_logprobs");
        for other in item.get("top_logprobs").items() {
            let mut object = others.object();
            token(other, &mut object);
            object.end();
        }
        others.end();
        object.end();
    }
    tokens.end();
    String::from_utf8(out).ok()
}

fn token(item: &Value<'_>, object: &mut Object<'_>) {
    object.text("token", &item.get("token").as_text().unwrap_or_default());
    let logprob = item.get("logprob");
    object.raw("logprob", if logprob.is_null() { "0" } else { logprob.raw });
    object.raw("bytes", item.get("bytes").raw);
}
