use message::{Fields, Known, Method};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const LIMITS: Limits<'_> = Limits { items: 5, path: "/batch" };

fn read(value: &Value) -> Result<Batch, Vec<String>> {
    let body = Bytes::from(value.to_string());
    let told = |found: Vec<Mistake>| found.iter().map(ToString::to_string).collect();
    Form::Json.read(&body, LIMITS).map_err(told)
}

fn good(requests: &Value) -> Batch {
    read(&json!({ "requests": requests })).unwrap()
}

/// Each mistake begins as one that is expected.
#[track_caller]
fn refused(value: &Value, expect: &[&str]) {
    let found = read(value).unwrap_err();
    let alike = found.len() == expect.len()
        && found.iter().zip(expect).all(|(found, expect)| found.starts_with(expect));
    assert!(alike, "{found:#?}");
}

fn answer(status: u16, kind: &str, body: &str) -> Answer {
    let mut fields = Fields::new();
    fields.push(Known::ContentType, kind.as_bytes());
    fields.push_named(b"ETag", b"\"v1\"");
    Answer::new(status, fields, body.to_owned().into())
}

fn before(batch: &Batch) -> Vec<Vec<usize>> {
    (0..batch.items.len()).map(|item| batch.plan.before(item).collect()).collect()
}

#[test]
fn items_wait_by_reference_and_by_the_rules_of_flows() {
    let batch = good(&json!([
        {"method": "POST", "path": "/a", "id": "first"},
        {"method": "GET", "path": "/b"},
        {"method": "GET", "path": "/c/{$ref:1.body#/id}"},
        {"method": "DELETE", "path": "/d"},
        {"method": "GET", "path": "/e", "depends_on": ["first", 1]},
    ]));
    // the second reads what the first may have written, the fourth does not wait for those who read
    assert_eq!(before(&batch), [vec![], vec![0], vec![0, 1], vec![0], vec![0, 1, 3]]);
    assert_eq!(batch.items[4].needs(), [0, 1]);
    assert!(batch.items[1].needs().is_empty());
    let forward =
        good(&json!([{"method": "POST", "path": "/{$ref:1.status}"}, {"method": "POST", "path": "/"}]));
    assert_eq!(before(&forward), [vec![1], vec![]]);
}

