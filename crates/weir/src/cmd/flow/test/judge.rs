//! What came of a case beside what was expected.

use std::fmt;

use expr::Pointer;
use flow::engine::Failure;
use serde_json::{Map, Value, json};

use super::mock::bare;
use super::play::{Made, Played};
use super::suite::Expect;

/// So much of a value is shown.
const SHOWN: usize = 300;

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    at: Pointer,
    /// Nothing, where it is not to be there.
    expected: Option<Value>,
    /// Nothing, where it is not there.
    found: Option<Value>,
}

/// How values are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// Objects may have other members.
    Part,
    Whole,
}

/// Everything that is not as expected.
pub(super) fn differences(expect: &Expect, played: &Played) -> Vec<Difference> {
    let mut found = Vec::new();
    let root = Pointer::default();
    for why in &played.wrong {
        found.push(Difference { at: root.clone(), expected: None, found: Some(why.as_str().into()) });
    }
    let measure = if expect.exactly { Measure::Whole } else { Measure::Part };
    let ended = played.ended.as_ref();
    let failure = ended.and_then(|ended| ended.failure.as_ref()).map(failed);
    let refused = (!played.refused.is_empty())
        .then(|| json!({"reason": "inputs", "detail": played.refused.join("; ")}));
    one(&root.join("failure"), expect.failure.as_ref(), failure.or(refused).as_ref(), &mut found);
    if let Some(outputs) = &expect.outputs {
        let given = ended.map(|ended| Value::Object(ended.outputs.clone())).unwrap_or_default();
        compare(&root.join("outputs"), outputs, &given, measure, &mut found);
    }
    if let Some(answer) = &expect.answer {
        compare_answer(&root.join("answer"), answer, played, measure, &mut found);
    }
    if let Some(calls) = &expect.calls {
        compare_calls(&root.join("calls"), calls, played, &mut found);
    }
    if let Some(events) = &expect.events {
        let sent = Value::Array(played.events.clone());
        compare(&root.join("events"), events, &sent, measure, &mut found);
    }
    if let Some(absent) = &expect.absent {
        let missing = ended.map(|ended| &ended.absent[..]).unwrap_or_default();
        let mut missing: Vec<&str> = missing.iter().map(|failure| &*failure.step).collect();
        let mut wanted: Vec<&str> = absent.iter().map(String::as_str).collect();
        missing.sort_unstable();
        wanted.sort_unstable();
        if missing != wanted {
            let at = root.join("absent");
            found.push(Difference { at, expected: Some(json!(wanted)), found: Some(json!(missing)) });
        }
    }
    if let Some(time) = expect.time.filter(|time| *time < played.lasted) {
        let (expected, lasted) = (format!("at most {time:?}"), format!("{:?}", played.lasted));
        found.push(Difference {
            at: root.join("time"),
            expected: Some(expected.into()),
            found: Some(lasted.into()),
        });
    }
    found
}

pub(super) fn failed(failure: &Failure) -> Value {
    let mut value = json!({
        "step": failure.step, "reason": failure.reason.code(), "detail": failure.reason.to_string(), "attempts": failure.attempts,
    });
    if let (Some(status), Value::Object(members)) = (failure.status, &mut value) {
        members.insert("status".to_owned(), status.into());
    }
    value
}

/// Compares something that is expected or not with something that is there or not.
fn one(at: &Pointer, expected: Option<&Value>, found: Option<&Value>, differences: &mut Vec<Difference>) {
    match (expected, found) {
        (Some(expected), Some(found)) => compare(at, expected, found, Measure::Part, differences),
        (None, None) => {}
        (expected, found) => {
            differences.push(Difference {
                at: at.clone(),
                expected: expected.cloned(),
                found: found.cloned(),
            });
        }
    }
}

