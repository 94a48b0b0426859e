//! A peer that speaks bytes, and answers as it reads them.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Longer than any test waits for anything that comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// One end of a connection.
pub(crate) struct Raw(pub(crate) TcpStream);

/// An answer read to its end. The head is in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// What stood behind the last chunk, in lower case.
    pub(crate) trailers: String,
    /// The body ended as its framing says.
    pub(crate) whole: bool,
}

// === impl Raw ===

impl Raw {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        Self::over(TcpStream::connect(addr).unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Sends, if somebody still listens.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).is_ok()
    }

    pub(crate) fn half_close(&mut self) -> &mut Self {
        self.0.shutdown(Shutdown::Write).unwrap();
        self
    }

    /// Ends the connection as a crash would.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.0).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// A head as it came, if there is one before the end.
    pub(crate) fn try_head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte()?);
        }
        Some(String::from_utf8_lossy(&head).into_owned())
    }

    /// A head as it came; a body of stated length is read behind it.
    pub(crate) fn try_request(&mut self) -> Option<String> {
        self.try_request_and_body().map(|(head, _)| head)
    }

    /// A head as it came, and a body of stated length.
    pub(crate) fn try_request_and_body(&mut self) -> Option<(String, Vec<u8>)> {
        let head = self.try_head()?;
        let lower = head.to_ascii_lowercase();
        let length = field_lines(&lower, "content-length").next().map_or(0, |length| length.parse().unwrap());
        let body = self.bytes(length);
        Some((head, body))
    }

    /// A head in lower case.
    pub(crate) fn head(&mut self) -> String {
        self.try_head().expect("a head").to_ascii_lowercase()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    pub(crate) fn text(&mut self, count: usize) -> String {
        String::from_utf8(self.bytes(count)).unwrap()
    }

    /// Everything up to the end; a reset counts as one.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        while let Some(byte) = self.byte() {
            rest.push(byte);
        }
        rest
    }

    pub(crate) fn rest_text(&mut self) -> String {
        String::from_utf8(self.rest()).unwrap()
    }

    /// The final answer to a request with any method but HEAD; interim ones are passed over.
    pub(crate) fn answer(&mut self) -> Answer {
        let mut head = self.head();
        while head.starts_with("http/1.1 1") {
            head = self.head();
        }
        self.answer_behind(head, true)
    }

    pub(crate) fn answer_to_head(&mut self) -> Answer {
        let head = self.head();
        self.answer_behind(head, false)
    }

    fn answer_behind(&mut self, head: String, with_body: bool) -> Answer {
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let mut answer = Answer { status, head, body: Vec::new(), trailers: String::new(), whole: true };
        if !with_body || matches!(status, 204 | 304) {
            return answer;
        }
        if answer.field("transfer-encoding") == Some("chunked") {
            answer.whole = self.chunks(&mut answer);
        } else if let Some(length) = answer.field("content-length") {
            let length: usize = length.parse().unwrap();
            while answer.body.len() < length {
                let Some(byte) = self.byte() else { break };
                answer.body.push(byte);
            }
            answer.whole = answer.body.len() == length;
        } else {
            answer.body = self.rest();
        }
        answer
    }

    fn chunks(&mut self, answer: &mut Answer) -> bool {
        loop {
            let Some(line) = self.line() else { return false };
            let size = usize::from_str_radix(&line, 16).expect("a chunk's size");
            if size == 0 {
                return self.trailers(answer);
            }
            for _ in 0..size {
                let Some(byte) = self.byte() else { return false };
                answer.body.push(byte);
            }
            if self.line().is_none() {
                return false;
            }
        }
    }

    /// Reads a chunk; gives its length, 0 behind the last.
    pub(crate) fn chunk(&mut self) -> usize {
        let line = self.line().expect("a chunk");
        let size = usize::from_str_radix(&line, 16).expect("a chunk's size");
        self.bytes(size + 2);
        size
    }

    fn trailers(&mut self, answer: &mut Answer) -> bool {
        while let Some(line) = self.line() {
            if line.is_empty() {
                return true;
            }
            answer.trailers += &line.to_ascii_lowercase();
            answer.trailers.push('\n');
        }
        false
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(self.byte()?);
        }
        line.truncate(line.len() - 2);
        Some(String::from_utf8(line).unwrap())
    }

    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        match self.0.read(&mut byte) {
            Ok(count) => (count == 1).then_some(byte[0]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("neither more nor an end: {error}"),
        }
    }
}

// === impl Answer ===

impl Answer {
    /// The value of a field, if there is one line of it.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.fields(name);
        let value = lines.next();
        assert!(lines.next().is_none(), "{name} stands twice in {}", self.head);
        value
    }

    pub(crate) fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        field_lines(&self.head, name)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// The values of the lines of one field of a head in lower case.
pub(crate) fn field_lines<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    head.lines()
        .skip(1)
        .filter_map(move |line| line.split_once(": ").filter(|(n, _)| *n == name))
        .map(|(_, v)| v)
}