#[test]
fn values_keep_their_types_and_stand_where_they_are_put() {
    let batch = good(&json!([
        {"method": "GET", "path": "/a"},
        {
            "method": "PUT",
            "path": "/x/{$ref:0.body#/name}?q={$ref: 0.body#/name}&n={$ref:0.body#/n}",
            "headers": {"If-Match": {"$ref": "0.headers.etag"}, "X-Of": "a {$ref:0.status}"},
            "body": {"n": {"$ref": "0.body#/n"}, "l": [{"$ref": "0.body#/list"}, 2.50], "s": {"$ref": "0.status"},
                     "raw": {"$literal": {"$ref": "#/components"}}, "two": {"$ref": "0.body", "more": 1}},
        },
    ]));
    let answers = [
        Some(answer(
            200,
            "application/hal+json; v=1",
            r#"{"name": "../a&b=ü /", "n": 12.5, "list": [true, null]}"#,
        )),
        None,
    ];
    let request = batch.items[1].request(&answers, 1_000).unwrap();
    assert_eq!(request.target, "/x/..%2Fa%26b%3D%C3%BC%20%2F?q=..%2Fa%26b%3D%C3%BC%20%2F&n=12.5");
    assert_eq!(request.fields.get_named("if-match"), Some(&b"\"v1\""[..]));
    assert_eq!(request.fields.get_named("x-of"), Some(&b"a 200"[..]));
    assert_eq!(request.fields.get_str(Known::ContentType), Some("application/json"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let expect = json!({"n": 12.5, "l": [[true, null], 2.5], "s": 200, "raw": {"$ref": "#/components"},
                        "two": {"$ref": "0.body", "more": 1}});
    assert_eq!(body, expect);
}

#[test]
fn what_cannot_stand_there_is_told() {
    let lacking = |path: &str, header: &str, body: &str| {
        let batch = good(&json!([
            {"method": "GET", "path": "/a"},
            {"method": "GET", "path": path, "headers": {"x": header}, "body": {"$ref": "0.body"}},
        ]));
        let answers = [Some(answer(200, "application/json", body)), None];
        batch.items[1].request(&answers, 1_000).map(|_| ()).map_err(|lacking| lacking.to_string())
    };
    assert_eq!(lacking("/{$ref:0.body}", "", "7"), Ok(()));
    for (path, header, body, expect) in [
        ("/{$ref:0.body#/a}", "", "{}", "has no value"),
        ("/{$ref:0.body}", "", "null", "null"),
        ("/{$ref:0.body}", "", "[]", "a list"),
        ("/{$ref:0.body}", "", "{}", "an object"),
        ("/{$ref:0.body}/x", "", "\"..\"", "segment"),
        ("/.{$ref:0.body}", "", "\".\"", "segment"),
        ("/{$ref:0.body}", "", "\"\"", "segment"),
        ("/", "{$ref:0.body}", "\"a\\r\\nx-evil: 1\"", "control character"),
        ("/{$ref:0.headers.none}", "", "1", "has no value"),
        ("/{$ref:0.body}", "", "no json", "has no value"),
    ] {
        let error = lacking(path, header, body).unwrap_err();
        assert!(error.contains(expect), "{path} {body}: {error}");
    }
    let long = format!("\"{}\"", "x".repeat(20_000));
    assert!(lacking("/{$ref:0.body}", "", &long).unwrap_err().contains("longer"));
    assert!(lacking("/", "", &long).unwrap_err().contains("longer"));
}

#[test]
fn where_an_address_begins_is_not_left_to_a_value() {
    for path in ["{$ref:0.body}", "{$ref:0.body}/a", ""] {
        let requests = json!([{"method": "GET", "path": "/"}, {"method": "GET", "path": path}]);
        refused(&json!({ "requests": requests }), &["/requests/1/path: a path begins with `/`"]);
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    refused(&json!([]), &["a batch is an object"]);
    refused(&json!({}), &["/requests: `requests` is a list"]);
    refused(&json!({"requests": []}), &["/requests: a batch has one request at least"]);
    let many: Vec<Value> = (0..6).map(|_| json!({"method": "GET", "path": "/"})).collect();
    refused(&json!({ "requests": many }), &["/requests: a batch has at most 5 requests, not 6"]);
    refused(
        &json!({"on_error": 1, "also": 1, "requests": [
            {"id": "a", "method": "get", "path": "x y", "depends_on": ["b", "nobody", 0, true], "body": {"$ref": 1}},
            {"id": "a", "path": "/%zz#", "headers": {"host": "h", "a b": "x", "x": "\n", "n": 5, "m": {"$ref": "9.body"}}},
            7,
            {"id": 5, "method": "CONNECT", "path": "/{$ref:0.body", "headers": [], "depends_on": 1, "extra": 1},
            {"method": "POST", "path": "/", "body": [{"$ref": "0.nothing"}, {"$ref": "0.body#id"}], "body_base64": "*"},
        ]}),
        &[
            "/also: `also` is not known",
            "/on_error: `on_error` is",
            "/requests/1/id: item 0 has the id `a` already",
            "/requests/0/method: `get` is not a method",
            "/requests/0/path: a path begins with `/`",
            "/requests/0/path: ` ` must be percent-encoded",
            "/requests/0/body/$ref: a reference is text",
            "/requests/0/depends_on/0: there is no item `b`",
            "/requests/0/depends_on/1: there is no item `nobody`",
            "/requests/0/depends_on/2: an item cannot wait for itself",
            "/requests/0/depends_on/3: an item is named by",
            "/requests/1: `method` is missing",
            "/requests/1/path: `#` must be percent-encoded",
            "/requests/1/path: `%` is followed by",
            "/requests/1/headers/host: `host` is not an item's to set",
            "/requests/1/headers/a b: `a b` is not a header field's name",
            "/requests/1/headers/x: a header field has no control characters",
            "/requests/1/headers/n: a header field's value is text",
            "/requests/1/headers/m/$ref: there is no item `9`",
            "/requests/2: a request is an object",
            "/requests/3/extra: `extra` is not known",
            "/requests/3/id: `id` is text",
            "/requests/3/method: CONNECT cannot stand in a batch",
            "/requests/3/path: `{$ref:` has no `}`",
            "/requests/3/path: `{` must be percent-encoded",
            "/requests/3/headers: `headers` is an object",
            "/requests/3/depends_on: `depends_on` is a list",
            "/requests/4: a request has `body` or `body_base64`",
            "/requests/4/body_base64: this is no base64",
        ],
    );
    refused(
        &json!({"requests": [
            {"method": "GET", "path": "/{$ref:1.body}"}, {"method": "GET", "path": "/{$ref:0.body}"},
            {"method": "POST", "path": "/batch?x=1"},
        ]}),
        &["/requests/2/path: a batch cannot stand in a batch"],
    );
    refused(
        &json!({"requests": [{"method": "GET", "path": "/{$ref:1.body}"}, {"method": "GET", "path": "/{$ref:0.body}"}]}),
        &["/requests/0: steps wait for each other: `0` waits for `1` waits for `0`"],
    );
    refused(
        &json!({"requests": [{"method": "POST", "path": "/", "body": [{"$ref": "0.nothing"}, {"$ref": "1.body#id"}]},
                             {"method": "GET", "path": "/"}]}),
        &["/requests/0/body/0/$ref: `0.nothing` is no reference", "/requests/0/body/1/$ref: `1.body#id`"],
    );
}

#[test]
fn the_answer_has_bodies_as_they_came() {
    let batch = good(&json!([
        {"id": "a", "method": "GET", "path": "/"}, {"method": "GET", "path": "/"}, {"method": "GET", "path": "/"},
    ]));
    let mut bytes = Answer::new(206, Fields::new(), Bytes::from_static(b"\xff\x00"));
    bytes.fields.push_named(b"Set-Cookie", b"a=1");
    bytes.fields.push_named(b"set-cookie", b"b=2");
    let answers = [
        Some(answer(200, "application/json", "{\"n\": 1.00, \"big\": 123456789012345678901234567890}")),
        Some(bytes),
        Some(answer(404, "application/json", "<html>")),
    ];
    let out = String::from_utf8(json(&batch.items, &answers)).unwrap();
    assert_eq!(
        out,
        "{\"responses\":[{\"id\":\"a\",\"status\":200,\"headers\":{\"content-type\":\"application/json\",\"etag\":\"\\\"v1\\\"\"},\
         \"body\":{\"n\": 1.00, \"big\": 123456789012345678901234567890}},\
         {\"status\":206,\"headers\":{\"set-cookie\":[\"a=1\",\"b=2\"]},\"body_base64\":\"/wA=\"},\
         {\"status\":404,\"headers\":{\"content-type\":\"application/json\",\"etag\":\"\\\"v1\\\"\"},\"body\":\"<html>\"}]}"
    );
    let parts = multipart(&batch.items, &answers, "b");
    assert!(parts.ends_with(b"\r\n--b--\r\n"));
    let text = String::from_utf8_lossy(&parts);
    assert!(text.starts_with("--b\r\ncontent-type: application/http\r\n"), "{text}");
    assert!(text.contains("content-id: <a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: "), "{text}");
    assert_eq!(text.matches("content-length: ").count(), 3, "{text}");
}

#[test]
fn an_answer_without_a_body_has_no_length() {
    let batch = good(&json!([
        {"method": "HEAD", "path": "/"}, {"method": "PUT", "path": "/"}, {"method": "GET", "path": "/"},
    ]));
    let answers = [200, 204, 304].map(|status| Some(Answer::new(status, Fields::new(), Bytes::new())));
    let parts = multipart(&batch.items, &answers, "b");
    assert!(!String::from_utf8_lossy(&parts).contains("content-length"), "RFC 9110 §8.6");
}

#[test]
fn a_body_without_references_is_sent_as_it_came() {
    let text = r#"{"requests": [
        {"method": "PUT", "path": "/", "body": {"b" : 1.10, "a": [12345678901234567890123]}},
        {"method": "PUT", "path": "/", "body": {"lit": {"$literal": {"$ref": "x"}}}},
        {"method": "PUT", "path": "/", "body":  "text" }
    ]}"#;
    let body = Bytes::from(text.to_owned());
    let batch = Form::Json.read(&body, LIMITS).unwrap();
    let sent = |item: usize| batch.items[item].request(&[], 0).unwrap();
    assert_eq!(&sent(0).body[..], br#"{"b" : 1.10, "a": [12345678901234567890123]}"#);
    assert_eq!(sent(0).fields.get_str(Known::ContentType), Some("application/json"));
    assert_eq!(&sent(1).body[..], br#"{"lit":{"$ref":"x"}}"#);
    assert_eq!(&sent(2).body[..], br#""text""#);
}

#[test]
fn a_member_that_stands_there_twice_is_refused() {
    for (text, expect) in [
        (r#"{"requests": [{"method": "GET", "path": "/a", "path": "/b"}]}"#, "`path` is there twice"),
        (r#"{"requests": [], "requests": []}"#, "`requests` is there twice"),
        (
            r#"{"requests": [{"method": "PUT", "path": "/a", "body": {"x": [{"a": 1, "a": 2}]}}]}"#,
            "`a` is there twice",
        ),
    ] {
        let found = Form::Json.read(&Bytes::from(text.to_owned()), LIMITS).unwrap_err();
        assert!(found.len() == 1 && found[0].to_string().contains(expect), "{found:#?}");
    }
}

fn of_parts(body: &str, eol: &str) -> Result<Batch, Vec<String>> {
    let body = Bytes::from(body.replace('\n', eol));
    let form = Form::of("Multipart/Mixed; charset=x; BOUNDARY=\"a b\"").unwrap();
    form.read(&body, LIMITS).map_err(|found| found.iter().map(ToString::to_string).collect())
}

#[test]
fn parts_are_requests() {
    let body = "what stands here means nothing\n--a b \nContent-Type: application/http\nContent-ID: <one@x.example>\n\n\
                GET /a?b=c\n\n\n--a b\ncontent-type: application/http; msgtype=request\ncontent-transfer-encoding: binary\n\n\
                POST /b/{$ref:one@x.example.body#/id} HTTP/1.1\nHost: elsewhere\nContent-Type: text/plain\nX-Of: {$ref:0.status}\n\n\
                {$ref:0.status}\n--a b--\nnor here";
    for eol in ["\n", "\r\n"] {
        let batch = of_parts(body, eol).unwrap();
        assert_eq!(before(&batch), [vec![], vec![0]]);
        assert_eq!(batch.items[0].id.as_deref(), Some("one@x.example"));
        assert_eq!((&batch.items[0].method, &batch.items[1].method), (&Method::Get, &Method::Post));
        let answers = [Some(answer(201, "application/json", r#"{"id": "a/b"}"#)), None];
        let first = batch.items[0].request(&answers, 0).unwrap();
        assert_eq!((first.target.as_str(), first.body.len()), ("/a?b=c", 0));
        let second = batch.items[1].request(&answers, 0).unwrap();
        assert_eq!((second.target.as_str(), &second.body[..]), ("/b/a%2Fb", &b"{$ref:0.status}"[..]));
        let fields: Vec<_> = second.fields.iter().map(|(name, value, _)| (name, value)).collect();
        assert_eq!(fields, [(&b"Content-Type"[..], &b"text/plain"[..]), (&b"X-Of"[..], &b"201"[..])]);
    }
}

#[test]
fn parts_that_are_none_are_told() {
    let part = |inner: &str| format!("--a b\ncontent-type: application/http\n\n{inner}\n--a b--\n");
    for (body, expect) in [
        ("nothing".to_owned(), "the boundary that `content-type` names is not in the body"),
        ("--a b".to_owned(), "no part follows"),
        ("--a b--\n".to_owned(), "/requests: a batch has one request at least"),
        ("--a b\ncontent-type: application/http\n\nGET /".to_owned(), "the last boundary is missing"),
        ("--a bc\n\n--a b--\n".to_owned(), "something stands behind a boundary"),
        ("--a b\n\n--a b--c\n".to_owned(), "something stands behind a boundary"),
        ("--a b\n\nGET /\n--a b--\n".to_owned(), "/requests/0: the part's `content-type`"),
        ("--a b\nfield\n--a b--\n".to_owned(), "/requests/0: its fields do not end"),
        (part("GET"), "/requests/0: `GET` is no request line"),
        (part("GET / HTTP/2"), "/requests/0: `GET / HTTP/2` is no request line"),
        (part("GET http://x/ HTTP/1.1\n\n"), "/requests/0/path: a path begins with `/`"),
        (part("GET / HTTP/1.1\nTransfer-Encoding: chunked\n\n"), "/requests/0/headers/Transfer-Encoding: "),
        (
            part("PUT / HTTP/1.1\nContent-Length: 5\n\nab"),
            "/requests/0/headers/Content-Length: it says 5 bytes, the part has 2",
        ),
        (part("PUT / HTTP/1.1\nx: a\rb\n\nab"), "/requests/0/headers/x: a header field has no control"),
        (part("POST /batch HTTP/1.1\n\n"), "/requests/0/path: a batch cannot stand in a batch"),
        (
            "--a b\ncontent-type: application/http\ncontent-transfer-encoding: base64\n\nx\n--a b--"
                .to_owned(),
            "/requests/0: `content-transfer",
        ),
    ] {
        let found = of_parts(&body, "\r\n").unwrap_err();
        assert!(found.len() == 1 && found[0].starts_with(expect), "{body}: {found:#?}");
    }
}

#[test]
fn forms_are_told_by_their_media_type() {
    assert_eq!(Form::of("application/json; charset=utf-8"), Some(Form::Json));
    assert_eq!(Form::of("multipart/mixed; boundary=x"), Some(Form::Multipart("x".into())));
    for bad in
        ["", "text/plain", "multipart/mixed", "multipart/mixed; boundary=", "multipart/form-data; boundary=x"]
    {
        assert_eq!(Form::of(bad), None, "{bad}");
    }
}

proptest! {
    /// Whatever refers to what: who is behind an unsafe item in the list waits for it, unless it is the other way about.
    #[test]
    fn plans_keep_the_rules(
        of in proptest::collection::vec(proptest::collection::vec(0..5_usize, 0..2), 5),
        safe in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let requests: Vec<Value> = of.iter().zip(&safe).map(|(of, safe)| {
            json!({"method": if *safe { "GET" } else { "PUT" }, "path": "/", "depends_on": of})
        }).collect();
        let Ok(batch) = read(&json!({ "requests": requests })) else { return Ok(()) };
        let mut waits = [[false; 5]; 5];
        (0..5).for_each(|item| batch.plan.before(item).for_each(|on| waits[item][on] = true));
        for (between, item, on) in (0..125).map(|n| (n / 25, n / 5 % 5, n % 5)) {
            waits[item][on] |= waits[item][between] && waits[between][on];
        }
        for (at, own) in waits.iter().enumerate() {
            prop_assert!(!own[at]);
            prop_assert!(batch.items[at].needs().iter().all(|on| own[*on]));
            prop_assert!((0..at).all(|on| safe[on] || own[on] || waits[on][at]));
        }
    }

    #[test]
    fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), head in 0..3usize) {
        let before = ["", "--x\r\n", "--x\r\ncontent-type: application/http\r\n\r\nGET / HTTP/1.1\r\n"][head];
        let body = Bytes::from([before.as_bytes(), &bytes, b"\r\n--x--"].concat());
        drop(Form::Multipart("x".into()).read(&body, LIMITS));
        drop(Form::Json.read(&Bytes::from(bytes), LIMITS));
    }

    #[test]
    fn no_value_leaves_its_place(value in ".*") {
        let batch = good(&json!([
            {"method": "GET", "path": "/a"},
            {"method": "GET", "path": "/x/{$ref:0.body}/y?a={$ref:0.body}", "headers": {"h": "{$ref:0.body}"}},
        ]));
        let answers = [Some(answer(200, "application/json", &Value::from(value.clone()).to_string())), None];
        if let Ok(request) = batch.items[1].request(&answers, 0) {
            let (path, query) = request.target.split_once('?').unwrap();
            prop_assert_eq!(path.split('/').count(), 4);
            prop_assert_eq!(query.split('&').count(), 1);
            prop_assert!(!query.contains('#') && request.target.is_ascii());
            prop_assert_eq!(request.fields.get_named("h"), Some(value.as_bytes()));
        }
    }
}

#[test]
fn so_many_that_wait_for_so_many_are_refused_soon() {
    let read = |count: usize, waits: &dyn Fn(usize) -> Vec<usize>| {
        let one = |at: usize| json!({"method": "GET", "path": "/", "depends_on": waits(at)});
        let requests: Vec<Value> = (0..count).map(one).collect();
        let body = serde_json::to_vec(&json!({ "requests": requests })).unwrap().into();
        Form::Json.read(&body, Limits { items: 1_000, path: "/batch" }).map(drop)
    };
    let told = |mistakes: Result<(), Vec<Mistake>>| {
        mistakes.unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        told(read(1_000, &|at| (0..1_000).filter(|on| *on != at).collect())),
        ["/requests: the requests of a batch wait for each other 20000 times at most, not 999000"]
    );
    let round = told(read(100, &|at| (0..100).filter(|on| *on != at).collect()));
    assert_eq!(round.len(), 20, "{round:?}");
    let long = told(read(1_000, &|at| vec![(at + 1) % 1_000]));
    assert!(long.len() == 1 && long[0].contains("`9` waits for `(981 others)` waits for `991`"), "{long:?}");
    assert_eq!(read(1_000, &|at| (at + 1..1_000.min(at + 20)).collect()), Ok(()));
}
