//! The single connection of graphql-sse: a client reserves a stream, opens it, and sends each operation by itself; what comes
//! of all of them is told in the stream. Each operation is a call of the caller's own.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base::Rng;
use bytes::Bytes;
use domain::DocId;
use graphql::http::{self, Media};
use graphql::subscribe::sse::{ALIVE, Connection, ConnectionError, TOKEN};
use message::{Body, BodyError, Frame, Known, Method, Reason, ResponseHead, Stream};
use net::Reply;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::AbortHandle;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

use super::socket::operation::{self, Telling, Told};
use crate::Refusal;
use crate::exchange::Exchange;
use crate::gateway::Shared;
use crate::inside::Origin;
use crate::jobs::hex;
use crate::stage::authenticate::query_value;

/// How long a reservation stands without its stream.
const RESERVED: Duration = Duration::from_secs(10);
/// So often a silent stream says that it lives.
const SILENCE: Duration = Duration::from_secs(15);
/// How many connections there may be in this process.
const CONNECTIONS: usize = 10_000;
/// How many reservations whose streams are not open yet may stand at a route for one key.
const RESERVATIONS: usize = 100;
/// How many operations may run at once in a connection.
const OPERATIONS: usize = 100;
/// How many events may wait to be sent.
const UNSENT: usize = 16;

/// The connections of this process, by their tokens: an operation may come in on another core than its stream.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<HashMap<String, Arc<Held>>>);

/// A connection.
#[derive(Debug)]
struct Held {
    /// The route at which it was reserved, and the key of who did.
    route: DocId,
    key: Option<String>,
    say: Sender<Bytes>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    protocol: Connection,
    /// The other end, until the stream takes it.
    stream: Option<Receiver<Bytes>>,
    running: HashMap<String, AbortHandle>,
}

/// What a request is within a connection.
enum Step {
    Reserve,
    Open(Arc<Held>, String),
    Begin(Arc<Held>),
    Stop(Arc<Held>),
    /// There is no connection of its token.
    Unknown,
}

/// The stream of a connection, as a body; it takes the connection with it.
struct Events {
    said: Receiver<Bytes>,
    begin: Option<Bytes>,
    tick: Interval,
    shared: Arc<Shared>,
    token: String,
}

/// Answers a request of a connection that carries many operations; `None`: it is none.
pub(super) async fn serve(x: &mut Exchange<'_>) -> Result<Option<Reply>, Refusal> {
    let Some(step) = step(x) else { return Ok(None) };
    Ok(Some(match step {
        Step::Unknown => {
            let refusal = Refusal::new(Reason::NotGraphql, "there is no stream of this token");
            return Err(Refusal { status: Some(404), ..refusal.shaped(super::shape(x)) });
        }
        Step::Reserve => reserve(x)?,
        Step::Open(held, token) => open(x, &held, token)?,
        Step::Begin(held) => begin(x, held).await?,
        Step::Stop(held) => {
            let id = parameter(x, "operationId").unwrap_or_default();
            stop(&held, &id);
            Reply::new(ResponseHead::new(200), Body::empty())
        }
    }))
}

fn step(x: &Exchange<'_>) -> Option<Step> {
    if x.head.method == Method::Put {
        return Some(Step::Reserve);
    }
    let shown = x.head.fields.get_named(TOKEN).map(|token| String::from_utf8_lossy(token).into_owned());
    let by_field = shown.is_some();
    let token = shown.or_else(|| parameter(x, "token"))?;
    let route = x.route.as_ref()?;
    let key = x.caller.as_ref().map(|caller| caller.key.to_string());
    let held = x.shared().connections.0.lock().get(&token).cloned();
    // Whose token it is not knows of none.
    let held = held.filter(|held| held.route == route.id && held.key == key);
    Some(match (&x.head.method, held) {
        (Method::Get, Some(held)) => Step::Open(held, token),
        (Method::Post, Some(held)) => Step::Begin(held),
        (Method::Delete, Some(held)) => Step::Stop(held),
        // A parameter of that name may be anybody's.
        (Method::Get | Method::Post | Method::Delete, None) if by_field => Step::Unknown,
        _ => return None,
    })
}

fn parameter(x: &Exchange<'_>, name: &str) -> Option<String> {
    query_value(x.head.query()?, name)
}

