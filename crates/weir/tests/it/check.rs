//! `weir check` over files.

use std::path::Path;
use std::process::Command;

/// What it says of a file, one mistake a line, without the file's name, and how many there are.
fn check(text: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, text).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_weir")).args([Path::new("check"), &path]).output().unwrap();
    let prefix = format!("{}:", path.display());
    let mut lines: Vec<String> = String::from_utf8(out.stderr).unwrap().lines().map(str::to_owned).collect();
    let count = lines.pop().unwrap_or_default();
    (lines.iter().map(|line| line.strip_prefix(&prefix).unwrap_or(line).to_owned()).collect(), count)
}

#[test]
fn each_of_two_mistakes_at_one_place_is_shown() {
    let (lines, count) = check(
        "\
- {kind: Upstream, name: u, spec: {targets: [{host: 127.0.0.1, port: 9}]}}
- {kind: Service, name: s, spec: {backend: {upstream: {name: u}}}}
- {kind: Route, name: a, spec: {service: s, paths: [/x], methods: [GET]}}
- {kind: Route, name: b, spec: {service: s, paths: [/x], methods: [POST]}}
- {kind: Route, name: c, spec: {service: s, paths: [/x]}}
",
    );
    assert_eq!((lines.len(), count.as_str()), (2, "2 mistakes"), "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with("5:")), "{lines:?}");
}

#[test]
fn references_to_what_could_not_be_read_are_no_mistakes() {
    let (lines, count) = check(
        "\
- {kind: Upstream, environment: staging, name: u, spec: {targets: [{host: 127.0.0.1, port: none}]}}
- {kind: Service, environment: staging, name: s, spec: {backend: {upstream: {name: u}}}}
",
    );
    assert_eq!(count, "1 mistake", "{lines:?}");
    assert!(lines[0].contains("/spec/targets/0/port"), "{lines:?}");
}

#[test]
fn without_secrets_those_that_are_there_count_and_others_may_be_anything() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("weir.yaml");
    let check = |secret: &str| {
        let url = "https://receiver.example/hooks";
        let webhook = format!("{{kind: Webhook, name: w, spec: {{url: \"{url}\", secret: {secret}}}}}\n");
        std::fs::write(&file, webhook).unwrap();
        let weir =
            Command::new(env!("CARGO_BIN_EXE_weir")).arg("check").arg("--no-secrets").arg(&file).output();
        weir.unwrap().status.success()
    };
    assert!(check("{value: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}"));
    assert!(check("{env: NOBODY_HAS_SET_THIS}"));
    assert!(!check("{value: no-key}"));
}

#[test]
fn mistakes_in_a_flow_in_the_short_form_have_the_line_that_was_written() {
    let flow = |step: &str| {
        format!(
            "\
- {{kind: Upstream, name: u, spec: {{targets: [{{host: 127.0.0.1, port: 9}}]}}}}
- kind: Service
  name: shop
  spec:
    backend: {{upstream: {{name: u}}}}
    openapi: {{openapi: 3.1.0, info: {{title: t, version: '1'}}, paths: {{/a: {{get: {{operationId: a}}}}, /b: {{get: {{operationId: b}}}}}}}}
- kind: Flow
  name: page
  spec:
    flow:
      inputs: {{id: string}}
      steps:
        second: GET /b?id={{inputs.id}}
        first:
          call: {step}
          when: inputs.id != ''
      response: {{a: first.name, b: second}}
    sources: {{shop: {{service: shop}}}}
"
        )
    };
    let (lines, count) = check(&flow("GET /a"));
    assert_eq!(lines.len(), 0, "{lines:?} {count}");
    let (lines, _) = check(&flow("GET /none"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("15:11: /spec/flow/steps/first/call: no source has"), "{lines:?}");
    let (lines, _) = check(&flow("GET /a").replace("!= ''", "!="));
    assert!(lines[0].starts_with("16:11: /spec/flow/steps/first/when: "), "{lines:?}");
    let (lines, _) = check(&flow("GET /a").replace("first.name", "frist.name"));
    assert!(lines[0].contains("17:") && lines[0].contains("/spec/flow/response/a: "), "{lines:?}");
}
