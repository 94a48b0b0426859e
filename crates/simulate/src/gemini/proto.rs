//! JSON as Google's servers read it into protocol buffers: fields are known by two spellings, numbers may
//! be texts, one value stands for a list of one, and all that does not fit is told at once.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::Surface;

/// A message's name and its fields.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

/// A field's name in camel case, what it takes, and where it is known.
pub(super) type Field = (&'static str, Kind, On);

/// Where a field is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    Both,
    Gemini,
    Vertex,
}

/// What a field takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Bool,
    Int,
    Float,
    Bytes,
    /// One of these words, whatever their case.
    Word(&'static str, &'static [&'static str]),
    Message(&'static Message),
    List(&'static Self),
    Map(&'static Self),
    /// Any object.
    Struct,
    Any,
}

/// What does not fit: where, and in which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) field: Option<String>,
    pub(super) description: String,
}

/// Reads values, and gathers what does not fit.
pub(super) struct Reader {
    surface: Surface,
    violations: Vec<Violation>,
}

/// The request as this message, with its fields in camel case and its words in capitals.
pub(super) fn read(
    value: &Value,
    message: &'static Message,
    surface: Surface,
) -> Result<Map<String, Value>, Vec<Violation>> {
    let mut reader = Reader { surface, violations: Vec::new() };
    let read = reader.message(value, message, "");
    match read {
        Value::Object(map) if reader.violations.is_empty() => Ok(map),
        _ => Err(reader.violations),
    }
}

// === impl Reader ===

impl Reader {
    fn message(&mut self, value: &Value, message: &'static Message, at: &str) -> Value {
        let Some(map) = value.as_object() else {
            let package = self.surface.package();
            return self.wrong(at, &format!("type.googleapis.com/{package}.{}", message.name), value);
        };
        let mut read = Map::new();
        for (name, value) in map {
            let found = message
                .fields
                .iter()
                .find(|(known, _, on)| (known == name || snake(known) == *name) && self.surface.knows(*on));
            let Some((known, kind, _)) = found else {
                self.unknown(name, at, "Cannot find field.");
                continue;
            };
            if value.is_null() {
                continue;
            }
            if value.is_array() && !matches!(kind, Kind::List(_) | Kind::Any) {
                self.unknown(name, at, "Proto field is not repeating, cannot start list.");
                continue;
            }
            let inner = if at.is_empty() { snake(known) } else { format!("{at}.{}", snake(known)) };
            let value = self.value(value, kind, &inner);
            read.insert((*known).to_owned(), value);
        }
        Value::Object(read)
    }

    fn value(&mut self, value: &Value, kind: &Kind, at: &str) -> Value {
        let fits = match kind {
            Kind::Text => value.is_string(),
            Kind::Bool => value.is_boolean(),
            Kind::Int => return self.int(value, at),
            Kind::Float => return self.float(value, at),
            Kind::Bytes => return self.bytes(value, at),
            Kind::Word(name, words) => return self.word(value, name, words, at),
            Kind::Message(message) => return self.message(value, message, at),
            Kind::List(kind) => return self.list(value, kind, at),
            Kind::Map(kind) => return self.map(value, kind, at),
            Kind::Struct => value.is_object(),
            Kind::Any => true,
        };
        if fits {
            return value.clone();
        }
        let name = match kind {
            Kind::Text => "TYPE_STRING",
            Kind::Bool => "TYPE_BOOL",
            _ => "type.googleapis.com/google.protobuf.Struct",
        };
        self.wrong(at, name, value)
    }

    fn list(&mut self, value: &Value, kind: &Kind, at: &str) -> Value {
        let Some(list) = value.as_array() else {
            return Value::Array(vec![self.value(value, kind, at)]);
        };
        let read = |(index, value)| self.value(value, kind, &format!("{at}[{index}]"));
        Value::Array(list.iter().enumerate().map(read).collect())
    }

    fn map(&mut self, value: &Value, kind: &Kind, at: &str) -> Value {
        let Some(map) = value.as_object() else {
            return self.wrong(at, "Map", value);
        };
        let read = |(index, (name, value)): (usize, (&String, &Value))| {
            (name.clone(), self.value(value, kind, &format!("{at}[{index}].value")))
        };
        Value::Object(map.iter().enumerate().map(read).collect())
    }

    fn int(&mut self, value: &Value, at: &str) -> Value {
        let text = value.as_str().and_then(|text| text.parse::<i64>().ok());
        #[expect(clippy::cast_possible_truncation, reason = "only whole numbers come this far")]
        let whole = || value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64);
        match value.as_i64().or(text).or_else(whole) {
            Some(number) => Value::from(number),
            None => self.wrong(at, "TYPE_INT32", value),
        }
    }

    fn float(&mut self, value: &Value, at: &str) -> Value {
        match value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())) {
            Some(number) => Value::from(number),
            None => self.wrong(at, "TYPE_FLOAT", value),
        }
    }

    fn bytes(&mut self, value: &Value, at: &str) -> Value {
        let Some(text) = value.as_str() else { return self.wrong(at, "TYPE_BYTES", value) };
        if decode(text).is_some() {
            return value.clone();
        }
        let start = crate::synth::cut(text, 32);
        let description =
            format!("Invalid value at '{at}' (TYPE_BYTES), Base64 decoding failed for \"{start}\"");
        self.violations.push(Violation { field: Some(at.to_owned()), description });
        Value::Null
    }

    fn word(&mut self, value: &Value, name: &str, words: &[&'static str], at: &str) -> Value {
        let given = value.as_str().unwrap_or_default();
        match words.iter().find(|word| word.eq_ignore_ascii_case(given)) {
            Some(word) => Value::from(*word),
            None => self.wrong(at, &format!("type.googleapis.com/{}.{name}", self.surface.package()), value),
        }
    }

    fn wrong(&mut self, at: &str, kind: &str, value: &Value) -> Value {
        let told = value.to_string();
        let told = crate::synth::cut(&told, 128);
        let description = format!("Invalid value at '{at}' ({kind}), {told}");
        self.violations.push(Violation { field: Some(at.to_owned()), description });
        Value::Null
    }

    fn unknown(&mut self, name: &str, at: &str, why: &str) {
        let place = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
        let description = format!("Invalid JSON payload received. Unknown name \"{name}\"{place}: {why}");
        self.violations.push(Violation { field: (!at.is_empty()).then(|| at.to_owned()), description });
    }
}

/// Base64 in either alphabet, padded or not.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare)).ok()
}

