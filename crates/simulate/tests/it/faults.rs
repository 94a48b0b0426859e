//! What goes wrong when it is asked for.

use std::io::{BufRead, BufReader};

use base::{Clock, Micros};
use serde_json::{Value, json};
use simulate::{Config, RateLimit};

use crate::support::{Answer, Server, quick};
use crate::{anthropic, gemini, openai, openai_responses};

/// Both dialects' streams under the same faults.
fn streams(server: &Server, faults: &str) -> [Answer; 2] {
    let headers = [("x-simulate", faults)];
    [
        server.chat(&headers, &openai::with(&json!({"stream": true}))),
        server.message(&headers, &anthropic::with(&json!({"stream": true}))),
    ]
}

#[test]
fn a_stream_is_cut_after_so_many_events() {
    let server = Server::start(quick());
    for answer in streams(&server, "cut-after=3") {
        assert_eq!(answer.status, 200);
        assert!(!answer.complete);
        assert_eq!(answer.events().len(), 3);
    }
    assert_eq!(server.stats()["streams"]["cut"], 2);
    let by_name = server.chat(&[], &openai::with(&json!({"stream": true, "model": "gpt-4o+cut-after=2"})));
    assert_eq!((by_name.complete, by_name.events().len()), (false, 2));
}

#[test]
fn a_whole_answer_is_cut_after_so_many_bytes() {
    let server = Server::start(quick());
    let faults = [("x-simulate", "cut-after=10")];
    let whole = server.get("/shop/users/usr-1").body;
    let cut = server.send("GET", "/shop/users/usr-1", &faults, &[]);
    assert_eq!((cut.status, cut.complete, &cut.body[..]), (200, false, &whole[..10]));
    assert_eq!(cut.header("content-length"), Some(whole.len().to_string().as_str()));
    assert!(!server.chat(&faults, &openai::hello()).complete);
    assert!(!server.message(&faults, &anthropic::hello()).complete);
}

#[test]
fn a_connection_can_be_closed_without_a_word() {
    let server = Server::start(quick());
    let socket = server.open("GET", "/shop/users/usr-1", &[("x-simulate", "cut-after=0")], &[]);
    assert!(Answer::read(socket, false).is_none());
}

#[test]
fn a_stalled_stream_ends_with_the_server() {
    let mut server = Server::start(quick());
    let headers = [("authorization", "Bearer sk-test"), ("x-simulate", "stall-after=2")];
    let body = openai::with(&json!({"stream": true})).to_string();
    let socket = server.open("POST", "/openai/v1/chat/completions", &headers, body.as_bytes());
    let mut reader = BufReader::new(socket);
    let mut events = 0;
    while events < 2 {
        let mut line = String::new();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0);
        events += usize::from(line.starts_with("data: "));
    }
    server.stop();
    let mut rest = String::new();
    // The connection ends without another event.
    while reader.read_line(&mut rest).unwrap_or(0) > 0 {}
    assert!(!rest.contains("data: "), "{rest}");
}

#[test]
fn a_caller_that_goes_away_is_counted() {
    let server = Server::start(quick());
    let headers = [("authorization", "Bearer sk-test"), ("x-simulate", "stall-after=1")];
    let body = openai::with(&json!({"stream": true})).to_string();
    let socket = server.open("POST", "/openai/v1/chat/completions", &headers, body.as_bytes());
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    while !line.starts_with("data: ") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0);
    }
    drop(reader);
    let dropped = (0..10_000).any(|_| server.stats()["streams"]["dropped"] == 1);
    assert!(dropped);
}

#[test]
fn a_stream_fails_in_its_dialect() {
    let server = Server::start(quick());
    let [chat, message] = streams(&server, "error-after=2");
    assert!(chat.complete && message.complete);
    let (_, last) = chat.events().pop().unwrap();
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["error"]["type"], "server_error");
    assert_eq!(last["error"].as_object().unwrap().len(), 4);
    let (name, last) = message.events().pop().unwrap();
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(name.as_deref(), Some("error"));
    assert_eq!(
        last,
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    );
}

