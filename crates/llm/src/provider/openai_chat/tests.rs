//! The wire by itself: chat requests and answers through the canonical form and back.

use json::Text;

use super::ChatWire;
use crate::canonical::{BlockStart, Delta, Event};
use crate::dialect::{Client, openai_chat::OpenAiChat};
use crate::provider::Wire;
use crate::{Carry, Target};

/// A chat request as it is written, its messages checked.
fn written(body: &str) -> String {
    let request = OpenAiChat.decode_request(body).unwrap();
    let wired = ChatWire.encode_request(&request, &Target::new("m", None)).unwrap();
    String::from_utf8(wired.body).unwrap()
}

/// The events of a stream in short, one chunk a line.
fn told(deltas: &[&str]) -> String {
    let mut decoder = ChatWire.stream(Carry::default(), 1 << 20);
    let mut told = String::new();
    let mut sink = |event: Event<'_>| {
        let plain = |text: &Text<'_>| text.decode().into_owned();
        let step = match event {
            Event::Block(BlockStart::Text) => "text(".to_owned(),
            Event::Block(BlockStart::Thinking) => "thinking(".to_owned(),
            Event::Block(BlockStart::ToolUse { id, name, .. }) => format!("{}:{}(", plain(&id), plain(&name)),
            Event::Delta(Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text)) => {
                format!("{}|", plain(&text))
            }
            Event::BlockEnd => ") ".to_owned(),
            Event::Stop(stop) => format!("{:?} ", stop.reason),
            Event::End => "end".to_owned(),
            _ => String::new(),
        };
        told.push_str(&step);
    };
    for delta in deltas {
        let reason = if delta.is_empty() { r#""tool_calls""# } else { "null" };
        let chunk = format!(
            "data: {{\"id\":\"a\",\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"finish_reason\":{reason}}}]}}\n\n"
        );
        decoder.push(chunk.as_bytes(), &mut sink).unwrap();
    }
    decoder.push(b"data: [DONE]\n\n", &mut sink).unwrap();
    told
}

