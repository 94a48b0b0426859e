//! OpenAI's files: sent on to the provider that keeps them or kept here, and each its owner's alone.

use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::time::Duration;

use message::Reason;
use serde_json::{Value, json};
use trace::CallRecord;

use crate::client::Answer;
use crate::gate::{Gate, check_told};
use crate::upstream::Upstream;
use crate::vendor::Vendor;

/// Two applications, `shop` and `mill`, each with a key of its name, and these providers, each behind a model of its name.
pub(crate) fn documents(providers: &[(&str, &str)]) -> String {
    let service = "---\nkind: Service\nname: models\nspec: {backend: {ai: {}}, access: {mode: application}}\n\
                   ---\nkind: Route\nname: models\nspec: {service: models, paths: [\"/v1/*\"]}\n";
    let application = |name: &str| {
        let hash = snapshot::key_hash(name.as_bytes());
        format!(
            "---\nkind: Application\nname: {name}\nspec: {{}}\n\
             ---\nkind: Credential\nname: {name}\nspec: {{application: {name}, key_hash: \"{hash}\"}}\n"
        )
    };
    let provider = |(name, spec): &(&str, &str)| {
        format!(
            "---\nkind: Provider\nname: {name}\nspec: {{{spec}}}\n\
             ---\nkind: ProviderKey\nname: {name}\nspec: {{provider: {name}, secret: {{value: sk-sim}}}}\n\
             ---\nkind: ModelAlias\nname: {name}\nspec: {{targets: [{{provider: {name}, model: gpt-5}}]}}\n"
        )
    };
    let applications = ["shop", "mill"].map(application).concat();
    let providers: String = providers.iter().map(provider).collect();
    [service, &applications, &providers].concat()
}

pub(crate) fn openai(address: SocketAddr, files: bool) -> String {
    format!("api: openai, base_url: \"http://{address}/openai/v1\", files: {files}")
}

/// A form of these fields; the one called `file` is one.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        let filename = if *name == "file" { "; filename=\"a.jsonl\"" } else { "" };
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).collect::<String>() + "--b--\r\n"
}