fn reserve(x: &mut Exchange<'_>) -> Result<Reply, Refusal> {
    let mut secret = [0; 16];
    Rng::fill_secret(&mut secret);
    let token = hex(&secret);
    let (say, stream) = channel(UNSENT);
    let state =
        State { protocol: Connection::reserved(OPERATIONS), stream: Some(stream), running: HashMap::new() };
    let route = x.route.as_ref().map(|route| route.id.clone());
    let Some(route) = route else { return Err(Refusal::new(Reason::NoRoute, "no route matches")) };
    let key = x.caller.as_ref().map(|caller| caller.key.to_string());
    let held = Arc::new(Held { route, key, say, state: Mutex::new(state) });
    {
        let mut all = x.shared().connections.0.lock();
        let own = all.values().filter(|other| other.is_of(&held) && other.waits()).count();
        if all.len() >= CONNECTIONS || own >= RESERVATIONS {
            let refusal = Refusal::new(Reason::Overloaded, "there are too many streams");
            return Err(refusal.shaped(super::shape(x)));
        }
        all.insert(token.clone(), Arc::clone(&held));
    }
    let (shared, mine) = (Arc::clone(&x.core.shared), token.clone());
    x.core.spawn(async move {
        sleep(RESERVED).await;
        expire(&shared.connections, &mine, &held);
    });
    let mut head = ResponseHead::new(201);
    head.fields.push(Known::ContentType, b"text/plain; charset=utf-8");
    head.fields.push(Known::CacheControl, b"no-store");
    Ok(Reply::new(head, Body::full(token)))
}

/// Gives up a reservation whose stream nobody has opened, and what runs in it.
fn expire(connections: &Connections, token: &str, held: &Held) {
    let mut all = connections.0.lock();
    let mut state = held.state.lock();
    // Where it is taken, nobody can open it any more.
    if state.stream.take().is_some() {
        all.remove(token);
        state.abort();
    }
}

fn open(x: &mut Exchange<'_>, held: &Arc<Held>, token: String) -> Result<Reply, Refusal> {
    let (begun, said) = {
        let mut state = held.state.lock();
        (state.protocol.connect(), state.stream.take())
    };
    let begin = begun.map_err(|error| refused(x, error))?;
    let Some(said) = said else { return Err(refused(x, ConnectionError::Open)) };
    // Each operation asks for its own.
    drop(x.ledger.release());
    let mut tick = interval(SILENCE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let shared = Arc::clone(&x.core.shared);
    let events = Events { said, begin: Some(Bytes::from_static(begin)), tick, shared, token };
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, Media::Events.content_type().as_bytes());
    head.fields.push(Known::CacheControl, b"no-cache");
    Ok(Reply::new(head, Body::stream(events)))
}

/// Begins an operation; what comes of it is told in the stream.
async fn begin(x: &mut Exchange<'_>, held: Arc<Held>) -> Result<Reply, Refusal> {
    let body = x.read_body(x.shared().config.ai_body_limit).await;
    let body = body.map_err(|error| Refusal::new(error.reason, error.detail).shaped(super::shape(x)))?;
    let mut request =
        http::read(&x.head, &body).map_err(|error| super::refused::transport(Media::Json, error))?;
    let id = request.extensions.shift_remove("operationId");
    let id = id.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    let begun = held.state.lock().protocol.begin(Some(&id));
    begun.map_err(|error| refused(x, error))?;
    let strip = x.route.as_ref().map_or(0, |route| route.path_change(x.head.path()).0);
    let path = x.head.path().get(strip..).unwrap_or_default().to_owned();
    let at = (x.core.clone(), Origin::of(x), path);
    let (say, told) = channel(UNSENT);
    // This call was counted, of which the operation is the rest.
    let charged = Some(x.ledger.release());
    let operation = operation::run(at, (request, charged), Telling { number: 0, say });
    let handle = x.core.spawn(run(Arc::clone(&held), id.clone(), operation, told));
    let mut state = held.state.lock();
    // It may be over already.
    if state.protocol.runs(&id) {
        state.running.insert(id, handle);
    }
    drop(state);
    Ok(Reply::new(ResponseHead::new(202), Body::empty()))
}

