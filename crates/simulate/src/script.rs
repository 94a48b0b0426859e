//! A prompt can carry what the model shall do: the user's last message has a fenced block of JSON,
//!
//! ````text
//! ```simulate
//! [{"call": "read_file", "arguments": {"path": "a.txt"}}, {"say": "It is empty."}]
//! ```
//! ````
//!
//! and the model takes one step each turn. Which step is due follows from the tools' results since that
//! message, so that nothing is remembered between requests.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::say;

const FENCE: &str = "```simulate";

/// What the model does now.
#[derive(Debug)]
pub(crate) enum Plan<'a, T> {
    /// As it likes: there is no script, or it is at its end.
    Free,
    /// It says what [`text`] gives.
    Say,
    /// It calls these tools.
    Call(Vec<(&'a T, Called)>),
}

/// One call of a script.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Called {
    #[serde(rename = "call")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) arguments: Map<String, Value>,
    /// For tools that take a text.
    #[serde(default)]
    pub(crate) input: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Step {
    Say { say: String },
    Calls { calls: Vec<Called> },
    Call(Called),
}

// === impl Plan ===

impl<'a, T> Plan<'a, T> {
    /// The calls that are made: the script's, or these where there is none.
    pub(crate) fn calls_or(self, free: impl FnOnce() -> Vec<(&'a T, Called)>) -> Vec<(&'a T, Called)> {
        match self {
            Self::Free => free(),
            Self::Say => Vec::new(),
            Self::Call(calls) => calls,
        }
    }
}

// === impl Called ===

impl Called {
    /// A call with what fits the tool's schema.
    pub(crate) fn fitting(name: &str, schema: &Value) -> Self {
        let arguments = say::arguments(schema);
        Self { name: name.to_owned(), arguments, input: "simulated input".to_owned() }
    }

    /// The arguments as JSON text.
    pub(crate) fn text(&self) -> String {
        Value::Object(self.arguments.clone()).to_string()
    }
}

/// What to do after so many results, with these tools.
pub(crate) fn plan<'a, T>(
    user: &str,
    results: usize,
    tools: &'a [T],
    name: impl Fn(&T) -> &str,
) -> Plan<'a, T> {
    let calls = match step(user, results) {
        None => return Plan::Free,
        Some(Ok(Step::Call(call))) => vec![call],
        Some(Ok(Step::Calls { calls })) => calls,
        Some(_) => return Plan::Say,
    };
    let find = |call: Called| Some((tools.iter().find(|tool| name(tool) == call.name)?, call));
    calls.into_iter().map(find).collect::<Option<_>>().map_or(Plan::Say, Plan::Call)
}

/// Whether a text has a script.
pub(crate) fn follows(user: &str) -> bool {
    user.contains(FENCE)
}

/// What is said after so many results, if the script tells. A call that comes here was one of a tool that
/// is not there.
pub(crate) fn text(user: &str, results: usize) -> Option<String> {
    Some(match step(user, results)? {
        Ok(Step::Say { say }) => say,
        Ok(Step::Call(call)) => format!("There is no tool {}.", call.name),
        Ok(Step::Calls { .. }) => "One of the tools is not there.".to_owned(),
        Err(error) => format!("The script cannot be read: {error}"),
    })
}

/// The step that is due; `None` where there is no script, or no step is left.
fn step(user: &str, results: usize) -> Option<Result<Step, serde_json::Error>> {
    let (_, rest) = user.split_once(FENCE)?;
    let script = rest.split_once("```").map_or(rest, |(script, _)| script);
    let steps: Vec<Step> = match serde_json::from_str(script) {
        Ok(steps) => steps,
        Err(error) => return Some(Err(error)),
    };
    let mut left = results;
    for step in steps {
        let calls = match &step {
            Step::Say { .. } => 0,
            Step::Call(_) => 1,
            Step::Calls { calls } => calls.len(),
        };
        if calls == 0 || left < calls {
            return Some(Ok(step));
        }
        left -= calls;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "Do it.\n```simulate\n[{\"call\": \"a\", \"arguments\": {\"x\": 1}},\n\
                          {\"calls\": [{\"call\": \"b\", \"input\": \"y\"}, {\"call\": \"a\"}]}, {\"say\": \"Done.\"}]\n```\n";

    fn names(results: usize, tools: &[&str]) -> Option<Vec<String>> {
        match plan(SCRIPT, results, tools, |tool| tool) {
            Plan::Call(calls) => Some(calls.into_iter().map(|(_, call)| call.name).collect()),
            _ => None,
        }
    }

    #[test]
    fn steps_follow_from_the_results() {
        let tools = ["a", "b"];
        assert_eq!(names(0, &tools).unwrap(), ["a"]);
        assert_eq!(names(1, &tools).unwrap(), ["b", "a"]);
        // A step of two calls waits for both.
        assert_eq!(names(2, &tools).unwrap(), ["b", "a"]);
        assert_eq!(names(3, &tools), None);
        assert_eq!(text(SCRIPT, 3).unwrap(), "Done.");
        assert_eq!(text(SCRIPT, 9).unwrap(), "Done.");
        assert_eq!(text(SCRIPT, 0).unwrap(), "There is no tool a.");
        assert_eq!(names(0, &["b"]), None);
    }

    #[test]
    fn without_a_script_the_model_is_free() {
        assert!(matches!(plan("Hi", 0, &["a"], |tool| tool), Plan::Free));
        assert_eq!(text("Hi", 0), None);
        assert!(text("```simulate [{\"sing\": 1}]```", 0).unwrap().starts_with("The script cannot be read"));
        assert!(matches!(plan("```simulate []```", 0, &["a"], |tool| tool), Plan::Free));
    }
}
