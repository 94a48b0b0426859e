//! What the fuzzer calls with any bytes (`fuzz/`).

use std::borrow::Cow;

use expr::{Condition, Expression, Pointer, Template};
use flow::Document;
use flow::inputs::Inputs;
use flow::program::Program;
use flow::resolve::Sources;
use flow::values::{Answer, Exchange, Memory, Scope, passes};
use serde_json::{Value, json};

/// A document is read or its mistakes are told; one that was read is compiled or what it lacks is told.
pub(crate) fn document(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let told = match Document::read(&value) {
        Ok(document) => {
            for workflow in &document.workflows {
                if let Ok(inputs) = Inputs::compile(&document, workflow) {
                    drop(inputs.check(json!({"a": [1, "b", {}]})));
                }
            }
            Program::new(&document, &Sources::new()).err().unwrap_or_default()
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            mistakes
        }
    };
    for mistake in told {
        assert!(!mistake.message.is_empty(), "{mistake}");
        assert!(Pointer::parse(&mistake.at.to_string()).as_ref() == Ok(&mistake.at), "{mistake}");
    }
}

/// An expression that is read is written as it is read again; text with expressions and conditions come to an end.
pub(crate) fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let value = json!({"a": [1, "b"]});
    let known = |_: &Expression| Some(Cow::Borrowed(&value));
    if let Ok(expression) = Expression::parse(text) {
        let written = expression.to_string();
        assert_eq!(Expression::parse(&written).as_ref(), Ok(&expression), "{written}");
    }
    if let Ok(template) = Template::parse(text) {
        assert!(template.render(known).is_ok());
    }
    if let Ok(condition) = Condition::parse(text) {
        condition.passes(&known);
        condition.passes(&|_| None);
    }
    if let Ok(pointer) = Pointer::parse(text) {
        assert_eq!(pointer.to_string(), text);
        let _found = pointer.find(&value);
    }
}

/// A criterion of each kind is read or refused, and comes to an end.
pub(crate) fn criterion(data: &[u8]) {
    let Some((kind, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let kind = match kind % 5 {
        0 => json!("regex"),
        1 => json!("jsonpath"),
        2 => json!("xpath"),
        3 => json!({"type": "jsonpath", "version": "draft-goessner-dispatch-jsonpath-00"}),
        _ => json!({"type": "jsonpointer", "version": "rfc6901"}),
    };
    let value = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "sourceDescriptions": [{"name": "x", "url": "x"}],
        "workflows": [{"workflowId": "w", "steps": [{
            "stepId": "a", "operationId": "x", "successCriteria": [{"context": "$response.body", "condition": text, "type": kind}],
        }]}],
    });
    let Ok(document) = Document::read(&value) else { return };
    let memory = Memory::default();
    for body in [json!({"a": [{"b": 1}, "c"]}), json!("<a k='1'><b>1</b><b/></a>")] {
        let answer = Answer { status: 200, body, ..Answer::default() };
        let exchange = Exchange { answer: Some(answer.into()), ..Exchange::default() };
        let scope = Scope { exchange: Some(&exchange), ..Scope::of(&memory) };
        let _passed = passes(&document.workflows[0].steps[0].success, &scope);
    }
}
