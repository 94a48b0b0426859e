//! A server with a site for every behaviour, and raw clients and upstreams that speak bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use base::Clock;
use bytes::Bytes;
use message::{Body, BodyError, Fields, Frame, Known, Reason, ResponseHead, Stream};
use net::{Call, Handler, ListenerConfig, Refused, Reply, Running, ServerConfig, Tunnel};

use crate::websocket;

/// What a test may look at afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Called(String),
    Cancelled,
    Refused(Reason, String),
    Closed,
}

/// Answers by path.
#[derive(Clone)]
pub(crate) struct Site {
    events: Arc<Mutex<Sender<Event>>>,
}

pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    pub(crate) running: Running,
    pub(crate) events: Receiver<Event>,
}

/// A client that speaks bytes.
pub(crate) struct Raw(pub(crate) TcpStream);

/// Tells when it is dropped.
struct Tell(Site, Option<Event>);

/// Gives its frames one by one.
pub(crate) struct Script(pub(crate) std::collections::VecDeque<Result<Frame, BodyError>>);

// === impl Server ===

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut ListenerConfig)) -> Self {
        let mut listener = ListenerConfig::new("test", "127.0.0.1:0".parse().unwrap());
        change(&mut listener);
        let (site, events) = site();
        let (addr, running) = start(listener, move |_| site.clone());
        Self { addr, running, events }
    }

    pub(crate) fn connect(&self) -> Raw {
        Raw::connect(self.addr)
    }

    /// Waits until the listener's counters are as `wanted` says: some are written when the client has seen
    /// the end already.
    pub(crate) fn counted(&self, wanted: impl Fn(&net::ListenerMetrics) -> bool) {
        let clock = Clock::system();
        while !wanted(&self.running.metrics().read()[0]) {
            assert!(clock.now().0 < 10_000_000_000, "{:?}", self.running.metrics().read());
            std::thread::yield_now();
        }
    }

    /// The next event that `wanted` picks.
    pub(crate) fn wait<T>(&self, wanted: impl Fn(Event) -> Option<T>) -> T {
        loop {
            let event = self.events.recv_timeout(Duration::from_secs(10)).expect("an event");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }
}

pub(crate) fn site() -> (Site, Receiver<Event>) {
    let (sender, events) = channel();
    (Site { events: Arc::new(Mutex::new(sender)) }, events)
}

pub(crate) fn start<H: Handler>(
    listener: ListenerConfig,
    make: impl Fn(usize) -> H + Send + Sync + 'static,
) -> (SocketAddr, Running) {
    let config = ServerConfig {
        listeners: vec![listener],
        cores: 1,
        clock: Clock::system(),
        drain: Duration::from_secs(5),
    };
    let bound = config.bind(Vec::new()).unwrap();
    let addr = bound.addresses()[0].1;
    (addr, bound.start(make).unwrap())
}

// === impl Raw ===

impl Raw {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).unwrap();
        self
    }

    pub(crate) fn half_close(&mut self) -> &mut Self {
        self.0.shutdown(Shutdown::Write).unwrap();
        self
    }

    /// Reads up to and with the empty line, as lower-case text.
    pub(crate) fn head(&mut self) -> String {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            assert_eq!(
                self.0.read(&mut byte).unwrap(),
                1,
                "closed after {:?}",
                String::from_utf8_lossy(&head)
            );
            head.push(byte[0]);
        }
        String::from_utf8(head).unwrap().to_ascii_lowercase()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    pub(crate) fn text(&mut self, count: usize) -> String {
        String::from_utf8(self.bytes(count)).unwrap()
    }

    /// A whole answer with a stated length: head and body.
    pub(crate) fn answer(&mut self) -> (String, String) {
        let head = self.head();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.unwrap_or("0").parse().unwrap();
        let body = self.text(length);
        (head, body)
    }

    /// Everything up to the end; a reset counts as one.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let mut piece = vec![0; 65536];
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return rest,
                Ok(count) => rest.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return rest,
                Err(error) => panic!("neither more nor an end: {error}"),
            }
        }
    }

    pub(crate) fn rest_text(&mut self) -> String {
        String::from_utf8(self.rest()).unwrap()
    }
}

/// An upstream whose connections are served by `script`, one after the other.
pub(crate) fn upstream(
    count: usize,
    script: impl Fn(usize, &mut Raw) + Send + 'static,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        for number in 0..count {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            stream.set_nodelay(true).unwrap();
            script(number, &mut Raw(stream));
        }
    });
    (addr, thread)
}

// === impl Site ===

impl Site {
    fn tell(&self, event: Event) {
        // the test may have ended
        self.events.lock().unwrap().send(event).ok();
    }
}

impl Drop for Tell {
    fn drop(&mut self) {
        if let Some(event) = self.1.take() {
            self.0.tell(event);
        }
    }
}