fn compare(
    at: &Pointer,
    expected: &Value,
    found: &Value,
    measure: Measure,
    differences: &mut Vec<Difference>,
) {
    match (expected, found) {
        (Value::Object(wanted), Value::Object(given)) => {
            for (name, expected) in wanted {
                match given.get(name) {
                    Some(found) => compare(&at.join(name), expected, found, measure, differences),
                    None => differences.push(Difference {
                        at: at.join(name),
                        expected: Some(expected.clone()),
                        found: None,
                    }),
                }
            }
            let more =
                given.iter().filter(|(name, _)| measure == Measure::Whole && !wanted.contains_key(*name));
            differences.extend(more.map(|(name, found)| Difference {
                at: at.join(name),
                expected: None,
                found: Some(found.clone()),
            }));
        }
        (Value::Array(wanted), Value::Array(given)) => {
            for index in 0..wanted.len().max(given.len()) {
                let at = at.join(&index.to_string());
                match (wanted.get(index), given.get(index)) {
                    (Some(expected), Some(found)) => compare(&at, expected, found, measure, differences),
                    (expected, found) => {
                        differences.push(Difference {
                            at,
                            expected: expected.cloned(),
                            found: found.cloned(),
                        });
                    }
                }
            }
        }
        (Value::Number(wanted), Value::Number(given)) if wanted.as_f64() == given.as_f64() => {}
        (expected, found) if expected == found => {}
        (expected, found) => differences.push(Difference {
            at: at.clone(),
            expected: Some(expected.clone()),
            found: Some(found.clone()),
        }),
    }
}

fn compare_answer(
    at: &Pointer,
    expected: &Value,
    played: &Played,
    measure: Measure,
    differences: &mut Vec<Difference>,
) {
    let Some(answer) = played.ended.as_ref().and_then(|ended| ended.answer.as_ref()) else {
        differences.push(Difference { at: at.clone(), expected: Some(expected.clone()), found: None });
        return;
    };
    if let Some(status) = expected.get("status") {
        compare(&at.join("status"), status, &answer.status.into(), measure, differences);
    }
    if let Some(headers) = expected.get("headers") {
        let fields =
            answer.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str().into()));
        let fields = Value::Object(fields.collect::<Map<String, Value>>());
        compare(&at.join("headers"), headers, &fields, Measure::Part, differences);
    }
    if let Some(body) = expected.get("body") {
        compare(&at.join("body"), body, &answer.body, measure, differences);
    }
}

/// A call is named by its step, its operation, or its request. Those that begin at the same moment have no order.
fn compare_calls(at: &Pointer, expected: &[String], played: &Played, differences: &mut Vec<Difference>) {
    let mut place = 0;
    for together in played.calls.chunk_by(|one, next| one.began == next.began) {
        let mut wanted: Vec<&String> = expected.iter().skip(place).take(together.len()).collect();
        let mut others = Vec::new();
        for made in together {
            match wanted.iter().position(|wanted| is_call(wanted, made)) {
                Some(found) => drop(wanted.remove(found)),
                None => others.push(made),
            }
        }
        let mut wanted = wanted.into_iter();
        differences.extend(others.into_iter().enumerate().map(|(index, made)| Difference {
            at: at.join(&(place + index).to_string()),
            expected: wanted.next().map(|wanted| wanted.as_str().into()),
            found: Some(format!("{}: {}", made.step, made.request).into()),
        }));
        place += together.len();
    }
    differences.extend(expected.iter().enumerate().skip(place).map(|(index, wanted)| Difference {
        at: at.join(&index.to_string()),
        expected: Some(wanted.as_str().into()),
        found: None,
    }));
}

fn is_call(wanted: &str, made: &Made) -> bool {
    *wanted == *made.step
        || wanted == bare(&made.step)
        || made.operation.as_deref() == Some(wanted)
        || wanted == made.request
}

// === impl Difference ===

impl Difference {
    pub(super) fn to_json(&self) -> Value {
        json!({"at": self.at.to_string(), "expected": self.expected, "found": self.found})
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| match value {
            None => "nothing".to_owned(),
            Some(value) => {
                let text = value.to_string();
                let cut: String = text.chars().take(SHOWN).collect();
                if cut.len() < text.len() { format!("{cut}…") } else { cut }
            }
        };
        let at = self.at.to_string();
        match (at.trim_start_matches('/'), &self.found) {
            ("", Some(Value::String(why))) => f.write_str(why),
            (at, _) => write!(f, "{at}: expected {}, found {}", shown(&self.expected), shown(&self.found)),
        }
    }
}
