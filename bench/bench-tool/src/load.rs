//! A load of one request over and over on some connections, all in one thread, at a given rate (whose times are random, as callers'
//! are) or as fast as answers come. The time to the first byte of an answer's body counts from when the request was due.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};
use memchr::memmem;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::time::Instant;

/// Where requests have their times, so long the connections have to be made before the first is due.
const START: Duration = Duration::from_millis(100);

/// Where requests have their times, so long everybody has to warm up before they count.
const WARM: Duration = Duration::from_millis(100);

/// The longest time without any answer.
const PATIENCE: Duration = Duration::from_mins(1);

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

/// A connection, and what it saw.
#[derive(Debug)]
struct Connection {
    socket: TcpStream,
    chance: Chance,
    /// When the next request is to be sent, or the last was.
    due: Instant,
    /// Times before this do not count.
    counts: Instant,
    /// An answer is awaited.
    asked: bool,
    /// Requests that are not answered yet.
    left: u32,
    /// What came of the answer.
    answer: Vec<u8>,
    /// Where its body begins.
    body: Option<usize>,
    /// The time to each answer's first byte.
    first: Vec<Duration>,
    bytes: usize,
}

/// Between 0 and 1, always the same row for the same connection.
#[derive(Debug)]
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
        let start = Instant::now() + START;
        let mut connections = (0..self.connections)
            .map(|number| Connection::open(&self, number, start))
            .collect::<anyhow::Result<Vec<_>>>()?;
        while connections.iter().any(|one| one.left > 0) {
            self.turn(&mut connections)?;
        }
        let (mut first, mut bytes) = (Vec::new(), 0);
        for one in connections {
            first.extend(one.first);
            bytes += one.bytes;
        }
        first.sort_unstable();
        let at = |part: usize| first.get(first.len() * part / 100).map_or(0, Duration::as_micros);
        let answers = u64::from(self.count) * u64::from(self.connections);
        Ok(format!("{answers} {bytes} {} {}", at(50), at(99)))
    }

    /// Sends what is due, waits for an answer or until more is due, and reads what came.
    fn turn(&self, connections: &mut [Connection]) -> anyhow::Result<()> {
        let now = Instant::now();
        let mut next = now + PATIENCE;
        for one in connections.iter_mut().filter(|one| one.left > 0 && !one.asked) {
            if one.due <= now {
                (&one.socket).write_all(&self.request)?;
                one.asked = true;
            } else {
                next = next.min(one.due);
            }
        }
        let ready: Vec<bool> = {
            let mut asked: Vec<PollFd<'_>> =
                connections.iter().map(|one| PollFd::new(&one.socket, one.wants())).collect();
            let wait = Timespec::try_from(next.saturating_duration_since(Instant::now()))?;
            let came = match poll(&mut asked, Some(&wait)) {
                Err(Errno::INTR) => return Ok(()),
                came => came?,
            };
            if came == 0 && next == now + PATIENCE {
                bail!("no answer in {PATIENCE:?}");
            }
            asked.iter().map(|one| !one.revents().is_empty()).collect()
        };
        for (one, _) in connections.iter_mut().zip(ready).filter(|(one, ready)| *ready && one.asked) {
            one.read(self.gap)?;
        }
        Ok(())
    }
}

// === impl Connection ===

impl Connection {
    fn open(plan: &Plan, number: u32, start: Instant) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", plan.port))?;
        socket.set_nodelay(true)?;
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ u64::from(number));
        let paced = !plan.gap.is_zero();
        let due = if paced { start + chance.gap(plan.gap) } else { Instant::now() };
        let counts = if paced { start + WARM } else { due };
        let (first, answer) = (Vec::new(), Vec::with_capacity(16 << 10));
        let (left, asked, body, bytes) = (plan.count, false, None, 0);
        Ok(Self { socket, chance, due, counts, asked, left, answer, body, first, bytes })
    }

    fn wants(&self) -> PollFlags {
        if self.asked { PollFlags::IN } else { PollFlags::empty() }
    }

    /// Reads what there is of an answer; at its end the next request gets its time.
    fn read(&mut self, gap: Duration) -> anyhow::Result<()> {
        let mut piece = [0; 16 << 10];
        let read = self.socket.read(&mut piece)?;
        let read = piece.get(..read).filter(|read| !read.is_empty()).context("the answer is cut")?;
        self.answer.extend_from_slice(read);
        if self.body.is_none() {
            let head = memmem::find(&self.answer, b"\r\n\r\n").map(|end| end + 4);
            self.body = head.filter(|&at| at < self.answer.len());
            if self.body.is_some() && self.due >= self.counts {
                self.first.push(self.due.elapsed());
            }
        }
        let Some((head, body)) = self.body.and_then(|at| self.answer.split_at_checked(at)) else {
            return Ok(());
        };
        if is_whole(head, body)? {
            self.bytes += self.answer.len();
            self.answer.clear();
            (self.body, self.asked) = (None, false);
            self.left -= 1;
            self.due = if gap.is_zero() { Instant::now() } else { self.due + self.chance.gap(gap) };
        }
        Ok(())
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
    /// The time to the next request, of this mean.
    fn gap(&mut self, mean: Duration) -> Duration {
        mean.mul_f64(-self.next().ln())
    }

    /// The next of them, by Marsaglia's xorshift.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap_or(u32::MAX)).max(1.0) / f64::from(u32::MAX)
    }
}