impl Handler for Site {
    async fn handle(&self, call: Call) -> Reply {
        self.tell(Event::Called(call.head.path().to_owned()));
        let mut head = ResponseHead::new(200);
        let number = call.head.query().and_then(|query| query.parse::<usize>().ok()).unwrap_or(0);
        match call.head.path() {
            "/echo" => Reply::new(head, call.body),
            "/collect" => collect(head, call.body).await,
            "/big" => Reply::new(head, Body::full(vec![b'x'; number])),
            "/stream" => Reply::new(head, script((0..number).map(|_| Ok(data("piece"))))),
            "/pages" => {
                Reply::new(head, script((0..number).map(|_| Ok(Frame::Data(vec![b'y'; 65536].into())))))
            }
            "/trailers" => {
                let mut trailers = Fields::new();
                trailers.push_named(b"x-sum", b"7");
                Reply::new(head, script([Ok(data("abc")), Ok(Frame::Trailers(trailers))]))
            }
            "/broken" => {
                let error = BodyError::new(Reason::UpstreamReset, "gone");
                Reply::new(head, script([Ok(data("abc")), Err(error)]))
            }
            "/ignore" => Reply::new(head, Body::full("ignored")),
            "/status" => {
                head.status = u16::try_from(number).unwrap();
                Reply::new(head, Body::full("not to be seen on 204"))
            }
            "/close" => Reply { close: true, ..Reply::new(head, Body::full("bye")) },
            "/hints" => {
                let mut fields = Fields::new();
                fields.push_named(b"link", b"</a.css>");
                call.interim.send(103, fields);
                Reply::new(head, Body::full("hinted"))
            }
            "/hints-later" => {
                call.interim.send(103, Fields::new());
                tokio::task::yield_now().await;
                Reply::new(head, Body::full("hinted"))
            }
            "/hang" => {
                let _tell = Tell(self.clone(), Some(Event::Cancelled));
                std::future::pending().await
            }
            "/upgrade" => upgraded(&call),
            "/socket" => websocket::answer(&call),
            "/tls" => Reply::new(head, Body::full(format!("{:?}", call.conn.tls))),
            "/cookie" => {
                let cookie = call.head.fields.get_str(Known::Cookie).unwrap_or_default();
                Reply::new(head, Body::full(cookie.to_owned()))
            }
            path => {
                Reply::new(head, Body::full(format!("{} {path} {}", call.head.method, call.head.authority())))
            }
        }
    }

    fn refused(&self, refused: Refused) -> Reply {
        self.tell(Event::Refused(refused.reason, refused.detail.to_string()));
        problem(refused.reason, &refused.detail)
    }

    fn closed(&self, _conn: &Arc<net::ConnInfo>) {
        self.tell(Event::Closed);
    }
}

async fn collect(head: ResponseHead, mut body: Body) -> Reply {
    let (mut length, mut trailers) = (0, String::new());
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(Frame::Data(data)) => length += data.len(),
            Ok(Frame::Trailers(fields)) => {
                for (name, value, _) in &fields {
                    trailers += &String::from_utf8_lossy(&[name, b"=", value].concat());
                }
            }
            Err(error) => return problem(error.reason, &error.detail),
        }
    }
    Reply::new(head, Body::full(format!("{length} {trailers}")))
}

fn upgraded(call: &Call) -> Reply {
    let Some(upgrade) = &call.upgrade else { return problem(Reason::MalformedRequest, "no upgrade") };
    let (near, far) = tokio::io::duplex(1024);
    // the far end sends everything back
    let (mut from, mut to) = tokio::io::split(far);
    tokio_util::task::TaskTracker::new().spawn(async move {
        tokio::io::copy(&mut from, &mut to).await.ok();
        tokio::io::AsyncWriteExt::shutdown(&mut to).await.ok();
    });
    let hello = Bytes::from_static(b"hello ");
    let tunnel = Tunnel::stream(upgrade.protocol.clone(), Box::new(near), hello, Duration::from_secs(10));
    let mut head = ResponseHead::new(101);
    if let Some(key) = call.head.fields.get_named("sec-websocket-key") {
        head.fields.push(Known::SecWebsocketAccept, key);
    }
    Reply::switched(head, Box::new(tunnel))
}

pub(crate) fn problem(reason: Reason, detail: &str) -> Reply {
    Reply::new(ResponseHead::new(reason.status()), Body::full(format!("{}: {detail}", reason.code())))
}

pub(crate) fn data(text: &'static str) -> Frame {
    Frame::Data(Bytes::from_static(text.as_bytes()))
}

pub(crate) fn script(frames: impl IntoIterator<Item = Result<Frame, BodyError>>) -> Body {
    Body::stream(Script(frames.into_iter().collect()))
}

impl Stream for Script {
    fn poll_frame(&mut self, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        Poll::Ready(self.0.pop_front())
    }
}