#[test]
fn garbage_is_no_json() {
    let server = Server::start(quick());
    for answer in streams(&server, "garbage") {
        let is_broken = |data: &str| data != "[DONE]" && serde_json::from_str::<Value>(data).is_err();
        assert_eq!(answer.events().iter().filter(|(_, data)| is_broken(data)).count(), 1);
    }
    let answer = server.send("GET", "/shop/users/usr-1", &[("x-simulate", "garbage")], &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
}

#[test]
fn lengths_are_as_asked_for() {
    let server = Server::start(quick());
    let headers = [("x-simulate", "tokens=200, latency=1ms, ttft=1ms, gap=0")];
    let usage = server.chat(&headers, &openai::hello()).json()["usage"].clone();
    assert_eq!(usage["completion_tokens"], 200);
    let usage = server.message(&headers, &anthropic::hello()).json()["usage"].clone();
    assert_eq!(usage["output_tokens"], 200);
}

#[test]
fn rates_follow_from_the_seed() {
    let config = Config { error_rate: 0.3, cut_rate: 0.2, ..quick() };
    let run = || {
        let server = Server::start(config.clone());
        let statuses = (0..100).map(|_| {
            let answer = server.get("/shop/users/usr-1");
            (answer.status, answer.complete)
        });
        statuses.collect::<Vec<_>>()
    };
    let first = run();
    assert_eq!(first, run());
    let failed = first.iter().filter(|(status, _)| [500, 503].contains(status)).count();
    let cut = first.iter().filter(|(_, complete)| !complete).count();
    assert!((20..40).contains(&failed) && (5..30).contains(&cut), "{failed} {cut}");
}

#[test]
fn a_limit_is_kept_by_the_clock() {
    let clock = Clock::manual(Micros(0));
    let rate_limit = Some(RateLimit { requests_per_minute: 2, tokens_per_minute: 1_000 });
    let server = Server::start_on(Config { rate_limit, ..quick() }, clock.clone());
    for left in ["1", "0"] {
        let answer = server.chat(&[], &openai::hello());
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining-requests")), (200, Some(left)));
        assert_eq!(answer.header("x-ratelimit-limit-requests"), Some("2"));
    }
    let limited = server.chat(&[], &openai::hello());
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("30")));
    assert_eq!(limited.header("x-ratelimit-reset-requests"), Some("1m0s"));
    assert_eq!(limited.json()["error"]["code"], "rate_limit_exceeded");
    // Another caller has its own allowance, and another dialect the same rule.
    assert_eq!(server.message(&[], &anthropic::hello()).status, 200);
    assert_eq!(server.message(&[], &anthropic::hello()).status, 200);
    let limited = server.message(&[], &anthropic::hello());
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("30")));
    assert_eq!(limited.header("anthropic-ratelimit-requests-reset"), Some("1970-01-01T00:01:00Z"));
    clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(server.chat(&[], &openai::hello()).status, 200);
    let long = json!({"messages": [{"role": "user", "content": "weir ".repeat(1_001)}]});
    let limited = server.chat(&[("authorization", "Bearer sk-long")], &openai::with(&long));
    assert_eq!((limited.status, &limited.json()["error"]["type"]), (429, &json!("tokens")));
    for status in [200, 200, 429] {
        assert_eq!(server.get("/shop/users/usr-1").status, status);
    }
}

#[test]
fn an_answer_cites_where_it_is_from_in_its_dialect() {
    let server = Server::start(quick());
    let cite = [("x-simulate", "cite")];
    let chat = server.chat(&cite, &openai::hello()).json()["choices"][0]["message"].clone();
    let told = &chat["annotations"][0];
    assert_eq!((&told["type"], &told["url_citation"]["title"]), (&json!("url_citation"), &json!("Weirs")));
    assert_eq!(told["url_citation"]["end_index"], chat["content"].as_str().unwrap().chars().count());
    let streamed = server.chat(&cite, &openai::with(&json!({"stream": true}))).text();
    assert!(streamed.contains(&format!("\"annotations\":{}", chat["annotations"])), "{streamed}");
    let extra = json!({"tools": [{"type": "web_search"}], "stream": true, "model": "gpt-4o"});
    let events = openai_responses::create(&server, &cite, &extra).events();
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_deref().unwrap()).collect();
    assert_eq!(
        names[2..8],
        [
            "response.output_item.added",
            "response.web_search_call.in_progress",
            "response.web_search_call.searching",
            "response.web_search_call.completed",
            "response.output_item.done",
            "response.output_item.added",
        ]
    );
    assert!(names.contains(&"response.output_text.annotation.added"));
    let last: Value = serde_json::from_str(&events[events.len() - 1].1).unwrap();
    let [search, message] = &last["response"]["output"].as_array().unwrap()[..] else { panic!("{last}") };
    assert_eq!(search["action"]["type"], "search");
    assert_eq!(message["content"][0]["annotations"][0]["url"], "https://example.com/weirs");
    let gemini = gemini::generate(&server, &cite, &json!({})).json()["candidates"][0].clone();
    let grounding = &gemini["groundingMetadata"];
    assert_eq!(grounding["groundingSupports"][0]["segment"]["text"], gemini["content"]["parts"][0]["text"]);
    let claude = server.message(&cite, &anthropic::hello()).json()["content"][0].clone();
    assert_eq!(claude["citations"][0]["type"], "web_search_result_location");
    let streamed = server.message(&cite, &anthropic::with(&json!({"stream": true}))).events();
    let deltas = streamed.iter().filter(|(_, data)| data.contains("citations_delta"));
    let [delta]: [Value; 1] =
        deltas.map(|(_, data)| serde_json::from_str(data).unwrap()).collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(delta["delta"]["citation"], claude["citations"][0]);
}
