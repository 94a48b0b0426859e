//! Scripts in prompts, turn by turn, in every dialect.

use serde_json::{Value, json};

use crate::support::{Server, quick};
use crate::{anthropic, bedrock, gemini, openai, openai_responses};

const PROMPT: &str = "Look.\n```simulate\n[{\"calls\": [{\"call\": \"read\", \"arguments\": {\"path\": \"a\"}}, \
                      {\"call\": \"read\", \"arguments\": {\"path\": \"b\"}}]},\n {\"call\": \"read\", \
                      \"arguments\": {\"path\": \"c\"}}, {\"say\": \"All is read.\"}]\n```";

fn schema() -> Value {
    json!({"type": "object", "properties": {"path": {"type": "string"}}})
}

/// Goes on until the model says something; gives the paths that were read, turn by turn, and what was said.
/// `turn` asks with what was said so far and gives the calls (how to answer each, and its path) and the text.
fn play(mut turn: impl FnMut(&mut Vec<Value>) -> (Vec<Value>, String)) -> (Vec<Vec<String>>, String) {
    let (mut said, mut read) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (paths, text) = turn(&mut said);
        if paths.is_empty() {
            return (read, text);
        }
        read.push(paths.iter().map(|path| path.as_str().unwrap().to_owned()).collect());
    }
    panic!("the model comes to no end: {read:?}");
}

fn check(dialect: &str, (read, said): (Vec<Vec<String>>, String)) {
    assert_eq!(read, [vec!["a", "b"], vec!["c"]], "{dialect}");
    assert_eq!(said, "All is read.", "{dialect}");
}

#[test]
fn a_script_is_followed_in_chats() {
    let server = Server::start(quick());
    let tools = json!([{"type": "function", "function": {"name": "read", "parameters": schema()}}]);
    check(
        "chat",
        play(|said| {
            let messages: Vec<Value> =
                [json!({"role": "user", "content": PROMPT})].into_iter().chain(said.clone()).collect();
            let answer =
                server.chat(&[], &openai::with(&json!({"messages": messages, "tools": tools}))).json();
            let message = answer["choices"][0]["message"].clone();
            said.push(message.clone());
            let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
            said.extend(
                calls.iter().map(|call| json!({"role": "tool", "tool_call_id": call["id"], "content": "x"})),
            );
            let path = |call: &Value| {
                serde_json::from_str::<Value>(call["function"]["arguments"].as_str().unwrap()).unwrap()["path"].clone()
            };
            (calls.iter().map(path).collect(), message["content"].as_str().unwrap_or_default().to_owned())
        }),
    );
}

#[test]
fn a_script_is_followed_in_responses() {
    let server = Server::start(quick());
    let tools = json!([{"type": "function", "name": "read", "parameters": schema()}]);
    check(
        "responses",
        play(|said| {
            let input: Vec<Value> =
                [json!({"role": "user", "content": PROMPT})].into_iter().chain(said.clone()).collect();
            let answer = openai_responses::create(
                &server,
                &[],
                &json!({"input": input, "tools": tools, "model": "gpt-4o"}),
            )
            .json();
            let output = answer["output"].as_array().unwrap();
            let calls: Vec<&Value> = output.iter().filter(|item| item["type"] == "function_call").collect();
            said.extend(output.clone());
            said.extend(calls.iter().map(
                |call| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "x"}),
            ));
            let path = |call: &&Value| {
                serde_json::from_str::<Value>(call["arguments"].as_str().unwrap()).unwrap()["path"].clone()
            };
            (
                calls.iter().map(path).collect(),
                output[0]["content"][0]["text"].as_str().unwrap_or_default().to_owned(),
            )
        }),
    );
}

#[test]
fn a_script_is_followed_by_gemini() {
    let server = Server::start(quick());
    let tools = json!([{"functionDeclarations": [{"name": "read", "parametersJsonSchema": schema()}]}]);
    check(
        "gemini",
        play(|said| {
            let contents: Vec<Value> = [json!({"role": "user", "parts": [{"text": PROMPT}]})]
                .into_iter()
                .chain(said.clone())
                .collect();
            let answer =
                gemini::generate(&server, &[], &json!({"contents": contents, "tools": tools})).json();
            let content = answer["candidates"][0]["content"].clone();
            said.push(content.clone());
            let parts = content["parts"].as_array().unwrap();
            let calls: Vec<&Value> = parts.iter().filter_map(|part| part.get("functionCall")).collect();
            let answered = calls
                .iter()
                .map(|call| json!({"functionResponse": {"name": call["name"], "response": {"output": "x"}}}));
            let answered: Vec<Value> = answered.collect();
            if !answered.is_empty() {
                said.push(json!({"role": "user", "parts": answered}));
            }
            (
                calls.iter().map(|call| call["args"]["path"].clone()).collect(),
                parts[0]["text"].as_str().unwrap_or_default().to_owned(),
            )
        }),
    );
}

