//! The server's side of `graphql-transport-ws` (enisdenjo/graphql-ws, `PROTOCOL.md`). Frames, time and running are the
//! caller's.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::Error;
use crate::http::Request;

/// The subprotocol of the WebSocket's handshake.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";

/// One connection.
#[derive(Debug)]
pub struct Session {
    state: State,
    /// The operations under way.
    running: BTreeSet<String>,
    /// So many may be at once.
    most: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was said yet.
    Opened,
    /// The client has asked to begin; what it sent with that is being looked at.
    Asked,
    Ready,
    Closed,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Do {
    /// A message is to be sent, as text.
    Send(String),
    /// Whether the client may begin is to be said: [`Session::accept`], or [`Session::forbid`].
    Ask(Map<String, Value>),
    /// An operation is to be run.
    Run(String, Request),
    /// An operation is to be stopped; nothing more of it is sent.
    Stop(String),
    /// The WebSocket is to be closed, and everything that runs is to be stopped.
    Close(u16, String),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum In {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Pong {
        #[serde(default)]
        #[expect(dead_code, reason = "it is read so that its type is checked")]
        payload: Option<Map<String, Value>>,
    },
    Subscribe {
        id: String,
        payload: Payload,
    },
    Complete {
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    extensions: Option<Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Out<'o> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    Next {
        id: &'o str,
        payload: &'o RawValue,
    },
    Error {
        id: &'o str,
        payload: &'o [Error],
    },
    #[serde(rename = "error")]
    Refused {
        id: &'o str,
        payload: &'o RawValue,
    },
    Complete {
        id: &'o str,
    },
}

// === impl Session ===

impl Session {
    /// A connection in which at most so many operations run at once.
    pub fn new(most: usize) -> Self {
        Self { state: State::Opened, running: BTreeSet::new(), most }
    }

    /// A text message has come.
    pub fn received(&mut self, text: &str) -> Vec<Do> {
        if self.state == State::Closed {
            return Vec::new();
        }
        let message = match serde_json::from_str::<In>(text) {
            Ok(message) => message,
            Err(error) => return self.invalid(&error.to_string()),
        };
        match message {
            In::ConnectionInit { payload } => match self.state {
                State::Opened => {
                    self.state = State::Asked;
                    vec![Do::Ask(payload.unwrap_or_default())]
                }
                _ => self.close(4429, "Too many initialisation requests"),
            },
            In::Ping { payload } => vec![Do::Send(Out::Pong { payload }.text())],
            In::Pong { .. } => Vec::new(),
            In::Subscribe { id, .. } if id.is_empty() => self.invalid("`id` is empty"),
            In::Subscribe { id, payload } => self.subscribe(id, payload),
            In::Complete { id } => {
                if self.running.remove(&id) {
                    vec![Do::Stop(id)]
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// A message that is not text has come.
    pub fn received_binary(&mut self) -> Vec<Do> {
        self.invalid("it is not text")
    }

    /// The time for the client to begin is over.
    pub fn waited(&mut self) -> Vec<Do> {
        if self.state == State::Opened {
            self.close(4408, "Connection initialisation timeout")
        } else {
            Vec::new()
        }
    }

    /// The client may begin.
    pub fn accept(&mut self) -> Vec<Do> {
        if self.state != State::Asked {
            return Vec::new();
        }
        self.state = State::Ready;
        vec![Do::Send(Out::ConnectionAck.text())]
    }

    /// The client may not begin.
    pub fn forbid(&mut self) -> Vec<Do> {
        self.close(4403, "Forbidden")
    }

    /// A result of an operation; `None` where it does not run any more. `result`: JSON.
    pub fn next(&self, id: &str, result: &[u8]) -> Option<Do> {
        let payload: &RawValue = serde_json::from_slice(result).ok()?;
        self.running.contains(id).then(|| Do::Send(Out::Next { id, payload }.text()))
    }

    /// An operation has answered: by a result, or by errors alone, because of which it was not run. `response`: JSON.
    pub fn answered(&mut self, id: &str, response: &[u8]) -> Option<Do> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_slice(response).ok()?;
        match members.get("errors") {
            Some(payload) if !members.contains_key("data") => {
                self.running.remove(id).then(|| Do::Send(Out::Refused { id, payload }.text()))
            }
            _ => self.next(id, response),
        }
    }

    /// Whether an operation runs.
    pub fn runs(&self, id: &str) -> bool {
        self.running.contains(id)
    }

    /// An operation was refused before it was run. It is over.
    pub fn failed(&mut self, id: &str, errors: &[Error]) -> Option<Do> {
        self.running.remove(id).then(|| Do::Send(Out::Error { id, payload: errors }.text()))
    }

    /// An operation is over.
    pub fn completed(&mut self, id: &str) -> Option<Do> {
        self.running.remove(id).then(|| Do::Send(Out::Complete { id }.text()))
    }

    /// How many operations run.
    pub fn running(&self) -> usize {
        self.running.len()
    }

    fn subscribe(&mut self, id: String, payload: Payload) -> Vec<Do> {
        if self.state != State::Ready {
            return self.close(4401, "Unauthorized");
        }
        if self.running.contains(&id) {
            // A reason of a close has at most 123 bytes (RFC 6455 §5.5).
            let shown: String = id.chars().take(20).collect();
            return self.close(4409, &format!("Subscriber for {shown} already exists"));
        }
        if self.running.len() >= self.most {
            let error = Error::new(format!("at most {} operations run at once in a connection", self.most));
            return vec![Do::Send(
                Out::Error { id: &id, payload: &[error.coded("TOO_MANY_OPERATIONS")] }.text(),
            )];
        }
        self.running.insert(id.clone());
        let request = Request {
            query: Some(payload.query),
            operation_name: payload.operation_name.filter(|name| !name.is_empty()),
            variables: payload.variables.unwrap_or_default(),
            extensions: payload.extensions.unwrap_or_default(),
        };
        vec![Do::Run(id, request)]
    }

    fn invalid(&mut self, why: &str) -> Vec<Do> {
        // A reason of a close has at most 123 bytes (RFC 6455 §5.5).
        let mut reason = format!("Invalid message received: {why}");
        while reason.len() > 123 {
            reason.pop();
        }
        self.close(4400, &reason)
    }

    fn close(&mut self, code: u16, reason: &str) -> Vec<Do> {
        self.state = State::Closed;
        self.running.clear();
        vec![Do::Close(code, reason.to_owned())]
    }
}

// === impl Out ===

impl Out<'_> {
    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