/// Runs an operation and tells what comes of it in the stream, until that is gone.
async fn run(
    held: Arc<Held>,
    id: String,
    run: impl Future<Output = ()> + Send,
    mut told: Receiver<(u64, Told)>,
) {
    let tell = async {
        while let Some((_, told)) = told.recv().await {
            let event = match told {
                Told::Result(result) => held.state.lock().protocol.next(&id, &result),
                Told::Over => break,
            };
            let Some(event) = event else { break };
            if held.say.send(event.into()).await.is_err() {
                return;
            }
        }
        let last = {
            let mut state = held.state.lock();
            state.running.remove(&id);
            state.protocol.complete(&id)
        };
        if let Some(last) = last {
            // A stream that is gone has taken its operations with it.
            drop(held.say.send(last.into()).await);
        }
    };
    // It is dropped where nobody hears of it any more.
    tokio::select! {
        biased;
        () = tell => {}
        // It has begun when the stream was gone already.
        () = held.say.closed() => {}
        () = async { run.await; std::future::pending::<()>().await } => {}
    }
}

fn stop(held: &Held, id: &str) {
    let mut state = held.state.lock();
    state.protocol.stop(id);
    if let Some(handle) = state.running.remove(id) {
        handle.abort();
    }
}

fn refused(x: &Exchange<'_>, error: ConnectionError) -> Refusal {
    let refusal = Refusal::new(Reason::NotGraphql, error.to_string());
    Refusal { status: Some(error.status()), ..refusal.shaped(super::shape(x)) }
}

// === impl Held ===

impl Held {
    /// Whether it was reserved at the same route with the same key.
    fn is_of(&self, other: &Self) -> bool {
        self.route == other.route && self.key == other.key
    }

    /// Whether its stream is not open yet.
    fn waits(&self) -> bool {
        self.state.lock().stream.is_some()
    }
}

// === impl State ===

impl State {
    /// Ends all that runs.
    fn abort(&mut self) {
        for (_, handle) in self.running.drain() {
            handle.abort();
        }
    }
}

// === impl Events ===

impl Stream for Events {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        if let Some(begin) = self.begin.take() {
            return Poll::Ready(Some(Ok(Frame::Data(begin))));
        }
        if let Poll::Ready(said) = self.said.poll_recv(cx) {
            self.tick.reset();
            return Poll::Ready(said.map(|event| Ok(Frame::Data(event))));
        }
        ready!(self.tick.poll_tick(cx));
        Poll::Ready(Some(Ok(Frame::Data(Bytes::from_static(ALIVE)))))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let held = self.shared.connections.0.lock().remove(&self.token);
        let Some(held) = held else { return };
        held.state.lock().abort();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use domain::Kind;
    use tokio::task::JoinSet;

    use super::*;

    fn held() -> Arc<Held> {
        let (say, stream) = channel(UNSENT);
        let protocol = Connection::reserved(OPERATIONS);
        let state = Mutex::new(State { protocol, stream: Some(stream), running: HashMap::new() });
        let route = DocId::new("default", Kind::Route, "r").unwrap();
        Arc::new(Held { route, key: None, say, state })
    }

    #[tokio::test]
    async fn a_reservation_that_is_given_up_takes_its_operations_along() {
        let (connections, held) = (Connections::default(), held());
        connections.0.lock().insert("t".into(), Arc::clone(&held));
        let (_say, told) = channel(1);
        let mut tasks = JoinSet::new();
        let early = tasks.spawn(pending::<()>());
        held.state.lock().running.insert("early".into(), early);
        expire(&connections, "t", &held);
        assert!(connections.0.lock().is_empty() && !held.waits());
        assert!(tasks.join_next().await.unwrap().unwrap_err().is_cancelled());
        // One that comes late ends by itself.
        run(held, "late".into(), pending(), told).await;
    }

    #[tokio::test]
    async fn a_stream_that_is_open_stays() {
        let (connections, held) = (Connections::default(), held());
        connections.0.lock().insert("t".into(), Arc::clone(&held));
        let stream = held.state.lock().stream.take();
        expire(&connections, "t", &held);
        assert!(stream.is_some() && !held.say.is_closed());
        assert_eq!(connections.0.lock().len(), 1);
    }
}
