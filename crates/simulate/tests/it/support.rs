//! A server on its own thread, and a client that reads what comes byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use base::{Clock, Micros};
use serde_json::Value;
use simulate::{Config, Latency};
use tokio::sync::oneshot;

/// A running simulator; stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// An answer as it came over the wire, the chunks joined.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the end was said: the length reached or the last chunk seen.
    pub(crate) complete: bool,
}

/// Settings without waiting.
pub(crate) fn quick() -> Config {
    Config { latency: Latency::None, ..Config::default() }
}

// === impl Server ===

impl Server {
    pub(crate) fn start(config: Config) -> Self {
        Self::start_on(config, Clock::manual(Micros(1_800_000_000_000_000)))
    }

    pub(crate) fn start_on(config: Config, clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let ended = async move { drop(stopped.await) };
            runtime.block_on(config.build_with(clock).serve_std(listener, ended)).unwrap();
        });
        Self { address, stop: Some(stop), thread: Some(thread) }
    }

    /// Asks the server to stop, without waiting for it.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        socket
    }

    /// Sends a request on a connection of its own and leaves the answer to be read.
    pub(crate) fn open(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> TcpStream {
        let mut socket = self.connect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n");
        for (name, value) in headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head = format!("{head}content-length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(body).unwrap();
        socket
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        Answer::read(self.open(method, path, headers, body), method == "HEAD").expect("an answer")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &[])
    }

    /// An OpenAI chat.
    pub(crate) fn chat(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        let usual = [("authorization", "Bearer sk-test"), ("content-type", "application/json")];
        let body = body.to_string();
        self.send("POST", "/openai/v1/chat/completions", &over(&usual, headers), body.as_bytes())
    }

    /// A request of any of OpenAI's endpoints; the path goes on from `/openai/v1`.
    pub(crate) fn openai(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let usual = [("authorization", "Bearer sk-test"), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/openai/v1{path}"), &over(&usual, headers), body.as_bytes())
    }

    /// An Anthropic message, at the older version.
    pub(crate) fn message(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        let usual = [
            ("x-api-key", "sk-test"),
            ("anthropic-version", "2023-06-01"),
            ("content-type", "application/json"),
        ];
        let body = body.to_string();
        self.send("POST", "/anthropic/v1/messages", &over(&usual, headers), body.as_bytes())
    }

    /// A call on one of Gemini's models: `model:verb`, with a query if need be.
    pub(crate) fn gemini(&self, call: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let usual = [("x-goog-api-key", "test"), ("content-type", "application/json")];
        let path = format!("/gemini/v1beta/models/{call}");
        self.send("POST", &path, &over(&usual, headers), body.to_string().as_bytes())
    }

    pub(crate) fn stats(&self) -> Value {
        self.get("/_simulate/stats").json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

// === impl Answer ===

impl Answer {
    /// Reads to the end of the connection; `None` if it was closed without a word.
    pub(crate) fn read(socket: TcpStream, head_only: bool) -> Option<Self> {
        let mut reader = BufReader::new(socket);
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Self { status, headers, body: Vec::new(), complete: true };
        let mut rest = Vec::new();
        // A reset after some bytes counts as an end like any other.
        reader.read_to_end(&mut rest).ok();
        if head_only {
            assert!(rest.is_empty(), "an answer to HEAD has no body");
        } else if answer.header("transfer-encoding") == Some("chunked") {
            (answer.body, answer.complete) = join(&rest);
        } else {
            let length: usize = answer.header("content-length").map_or(0, |text| text.parse().unwrap());
            answer.complete = rest.len() == length;
            answer.body = rest;
        }
        Some(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The events of a stream: name (if any) and data.
    pub(crate) fn events(&self) -> Vec<(Option<String>, String)> {
        let text = self.text();
        assert!(text.ends_with("\n\n"), "the last event is whole: {text:?}");
        text.trim_end().split("\n\n").map(event).collect()
    }
}

/// The usual headers but for those that a test sets itself, and these.
fn over<'a>(usual: &[(&'a str, &'a str)], own: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = usual.iter().filter(|(name, _)| own.iter().all(|(one, _)| one != name));
    usual.chain(own).copied().collect()
}

fn event(text: &str) -> (Option<String>, String) {
    let mut name = None;
    let mut data = None;
    for line in text.lines() {
        match line.split_once(": ") {
            Some(("event", value)) => name = Some(value.to_owned()),
            Some(("data", value)) => data = Some(value.to_owned()),
            _ => panic!("no event's line: {line:?}"),
        }
    }
    (name, data.expect("every event has data"))
}

/// Joins chunks; tells whether the last one was seen.
fn join(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else { return (body, false) };
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        rest = &rest[end + 2..];
        if size == 0 {
            return (body, rest == b"\r\n");
        }
        if rest.len() < size + 2 {
            body.extend_from_slice(&rest[..size.min(rest.len())]);
            return (body, false);
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}
