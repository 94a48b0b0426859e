//! OpenAI's legacy completions, files and batches: as they should be, and what they refuse.

use base::{Clock, Micros};
use serde_json::{Value, json};

use crate::openai_others::{form, send_form};
use crate::support::{Answer, Server, quick};

fn complete(server: &Server, headers: &[(&str, &str)], extra: &Value) -> Answer {
    let mut body = json!({"model": "gpt-3.5-turbo-instruct", "prompt": "What is a weir?", "max_tokens": 50});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    server.openai("POST", "/completions", headers, &body)
}

fn get(server: &Server, path: &str) -> Answer {
    server.openai("GET", path, &[], &Value::Null)
}

/// Sends a file for a batch; gives its id.
fn upload(server: &Server, lines: &str) -> String {
    let body = form(&[("purpose", "batch")], Some(("file", "in.jsonl", lines.as_bytes())));
    send_form(server, "/files", &body).json()["id"].as_str().unwrap().to_owned()
}

fn batch(server: &Server, headers: &[(&str, &str)], lines: &str, endpoint: &str) -> Value {
    let body =
        json!({"input_file_id": upload(server, lines), "endpoint": endpoint, "completion_window": "24h"});
    let made = server.openai("POST", "/batches", headers, &body);
    assert_eq!(made.status, 200, "{}", made.text());
    made.json()
}

fn line(id: &str, url: &str, body: &Value) -> String {
    json!({"custom_id": id, "method": "POST", "url": url, "body": body}).to_string() + "\n"
}

#[test]
fn texts_are_continued() {
    let server = Server::start(quick());
    let made = complete(&server, &[], &json!({"n": 2})).json();
    assert_eq!((&made["object"], made["choices"].as_array().unwrap().len()), (&json!("text_completion"), 2));
    let choice = &made["choices"][0];
    assert_eq!(
        (&choice["index"], &choice["logprobs"], &choice["finish_reason"]),
        (&json!(0), &Value::Null, &json!("stop"))
    );
    let text = choice["text"].as_str().unwrap();
    assert!(text.contains("What is a weir?"));
    let many = complete(&server, &[], &json!({"prompt": ["a", "b"], "n": 2})).json();
    let indexes: Vec<_> =
        many["choices"].as_array().unwrap().iter().map(|one| one["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, [0, 1, 2, 3]);
    let short =
        complete(&server, &[], &json!({"max_tokens": 3, "echo": true, "logprobs": 2})).json()["choices"][0]
            .clone();
    assert_eq!(
        (&short["text"], &short["finish_reason"]),
        (&json!("What is a weir?You said: \"What"), &json!("length"))
    );
    assert_eq!(short["logprobs"]["text_offset"][1], 4);
    assert_eq!(short["logprobs"]["top_logprobs"][0].as_object().unwrap().len(), 2);
    let streamed =
        complete(&server, &[], &json!({"stream": true, "stream_options": {"include_usage": true}})).events();
    let (done, chunks) = streamed.split_last().unwrap();
    assert_eq!(done.1, "[DONE]");
    let chunks: Vec<Value> = chunks.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    let joined: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["text"].as_str()).collect();
    assert_eq!(joined, text);
    let (last, rest) = chunks.split_last().unwrap();
    assert_eq!((&last["choices"], &last["usage"]["prompt_tokens"]), (&json!([]), &json!(4)));
    assert!(rest.iter().all(|chunk| chunk["usage"].is_null()));
}

#[test]
fn completions_take_only_what_they_take() {
    let server = Server::start(quick());
    for (extra, status, param) in [
        (json!({"model": "gpt-4o"}), 404, "model"),
        (json!({"prompt": []}), 400, "prompt"),
        (json!({"prompt": {"a": 1}}), 400, "prompt"),
        (json!({"prompt": ["a", 1]}), 400, "prompt"),
        (json!({"logprobs": 6}), 400, "logprobs"),
        (json!({"n": 3, "best_of": 2}), 400, "best_of"),
        (json!({"stream_options": {}}), 400, "stream_options"),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), 400, "stop"),
    ] {
        let answer = complete(&server, &[], &extra);
        assert_eq!((answer.status, &answer.json()["error"]["param"]), (status, &json!(param)), "{extra}");
    }
    assert_eq!(complete(&server, &[], &json!({"messages": []})).status, 400);
    assert_eq!(
        complete(&server, &[("x-simulate", "finish=filter")], &json!({})).json()["choices"][0]["finish_reason"],
        "content_filter"
    );
}

