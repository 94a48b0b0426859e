//! The requests of steps that call no operation: a model, a GraphQL query, an event.

use serde_json::{Value, json};

use crate::extension::Kind;
use crate::request::Request;
use crate::values::{Exchange, Lacking, Scope};

/// Why there is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KindError {
    #[error(transparent)]
    Lacking(#[from] Lacking),
    #[error("a step of this kind cannot be made")]
    Unknown,
}

/// Writes the request of a step of Weir's own kinds: a chat as OpenAI's Chat Completions have it, a GraphQL request as
/// GraphQL over HTTP has it, an event with its type, its data and the webhook that it is for.
pub(super) fn write(
    kind: Option<&Kind>,
    scope: &Scope<'_>,
    exchange: &mut Exchange,
) -> Result<Request, KindError> {
    let (target, accept, body) = match kind {
        Some(Kind::Model(model)) => {
            let given = scope.formula(&model.messages)?;
            let messages = if model.is_prompt { json!([{"role": "user", "content": given}]) } else { given };
            let mut body = scope.named_values(&model.parameters)?;
            body.insert("model".to_owned(), (*model.alias).into());
            body.insert("messages".to_owned(), messages);
            ("/v1/chat/completions", "application/json", Value::Object(body))
        }
        Some(Kind::GraphQl(query)) => {
            let variables = scope.named_values(&query.variables)?;
            let accept = "application/graphql-response+json, application/json;q=0.9";
            ("", accept, json!({"query": query.query, "variables": variables}))
        }
        Some(Kind::Event(event)) => {
            let data = event.data.as_ref().map(|data| scope.formula(data)).transpose()?;
            let mut body = json!({"type": event.kind, "data": data});
            if let Some(endpoint) = &event.endpoint {
                body["webhook"] = (**endpoint).into();
            }
            ("/events", "application/json", body)
        }
        None => return Err(KindError::Unknown),
    };
    let bytes = body.to_string().into_bytes();
    target.clone_into(&mut exchange.url);
    exchange.method = "POST".into();
    exchange.body = body;
    Ok(Request {
        method: "POST".into(),
        target: target.to_owned(),
        headers: vec![("accept".into(), accept.to_owned())],
        body: Some(("application/json".into(), bytes)),
    })
}
