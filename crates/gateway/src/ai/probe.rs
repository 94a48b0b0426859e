//! Trying a provider out: a tiny chat with the stored key on a connection of its own, so that every phase is seen, and
//! the vendor's list of models where it has one. It goes to the provider's own address and nowhere else: no redirect
//! is followed. It has no record, no policies, and no say in the target's health.

mod models;
mod words;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use llm::catalogue::{Catalogue, cost};
use llm::{Dialect, ProviderKind, Usage};
use message::{Body, Method, Reason, RequestHead, ResponseHead};
use net::{ClientConfig, ClientTimeouts, Received, SendOptions};
use snapshot::Provider;
use tokio::time::timeout;
use trace::{Attempt, Phase};

use self::words::{masked, said, text_of};
use super::endpoint::Place;
use super::google;
use super::signed::{self, Outgoing};
use super::task::{Made, Stamp, Task};
use crate::Gateway;
use crate::gateway::Shared;
use crate::outside::Out;
use crate::proxy::phase_of;

/// How long the chat may take, and the list of models.
const CHAT: Duration = Duration::from_secs(30);
const LIST: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes.
const ANSWER_CAP: usize = 4 << 20;

/// What is asked. Models that think first need some room.
const QUESTION: &str = "Say hello in one short sentence.";
const ROOM: u32 = 512;

/// What came of trying a provider.
#[derive(Debug)]
pub struct Probe {
    /// Where it is, `host:port`.
    pub target: Arc<str>,
    /// The model that was asked; `None`: none was named, and the vendor lists none.
    pub model: Option<String>,
    /// The chat's way, phase by phase; `None`: it was not sent.
    pub attempt: Option<Attempt>,
    /// From the chat's beginning to its end.
    pub duration: Duration,
    /// The answer, or what failed.
    pub outcome: Result<ProbeAnswer, ProbeFailure>,
    /// The models that the vendor lists for this key; `None` where it lists none.
    pub models: Option<Vec<String>>,
}

/// What the model answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// The text, its beginning at least, without the provider's keys.
    pub text: String,
    /// What was used.
    pub usage: Usage,
    /// What it cost in millionths of a US dollar, where the catalogue has the model's price.
    pub cost_micros: Option<i64>,
    /// Why the model stopped.
    pub finish_reason: Option<&'static str>,
}

/// What failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeFailure {
    /// How far it came.
    pub step: ProbeStep,
    /// The reason's code, where no answer came.
    pub code: Option<&'static str>,
    /// The vendor's or the system's own words, without the provider's keys.
    pub message: String,
}

/// How far the chat came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeStep {
    /// The request could not be made.
    Request,
    /// It failed in this phase.
    Phase(Phase),
    /// An answer came, with a status that is an error's.
    Status,
    /// The answer says nothing that can be read.
    Answer,
}

/// A provider that is being tried.
struct Trial<'a> {
    shared: &'a Shared,
    provider: &'a Provider,
    kind: ProviderKind,
}

/// A request's way, and what came of it.
struct Came {
    attempt: Option<Attempt>,
    outcome: Result<(ResponseHead, Bytes), ProbeFailure>,
}

impl Gateway {
    /// Tries a provider with its stored key, in half a minute at most. Without a model, one of those that the vendor
    /// lists is asked.
    pub fn probe(
        &self,
        provider: Arc<Provider>,
        model: Option<String>,
    ) -> impl Future<Output = Probe> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            let trial = Trial { shared: &shared, kind: provider.kind(), provider: &provider };
            Box::pin(trial.run(model)).await
        }
    }
}

// === impl Trial ===