#[test]
fn files_are_kept_listed_and_deleted() {
    let server = Server::start(quick());
    let body = form(&[("purpose", "user_data")], Some(("file", "a.txt", b"What is a weir?")));
    let made = send_form(&server, "/files", &body).json();
    assert_eq!(
        (&made["object"], &made["bytes"], &made["filename"], &made["status"]),
        (&json!("file"), &json!(15), &json!("a.txt"), &json!("processed"))
    );
    let path = format!("/files/{}", made["id"].as_str().unwrap());
    assert_eq!(get(&server, &path).json(), made);
    assert_eq!(get(&server, &format!("{path}/content")).text(), "What is a weir?");
    upload(&server, "{}\n");
    let names = |query: &str| {
        let list = get(&server, &format!("/files{query}")).json();
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["filename"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["in.jsonl", "a.txt"]);
    assert_eq!(names("?order=asc&limit=1"), ["a.txt"]);
    assert_eq!(names("?purpose=batch"), ["in.jsonl"]);
    let other = [("authorization", "Bearer sk-other")];
    assert_eq!(server.openai("GET", &path, &other, &Value::Null).status, 404);
    let deleted = server.openai("DELETE", &path, &[], &Value::Null).json();
    assert_eq!(deleted, json!({"id": made["id"], "object": "file", "deleted": true}));
    assert!(
        get(&server, &path).json()["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("No such File object: file-")
    );
    for (texts, file) in [
        (&[][..], Some(("file", "a.txt", &b"Hi"[..]))),
        (&[("purpose", "fun")], Some(("file", "a.txt", b"Hi"))),
        (&[("purpose", "vision")], None),
        (&[("purpose", "batch")], Some(("file", "a.txt", b"{}"))),
        (&[("purpose", "vision")], Some(("file", "a.png", b""))),
    ] {
        assert_eq!(send_form(&server, "/files", &form(texts, file)).status, 400);
    }
}

#[test]
fn a_batch_executes_its_lines() {
    let server = Server::start(quick());
    let url = "/v1/chat/completions";
    let ask =
        |model: &str| json!({"model": model, "messages": [{"role": "user", "content": "What is a weir?"}]});
    let lines = line("one", url, &ask("gpt-4o"))
        + &line("two", url, &ask("llama"))
        + &line("three", url, &ask("gpt-5"));
    let made = batch(&server, &[], &lines, url);
    assert_eq!((&made["object"], &made["status"]), (&json!("batch"), &json!("validating")));
    let done = get(&server, &format!("/batches/{}", made["id"].as_str().unwrap())).json();
    assert_eq!(
        (&done["status"], &done["request_counts"]),
        (&json!("completed"), &json!({"total": 3, "completed": 2, "failed": 1}))
    );
    let results = |field: &str| {
        let path = format!("/files/{}/content", done[field].as_str().unwrap());
        let lines = get(&server, &path).text();
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let [one, three] = &results("output_file_id")[..] else { panic!("two results") };
    assert_eq!((&one["custom_id"], &three["custom_id"]), (&json!("one"), &json!("three")));
    assert_eq!((&one["response"]["status_code"], &one["error"]), (&json!(200), &Value::Null));
    assert!(one["response"]["request_id"].as_str().unwrap().starts_with("req_"));
    let direct = server.chat(&[], &ask("gpt-4o")).json();
    assert_eq!(one["response"]["body"]["choices"], direct["choices"]);
    let failed = &results("error_file_id")[0];
    assert_eq!(
        (&failed["custom_id"], &failed["response"]["body"]["error"]["code"]),
        (&json!("two"), &json!("model_not_found"))
    );
    assert_eq!(get(&server, "/batches").json()["data"][0], done);
    for (url, body) in [
        ("/v1/embeddings", json!({"model": "text-embedding-3-small", "input": "a"})),
        ("/v1/responses", json!({"model": "gpt-5", "input": "a"})),
        ("/v1/completions", json!({"model": "davinci-002", "prompt": "a"})),
        ("/v1/moderations", json!({"input": "a"})),
        ("/v1/images/generations", json!({"prompt": "a"})),
    ] {
        let made = batch(&server, &[], &line("one", url, &body), url);
        let done = get(&server, &format!("/batches/{}", made["id"].as_str().unwrap())).json();
        assert_eq!(done["request_counts"]["completed"], 1, "{url}");
    }
}

#[test]
fn a_batch_takes_its_time_and_can_be_cancelled() {
    let clock = Clock::manual(Micros(0));
    let server = Server::start_on(quick(), clock.clone());
    let url = "/v1/moderations";
    let slow = [("x-simulate", "ttft=60s")];
    let lines = line("one", url, &json!({"input": "a"}));
    let path = |made: &Value| format!("/batches/{}", made["id"].as_str().unwrap());
    let (one, two) = (path(&batch(&server, &slow, &lines, url)), path(&batch(&server, &slow, &lines, url)));
    let waiting = get(&server, &one).json();
    assert_eq!(
        (&waiting["status"], &waiting["output_file_id"], &waiting["request_counts"]["total"]),
        (&json!("in_progress"), &Value::Null, &json!(1))
    );
    let cancel = |path: &str| server.openai("POST", &format!("{path}/cancel"), &[], &Value::Null);
    assert_eq!(cancel(&two).json()["status"], "cancelling");
    clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(get(&server, &one).json()["status"], "completed");
    assert_eq!(get(&server, &two).json()["status"], "cancelled");
    assert_eq!(cancel(&one).status, 409);
}

#[test]
fn broken_lines_fail_a_batch() {
    let server = Server::start(quick());
    let url = "/v1/moderations";
    let good = line("one", url, &json!({"input": "a"}));
    let lines = format!(
        "{good}{good}no json\n{}{}",
        line("two", "/v1/embeddings", &json!({})),
        line("three", url, &json!({"stream": true}))
    );
    let made = batch(&server, &[], &lines, url);
    let done = get(&server, &format!("/batches/{}", made["id"].as_str().unwrap())).json();
    assert_eq!(done["status"], "failed");
    let errors = done["errors"]["data"].as_array().unwrap();
    let told: Vec<_> = errors
        .iter()
        .map(|error| (error["line"].as_u64().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [(2, "duplicate_custom_id"), (3, "invalid_json_line"), (4, "invalid_url"), (5, "invalid_request")]
    );
    for (body, status) in [
        (json!({"input_file_id": "file-0", "endpoint": url, "completion_window": "24h"}), 404),
        (json!({"input_file_id": "file-0", "endpoint": "/v1/files", "completion_window": "24h"}), 400),
        (json!({"input_file_id": "file-0", "endpoint": url, "completion_window": "1h"}), 400),
        (json!({"endpoint": url, "completion_window": "24h"}), 400),
    ] {
        assert_eq!(server.openai("POST", "/batches", &[], &body).status, status, "{body}");
    }
    assert_eq!(get(&server, "/batches/batch_0").status, 404);
}