impl Gate {
    /// A call of an application's.
    pub(crate) fn of(&self, key: &str, method: &str, path: &str) -> (Answer, CallRecord) {
        self.call(format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Length: 0\r\n\r\n"
        ))
    }

    pub(crate) fn upload(&self, key: &str, fields: &[(&str, &str)], more: &str) -> (Answer, CallRecord) {
        let body = form(fields);
        self.call(format!(
            "POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n{more}\
             Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

fn check_absent((answer, record): &(Answer, CallRecord), id: &str) {
    check_told(answer, record, Reason::UnknownObject);
    let error = json!({"message": format!("No such File object: {id}"), "type": "invalid_request_error", "param": "id", "code": null});
    let mut told = answer.json()["error"].clone();
    told["code"] = Value::Null;
    assert_eq!(told, error);
}

/// A file lives its whole life.
fn check_life(gate: &Gate, fields: &[(&str, &str)], more: &str, prefix: &str) {
    let (answer, _) = gate.upload("shop", fields, more);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let file = answer.json();
    let id = file["id"].as_str().unwrap().to_owned();
    assert!(
        id.starts_with(prefix) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
        "{id}"
    );
    assert_eq!(
        (&file["bytes"], &file["filename"], &file["purpose"]),
        (&json!(5), &json!("a.jsonl"), &json!("user_data"))
    );
    let path = format!("/v1/files/{id}");
    assert_eq!(gate.of("shop", "GET", &path).0.json(), file);
    assert_eq!(gate.of("shop", "GET", "/v1/files").0.json()["data"], json!([file]));
    assert_eq!(gate.of("shop", "GET", "/v1/files?purpose=batch").0.json()["data"], json!([]));
    let content = format!("{path}/content");
    assert_eq!(gate.of("shop", "GET", &content).0.text(), "hello");
    assert_eq!(gate.of("mill", "GET", "/v1/files").0.json()["data"], json!([]));
    for (method, path) in [("GET", &path), ("GET", &content), ("DELETE", &path)] {
        check_absent(&gate.of("mill", method, path), &id);
    }
    let gone = gate.of("shop", "DELETE", &path).0.json();
    assert_eq!(gone, json!({"id": id, "object": "file", "deleted": true}));
    check_absent_or_told(&gate.of("shop", "GET", &content).0, &id);
    assert_eq!(gate.of("shop", "GET", "/v1/files").0.json()["data"], json!([]));
}

/// Who says so, Weir or the provider, does not matter; the id is the client's.
fn check_absent_or_told(answer: &Answer, id: &str) {
    assert_eq!(answer.status, 404, "{}", answer.text());
    assert_eq!(answer.json()["error"]["message"], format!("No such File object: {id}"));
}

const FILE: [(&str, &str); 2] = [("purpose", "user_data"), ("file", "hello")];

#[test]
fn a_file_lives_with_the_provider_that_keeps_files() {
    let vendor = Vendor::start();
    let gate = Gate::start(&documents(&[
        ("gpt", &openai(vendor.address, true)),
        ("plain", &openai(vendor.address, false)),
    ]));
    check_life(&gate, &FILE, "", "file-");
    assert_eq!(vendor.count("POST /openai/v1/files"), 1);
    // A field after the file, or one that is Weir's own, changes nothing.
    check_life(&gate, &[FILE[1], FILE[0], ("model", "gpt")], "", "file-");
    assert_eq!(vendor.count("POST /openai/v1/files"), 2);
    gate.end();
}

#[test]
fn a_file_lives_here_where_no_provider_keeps_files() {
    let vendor = Vendor::start();
    let gate = Gate::start(&documents(&[("plain", &openai(vendor.address, false))]));
    check_life(&gate, &FILE, "", "file-");
    check_life(&gate, &[FILE[1], FILE[0]], "x-weir-model: plain\r\n", "file-");
    assert_eq!(vendor.count("POST /openai/v1/files"), 0);
    gate.end();
}

#[test]
fn the_provider_of_a_file_is_named_by_a_model_where_several_keep_files() {
    let (one, two) = (Vendor::start(), Vendor::start());
    let gate = Gate::start(&documents(&[
        ("one", &openai(one.address, true)),
        ("two", &openai(two.address, true)),
        ("plain", &openai(two.address, false)),
    ]));
    let (answer, _) = gate.upload("shop", &FILE, "");
    assert_eq!((answer.status, &answer.json()["error"]["param"]), (400, &json!("model")));
    check_life(&gate, &FILE, "x-weir-model: two\r\n", "file-");
    check_life(&gate, &[("model", "one"), FILE[0], FILE[1]], "", "file-");
    check_life(&gate, &FILE, "x-weir-model: plain\r\n", "file-");
    assert_eq!((one.count("POST /openai/v1/files"), two.count("POST /openai/v1/files")), (1, 1));
    let (answer, _) = gate.upload("shop", &FILE, "x-weir-model: none\r\n");
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!("model_not_found")));
    gate.end();
}

#[test]
fn forms_that_are_no_file_are_told_what_is_wrong() {
    let gate = Gate::start(&documents(&[]));
    let refused = |fields: &[(&str, &str)], param: &str| {
        let (answer, record) = gate.upload("shop", fields, "");
        check_told(&answer, &record, Reason::InvalidAiRequest);
        assert_eq!(answer.json()["error"]["param"], param, "{}", answer.text());
    };
    refused(&[("purpose", "batch")], "file");
    refused(&[("file", "x")], "purpose");
    refused(&[("purpose", "fun"), ("file", "x")], "purpose");
    refused(&[("purpose", "batch"), ("file", "")], "file");
    refused(&[("purpose", "batch"), ("file", "x"), ("expires_after[anchor]", "now")], "expires_after.anchor");
    refused(
        &[("purpose", "batch"), ("expires_after[seconds]", "60"), ("file", "x")],
        "expires_after.seconds",
    );
    for (kind, body) in [("application/json", "{}"), ("multipart/form-data; boundary=b", "--b\r\nnonsense")] {
        let (answer, _) = gate.call(format!(
            "POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer shop\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_eq!(gate.of("shop", "GET", "/v1/files?limit=0").0.status, 400);
    assert_eq!(gate.of("shop", "PUT", "/v1/files").0.field("allow"), Some("get, head, post"));
    gate.end();
}

#[test]
fn what_a_file_asks_for_is_how_long_it_stays() {
    let gate = Gate::by_hand(&documents(&[]));
    let fields = [
        ("expires_after[anchor]", "created_at"),
        ("purpose", "batch"),
        ("file", "x"),
        ("expires_after[seconds]", "3600"),
    ];
    let file = gate.upload("shop", &fields, "").0.json();
    assert_eq!(file["expires_at"].as_i64().unwrap() - file["created_at"].as_i64().unwrap(), 3_600);
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!(gate.of("shop", "GET", &path).0.status, 200);
    gate.clock.advance(Duration::from_hours(1));
    assert_eq!(gate.of("shop", "GET", &path).0.status, 404);
    gate.end();
}

/// The second half of a file is not there yet when the provider has read its first: nobody waits for the whole.
#[test]
fn a_file_of_50_megabytes_goes_up_as_it_comes() {
    const HALF: usize = 25 << 20;
    let (seen, half) = channel();
    let up = Upstream::start(move |_, conn| {
        let Some(head) = conn.try_head() else { return };
        assert!(head.to_ascii_lowercase().contains("transfer-encoding: chunked"), "{head}");
        let mut read = 0;
        while read < HALF {
            read += conn.chunk();
        }
        seen.send(()).unwrap();
        loop {
            match conn.chunk() {
                0 => break,
                more => read += more,
            }
        }
        let answer = json!({"id": "file-1", "object": "file", "bytes": read}).to_string();
        conn.send(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        ));
    });
    let gate = Gate::start(&documents(&[("gpt", &openai(up.addr, true))]));
    let whole = form(&[("purpose", "user_data"), ("file", "@")]);
    let (before, behind) = whole.split_once('@').unwrap();
    let mut client = gate.connect();
    client.send(format!(
        "POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer shop\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{before}",
        before.len() + 2 * HALF + behind.len()
    ));
    let part = vec![b'x'; HALF];
    client.send(&part);
    half.recv_timeout(Duration::from_secs(20)).unwrap();
    let answer = client.send(&part).send(behind).answer();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["bytes"].as_u64().unwrap() > 50 << 20);
    assert!(gate.record().bytes_in > 50 << 20);
    gate.end();
}

#[test]
fn a_file_that_is_too_large_leaves_nothing_here() {
    let vendor = Vendor::start();
    let gate = Gate::start(&documents(&[("plain", &openai(vendor.address, false))]).replace(
        "access: {mode: application}",
        "access: {mode: application}, policies: [body_limit: {max: 2MiB}]",
    ));
    let large = "x".repeat(3 << 20);
    let (answer, record) = gate.upload("shop", &[("purpose", "user_data"), ("file", &large)], "");
    check_told(&answer, &record, Reason::BodyTooLarge);
    assert_eq!(gate.of("shop", "GET", "/v1/files").0.json()["data"], json!([]));
    gate.end();
}

#[test]
fn an_id_finds_its_provider_after_a_restart() {
    let vendor = Vendor::start();
    let yaml =
        documents(&[("one", &openai(Upstream::nobody(), true)), ("two", &openai(vendor.address, true))]);
    let gate = Gate::start(&yaml);
    let file = gate.upload("shop", &FILE, "x-weir-model: two\r\n").0.json();
    gate.end();
    // Another node that has never seen it, with the same key.
    let gate = Gate::start(&yaml);
    let path = format!("/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!(gate.of("shop", "GET", &path).0.json(), file);
    check_absent(&gate.of("mill", "GET", &path), file["id"].as_str().unwrap());
    gate.end();
    // The provider is no longer behind any model.
    let gate = Gate::start(&documents(&[("one", &openai(vendor.address, true))]));
    assert_eq!(gate.of("shop", "GET", &path).0.status, 404);
    gate.end();
}

/// Takes a file, and answers chats with their own bodies.
fn library() -> Upstream {
    Upstream::start(|_, conn| {
        while let Some(head) = conn.try_head() {
            let json = if head.starts_with("POST /openai/v1/files ") {
                while conn.chunk() > 0 {}
                json!({"id": "file-own", "object": "file", "bytes": 5, "created_at": 1, "filename": "a", "purpose": "user_data"})
            } else {
                let length = crate::client::field_lines(&head, "content-length").next().unwrap();
                let body = conn.text(length.trim().parse().unwrap());
                json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": body}, "finish_reason": "stop"}]})
            }
            .to_string();
            conn.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
                json.len()
            ));
        }
    })
}

#[test]
fn a_request_with_a_file_reaches_the_provider_that_has_it_and_no_other() {
    let (one, two) = (library(), library());
    let yaml = documents(&[("one", &openai(one.addr, true)), ("two", &openai(two.addr, true))])
        + "---\nkind: ModelAlias\nname: both\nspec: {targets: [{provider: one, model: m}, {provider: two, model: m}]}\n";
    let gate = Gate::start(&yaml);
    let file = gate.upload("shop", &FILE, "x-weir-model: two\r\n").0.json();
    let ask = |key: &str, model: &str| {
        let content = json!([{"type": "text", "text": "\"file-none\""}, {"type": "file", "file": {"file_id": file["id"]}}]);
        let body = json!({"model": model, "messages": [{"role": "user", "content": content}]}).to_string();
        gate.call(format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    for model in ["both", "two"] {
        let (answer, record) = ask("shop", model);
        let seen = answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
        let seen: Value = serde_json::from_str(&seen).unwrap();
        let content = &seen["messages"][0]["content"];
        assert_eq!(
            (&content[1]["file"]["file_id"], &content[0]["text"]),
            (&json!("file-own"), &json!("\"file-none\""))
        );
        assert_eq!(record.attempts.len(), 1);
    }
    let (answer, record) = ask("shop", "one");
    assert_eq!(
        (answer.status, &answer.json()["error"]["param"]),
        (400, &json!("file_id")),
        "{}",
        answer.text()
    );
    assert!(record.attempts.is_empty());
    // To others it is an id like any other, of which the provider knows nothing.
    let (answer, _) = ask("mill", "two");
    assert!(answer.text().contains(file["id"].as_str().unwrap()));
    gate.end();
}

/// All callers without a name would share them.
#[test]
fn who_has_no_name_has_no_files() {
    let gate = Gate::start(&documents(&[]).replace("access: {mode: application}", "access: {mode: public}"));
    for (path, what) in [("/v1/files", "Files"), ("/v1/batches", "Batches")] {
        let (answer, record) = gate.call(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        check_told(&answer, &record, Reason::CredentialMissing);
        assert_eq!(answer.status, 401);
        let message = format!("{what} belong to an application: send its key.");
        assert_eq!(answer.json()["error"]["message"], message);
    }
    gate.end();
}
