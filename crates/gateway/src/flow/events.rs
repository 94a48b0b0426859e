//! Events that steps send: handed to whoever keeps them, under ids that stay the same however often a step is tried and a run
//! taken up again.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use flow::engine::{Call, Lost, Reply};
use serde_json::{Value, json};
use snapshot::Flow;
use stateport::{EventPort, NewEvent, StateError, Taken};

/// Sends the events of a run.
pub(super) struct Events {
    port: Arc<dyn EventPort>,
    team: String,
    environment: String,
    /// The run's id.
    run: String,
}

// === impl Events ===

impl Events {
    pub(super) fn new(port: &Arc<dyn EventPort>, flow: &Flow, run: String) -> Self {
        let (team, environment) = (flow.id.team.to_string(), flow.id.environment.to_string());
        Self { port: Arc::clone(port), team, environment, run }
    }

    /// The event that a call of a step is.
    pub(super) fn event(&self, call: &Call) -> Option<NewEvent> {
        let (_, body) = call.request.body.as_ref()?;
        let body: Value = serde_json::from_slice(body).ok()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let once = call.once.as_deref().unwrap_or(&call.name);
        Some(NewEvent {
            id: id(&self.run, once),
            team: self.team.clone(),
            environment: self.environment.clone(),
            webhook: text("webhook"),
            kind: text("type")?,
            data: body.get("data").unwrap_or(&Value::Null).to_string(),
        })
    }

    /// Sends an event; the outcome is told as an answer to the step.
    pub(super) fn send(&self, event: NewEvent) -> impl Future<Output = Result<Reply, Lost>> + Send + 'static {
        let (id, webhook) = (event.id.clone(), event.webhook.clone().unwrap_or_default());
        let port = Arc::clone(&self.port);
        async move {
            let lost =
                |error: StateError| Lost::Unreachable(format!("events are not taken in: {error}").into());
            Ok(match port.send(event).await.map_err(lost)? {
                Taken::Sent(webhooks) => reply(202, &json!({"id": id, "webhooks": webhooks})),
                Taken::NoWebhook => {
                    reply(404, &json!({"detail": format!("there is no webhook `{webhook}`")}))
                }
                Taken::Refused(why) => reply(422, &json!({"detail": why})),
            })
        }
    }
}

/// What receivers know the event by.
fn id(run: &str, once: &str) -> String {
    let hash = digest(&SHA256, format!("{run} {once}").as_bytes());
    let digits = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}"));
    format!("msg_{}", digits.collect::<String>())
}

fn reply(status: u16, body: &Value) -> Reply {
    let headers = vec![("content-type".into(), "application/json".to_owned())].into();
    Reply { status, headers, body: body.to_string().into_bytes() }
}
