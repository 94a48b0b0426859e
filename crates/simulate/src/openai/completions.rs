//! OpenAI's completions, the way that came before chats: a text goes in, its continuation comes out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::ask;
use super::check::{self, Object};
use super::desk::{Desk, Stream};
use super::error::ApiError;
use super::fields::{self, Field, Takes};
use super::models::{self, Model, Task};
use super::{stream, wire};
use crate::fault::{Faults, Finish};
use crate::play::Frame;
use crate::say::{self, Brief, End, Form};
use crate::world::{Ticket, World};
use crate::{seed, synth, when};

const FIELDS: [Field; 18] = [
    ("best_of", true, Takes::Integer(1, 20)),
    ("echo", true, Takes::Bool),
    ("frequency_penalty", true, Takes::Number(-2.0, 2.0)),
    ("logit_bias", true, Takes::Object),
    ("logprobs", true, Takes::Integer(0, 5)),
    ("max_tokens", true, Takes::Integer(0, i64::MAX)),
    ("model", false, Takes::Text),
    ("n", true, Takes::Integer(1, 128)),
    ("presence_penalty", true, Takes::Number(-2.0, 2.0)),
    ("prompt", true, Takes::Own),
    ("seed", true, Takes::Integer(i64::MIN, i64::MAX)),
    ("stop", true, Takes::Own),
    ("stream", true, Takes::Bool),
    ("stream_options", true, Takes::Object),
    ("suffix", true, Takes::Text),
    ("temperature", true, Takes::Number(0.0, 2.0)),
    ("top_p", true, Takes::Number(0.0, 1.0)),
    ("user", false, Takes::Text),
];

/// How long a completion is unless something else is asked for.
const USUAL_TOKENS: u32 = 16;

/// What is asked for.
struct Ask {
    model: Model,
    prompts: Vec<String>,
    tokens: u32,
    n: usize,
    most_tokens: u32,
    stops: Vec<String>,
    echo: bool,
    logprobs: Option<usize>,
    stream: bool,
    include_usage: bool,
}

/// One continuation.
struct Choice {
    text: String,
    finish: &'static str,
}

pub(super) fn router() -> Router<Arc<World>> {
    Router::new().route("/v1/completions", post(create))
}

async fn create(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match answer(&mut desk, &headers, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
}

pub(super) async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let Value::Object(map) = value else { return Err(ApiError::no_json()) };
    let ask = Ask::read(&map)?;
    desk.allow(headers, ask.tokens)?;
    if faults.finish == Some(Finish::Failed) {
        return Err(ApiError::asked_for(StatusCode::INTERNAL_SERVER_ERROR, None));
    }
    let choices = choices(desk, &ask, faults);
    let written: u32 = choices.iter().map(|choice| synth::count(&choice.text)).sum();
    let id = seed::letters(&mut desk.world.rng("completion id", &desk.ticket), 28);
    let mut common = Object::new();
    common.insert("id".to_owned(), Value::from(format!("cmpl-{id}")));
    common.insert("object".to_owned(), Value::from("text_completion"));
    common.insert("created".to_owned(), Value::from(when::seconds(desk.world.clock.wall())));
    common.insert("model".to_owned(), Value::from(ask.model.dated.as_str()));
    let usage = json!({"prompt_tokens": ask.tokens, "completion_tokens": written,
        "total_tokens": ask.tokens.saturating_add(written)});
    if ask.stream {
        let stream = Stream {
            frames: Box::new(frames(&common, choices, &usage, &ask).into_iter()),
            error: stream::error_frame(),
            garbage: b"data: {\"id\":\"cmpl-\n\n",
        };
        return Ok(desk.stream(stream, faults));
    }
    desk.world.pause(desk.pace(written, faults)).await;
    let whole = |(index, choice): (usize, &Choice)| choice.wire(index, Some(choice.finish), ask.logprobs);
    common.insert("choices".to_owned(), choices.iter().enumerate().map(whole).collect());
    common.insert("usage".to_owned(), usage);
    Ok(desk.whole(&common, faults))
}

// === impl Ask ===

impl Ask {
    fn read(map: &Object) -> Result<Self, ApiError> {
        fields::known(map, &FIELDS)?;
        let name = check::string("model", check::required(map, "", "model")?)?;
        let model = models::resolve(name).ok_or_else(|| ApiError::no_model(name))?;
        if !model.does(Task::Completion) {
            let message = "This is a chat model and not supported in the v1/completions endpoint. Did you mean to \
                           use v1/chat/completions?";
            return Err(ApiError::of("model", message).status(StatusCode::NOT_FOUND));
        }
        let given = |name: &str| map.get(name).filter(|value| !value.is_null());
        let number = |name: &str| given(name).and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
        let on = |name: &str| given(name) == Some(&Value::Bool(true));
        let n = number("n").unwrap_or(1);
        if number("best_of").is_some_and(|best| best < n) {
            let message = "Invalid 'best_of': must be at least 'n'.";
            return Err(ApiError::of("best_of", message).code("invalid_value"));
        }
        if given("stream_options").is_some() && !on("stream") {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(ApiError::of("stream_options", message));
        }
        let (prompts, tokens) = prompts(given("prompt"))?;
        Ok(Self {
            tokens,
            prompts,
            n: usize::try_from(n).unwrap_or(1),
            most_tokens: number("max_tokens").unwrap_or(USUAL_TOKENS),
            stops: ask::stop(given("stop"))?,
            echo: on("echo"),
            logprobs: number("logprobs").and_then(|count| usize::try_from(count).ok()),
            stream: on("stream"),
            include_usage: given("stream_options").and_then(|options| options.get("include_usage"))
                == Some(&Value::Bool(true)),
            model,
        })
    }
}