/// A delta with one fragment of a call.
fn call(rest: &str) -> String {
    format!(r#""tool_calls":[{{{rest}}}]"#)
}

#[test]
fn a_fragment_of_an_earlier_call_does_not_break_the_order_of_blocks() {
    let first = call(r#""index":0,"id":"x","function":{"name":"f","arguments":"{\"a\":"}"#);
    let second = call(r#""index":1,"id":"y","function":{"name":"g","arguments":"{\"b\""}"#);
    let rest_of_first = call(r#""index":0,"function":{"arguments":"1}"}"#);
    let rest_of_second = call(r#""index":1,"function":{"arguments":":2}"}"#);
    let all = [&*first, &second, &rest_of_first, &rest_of_second, ""];
    assert_eq!(told(&all), r#"x:f({"a":|1}|) y:g({"b"|:2}|) ToolCalls end"#);
    // Text amid the arguments waits too.
    let all = [&*first, r#""content":"hi""#, &rest_of_first, r#""content":" there""#, ""];
    assert_eq!(told(&all), r#"x:f({"a":|1}|) text(hi| there|) ToolCalls end"#);
}

/// Portkey-AI/gateway#1275 and Portkey-AI/gateway#1537: parallel calls were merged, or their indexes went to and fro.
#[test]
fn fragments_without_an_id_stay_with_the_last_call() {
    let all = [
        &*call(r#""id":"x","function":{"name":"f","arguments":""}"#),
        &call(r#""function":{"arguments":"{}"}"#),
        &call(r#""id":"y","function":{"name":"f","arguments":"{\"a\""}"#),
        &call(r#""function":{"arguments":":1}"}"#),
        "",
    ];
    assert_eq!(told(&all), r#"x:f({}|) y:f({"a"|:1}|) ToolCalls end"#);
}

#[test]
fn whole_calls_that_share_an_index_are_told_apart() {
    let all = [
        &*call(r#""index":0,"id":"x","function":{"name":"f","arguments":"{}"}"#),
        &call(r#""index":0,"id":"y","function":{"name":"g","arguments":"{\"a\":[1]}"}"#),
        "",
    ];
    assert_eq!(told(&all), r#"x:f({}|) y:g({"a":[1]}|) ToolCalls end"#);
}

#[test]
fn calls_without_id_or_arguments_get_them() {
    let all = [&*call(r#""index":0,"function":{"name":"f"}"#), ""];
    assert_eq!(told(&all), "call_a_0:f({}|) ToolCalls end");
    let all = [r#""function_call":{"name":"f","arguments":"{"}"#, r#""function_call":{"arguments":"}"}"#, ""];
    assert_eq!(told(&all), "call_a_0:f({|}|) ToolCalls end");
}

#[test]
fn pictures_of_a_result_follow_all_results() {
    let call = |id: &str| {
        format!(r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let body = format!(
        r#"{{"model":"x","messages":[{{"role":"user","content":"hi"}},{{"role":"assistant","tool_calls":[{},{}]}},
        {{"role":"tool","tool_call_id":"a","content":[{{"type":"image_url","image_url":{{"url":"data:image/png;base64,AA=="}}}}]}},
        {{"role":"tool","tool_call_id":"b","content":"two"}}]}}"#,
        call("a"),
        call("b")
    );
    let got: serde_json::Value = serde_json::from_str(&written(&body)).unwrap();
    let messages = got["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "tool", "tool", "user"]);
    assert_eq!(messages[3]["content"], "two");
    assert_eq!(messages[4]["content"][1]["image_url"]["url"], "data:image/png;base64,AA==");
}

/// Most vendors refuse JSON without a schema unless a message speaks of it.
#[test]
fn json_is_asked_for_in_words_where_the_client_does_not() {
    let roles = |messages: &str| {
        let body =
            format!(r#"{{"model":"x","messages":[{messages}],"response_format":{{"type":"json_object"}}}}"#);
        let got: serde_json::Value = serde_json::from_str(&written(&body)).unwrap();
        let messages = got["messages"].as_array().unwrap().iter();
        messages.map(|message| message["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let user = r#"{"role":"user","content":"Ada, 36"}"#;
    let system = r#"{"role":"system","content":"Be brief."}"#;
    assert_eq!(roles(user), "system user");
    assert_eq!(roles(&format!("{system},{user}")), "system system user");
    assert_eq!(roles(system), "system system");
    assert_eq!(roles(r#"{"role":"user","content":"Ada as Json"}"#), "user");
}

/// Gemini's CLI always sends `topP`, agents a `temperature`: OpenAI refuses both, and more, from models that reason.
#[test]
fn models_that_reason_are_not_sent_what_they_refuse() {
    let body = r#"{"model":"x","messages":[{"role":"user","content":"hi"}],"temperature":1,"top_p":0.95,
        "presence_penalty":0.5,"frequency_penalty":0.5,"logprobs":true,"top_logprobs":2,"logit_bias":{"1":1},"stop":["x"],"seed":7}"#;
    let sent = |model: &str, effort: &str| {
        let effort = format!(r#"{{"reasoning_effort":"{effort}","#);
        let body = body.replacen('{', &effort, 1);
        let request = OpenAiChat.decode_request(&body).unwrap();
        let wired = ChatWire.encode_request(&request, &Target::new(model, None)).unwrap();
        let map: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&wired.body).unwrap();
        let mut names: Vec<&str> =
            map.keys().map(String::as_str).filter(|name| !["model", "messages"].contains(name)).collect();
        names.sort_unstable();
        let effort = map.get("reasoning_effort").map_or("", |effort| effort.as_str().unwrap()).to_owned();
        (names.join(" "), effort, wired.dropped.into_names().join(", "))
    };
    let few = "reasoning_effort seed temperature";
    let refused = "top_p, presence_penalty, frequency_penalty, logprobs, stop, logit_bias";
    let refused = |first: &str| format!("{first}{refused}");
    assert_eq!(sent("gpt-5", "max"), (few.to_owned(), "high".to_owned(), refused("")));
    assert_eq!(sent("gpt-5", "none"), (few.to_owned(), "minimal".to_owned(), refused("reasoning_effort, ")));
    assert_eq!(sent("gpt-5.2", "low"), (few.to_owned(), "low".to_owned(), refused("")));
    let all = "frequency_penalty logit_bias logprobs presence_penalty reasoning_effort seed stop temperature \
               top_logprobs top_p";
    assert_eq!(sent("gpt-5.2", "none"), (all.to_owned(), "none".to_owned(), String::new()));
    assert_eq!(sent("my-model", "max"), (all.to_owned(), "max".to_owned(), String::new()));
    let rest = all.replace("reasoning_effort ", "");
    assert_eq!(sent("gpt-4o", "low"), (rest, String::new(), "reasoning_effort".to_owned()));
}
