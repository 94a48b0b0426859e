//! Log-probabilities in Cohere's words, made OpenAI's. Cohere tells those of a piece of text, which may be several
//! tokens: they count as one, with the product of their probabilities.

use json::{Array, Data, Object, Value};

/// The array of OpenAI's `logprobs.content` for these pieces; none where there is nothing to tell.
pub(super) fn read(items: &[Value<'_>]) -> Option<String> {
    let mut out = Vec::with_capacity(128);
    let mut tokens = Array::begin(&mut out);
    let mut empty = true;
    for item in items {
        let Some(sum) = sum(item.get("logprobs").items()) else { continue };
        empty = false;
        let mut object: Object<'_> = tokens.object();
        object.text("token", &item.get("text").as_text().unwrap_or_default());
        object.raw("logprob", &sum).raw("bytes", "null").raw("top_logprobs", "[]");
        object.end();
    }
    tokens.end();
    (!empty).then(|| String::from_utf8(out).ok()).flatten()
}

/// A sum of numbers; one alone stays as it is written.
fn sum(numbers: &[Value<'_>]) -> Option<String> {
    let written = |number: &Value<'_>| {
        if let Data::Number(number) = number.data { Some(number.to_owned()) } else { None }
    };
    if let [one] = numbers {
        return written(one);
    }
    let mut sum = 0.0_f64;
    for number in numbers {
        sum += written(number)?.parse::<f64>().ok()?;
    }
    (!numbers.is_empty() && sum.is_finite()).then(|| sum.to_string())
}
