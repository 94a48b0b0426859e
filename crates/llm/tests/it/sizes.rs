//! Requests of very many pieces: the work grows with their size, not with its square.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use llm::request::{self, Address};
use llm::{Dialect, Encoded, ProviderKind, Target, vendor};

/// Far more than the work takes on a busy machine, and far less than it took with a look at all pieces for each.
const SOON: Duration = Duration::from_secs(30);

/// What a vendor of OpenAI's chat is sent.
fn sent(dialect: Dialect, vendor: &'static str, body: String) -> Encoded {
    let (done, soon) = mpsc::channel();
    thread::spawn(move || {
        let address = Address { model: Some("m"), ..Address::default() };
        let peek = request::peek(dialect, body.as_bytes(), address).unwrap();
        let target = Target { vendor: vendor::find(vendor), ..Target::new("m", None) };
        let kind = ProviderKind::OpenAiCompatible;
        drop(done.send(kind.encode_request(dialect, body.as_bytes(), &peek, &target).unwrap()));
    });
    soon.recv_timeout(SOON).unwrap_or_else(|error| panic!("the work takes too long: {error}"))
}

fn text(encoded: Encoded) -> String {
    String::from_utf8(encoded.body).unwrap()
}

#[test]
fn pieces_of_one_text() {
    let piece = format!(r#"{{"text":"{}"}}"#, "a".repeat(40));
    let pieces = vec![piece; 200_000].join(",");
    let turn = |role: &str, parts: &str| format!(r#"{{"role":"{role}","parts":[{parts}]}}"#);
    let body = format!(r#"{{"contents":[{},{}]}}"#, turn("model", &pieces), turn("user", r#"{"text":"b"}"#));
    assert!(text(sent(Dialect::Gemini, "openai", body)).contains(&"a".repeat(8_000_000)));
}

#[test]
fn doubled_members_of_a_message() {
    let doubled = r#""reasoning":0,"#.repeat(200_000);
    let body = format!(r#"{{"model":"m","messages":[{{{doubled}"role":"assistant","content":"a"}}]}}"#);
    let expect = doubled.replace("reasoning", "reasoning_content");
    assert!(text(sent(Dialect::OpenAiChat, "deepseek", body)).contains(&expect));
}

#[test]
fn doubled_parameters() {
    for (vendor, name, value) in [("zai", "reasoning_effort", r#""high""#), ("mistral", "seed", "1")] {
        let doubled = format!("{name:?}:{value},").repeat(200_000);
        let body = format!(r#"{{"model":"m","messages":[],{doubled}"x":1}}"#);
        let body = body.replace("[]", r#"[{"role":"user","content":"a"}]"#);
        assert!(!text(sent(Dialect::OpenAiChat, vendor, body)).contains(&format!("{name:?}")));
    }
}

#[test]
fn results_without_names() {
    let items = |kind: &str, rest: &str| {
        let item = |n| format!(r#"{{"type":"{kind}","call_id":"call_{n:010}",{rest}}}"#);
        (0..60_000).map(item).collect::<Vec<_>>().join(",")
    };
    let calls = items("function_call", r#""name":"f","arguments":"{}""#);
    let results = items("function_call_output", r#""output":"b""#);
    let body = format!(r#"{{"model":"m","input":[{calls},{results}]}}"#);
    let text = text(sent(Dialect::OpenAiResponses, "mistral", body));
    assert_eq!(text.matches(r#""role":"tool","#).count(), 60_000);
    assert_eq!(text.matches(r#""name":"f""#).count(), 120_000);
}
