//! What each generation of models takes and refuses.

use serde_json::Value;

use super::check::Object;
use super::error::ApiError;

/// The generation in a model's name: `(4, 7)` of `claude-opus-4-7`, `(3, 5)` of `claude-3-5-haiku-20241022`; the
/// newest where there is none.
fn generation(model: &str) -> (u32, u32) {
    let parts = model.split(['-', '.', '@', '_']).skip_while(|part| part.parse::<u32>().is_err());
    let mut numbers = parts.map(str::parse::<u32>);
    let major = numbers.next().and_then(Result::ok).unwrap_or(u32::MAX);
    let minor = numbers.next().and_then(Result::ok).filter(|minor| *minor < 100).unwrap_or(0);
    (major, minor)
}

/// From 4.1 on only one of two sampling parameters is taken, from 4.7 on only where it changes nothing.
pub(super) fn sampling(map: &Object, model: &str) -> Result<(), ApiError> {
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    let generation = generation(model);
    if generation < (4, 7) {
        if generation >= (4, 1) && given("temperature").is_some() && given("top_p").is_some() {
            let message =
                "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
            return Err(ApiError::invalid(message));
        }
        return Ok(());
    }
    let changed = |name: &str| given(name).and_then(Value::as_f64).is_some_and(|value| value < 0.99);
    for name in ["temperature", "top_p"] {
        if changed(name) {
            return Err(ApiError::invalid(format!("`{name}` may only be set to its default for this model")));
        }
    }
    match given("top_k") {
        Some(_) => Err(ApiError::invalid("`top_k` is not supported for this model")),
        None => Ok(()),
    }
}

/// Thinking with a budget: from 3.7 to 4.6.
pub(super) fn by_hand(model: &str) -> Result<(), ApiError> {
    if generation(model) < (3, 7) {
        return Err(ApiError::invalid("thinking is not supported on this model"));
    }
    if generation(model) > (4, 6) {
        return Err(ApiError::invalid(
            "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \
             \"output_config.effort\" to control thinking behavior.",
        ));
    }
    Ok(())
}

/// Thinking that the model measures itself: from 4.6 on.
pub(super) fn adaptive(model: &str) -> Result<(), ApiError> {
    if generation(model) < (4, 6) {
        return Err(ApiError::invalid("adaptive thinking is not supported on this model"));
    }
    Ok(())
}

/// Efforts: from 4.6 on, and the largest of 4.5.
pub(super) fn effort(model: &str) -> Result<(), ApiError> {
    if generation(model) < (4, 6) && !(generation(model) == (4, 5) && model.contains("opus")) {
        return Err(ApiError::invalid("This model does not support the effort parameter."));
    }
    Ok(())
}

/// Answers in a demanded shape: from 4.1 on.
pub(super) fn format(model: &str) -> Result<(), ApiError> {
    if generation(model) < (4, 1) {
        return Err(ApiError::invalid(format!("'{model}' does not support output format.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_read_from_names() {
        assert_eq!(generation("claude-opus-4-7"), (4, 7));
        assert_eq!(generation("claude-sonnet-5"), (5, 0));
        assert_eq!(generation("claude-3-5-haiku-20241022"), (3, 5));
        assert_eq!(generation("claude-sonnet-4-20250514"), (4, 0));
        assert_eq!(generation("claude-haiku-4-5@20251001"), (4, 5));
        assert_eq!(generation("claude-mythos-preview"), (u32::MAX, 0));
    }
}
