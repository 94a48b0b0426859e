//! `weir flow` over files.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{Weir, ask};

const SHOP: &str = "\
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /users/{id}:
    get: {operationId: getUser, responses: {200: {description: ok}}}
  /users/{id}/orders:
    get: {operationId: listOrders}
  /news:
    get: {operationId: getNews}
  /orders:
    post: {operationId: addOrder}
";

const PAGE: &str = "\
arazzo: 1.1.0
info: {title: Page, version: '1'}
sourceDescriptions:
  - {name: shop, url: shop.yaml, type: openapi}
workflows:
  - workflowId: page
    steps:
      - stepId: user
        operationId: getUser
        parameters: [{name: id, in: path, value: $inputs.id}]
        outputs: {id: $response.body#/id}
      - stepId: news
        operationId: getNews
        outputs: {all: $response.body}
      - stepId: orders
        operationId: listOrders
        parameters: [{name: id, in: path, value: $steps.user.outputs.id}]
        outputs: {all: $response.body}
    outputs:
      news: $steps.news.outputs.all
      orders: $steps.orders.outputs.all
";

/// Runs `weir flow explain` on a document beside the shop's description.
fn explain(document: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.yaml"), SHOP).unwrap();
    std::fs::write(folder.path().join("page.yaml"), document).unwrap();
    Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(folder.path())
        .args(["flow", "explain"])
        .arg(Path::new("page.yaml"))
        .args(more)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

#[test]
fn the_plan_of_a_workflow_is_shown() {
    let out =
        explain(PAGE, &["--latency", "user=40ms", "--latency", "news=90ms", "--latency", "orders=60ms"]);
    assert!(out.status.success(), "{}", said(&out));
    assert_eq!(
        said(&out),
        "\
page: 3 steps on 2 levels

  1 * user    GET shop /users/{id}  (40ms)
  1   news    GET shop /news  (90ms, 10ms to spare)

  2 * orders  GET shop /users/{id}/orders  (60ms)
              waits for `user`: $steps.user.outputs.id at parameters/0/value

critical path (*): user → orders
expected: 100ms instead of 190ms one after the other, 1.9 times sooner
"
    );
}

/// A workflow that runs another one, which needs a part of what it waits for.
const NESTED: &str = r#"
arazzo: 1.1.0
info: {title: nested, version: "1"}
sourceDescriptions:
  - {name: shop, url: shop.yaml, type: openapi}
workflows:
  - workflowId: main
    steps:
      - {stepId: user, operationId: getUser, parameters: [{name: id, in: path, value: $inputs.id}], outputs: {id: $response.body#/id}}
      - {stepId: friend, operationId: getUser, parameters: [{name: id, in: path, value: $inputs.friend}], outputs: {id: $response.body#/id}}
      - stepId: lists
        workflowId: lists
        parameters: [{name: mine, value: $steps.user.outputs.id}, {name: theirs, value: $steps.friend.outputs.id}]
        outputs: {mine: $outputs.mine, theirs: $outputs.theirs}
      - {stepId: last, operationId: getUser, parameters: [{name: id, in: path, value: "$steps.lists.outputs.mine#/0"}]}
    outputs: {theirs: $steps.lists.outputs.theirs}
  - workflowId: lists
    inputs: {type: object}
    steps:
      - {stepId: mine, operationId: listOrders, parameters: [{name: id, in: path, value: $inputs.mine}], outputs: {all: $response.body}}
      - {stepId: theirs, operationId: listOrders, parameters: [{name: id, in: path, value: $inputs.theirs}], outputs: {all: $response.body}}
    outputs: {mine: $steps.mine.outputs.all, theirs: $steps.theirs.outputs.all}
"#;

#[test]
fn workflows_that_share_the_graph_are_shown_in_it() {
    let times = ["--latency", "user=10ms", "--latency", "friend=50ms", "--latency", "lists/mine=20ms"];
    let out = explain(NESTED, &[&times[..], &["--workflow", "main"]].concat());
    assert!(out.status.success(), "{}", said(&out));
    assert_eq!(
        said(&out),
        "\
main: 4 steps and 2 within them on 3 levels

  1   user          GET shop /users/{id}  (10ms, 20ms to spare)
  1 * friend        GET shop /users/{id}  (50ms)

  2   lists/mine    GET shop /users/{id}/orders  (20ms, 20ms to spare)
                    waits for `user`: $inputs.mine
  2 * lists/theirs  GET shop /users/{id}/orders  (10ms assumed)
                    waits for `friend`: $inputs.theirs

  3   lists         workflow lists  (over when the steps within it are)
                    waits for `lists/mine`: it is within it
                    waits for `lists/theirs`: it is within it
                    waits for `user`: $steps.user.outputs.id at parameters/0/value
                    waits for `friend`: $steps.friend.outputs.id at parameters/1/value
  3   last          GET shop /users/{id}  (10ms assumed, 20ms to spare)
                    waits for `lists/mine`: $steps.lists.outputs.mine#/0 at parameters/0/value

critical path (*): friend → lists/theirs
expected: 60ms instead of 100ms one after the other, 1.7 times sooner
note: page.yaml:15:9: /workflows/0/steps/3: nothing uses what step `last` gives
"
    );
    let out = explain(NESTED, &["--latency", "lists=20ms"]);
    assert!(said(&out).contains("what is within it takes its time; say `lists/STEP=…`"), "{}", said(&out));
}

#[test]
fn unsafe_steps_and_barriers_say_so() {
    let document = PAGE.replace(
        "      - stepId: news\n        operationId: getNews\n",
        "      - stepId: news\n        operationId: addOrder\n        onSuccess: [{name: done, type: end, criteria: [{condition: $statusCode == 204}]}]\n",
    );
    let out = explain(&document, &[]);
    let text = said(&out);
    for line in [
        "  1   news    POST shop /orders  (unsafe; may end the workflow or go elsewhere: later steps wait)",
        "waits for `news`: it reads what that may have written; x-weir-parallel: true lifts this",
        "calls in a row: 2 instead of 3",
    ] {
        assert!(text.contains(line), "{text}\nhas no: {line}");
    }
}

#[test]
fn every_mistake_has_its_line() {
    for (from, to, line, message) in [
        ("$steps.user.outputs.id", "$steps.usr.outputs.id", 17, "there is no step `usr`"),
        ("operationId: getNews", "operationId: getNew", 13, "source `shop` has no operation `getNew`"),
        ("$response.body#/id", "$respnse.body#/id", 11, "is no runtime expression"),
        ("url: shop.yaml", "url: shops.yaml", 4, "source `shop`: cannot read `shops.yaml`"),
        ("stepId: news", "stepId: user", 12, "there is a step `user` before"),
        ("arazzo: 1.1.0", "arazzo: 1.9.0", 1, "1.0 and 1.1 of Arazzo are known"),
    ] {
        let out = explain(&PAGE.replacen(from, to, 1), &[]);
        let text = said(&out);
        assert!(!out.status.success(), "{text}");
        let place = format!("page.yaml:{line}:");
        assert!(text.contains(&place) && text.contains(message), "{text}\nhas no {place} with {message}");
        assert!(text.contains("there is nothing to explain"), "{text}");
    }
}

/// Every example is planned.
#[test]
fn the_examples_are_planned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(root)
        .args(["flow", "explain", "examples/flows/product-page.arazzo.yaml"])
        .output()
        .unwrap();
    let text = said(&out);
    assert!(out.status.success(), "{text}");
    assert!(text.starts_with("productPage: 8 steps on 3 levels\n"), "{text}");
    assert!(text.ends_with("calls in a row: 3 instead of 8\n"), "{text}");
}

const SHORT: &str = "\
flow: page
inputs: {id: string}
sources: {shop: shop.yaml}
steps:
  user: GET /users/{inputs.id}
  orders: {call: 'GET /users/{user.id}/orders?limit=3', optional: true}
  news: GET /news
response: {news: news, orders: orders.items}
";

/// Runs a command of `weir flow` in a folder with the shop's description and this file.
fn run(words: &[&str], file: &str, text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.yaml"), SHOP).unwrap();
    std::fs::write(folder.path().join(file), text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(folder.path())
        .arg("flow")
        .args(words)
        .arg(file)
        .output()
        .unwrap()
}

#[test]
fn the_short_form_is_exported_and_imported() {
    let out = run(&["export"], "flow.yaml", SHORT);
    assert!(out.status.success(), "{}", said(&out));
    let arazzo = said(&out);
    let explained = said(&explain(&arazzo, &[]));
    for line in
        ["page: 3 steps on 2 levels", "waits for `user`: $steps.user.outputs.body#/id at parameters/0/value"]
    {
        assert!(explained.contains(line), "{arazzo}\n{explained}\nhas no: {line}");
    }
    let out = run(&["import"], "page.yaml", &arazzo);
    assert!(out.status.success(), "{}", said(&out));
    let short = said(&out);
    assert!(short.contains("user: GET /users/{inputs.id}"), "{short}");
    let steps: Vec<usize> = ["user:", "orders:", "news:"]
        .iter()
        .map(|step| short.find(&format!("\n  {step}")).unwrap())
        .collect();
    assert!(steps.is_sorted(), "{short}");
    assert_eq!(said(&run(&["export"], "flow.yaml", &short)), arazzo);
}

#[test]
fn mistakes_of_a_short_form_have_its_lines() {
    for (from, to, line, message) in [
        ("{user.id}", "{usr.id}", 6, "there is no step `usr`"),
        ("GET /news", "GET /new", 7, "no source has an operation `GET /new`"),
        ("optional: true", "optinal: true", 6, "did you mean `optional`?"),
        ("shop.yaml}", "shops.yaml}", 3, "cannot read `shops.yaml`"),
        ("news: news,", "news: other,", 8, "there is no step `other`"),
        ("flow: page", "flw: page", 1, "did you mean `flow`?"),
    ] {
        let out = run(&["export"], "flow.yaml", &SHORT.replacen(from, to, 1));
        let text = said(&out);
        assert!(!out.status.success(), "{text}");
        let place = format!("flow.yaml:{line}:");
        assert!(text.contains(&place) && text.contains(message), "{text}\nhas no {place} with {message}");
        assert!(text.contains("there is nothing to export"), "{text}");
    }
    let out = run(&["export"], "page.yaml", PAGE);
    assert!(said(&out).contains("is an Arazzo document already"), "{}", said(&out));
    let out = run(&["import"], "flow.yaml", SHORT);
    assert!(said(&out).contains("is in the short form already"), "{}", said(&out));
}

#[test]
fn the_short_form_is_explained_in_its_own_words() {
    let out = run(&["explain"], "flow.yaml", SHORT);
    assert!(out.status.success(), "{}", said(&out));
    assert_eq!(
        said(&out),
        "\
page: 3 steps on 2 levels

  1 * user    GET shop /users/{id}
  1   news    GET shop /news

  2 * orders  GET shop /users/{id}/orders
              waits for `user`: user.id at call

critical path (*): user → orders
calls in a row: 2 instead of 3
"
    );
}

/// What is wrong with the Arazzo document that a short form stands for is told by the lines of the short form.
#[test]
fn mistakes_behind_a_short_form_have_its_lines() {
    for (from, to, line, path, message) in [
        ("optional: true", "when: 'user.'", 6, "/steps/orders/when", "CEL"),
        ("optional: true", "dependsOn: [nobody]", 6, "/steps/orders/dependsOn/0", "`nobody`"),
        (
            "optional: true",
            "onSuccess: [{name: n, type: gone}]",
            6,
            "/steps/orders/onSuccess/0/type",
            "`gone`",
        ),
        ("{id: string}", "{id: strin}", 2, "/inputs/id", "cannot be checked by this schema"),
        (
            "news: GET /news",
            "news: {call: GET /news, dependsOn: [orders], retry: 7}",
            7,
            "/steps/news/retry",
            "",
        ),
        (
            "user: GET /users/{inputs.id}",
            "user: {call: GET /news, dependsOn: [old]}\n  old: {call: GET /news, dependsOn: [user]}",
            5,
            "/steps/user",
            "wait",
        ),
        ("response:", "timeout: soon\nresponse:", 8, "/timeout", "soon"),
    ] {
        let text = SHORT.replacen(from, to, 1).replace("{user.id}/orders", "{inputs.id}/orders");
        for (command, then) in [("explain", "explain"), ("run", "was run"), ("export", "export")] {
            let out = run(&[command], "flow.yaml", &text);
            let told = said(&out);
            if command == "export" && out.status.success() {
                continue;
            }
            let place = format!("flow.yaml:{line}:");
            assert!(!out.status.success() && told.contains(then), "{command} {to}: {told}");
            assert!(told.contains(&place), "{command} {to}: {told}\nhas no {place}");
            assert!(told.contains(path) && told.contains(message), "{command} {to}: {told}");
        }
    }
}

/// An example comes back the same, and is short.
#[test]
fn an_example_is_shortened() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(root)
        .args(["flow", "import", "examples/flows/product-page.arazzo.yaml"])
        .output()
        .unwrap();
    let text = said(&out);
    assert!(out.status.success(), "{text}");
    assert!(text.starts_with("flow: productPage\n"), "{text}");
    assert!(text.contains("GET /shop/products/{inputs.product}"), "{text}");
}

/// The simulated shop, until it is dropped.
struct Shop(std::process::Child, String);

impl Shop {
    fn start() -> Self {
        use std::io::{BufRead, BufReader};
        let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(["simulate", "--listen", "127.0.0.1:0"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.map_while(Result::ok).find_map(|line| Some(line.split_once("http://")?.1.to_owned()));
        let address = address.expect("where it listens");
        let address = address.split([' ', '/']).next().unwrap_or_default().to_owned();
        Self(child, format!("http://{address}"))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// What a case says nothing of is answered by a server; what it says goes before.
#[test]
fn cases_are_answered_by_a_server() {
    let shop = Shop::start();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let cases = format!(
        "\
flow: {}/examples/flows/product-page.flow.yaml
cases:
  - name: the shop answers
    inputs: {{product: prd-1}}
    expect:
      outputs: {{product: {{id: prd-1}}}}
      calls: [product, stock, price, reviews, author, recommended, alsoLiked, alsoLikedPrice]
  - name: there is no such product in the shop
    inputs: {{product: none}}
    expect: {{failure: {{status: 404}}}}
  - name: what is said of a call goes before
    inputs: {{product: prd-1}}
    answers: {{stock: {{status: 503, after: 2s}}}}
    expect: {{failure: {{step: stock, status: 503}}}}
",
        root.display()
    );
    let server = format!("--server=shop={}", shop.1);
    let out = run(&["test", &server], "cases.yaml", &cases);
    assert!(out.status.success(), "{}", said(&out));
    let out = run(&["test", "--server=other=http://127.0.0.1:1"], "cases.yaml", &cases);
    assert!(said(&out).contains("there is no source `other`; there are shop"), "{}", said(&out));
    let out = run(&["test", "--server=shop=http://127.0.0.1:1"], "cases.yaml", &cases);
    assert!(said(&out).contains("502"), "{}", said(&out));
}

/// A running Weir tells how long the calls of steps have taken.
#[test]
fn expected_times_are_those_that_a_weir_has_recorded() {
    let flags = ["--quickstart", "--quickstart-listen", "127.0.0.1:0"];
    let mut weir = Weir::over_store(tempfile::tempdir().unwrap(), &flags);
    let key = weir.says("key ").split_whitespace().nth(1).unwrap().to_owned();
    for _ in 0..3 {
        let page =
            ask(weir.gateway, "GET /shop/pages/prd-1", &format!("authorization: Bearer {key}\r\n"), "");
        assert_eq!(page.status, 200, "{}", page.body);
    }
    let cookie = weir.sign_up();
    let body = r#"{"name": "ci", "scopes": ["documents_read", "metrics_read"], "team": "default"}"#;
    let origin = format!("http://{}", weir.admin);
    let session = ask(weir.admin, "GET /api/v1/session", &format!("cookie: {cookie}\r\n"), "").json();
    let csrf = session["csrf_token"].as_str().unwrap();
    let head = format!(
        "cookie: {cookie}\r\nx-csrf-token: {csrf}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        body.len()
    );
    let made = ask(weir.admin, "POST /api/v1/tokens", &head, body);
    assert_eq!(made.status, 201, "{}", made.body);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let explain = |more: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_weir"))
            .current_dir(&root)
            .args(["flow", "explain", "examples/flows/product-page.flow.yaml", "--weir", &origin])
            .args(more)
            .output()
            .unwrap();
        (out.status.success(), said(&out))
    };
    // Records are counted once a second.
    let told = std::iter::repeat_with(|| explain(&["--token", &token, "--latency", "price=77ms"]))
        .take(500)
        .find(|(_, told)| told.contains("ms recorded"));
    let (good, told) = told.expect("times that were recorded");
    assert!(good && told.contains("  (77ms") && told.contains("\nexpected: "), "{told}");
    let (good, told) = explain(&["--token", "weir_at_wrong"]);
    assert!(!good && told.contains("answered with 401"), "{told}");
    let (good, told) = explain(&["--token", &token, "--service", "shop=other"]);
    assert!(!good && told.contains("answered with 422") && told.contains("other"), "{told}");
}

#[test]
fn a_flow_is_run_and_its_waterfall_drawn() {
    let shop = Shop::start();
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("page.svg");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let run = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_weir"))
            .current_dir(&root)
            .args(["flow", "run", "examples/flows/product-page.arazzo.yaml"])
            .arg(format!("--server=shop={}", shop.1))
            .args(more)
            .output()
            .unwrap()
    };
    let good = run(&["-i", "product=prd-1", "-i", "currency=USD", "--svg", picture.to_str().unwrap()]);
    assert!(good.status.success(), "{}", said(&good));
    let outputs: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(outputs["product"]["id"], "prd-1");
    let drawn = String::from_utf8(good.stderr).unwrap();
    assert_eq!(drawn.lines().filter(|line| line.contains('▏')).count(), 8, "{drawn}");
    assert!(drawn.contains(" in all; ") && drawn.contains('█'), "{drawn}");
    let picture = std::fs::read_to_string(picture).unwrap();
    assert!(picture.matches(">alsoLikedPrice<").count() == 2, "before and after: {picture}");
    let bad = run(&["-i", "product=none"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(said(&bad).contains("failed: step `") && bad.stdout.is_empty(), "{}", said(&bad));
    let unsaid = run(&[]);
    assert!(said(&unsaid).contains("\"product\" is a required property"), "{}", said(&unsaid));
    let nowhere = run(&["--workflow", "none"]);
    assert!(said(&nowhere).contains("--workflow: there is no workflow `none`"), "{}", said(&nowhere));
}

/// A document in a folder of its own, that runs a workflow of another one with the address `https://flows.example/shared/page.yaml`.
const OUTER: &str = "\
arazzo: 1.1.0
$self: https://flows.example/main/outer.yaml
info: {title: Outer, version: '1'}
sourceDescriptions:
  - {name: other, url: ../shared/page.yaml, type: arazzo}
workflows:
  - workflowId: outer
    steps:
      - {stepId: far, workflowId: $sourceDescriptions.other.page, outputs: {news: $outputs.news}}
    outputs: {news: $steps.far.outputs.news}
";

#[test]
fn a_workflow_of_another_document_is_found_by_its_address_and_run() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let served = std::thread::spawn(move || answered(&server, "[1, 2]"));
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("outer.yaml", OUTER);
    write("shop.yaml", SHOP);
    let page = PAGE.replacen("info:", "$self: https://flows.example/shared/page.yaml\ninfo:", 1);
    let (steps, _) = page.split_once("      - stepId: orders").unwrap();
    let (before, news) = steps.split_once("      - stepId: user").unwrap();
    let (_, news) = news.split_once("      - stepId: news").unwrap();
    let outputs = "    outputs: {news: $steps.news.outputs.all}\n";
    write("moved.yaml", &format!("{before}      - stepId: news{news}{outputs}"));
    let out = Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(folder.path())
        .args(["flow", "run", "outer.yaml", &format!("--server=other/shop=http://{address}")])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", said(&out));
    let outputs: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(outputs, serde_json::json!({"news": [1, 2]}));
    assert!(served.join().unwrap().starts_with("GET /news HTTP/1.1"));
}

#[test]
fn mistakes_in_documents_that_are_named_have_their_own_files_and_lines() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("outer.yaml", OUTER);
    let page = PAGE.replacen("info:", "$self: https://flows.example/shared/page.yaml\ninfo:", 1);
    let explain = || {
        let out = Command::new(env!("CARGO_BIN_EXE_weir"))
            .current_dir(folder.path())
            .args(["flow", "explain", "outer.yaml"])
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(1));
        said(&out)
    };
    write("inner.yaml", &page);
    assert!(explain().contains("inner.yaml:5:"), "the description is not there: {}", explain());
    write("inner.yaml", &page.replace("stepId: news", "stepId: user").replace("operationId", "operation"));
    let told = explain();
    for line in [9, 10, 13, 14] {
        assert!(told.contains(&format!("inner.yaml:{line}:")), "{line}: {told}");
    }
    write("inner.yaml", &page);
    write("shop.yaml", SHOP);
    let itself = OUTER.replace("$sourceDescriptions.other.page, outputs: {news: $outputs.news}", "outer");
    write("outer.yaml", &itself.replace("    outputs: {news: $steps.far.outputs.news}\n", ""));
    assert!(explain().contains("workflow `outer` calls itself"), "{}", explain());
}

/// Answers one request; gives its head.
fn answered(server: &std::net::TcpListener, body: &str) -> String {
    use std::io::{BufRead, BufReader, Read, Write};
    let (connection, _) = server.accept().unwrap();
    let mut reader = BufReader::new(&connection);
    let lines = reader.by_ref().lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let sent =
        head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    reader.read_exact(&mut vec![0; sent.unwrap_or(0)]).unwrap();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    (&connection).write_all(answer.as_bytes()).unwrap();
    head.join("\n")
}

#[test]
fn what_configuration_names_by_its_address_is_fetched_once_and_kept_beside_it() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/shop.json", server.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let arazzo = "{arazzo: 1.1.0, info: {title: t, version: '1'}, sourceDescriptions: [{name: shop, url: x}], workflows: [{workflowId: w, steps: [{stepId: a, operationId: getNews}]}]}";
    let documents = format!(
        "kind: Upstream\nname: up\nspec: {{targets: [{{host: 127.0.0.1, port: 9}}]}}\n---\nkind: Service\nname: shop\nspec: {{backend: {{upstream: {{name: up}}}}}}\n---\nkind: Flow\nname: f\nspec:\n  arazzo: {arazzo}\n  sources: {{shop: {{service: shop, url: '{url}'}}}}\n"
    );
    std::fs::write(folder.path().join("weir.yaml"), documents).unwrap();
    let weir = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_weir")).args(words).arg(folder.path()).output().unwrap()
    };
    let unfetched = weir(&["check"]);
    let told = said(&unfetched);
    assert!(told.contains("weir.yaml:13:") && told.contains("has not been fetched: `weir fetch "), "{told}");
    let private = weir(&["fetch"]);
    assert!(said(&private).contains("its server is not on the public internet"), "{}", said(&private));
    assert_eq!(private.status.code(), Some(1));
    let shop = serde_json::json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/news": {"get": {"operationId": "getNews"}}}});
    let served = std::thread::spawn(move || {
        for body in ["{\"no\": \"description\"}", &shop.to_string()] {
            answered(&server, body);
        }
    });
    let other = weir(&["fetch", "--anywhere"]);
    assert_eq!(other.status.code(), Some(1), "{}", said(&other));
    assert!(weir(&["check"]).status.code() == Some(1), "what is no description is not kept");
    let fetched = weir(&["fetch", "--anywhere"]);
    assert!(said(&fetched).contains("1 fetched, 0 failed"), "{}", said(&fetched));
    served.join().unwrap();
    // Now the server is gone, and nobody asks it.
    let good = weir(&["check"]);
    assert!(good.status.success(), "{}", said(&good));
}

/// A step that asks a model, and one that asks by GraphQL.
const ASKS: &str = "\
flow: asks
inputs: {id: string}
steps:
  user: {graphql: {source: crm, query: \"query($id: ID!) { user(id: $id) { name } }\", variables: {id: $inputs.id}}}
  told: {model: {alias: gpt-4.1-mini, prompt: \"Greet {user.data.user.name}\"}}
response: {name: user.data.user.name, role: $steps.told.outputs.body#/choices/0/message/role}
";

#[test]
fn steps_that_ask_models_and_schemas_are_run_where_it_is_said_who_answers() {
    let shop = Shop::start();
    let models = format!("--models={}/openai/v1", shop.1);
    let crm = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("--server=crm=http://{}/graph", crm.local_addr().unwrap());
    let asks = |more: &[&str]| {
        run(&[&["run", "--input=id=u-7", "--header=x-crm: 1"][..], more].concat(), "asks.yaml", ASKS)
    };
    let unsaid = asks(&[&server]);
    assert!(said(&unsaid).contains("a step asks a model: say who answers, `--models "), "{}", said(&unsaid));
    let unsaid = asks(&[&models]);
    assert!(
        said(&unsaid).contains("`crm` by GraphQL") && said(&unsaid).contains("--server crm="),
        "{}",
        said(&unsaid)
    );
    for (key, good) in [("sk-good", true), ("sk-bad", false)] {
        let out = std::thread::scope(|scope| {
            let body = r#"{"data": {"user": {"name": "Ada"}}}"#;
            let taken = scope.spawn(|| answered(&crm, body));
            let out = asks(&[&server, &models, &format!("--models-key={key}")]);
            let head = taken.join().unwrap();
            assert!(head.starts_with("POST /graph HTTP/1.1") && head.contains("x-crm: 1"), "{head}");
            out
        });
        assert_eq!(out.status.success(), good, "{}", said(&out));
        if good {
            let outputs: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
            assert_eq!(outputs, serde_json::json!({"name": "Ada", "role": "assistant"}));
        } else {
            assert!(said(&out).contains("failed: step `told`"), "{}", said(&out));
        }
    }
    let cases = "\
flow: asks.yaml
cases:
  - name: a model of a server answers
    inputs: {id: u-7}
    answers: {user: {body: {data: {user: {name: Ada}}}}}
    expect: {outputs: {name: Ada, role: assistant}}
";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("asks.yaml"), ASKS).unwrap();
    std::fs::write(folder.path().join("cases.yaml"), cases).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(folder.path())
        .args(["flow", "test", &models, "--models-key=sk-good", "cases.yaml"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", said(&out));
}
