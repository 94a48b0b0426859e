//! The server's side of GraphQL over server-sent events (enisdenjo/graphql-sse, `PROTOCOL.md`): the events of a connection
//! that carries one operation, and the state of one that carries many.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::value::RawValue;

/// The field by which a request names its connection; in addresses it is `token`.
pub const TOKEN: &str = "x-graphql-event-stream-token";

/// A comment, so that browsers see that the connection stands, and intermediaries that it lives.
pub const ALIVE: &[u8] = b":\n\n";

/// A result, in a connection that carries one operation.
pub fn next(result: &[u8]) -> Vec<u8> {
    event("next", result)
}

/// The end, in a connection that carries one operation.
pub fn complete() -> Vec<u8> {
    event("complete", b"")
}

/// One result and the end.
pub fn whole(result: &[u8]) -> Vec<u8> {
    [next(result), complete()].concat()
}

fn event(name: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("event: {name}\n").into_bytes();
    // A line break would end the field; JSON means the same with one more.
    for line in data.split(|byte| matches!(byte, b'\n' | b'\r')) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
    out
}

/// A connection that carries many operations, from its reservation on. Who holds it knows its token.
#[derive(Debug)]
pub struct Connection {
    open: bool,
    running: BTreeSet<String>,
    most: usize,
}

/// Why something cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// There is a stream already.
    #[error("the stream of this token is open already")]
    Open,
    /// An operation must say what it is called.
    #[error("the operation's id is missing: `extensions.operationId`")]
    NoId,
    /// The name is in use.
    #[error("an operation of this id runs already")]
    Twice,
    /// There are too many.
    #[error("too many operations run in this connection")]
    TooMany,
}

#[derive(Serialize)]
struct Named<'n> {
    id: &'n str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'n RawValue>,
}

// === impl Connection ===

impl Connection {
    /// A reservation, for at most so many operations at once.
    pub fn reserved(most: usize) -> Self {
        Self { open: false, running: BTreeSet::new(), most }
    }

    /// The stream comes. Gives what it begins with.
    pub fn connect(&mut self) -> Result<&'static [u8], ConnectionError> {
        if std::mem::replace(&mut self.open, true) { Err(ConnectionError::Open) } else { Ok(ALIVE) }
    }

    /// An operation is to be run; it may come before the stream does.
    pub fn begin(&mut self, id: Option<&str>) -> Result<(), ConnectionError> {
        let id = id.filter(|id| !id.is_empty()).ok_or(ConnectionError::NoId)?;
        if self.running.contains(id) {
            return Err(ConnectionError::Twice);
        }
        if self.running.len() >= self.most {
            return Err(ConnectionError::TooMany);
        }
        self.running.insert(id.to_owned());
        Ok(())
    }

    /// A result of an operation; `None` where it does not run any more.
    pub fn next(&self, id: &str, result: &[u8]) -> Option<Vec<u8>> {
        let payload = Some(serde_json::from_slice(result).ok()?);
        self.running.contains(id).then(|| event("next", &json(&Named { id, payload })))
    }

    /// An operation is over.
    pub fn complete(&mut self, id: &str) -> Option<Vec<u8>> {
        self.running.remove(id).then(|| event("complete", &json(&Named { id, payload: None })))
    }

    /// The client does not want more of an operation. Gives whether it ran.
    pub fn stop(&mut self, id: &str) -> bool {
        self.running.remove(id)
    }
}

// === impl ConnectionError ===

impl ConnectionError {
    /// The status of the request that asked for it.
    pub fn status(self) -> u16 {
        match self {
            Self::Open | Self::Twice => 409,
            Self::NoId => 400,
            Self::TooMany => 429,
        }
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