impl Trial<'_> {
    async fn run(&self, model: Option<String>) -> Probe {
        let mut models = None;
        let model = if model.is_some() {
            model
        } else {
            models = self.list().await;
            models.as_deref().and_then(|models| models::choose(models, self.provider))
        };
        let began = self.shared.config.clock.now();
        let (attempt, outcome) = match &model {
            Some(model) => self.chat(model).await,
            None => {
                (None, Err(failure(ProbeStep::Request, "the vendor lists no models: name the one to ask")))
            }
        };
        let duration = self.shared.config.clock.now().since(began);
        let answered = attempt.as_ref().is_some_and(|attempt| attempt.status != 0);
        if models.is_none() && answered {
            models = self.list().await;
        }
        let target = self.provider.upstream.targets.first();
        let target = target.map(|target| Arc::clone(&target.label)).unwrap_or_default();
        let outcome = match outcome {
            Ok(answer) => Ok(ProbeAnswer { text: self.without_keys(&answer.text), ..answer }),
            Err(failure) => Err(ProbeFailure { message: self.without_keys(&failure.message), ..failure }),
        };
        let models = models.map(|models| models.iter().map(|model| self.without_keys(model)).collect());
        Probe { target, model, attempt, duration, outcome, models }
    }

    fn without_keys(&self, text: &str) -> String {
        masked(text, self.provider.keys.iter().map(|(_, key)| key.expose().as_str()))
    }

    /// Asks the model something.
    async fn chat(&self, model: &str) -> (Option<Attempt>, Result<ProbeAnswer, ProbeFailure>) {
        let provider = self.provider;
        let known = Catalogue::builtin().lookup(model, provider.catalogue.as_deref());
        let target = llm::Target::new(model, known.as_ref()).of(provider.vendor).at(&provider.path);
        let body = serde_json::json!({
            "model": model,
            "messages": [{ "role": "user", "content": QUESTION }],
            "max_completion_tokens": ROOM,
        });
        let (body, dialect) = (body.to_string(), Dialect::OpenAiChat);
        let head = RequestHead::new(Method::Post, "weir", "/v1/chat/completions");
        let stamp = Stamp { id: "probe".into(), created: self.seconds() };
        let made = Task::Generate
            .scan(dialect, &head, body.as_bytes(), &Place::default())
            .and_then(|scanned| scanned.encode((dialect, body.as_bytes()), self.kind, &target, stamp));
        let (encoded, context) = match made {
            Ok(Made::Request(encoded, super::task::Answer::Generate(context))) => (encoded, context),
            Ok(_) => return (None, Err(failure(ProbeStep::Request, "the provider takes no chats"))),
            Err(error) => {
                let message = llm::ApiError::from(error).message;
                return (None, Err(failure(ProbeStep::Request, &message)));
            }
        };
        let outgoing = Outgoing {
            method: Method::Post,
            path: &encoded.path,
            headers: &encoded.headers,
            body: &encoded.body,
            traceparent: None,
        };
        let Came { attempt, outcome } = self.exchange(&outgoing, CHAT).await;
        let answer = outcome.and_then(|(head, body)| {
            if !(200..300).contains(&head.status) {
                return Err(failure(ProbeStep::Status, &said(&body)));
            }
            let translated = self.kind.decode_response(&body, &context);
            let translated = translated.map_err(|_| failure(ProbeStep::Answer, &said(&body)))?;
            let prices = known.as_ref().map(|known| &known.prices);
            let bytes = if translated.unchanged { &body[..] } else { &translated.body };
            Ok(ProbeAnswer {
                text: text_of(bytes),
                usage: translated.usage,
                cost_micros: prices.and_then(|prices| cost(&translated.usage, prices)).map(|cost| cost.total),
                finish_reason: translated.finish_reason.map(llm::FinishReason::as_str),
            })
        });
        (attempt, answer)
    }

    /// The models that the vendor lists for this key.
    async fn list(&self) -> Option<Vec<String>> {
        let path = models::path(self.provider)?;
        let headers = models::headers(self.provider);
        let outgoing =
            Outgoing { method: Method::Get, path, headers: &headers, body: &[], traceparent: None };
        let (head, body) = self.exchange(&outgoing, LIST).await.outcome.ok()?;
        (200..300).contains(&head.status).then(|| models::read(&body)).flatten()
    }

    /// One request on a connection of its own, within a time.
    async fn exchange(&self, outgoing: &Outgoing<'_>, within: Duration) -> Came {
        let unsent = |step, message: &str| Came { attempt: None, outcome: Err(failure(step, message)) };
        let clock = self.shared.config.clock.clone();
        let client = net::Client::new(ClientConfig::default(), clock.clone());
        let token = match google::key(Out { shared: self.shared, client: &client }, self.provider).await {
            Ok(token) => token,
            Err(message) => return unsent(ProbeStep::Request, &message),
        };
        let head = match signed::head(self.provider, (self.kind, token.as_ref()), outgoing, self.seconds()) {
            Ok(head) => head,
            Err(message) => return unsent(ProbeStep::Request, &message),
        };
        let upstream = &self.provider.upstream;
        let running = match self.shared.state.running(upstream) {
            Ok(running) => running,
            Err(message) => return unsent(ProbeStep::Phase(Phase::Tls), &message),
        };
        let (Some(to), Some(compiled)) = (running.targets.first(), upstream.targets.first()) else {
            return unsent(ProbeStep::Request, "the provider has no address");
        };
        let mut attempt = Attempt::new(1, Arc::clone(&compiled.label), 0);
        let options =
            SendOptions { timeouts: self.timeouts(), started: clock.now(), ..SendOptions::default() };
        let mut body = Body::full(Bytes::copy_from_slice(outgoing.body));
        let outcome = timeout(within, send(&client, (to, &head, &mut body), &options, &mut attempt)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            let step = if attempt.status == 0 { phase_of(&attempt) } else { Phase::Receive };
            let message = format!("it was not done within {} seconds", within.as_secs());
            Err(ProbeFailure {
                code: Some(Reason::CallTimeout.code()),
                ..failure(ProbeStep::Phase(step), &message)
            })
        });
        Came { attempt: Some(attempt), outcome }
    }

    /// The provider's own, none of which outlasts the whole.
    fn timeouts(&self) -> ClientTimeouts {
        let own = &self.provider.upstream.timeouts;
        ClientTimeouts {
            queue: own.queue.0,
            dns: own.connect.0,
            connect: own.connect.0,
            tls: own.tls.0,
            send: own.send.0,
            first_byte: own.first_byte.0,
            between: own.idle.0,
        }
    }

    fn seconds(&self) -> i64 {
        self.shared.config.clock.wall().0 / 1_000_000
    }
}