/// A text, texts, tokens, or lists of tokens; and how many tokens they are.
fn prompts(prompt: Option<&Value>) -> Result<(Vec<String>, u32), ApiError> {
    let told = |tokens: &[Value]| tokens.iter().map(Value::to_string).collect::<Vec<_>>().join(" ");
    let wrong =
        |got: &Value| check::wrong_type("prompt", "one of a string, an array of strings or tokens", got);
    let prompts = match prompt {
        None => vec!["<|endoftext|>".to_owned()],
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) if list.is_empty() => {
            let message = "Invalid 'prompt': empty array. Expected an array with minimum length 1.";
            return Err(ApiError::of("prompt", message).code("empty_array"));
        }
        Some(Value::Array(list)) if list.iter().all(Value::is_u64) => vec![told(list)],
        Some(Value::Array(list)) => {
            let one = |item: &Value| match item {
                Value::String(text) => Ok(text.clone()),
                Value::Array(tokens) if tokens.iter().all(Value::is_u64) => Ok(told(tokens)),
                other => Err(wrong(other)),
            };
            list.iter().map(one).collect::<Result<_, _>>()?
        }
        Some(other) => return Err(wrong(other)),
    };
    let tokens = prompts.iter().map(|prompt| synth::count(prompt)).sum();
    Ok((prompts, tokens))
}

fn choices(desk: &Desk, ask: &Ask, faults: Faults) -> Vec<Choice> {
    let one = |(number, prompt): (usize, &String)| {
        let about = seed::hash(&[ask.model.name.as_bytes(), prompt.as_bytes()]);
        let brief = Brief {
            seed: desk.world.config.seed,
            about: about.wrapping_add(u64::try_from(number).unwrap_or(0)),
            user: prompt,
            results: &[],
            after_tool: false,
            form: Form::Text,
            stops: &ask.stops,
            budget: Some(ask.most_tokens),
            length: faults.tokens,
        };
        let said = say::text(&brief);
        let (text, finish) = match faults.finish {
            Some(Finish::Filter) => (say::half(&said.text), "content_filter"),
            _ if said.end == End::Cut => (said.text, "length"),
            _ => (said.text, "stop"),
        };
        Choice { text: if ask.echo { format!("{prompt}{text}") } else { text }, finish }
    };
    ask.prompts.iter().flat_map(|prompt| (0..ask.n).map(move |number| (number, prompt))).map(one).collect()
}

fn frames(common: &Object, choices: Vec<Choice>, usage: &Value, ask: &Ask) -> Vec<Frame> {
    let frame = |choices: Vec<Value>, usage: Option<&Value>, paced| {
        let mut chunk = common.clone();
        chunk.insert("choices".to_owned(), Value::from(choices));
        if let Some(usage) = usage.or(ask.include_usage.then_some(&Value::Null)) {
            chunk.insert("usage".to_owned(), usage.clone());
        }
        Frame { bytes: format!("data: {}\n\n", Value::Object(chunk)).into(), paced }
    };
    let mut frames = Vec::new();
    for (index, choice) in choices.into_iter().enumerate() {
        for token in synth::tokens(&choice.text) {
            let piece = Choice { text: token, finish: choice.finish };
            frames.push(frame(vec![piece.wire(index, None, ask.logprobs)], None, true));
        }
        let last = Choice { text: String::new(), finish: choice.finish };
        frames.push(frame(vec![last.wire(index, Some(choice.finish), None)], None, false));
    }
    if ask.include_usage {
        frames.push(frame(Vec::new(), Some(usage), false));
    }
    frames.push(Frame { bytes: Bytes::from_static(b"data: [DONE]\n\n"), paced: false });
    frames
}

// === impl Choice ===

impl Choice {
    fn wire(&self, index: usize, finish: Option<&str>, logprobs: Option<usize>) -> Value {
        let logprobs = logprobs.map(|others| self.chances(others));
        json!({"text": self.text, "index": index, "logprobs": logprobs, "finish_reason": finish})
    }

    /// The chances of tokens, in lists beside each other.
    fn chances(&self, others: usize) -> Value {
        let told = serde_json::to_value(wire::logprobs(&self.text, others).content).unwrap_or_default();
        let entries = told.as_array().map_or(&[][..], Vec::as_slice);
        let all = |name: &str| entries.iter().map(|entry| entry.get(name).cloned()).collect::<Vec<_>>();
        let text_of = |one: &Value| one.get("token").and_then(Value::as_str).unwrap_or_default().to_owned();
        let top = entries.iter().map(|entry| {
            let ranked = entry.get("top_logprobs").and_then(Value::as_array).into_iter().flatten();
            ranked
                .map(|one| (text_of(one), one.get("logprob").cloned().unwrap_or_default()))
                .collect::<Object>()
        });
        let offsets = entries.iter().scan(0, |at, entry| {
            let start = *at;
            *at += text_of(entry).chars().count();
            Some(start)
        });
        json!({"tokens": all("token"), "token_logprobs": all("logprob"), "top_logprobs": top.collect::<Vec<_>>(),
            "text_offset": offsets.collect::<Vec<_>>()})
    }
}
