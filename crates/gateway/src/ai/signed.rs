//! The head of a request to a provider: its address, its headers, and the proof of whose it is.

use std::borrow::Cow;

use llm::{ProviderKind, Unsigned};
use message::{Known, Method, RequestHead};
use snapshot::Provider;

use super::google::Token;
use crate::stage::transform::change;

/// A request as it is to be sent, without what proves whose it is.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    /// Appended to the base address.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(Cow<'static, str>, String)],
    pub(crate) body: &'a [u8],
    /// The call's place in its trace.
    pub(crate) traceparent: Option<&'a [u8]>,
}

/// Makes the head, with the provider's key or the token that was given for it; `now` is in seconds since 1970. `Err`: why the provider's key is of no use.
pub(crate) fn head(
    provider: &Provider,
    (kind, token): (ProviderKind, Option<&Token>),
    outgoing: &Outgoing<'_>,
    now: i64,
) -> Result<RequestHead, String> {
    let Outgoing { method, path, headers, body, traceparent } = outgoing;
    let label = provider.upstream.targets.first().map(|target| &*target.label).unwrap_or_default();
    let port = if provider.upstream.tls.is_some() { ":443" } else { ":80" };
    let authority = label.strip_suffix(port).unwrap_or(label);
    let path = format!("{}{path}", provider.path);
    let mut head = RequestHead::new(method.clone(), authority, &path);
    for (name, value) in *headers {
        head.fields.push_named(name.as_bytes(), value.as_bytes());
    }
    let own = || provider.keys.first().map(|(_, key)| key.expose());
    if let Some(key) = token.map(|token| token.expose()).or_else(own) {
        let unsigned = Unsigned { method: method.as_str(), authority, path: &path, headers, body };
        let proof = kind.authenticate(key, &unsigned, now).map_err(|error| error.to_string())?;
        for (name, value) in proof {
            if !head.fields.push_named(name.as_bytes(), value.as_bytes()) {
                return Err("the provider's key has characters that no header may have".into());
            }
        }
    }
    head.fields.push(Known::AcceptEncoding, b"identity");
    head.fields.push(Known::UserAgent, b"weir");
    if let Some(traceparent) = traceparent {
        head.fields.push(Known::Traceparent, traceparent);
    }
    change(&mut head.fields, &provider.headers);
    Ok(head)
}
