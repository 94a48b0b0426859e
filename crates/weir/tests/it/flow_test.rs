//! `weir flow test` over files.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const SHOP: &str = "\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /users/{id}:
    get:
      operationId: getUser
      responses: {200: {description: ok, content: {application/json: {schema: {type: object, properties: {id: {type: string, example: u1}, age: {type: integer, minimum: 18}}}}}}}
  /orders:
    post: {operationId: addOrder, responses: {201: {description: made, content: {application/json: {example: {id: o1}}}}}}
  /orders/{id}:
    delete: {operationId: dropOrder, responses: {204: {description: gone}}}
    get: {operationId: getOrder}
";

const FLOW: &str = "\
arazzo: 1.1.0
info: {title: Order, version: '1'}
sourceDescriptions:
  - {name: shop, url: shop.yaml, type: openapi}
workflows:
  - workflowId: order
    inputs: {type: object, required: [user], properties: {user: {type: string}}}
    steps:
      - stepId: user
        operationId: getUser
        parameters: [{name: id, in: path, value: $inputs.user}]
        successCriteria: [{condition: $statusCode == 200}]
        onFailure: [{name: again, type: retry, retryAfter: 600, retryLimit: 3}]
        outputs: {id: $response.body#/id, age: $response.body#/age}
      - stepId: order
        operationId: addOrder
        requestBody: {contentType: application/json, payload: {user: $steps.user.outputs.id}}
        outputs: {id: $response.body#/id}
        x-weir-compensate: {operationId: dropOrder, parameters: [{name: id, in: path, value: $steps.order.outputs.id}]}
      - stepId: read
        dependsOn: [order]
        operationId: getOrder
        parameters: [{name: id, in: path, value: $steps.order.outputs.id}]
        outputs: {all: $response.body}
    outputs: {order: $steps.order.outputs.id, age: $steps.user.outputs.age, all: $steps.read.outputs.all}
";

/// Runs `weir flow test` on a file of cases beside a flow and its source.
fn test(cases: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("shop.yaml", SHOP), ("flow.yaml", FLOW), ("cases.yaml", cases)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.current_dir(folder.path()).args(["flow", "test", "cases.yaml"]).args(more);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

#[test]
fn retries_of_minutes_take_no_time_and_examples_answer_what_nothing_is_said_of() {
    let out = test(
        "\
flow: flow.yaml
cases:
  - name: the second attempt is good
    inputs: {user: u7}
    answers:
      user: [{status: 503}, {after: 20ms}]
      read: {body: {state: made, items: [{n: 1}]}, after: 1ms}
    expect:
      outputs: {order: o1, age: 18, all: {items: [{n: 1}]}}
      calls: [GET /users/u7, getUser, order, read]
      time: 601s
  - name: what fails for good is undone
    inputs: {user: u7}
    answers:
      getOrder: {lost: timeout, after: 1m}
    expect:
      failure: {step: read, reason: timeout}
      calls: [user, order, read, order/undo]
  - name: inputs are checked
    expect: {failure: {reason: inputs}, calls: []}
",
        &[],
    );
    let text = said(&out);
    assert!(out.status.success(), "{text}");
    assert_eq!(
        text,
        "\
cases.yaml
  ok    the second attempt is good (4 calls, 600.023s)
  ok    what fails for good is undone (4 calls, 60.003s)
  ok    inputs are checked (0 calls, 0ns)
3 passed, 0 failed
"
    );
}

const WRONG: &str = "\
flow: flow.yaml
cases:
  - name: all is otherwise
    inputs: {user: u7}
    answers:
      user: {body: {id: u1, age: 20}, after: 2s}
      read: {body: {state: made, more: 1}}
    expect:
      exactly: true
      outputs: {order: o2, all: {state: made}, none: 1}
      answer: {status: 206, headers: {X-A: b}}
      failure: {step: read}
      calls: [user, read]
      absent: [read]
      time: 1s
  - name: what has no answer is told
    inputs: {user: u7}
    expect: {failure: {step: read, reason: unreachable}}
";

#[test]
fn what_is_not_as_expected_is_told_with_its_place() {
    let out = test(WRONG, &[]);
    let text = said(&out);
    assert_eq!(out.status.code(), Some(1), "{text}");
    for line in [
        "  FAIL  all is otherwise (3 calls, 2.002s)",
        "failure: expected {\"step\":\"read\"}, found nothing",
        "outputs/order: expected \"o2\", found \"o1\"",
        "outputs/all/more: expected nothing, found 1",
        "outputs/none: expected 1, found nothing",
        "outputs/age: expected nothing, found 20",
        "answer/status: expected 206, found 200",
        "answer/headers/x-a: expected \"b\", found nothing",
        "calls/1: expected \"read\", found \"order: POST /orders\"",
        "calls/2: expected nothing, found \"read: GET /orders/o1\"",
        "absent: expected [\"read\"], found []",
        "time: expected \"at most 1s\", found \"2.002s\"",
        "`read` (GET /orders/o1) has no answer: neither `answers` nor a description has one",
        "0 passed, 2 failed",
    ] {
        assert!(text.contains(line), "{text}\nhas no: {line}");
    }
}

/// A flow in the short form is tested as any other.
#[test]
fn a_short_form_is_tested() {
    let folder = tempfile::tempdir().unwrap();
    let short = "\
flow: order
inputs: {user: string}
sources: {shop: shop.yaml}
steps:
  user: GET /users/{inputs.user}
  order: {call: POST /orders, body: {user: '{user.id}'}}
response: {order: order.id, age: user.age}
";
    let cases = "\
flow: flow.yaml
cases:
  - name: answered by the description
    inputs: {user: u7}
    answers: {user: {after: 20ms}}
    expect: {outputs: {order: o1, age: 18}, exactly: true, calls: [user, order], time: 21ms}
";
    for (name, text) in [("shop.yaml", SHOP), ("flow.yaml", short), ("cases.yaml", cases)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let test = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.current_dir(folder.path()).args(["flow", "test", "cases.yaml"]).output().unwrap()
    };
    let out = test();
    assert!(out.status.success(), "{}", said(&out));
    std::fs::write(
        folder.path().join("flow.yaml"),
        short.replace("{user.id}", "{usr.id}").replace("order.id", "ordr.id"),
    )
    .unwrap();
    let out = test();
    assert!(
        said(&out).contains("flow.yaml:7:") && said(&out).contains("nothing is tested"),
        "{}",
        said(&out)
    );
}

#[test]
fn outcomes_are_told_as_json() {
    let out = test(WRONG, &["--json"]);
    assert_eq!(out.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (&told["passed"], &told["failed"], &told["files"][0]["file"]),
        (&json!(0), &json!(2), &json!("cases.yaml"))
    );
    let case = &told["files"][0]["cases"][0];
    assert_eq!((&case["passed"], &case["duration_us"]), (&json!(false), &json!(2_002_000)));
    let differences = case["differences"].as_array().unwrap();
    assert!(
        differences.contains(&json!({"at": "/outputs/order", "expected": "o2", "found": "o1"})),
        "{case}"
    );
    let first = json!({"step": "user", "operation": "getUser", "request": "GET /users/u7", "status": 200, "start_us": 0, "duration_us": 2_000_000});
    assert_eq!(case["calls"][0], first);
}

#[test]
fn mistakes_in_a_file_of_cases_have_their_lines() {
    let cases = "\
flow: flow.yaml
cases:
  - name: one
    inputs: {user: u7}
    answers:
      user: {status: 200}
    expect:
      time: 1s
";
    for (from, to, line, message) in [
        ("flow: flow.yaml", "flaw: flow.yaml", 1, "there is no `flaw` here"),
        ("name: one", "nam: one", 3, "there is no `nam` here"),
        ("user: {status", "usr: {status", 6, "there is no step and no operation `usr`"),
        ("status: 200", "status: 20", 6, "a status from 200 to 599"),
        ("status: 200", "lost: gone", 6, "neither `timeout` nor `unreachable`"),
        ("status: 200", "lost: timeout, body: 1", 6, "what is lost has no"),
        ("time: 1s", "time: long", 8, "`long`"),
        ("time: 1s", "outputs: 1", 8, "an object is expected"),
        ("flow: flow.yaml", "flow: flow.yaml\nworkflow: other", 2, "there is no workflow `other`"),
    ] {
        let out = test(&cases.replacen(from, to, 1), &[]);
        let text = said(&out);
        assert!(!out.status.success(), "{text}");
        let place = format!("cases.yaml:{line}:");
        assert!(text.contains(&place) && text.contains(message), "{text}\nhas no {place} with {message}");
        assert!(text.contains("nothing is tested"), "{text}");
    }
}

/// The cases of every example.
#[test]
fn the_cases_of_the_examples_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::fs::read_dir(root.join("examples/flows/tests")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    let out = Command::new(env!("CARGO_BIN_EXE_weir")).args(["flow", "test"]).args(&files).output().unwrap();
    let text = said(&out);
    assert!(out.status.success() && text.trim_end().ends_with(" passed, 0 failed"), "{text}");
}

const TOLD: &str = "\
arazzo: 1.1.0
info: {title: Told, version: '1'}
sourceDescriptions:
  - {name: shop, url: shop.yaml, type: openapi}
workflows:
  - workflowId: told
    steps:
      - stepId: order
        operationId: addOrder
        outputs: {id: $response.body#/id}
      - stepId: tell
        x-weir-event: {type: order.made, data: {id: $steps.order.outputs.id, n: 2}}
        outputs: {event: $response.body#/id}
    outputs: {event: $steps.tell.outputs.event}
";

#[test]
fn events_are_collected() {
    let cases = "\
flow: told.yaml
cases:
  - name: it is told
    expect: {outputs: {event: msg_test}, calls: [order, tell], events: [{type: order.made, data: {id: o1}}]}
  - name: nobody takes it
    answers: {tell: {status: 404}}
    expect: {failure: {step: tell, status: 404}, events: [{type: order.made}]}
  - name: another is expected
    expect: {events: [{type: order.off}, {type: order.made}]}
";
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("shop.yaml", SHOP), ("told.yaml", TOLD), ("cases.yaml", cases)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let weir = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        command.current_dir(folder.path()).args(["flow"]).args(args).output().unwrap()
    };
    let text = said(&weir(&["test", "cases.yaml"]));
    for line in [
        "2 passed, 1 failed",
        "events/0/type: expected \"order.off\", found \"order.made\"",
        "events/1: expected {\"type\":\"order.made\"}, found nothing",
    ] {
        assert!(text.contains(line), "{text}\nhas no: {line}");
    }
    // run without a gateway, it is told what would be sent
    let alone = TOLD.replace(
        "operationId: addOrder\n        outputs: {id: $response.body#/id}",
        "x-weir-transform: {id: '7'}",
    );
    std::fs::write(folder.path().join("told.yaml"), alone).unwrap();
    let out = weir(&["run", "told.yaml", "--server", "shop=http://127.0.0.1:9"]);
    let text = said(&out);
    assert!(out.status.success(), "{text}");
    assert!(text.contains("event order.made, not sent: {\"id\":7,\"n\":2}"), "{text}");
}
