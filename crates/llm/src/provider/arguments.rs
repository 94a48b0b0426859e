//! Arguments of a call, whatever way a provider gives them.

use std::borrow::Cow;

use json::{Data, Value};

/// Arguments as a JSON object: some give it as such, some as a string. What a model wrote that is no object stays
/// visible as the one member of an object.
pub(crate) fn read<'a>(given: &Value<'a>) -> Cow<'a, str> {
    match &given.data {
        Data::Object(_) => Cow::Borrowed(given.raw),
        Data::Null => Cow::Borrowed("{}"),
        Data::String(text) if text.is_blank() => Cow::Borrowed("{}"),
        Data::String(text) => {
            let json = text.decode().into_owned();
            if matches!(Value::parse(&json), Ok(Value { data: Data::Object(_), .. })) {
                return Cow::Owned(json);
            }
            invalid(given)
        }
        _ => invalid(given),
    }
}

fn invalid<'a>(given: &Value<'a>) -> Cow<'a, str> {
    Cow::Owned(format!("{{\"invalid_arguments\":{}}}", given.raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_an_object_whatever_a_model_wrote() {
        for (given, expected) in [
            (r#"{"a":1}"#, r#"{"a":1}"#),
            (r#""{\"a\":1}""#, r#"{"a":1}"#),
            (r#""{\"a\b:1}""#, r#"{"invalid_arguments":"{\"a\b:1}"}"#),
            (r#""[1]""#, r#"{"invalid_arguments":"[1]"}"#),
            ("[1]", r#"{"invalid_arguments":[1]}"#),
            (r#"" ""#, "{}"),
            ("null", "{}"),
        ] {
            assert_eq!(read(&Value::parse(given).unwrap()), expected, "{given}");
        }
    }
}