/// Sends, and reads the whole answer.
async fn send(
    client: &net::Client,
    (to, head, body): (&Arc<net::Target>, &RequestHead, &mut Body),
    options: &SendOptions,
    attempt: &mut Attempt,
) -> Result<(ResponseHead, Bytes), ProbeFailure> {
    let sent = client.send(to, head, body, options, attempt).await;
    let mut response = sent.map_err(|error| ProbeFailure {
        step: ProbeStep::Phase(phase_of_reason(error.reason, attempt)),
        code: Some(error.reason.code()),
        message: error.detail.into_owned(),
    })?;
    let read = response.body.collect(ANSWER_CAP).await;
    if let Received::Later(receipt) = &response.received {
        attempt.bytes_down = receipt.bytes();
        attempt.phases.receive = receipt.receive().unwrap_or(attempt.phases.receive);
    }
    let bytes = read.map_err(|error| ProbeFailure {
        step: ProbeStep::Phase(Phase::Receive),
        code: Some(error.reason.code()),
        message: error.detail.into_owned(),
    })?;
    Ok((response.head, bytes))
}

/// The phase in which a request failed.
fn phase_of_reason(reason: Reason, attempt: &Attempt) -> Phase {
    match reason {
        Reason::DnsFailed => Phase::Dns,
        Reason::ConnectFailed => Phase::Connect,
        Reason::TlsFailed => Phase::Tls,
        Reason::SendTimeout => Phase::Send,
        Reason::UpstreamTimeout
        | Reason::UpstreamReset
        | Reason::UpstreamMalformed
        | Reason::UpstreamHeadTooLarge => Phase::Wait,
        Reason::UpstreamStalled | Reason::UpstreamIncomplete => Phase::Receive,
        _ => phase_of(attempt),
    }
}

fn failure(step: ProbeStep, message: &str) -> ProbeFailure {
    ProbeFailure { step, code: None, message: message.to_owned() }
}
