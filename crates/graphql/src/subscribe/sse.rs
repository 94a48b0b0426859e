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

/// An event of a stream that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name; `message` where it has none.
    pub name: String,
    /// Its data, lines joined by line feeds.
    pub data: String,
}

/// Reads events out of bytes that come in any pieces (WHATWG HTML §9.2.6).
#[derive(Debug)]
pub struct Reader {
    line: Vec<u8>,
    event: Event,
    /// Whether a line feed that comes next belongs to the line break before it.
    returned: bool,
    longest: usize,
}

/// An event is longer than any may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is longer than {0} bytes")]
pub struct EventTooLong(usize);

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

// === impl Reader ===

impl Reader {
    /// A reader of events that are at most so long.
    pub fn new(longest: usize) -> Self {
        Self {
            line: Vec::new(),
            event: Event { name: String::new(), data: String::new() },
            returned: false,
            longest,
        }
    }

    /// Takes bytes; gives the events that are whole with them.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<Event>, EventTooLong> {
        let mut events = Vec::new();
        for byte in bytes {
            let feeds = *byte == b'\n' && std::mem::take(&mut self.returned);
            match byte {
                b'\n' if feeds => {}
                b'\n' | b'\r' => {
                    self.returned = *byte == b'\r';
                    events.extend(self.line());
                }
                byte => {
                    self.returned = false;
                    self.line.push(*byte);
                }
            }
            if self.line.len() + self.event.data.len() > self.longest {
                return Err(EventTooLong(self.longest));
            }
        }
        Ok(events)
    }

    /// A line is whole; an empty one ends an event.
    fn line(&mut self) -> Option<Event> {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        if line.is_empty() {
            let empty = Event { name: String::new(), data: String::new() };
            let mut event = std::mem::replace(&mut self.event, empty);
            let said = !event.name.is_empty() || !event.data.is_empty();
            // Each line of data has added a line feed.
            event.data.pop();
            if event.name.is_empty() {
                event.name.push_str("message");
            }
            return said.then_some(event);
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                self.event.data.push_str(value);
                self.event.data.push('\n');
            }
            _ => {}
        }
        None
    }
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

    /// Whether an operation runs.
    pub fn runs(&self, id: &str) -> bool {
        self.running.contains(id)
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