#[test]
fn a_script_is_followed_by_claude() {
    let server = Server::start(quick());
    let tools = json!([{"name": "read", "input_schema": schema()}]);
    check(
        "claude",
        play(|said| {
            let messages: Vec<Value> =
                [json!({"role": "user", "content": PROMPT})].into_iter().chain(said.clone()).collect();
            let answer = server
                .message(
                    &[],
                    &anthropic::with(&json!({"messages": messages, "tools": tools, "max_tokens": 500})),
                )
                .json();
            let content = answer["content"].as_array().unwrap().clone();
            let calls: Vec<&Value> = content.iter().filter(|block| block["type"] == "tool_use").collect();
            said.push(json!({"role": "assistant", "content": content}));
            let answered = calls
                .iter()
                .map(|call| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "x"}));
            said.push(json!({"role": "user", "content": answered.collect::<Vec<_>>()}));
            (
                calls.iter().map(|call| call["input"]["path"].clone()).collect(),
                content[0]["text"].as_str().unwrap_or_default().to_owned(),
            )
        }),
    );
}

#[test]
fn a_script_is_followed_by_bedrock_though_text_stands_beside_results() {
    let server = Server::start(quick());
    let spec = json!({"toolSpec": {"name": "read", "inputSchema": {"json": schema()}}});
    check(
        "bedrock",
        play(|said| {
            let first = json!({"role": "user", "content": [{"text": PROMPT}]});
            let messages: Vec<Value> = [first].into_iter().chain(said.clone()).collect();
            let body = json!({"messages": messages, "toolConfig": {"tools": [spec]}});
            let message = bedrock::converse(&server, &body).json()["output"]["message"].clone();
            let content = message["content"].as_array().unwrap().clone();
            let calls: Vec<Value> =
                content.iter().filter_map(|block| block.get("toolUse").cloned()).collect();
            said.push(message);
            let answered = calls.iter().map(
                |call| json!({"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": "x"}]}}),
            );
            let beside = json!({"text": "Go on."});
            said.push(json!({"role": "user", "content": answered.chain([beside]).collect::<Vec<_>>()}));
            (
                calls.iter().map(|call| call["input"]["path"].clone()).collect(),
                content[0]["text"].as_str().unwrap_or_default().to_owned(),
            )
        }),
    );
}

#[test]
fn a_script_is_followed_by_ollama() {
    let server = Server::start(quick());
    let tools = json!([{"type": "function", "function": {"name": "read", "parameters": schema()}}]);
    check(
        "ollama",
        play(|said| {
            let messages: Vec<Value> =
                [json!({"role": "user", "content": PROMPT})].into_iter().chain(said.clone()).collect();
            let body = json!({"model": "llama3.2", "messages": messages, "tools": tools, "stream": false});
            let answer = server.send(
                "POST",
                "/ollama/api/chat",
                &[("content-type", "application/json")],
                body.to_string().as_bytes(),
            );
            let message = answer.json()["message"].clone();
            said.push(message.clone());
            let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
            said.extend(
                calls.iter().map(
                    |call| json!({"role": "tool", "tool_name": call["function"]["name"], "content": "x"}),
                ),
            );
            (
                calls.iter().map(|call| call["function"]["arguments"]["path"].clone()).collect(),
                message["content"].as_str().unwrap_or_default().to_owned(),
            )
        }),
    );
}

#[test]
fn a_script_says_nothing_where_a_schema_is_asked_for() {
    let server = Server::start(quick());
    let format = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema()}});
    let body = json!({"messages": [{"role": "user", "content": PROMPT}], "response_format": format});
    let answer = server.chat(&[], &openai::with(&body)).json();
    assert_eq!(answer["choices"][0]["message"]["content"], "{\"path\":\"path\"}");
}