/// `snakeCase` as `snake_case`.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static LEAF: Message = Message {
        name: "Leaf",
        fields: &[
            ("someText", Kind::Text, On::Both),
            ("number", Kind::Int, On::Both),
            ("bytes", Kind::Bytes, On::Vertex),
            ("leaves", Kind::List(&Kind::Message(&LEAF)), On::Both),
            ("mode", Kind::Word("Mode", &["AUTO", "NONE"]), On::Both),
            ("named", Kind::Map(&Kind::Bool), On::Both),
        ],
    };

    #[test]
    fn spellings_and_lists_of_one_are_taken() {
        let value = json!({"some_text": "a", "number": "5", "mode": "auto", "leaves": {"number": 1.0}});
        let read = read(&value, &LEAF, Surface::Gemini("v1")).unwrap();
        let expected = json!({"someText": "a", "number": 5, "mode": "AUTO", "leaves": [{"number": 1}]});
        assert_eq!(Value::Object(read), expected);
    }

    #[test]
    fn all_that_does_not_fit_is_told() {
        let value = json!({"x": 1, "someText": ["a"], "bytes": "aGk=",
            "leaves": [{"number": "x"}, {"y": 1, "mode": "LOUD"}], "named": {"b": 5}});
        let violations = read(&value, &LEAF, Surface::Gemini("v1beta")).unwrap_err();
        let told: Vec<_> = violations.iter().map(|one| one.description.as_str()).collect();
        let name = "type.googleapis.com/google.ai.generativelanguage.v1beta.Mode";
        assert_eq!(
            told,
            [
                "Invalid JSON payload received. Unknown name \"x\": Cannot find field.",
                "Invalid JSON payload received. Unknown name \"someText\": Proto field is not repeating, \
                 cannot start list.",
                "Invalid JSON payload received. Unknown name \"bytes\": Cannot find field.",
                "Invalid value at 'leaves[0].number' (TYPE_INT32), \"x\"",
                "Invalid JSON payload received. Unknown name \"y\" at 'leaves[1]': Cannot find field.",
                &format!("Invalid value at 'leaves[1].mode' ({name}), \"LOUD\""),
                "Invalid value at 'named[0].value' (TYPE_BOOL), 5",
            ]
        );
    }
}
