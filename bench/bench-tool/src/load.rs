//! A load of one request over and over: each connection a thread of its own, at a given rate (whose times are random, as callers'
//! are) or as fast as answers come. The time to the first byte of an answer's body counts from when the request was due.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};
use memchr::memmem;
use tokio::time::Instant;

/// What is sent, and how often.
#[derive(Debug)]
pub(crate) struct Plan {
    port: u16,
    request: Vec<u8>,
    connections: u32,
    /// Requests a connection.
    count: u32,
    /// The mean time between two requests of a connection; zero: as fast as answers come.
    gap: Duration,
}

/// What one connection saw: the bytes that came, and the time to each answer's first.
#[derive(Debug, Default)]
struct Seen {
    bytes: usize,
    first: Vec<Duration>,
}

/// Between 0 and 1, always the same row for the same connection.
struct Chance(u64);

// === impl Plan ===

impl Plan {
    pub(crate) fn read([port, connections, count, rate]: [&str; 4], request: &str) -> anyhow::Result<Self> {
        let connections: u32 = connections.parse().context("CONNECTIONS")?;
        let rate: f64 = rate.parse().context("RATE")?;
        let gap = if rate > 0.0 {
            Duration::try_from_secs_f64(f64::from(connections) / rate)?
        } else {
            Duration::ZERO
        };
        Ok(Self {
            port: port.parse().context("PORT")?,
            request: std::fs::read(request).with_context(|| request.to_owned())?,
            connections,
            count: count.parse().context("COUNT")?,
            gap,
        })
    }

    /// Runs it: answers, bytes, and of the times to the first byte the median and the 99th percentile in microseconds.
    pub(crate) fn run(self) -> anyhow::Result<String> {
        let mut all = Seen::default();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.connections)
                .map(|n| {
                    scope.spawn({
                        let plan = &self;
                        move || plan.connection(n)
                    })
                })
                .collect();
            for thread in threads {
                let Ok(seen) = thread.join() else { bail!("a connection's thread failed") };
                let seen = seen?;
                all.bytes += seen.bytes;
                all.first.extend(seen.first);
            }
            Ok(())
        })?;
        all.first.sort_unstable();
        let at = |part: usize| all.first.get(all.first.len() * part / 100).map_or(0, Duration::as_micros);
        Ok(format!("{} {} {} {}", all.first.len(), all.bytes, at(50), at(99)))
    }

    fn connection(&self, number: u32) -> anyhow::Result<Seen> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(Duration::from_mins(1)))?;
        let mut seen = Seen::default();
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ u64::from(number));
        let mut due = Instant::now();
        for _ in 0..self.count {
            if self.gap.is_zero() {
                due = Instant::now();
            } else {
                due += self.gap.mul_f64(-chance.next().ln());
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            socket.write_all(&self.request)?;
            answer(&mut socket, due, &mut seen)?;
        }
        Ok(seen)
    }
}

/// Reads one answer to its end.
fn answer(socket: &mut TcpStream, due: Instant, seen: &mut Seen) -> anyhow::Result<()> {
    let mut bytes = Vec::with_capacity(4 << 10);
    let mut piece = [0; 16 << 10];
    let mut body = None;
    loop {
        let read = socket.read(&mut piece)?;
        let read = piece.get(..read).filter(|read| !read.is_empty()).context("the answer is cut")?;
        bytes.extend_from_slice(read);
        if body.is_none() {
            body = memmem::find(&bytes, b"\r\n\r\n").map(|end| end + 4).filter(|&at| at < bytes.len());
            if body.is_some() {
                seen.first.push(due.elapsed());
            }
        }
        if let Some(at) = body
            && is_whole(bytes.get(..at).unwrap_or_default(), bytes.get(at..).unwrap_or_default())?
        {
            seen.bytes += bytes.len();
            return Ok(());
        }
    }
}

/// Whether the body of an answer with this head has come to its end.
fn is_whole(head: &[u8], body: &[u8]) -> anyhow::Result<bool> {
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        bail!("{head}{}", String::from_utf8_lossy(body));
    }
    Ok(match head.split_once("content-length:") {
        Some((_, length)) => body.len() >= length.lines().next().unwrap_or_default().trim().parse()?,
        None => body.ends_with(b"\r\n0\r\n\r\n"),
    })
}

// === impl Chance ===

impl Chance {
    /// The next of them, by Marsaglia's xorshift.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap_or(u32::MAX)).max(1.0) / f64::from(u32::MAX)
    }
}
