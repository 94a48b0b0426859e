//! What a client sends after an answer that called tools: the answer as it came, and the tools' results.

use llm::Dialect;
use llm::request::Address;
use serde_json::{Value, json};

/// The next request of a client whose first was "Paris?" and that got this whole answer.
pub(super) fn request(dialect: Dialect, answer: &[u8]) -> Vec<u8> {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let body = match dialect {
        Dialect::Anthropic => anthropic(&answer),
        Dialect::Bedrock => bedrock(&answer),
        Dialect::Cohere => cohere(&answer),
        Dialect::Gemini => gemini(&answer),
        Dialect::GeminiInteractions => gemini_interactions(&answer),
        Dialect::Ollama => ollama(&answer),
        Dialect::OpenAiChat => openai_chat(&answer),
        Dialect::OpenAiResponses => openai_responses(&answer),
        other => panic!("{other:?} has no next turn here"),
    };
    body.to_string().into_bytes()
}

/// What the address says of such a request.
pub(super) fn address(dialect: Dialect) -> Address<'static> {
    match dialect {
        Dialect::Gemini | Dialect::Bedrock => Address { model: Some("m"), stream: Some(false), array: false },
        _ => Address::default(),
    }
}

/// The objects in a list that have this member.
fn with<'v>(list: &'v Value, member: &str) -> Vec<&'v Value> {
    list.as_array().into_iter().flatten().filter(|item| !item[member].is_null()).collect()
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}})
}

fn function() -> Value {
    json!({"type": "function", "function": {"name": "get_weather", "parameters": schema()}})
}

fn anthropic(answer: &Value) -> Value {
    let calls = answer["content"].as_array().unwrap().iter().filter(|block| block["type"] == "tool_use");
    let results: Vec<Value> = calls
        .map(|call| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "18C"}))
        .collect();
    json!({
        "model": "m", "max_tokens": 4000,
        "messages": [
            {"role": "user", "content": "Paris?"},
            {"role": "assistant", "content": answer["content"]},
            {"role": "user", "content": results},
        ],
        "tools": [{"name": "get_weather", "input_schema": schema()}],
    })
}

fn bedrock(answer: &Value) -> Value {
    let message = &answer["output"]["message"];
    let results: Vec<Value> = with(&message["content"], "toolUse")
        .iter()
        .map(|block| json!({"toolResult": {"toolUseId": block["toolUse"]["toolUseId"], "content": [{"text": "18C"}]}}))
        .collect();
    json!({
        "messages": [
            {"role": "user", "content": [{"text": "Paris?"}]}, message, {"role": "user", "content": results},
        ],
        "toolConfig": {"tools": [{"toolSpec": {"name": "get_weather", "inputSchema": {"json": schema()}}}]},
    })
}

/// The messages of dialects whose results are messages of their own.
fn turns(message: &Value, result: impl Fn(&Value) -> Value) -> Value {
    let mut turns = vec![json!({"role": "user", "content": "Paris?"}), message.clone()];
    turns.extend(message["tool_calls"].as_array().into_iter().flatten().map(result));
    turns.into()
}

fn by_id(call: &Value) -> Value {
    json!({"role": "tool", "tool_call_id": call["id"], "content": "18C"})
}

fn cohere(answer: &Value) -> Value {
    json!({"model": "m", "messages": turns(&answer["message"], by_id), "tools": [function()]})
}

fn openai_chat(answer: &Value) -> Value {
    json!({"model": "m", "messages": turns(&answer["choices"][0]["message"], by_id), "tools": [function()]})
}

fn ollama(answer: &Value) -> Value {
    let by_name =
        |call: &Value| json!({"role": "tool", "tool_name": call["function"]["name"], "content": "18C"});
    json!({"model": "m", "messages": turns(&answer["message"], by_name), "tools": [function()]})
}

fn gemini(answer: &Value) -> Value {
    let content = &answer["candidates"][0]["content"];
    let results: Vec<Value> = with(&content["parts"], "functionCall")
        .iter()
        .map(|part| {
            let call = &part["functionCall"];
            let mut result = json!({"name": call["name"], "response": {"output": "18C"}});
            if call["id"].is_string() {
                result["id"] = call["id"].clone();
            }
            json!({"functionResponse": result})
        })
        .collect();
    json!({
        "contents": [
            {"role": "user", "parts": [{"text": "Paris?"}]}, content, {"role": "user", "parts": results},
        ],
        "tools": [{"functionDeclarations": [{"name": "get_weather", "parametersJsonSchema": schema()}]}],
    })
}

fn gemini_interactions(answer: &Value) -> Value {
    let steps = answer["steps"].as_array().unwrap();
    let calls = steps.iter().filter(|step| step["type"] == "function_call");
    let results =
        calls.map(|call| json!({"type": "function_result", "call_id": call["id"], "name": call["name"], "result": "18C"}));
    let asked = json!({"type": "user_input", "content": [{"type": "text", "text": "Paris?"}]});
    let input: Vec<Value> = [asked].into_iter().chain(steps.iter().cloned()).chain(results).collect();
    json!({
        "model": "m", "input": input, "store": false,
        "tools": [{"type": "function", "name": "get_weather", "parameters": schema()}],
    })
}

fn openai_responses(answer: &Value) -> Value {
    let output = answer["output"].as_array().unwrap();
    let calls = output.iter().filter(|item| item["type"] == "function_call");
    let results = calls
        .map(|call| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "18C"}));
    let asked = json!({"role": "user", "content": "Paris?"});
    let input: Vec<Value> = [asked].into_iter().chain(output.iter().cloned()).chain(results).collect();
    json!({
        "model": "m", "input": input, "store": false, "include": ["reasoning.encrypted_content"],
        "tools": [{"type": "function", "name": "get_weather", "parameters": schema()}],
    })
}
