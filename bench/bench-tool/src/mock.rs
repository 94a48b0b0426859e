//! The mock provider: whatever is asked under `/NAME/…` is answered with the bytes of the answer NAME, which are made once
//! at the start; under `/NAME/…/LAST`, of `NAME.LAST` if there is one, since OpenAI answers in two ways. An answer of several frames is sent in chunks, one a frame: all in one piece, or one after the other
//! with a pause between them. It reads of a request its path and its length, nothing else.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

/// An answer, head included.
#[derive(Debug)]
struct Answer {
    /// What is sent at a time.
    pieces: Vec<Vec<u8>>,
    /// From one piece to the next.
    pause: Duration,
}

type Answers = Rc<HashMap<Vec<u8>, Answer>>;

/// Serves the answers of a folder until the process is ended.
pub(crate) fn run(port: u16, folder: &str) -> anyhow::Result<String> {
    let answers: Answers = Rc::new(read(Path::new(folder))?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let answers = Rc::clone(&answers);
            tokio::task::spawn_local(async move {
                // A client that leaves has had enough.
                serve(socket, &answers).await.unwrap_or_default();
            });
        }
    })
}

async fn serve(mut socket: TcpStream, answers: &Answers) -> anyhow::Result<()> {
    let mut buffer = Vec::with_capacity(16 << 10);
    loop {
        let (answer, length) = loop {
            if let Some(asked) = asked(&buffer, answers)? {
                break asked;
            }
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        while buffer.len() < length {
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        buffer.drain(..length);
        let mut next = Instant::now();
        for (at, piece) in answer.pieces.iter().enumerate() {
            if at > 0 {
                next += answer.pause;
                sleep_until(next).await;
            }
            socket.write_all(piece).await?;
        }
    }
}

/// The answer that the request at the front of `bytes` asks for, and how long the request is; none if its head is not whole.
fn asked<'a>(bytes: &[u8], answers: &'a Answers) -> anyhow::Result<Option<(&'a Answer, usize)>> {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = bytes.get(..end).unwrap_or_default();
    let path = head.split(|&byte| byte == b' ').nth(1).context("no path")?;
    let name = path.split(|&byte| byte == b'/').nth(1).context("no name")?;
    let last = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let answer = answers.get(&[name, b".", last].concat()).or_else(|| answers.get(name));
    let answer = answer.context("no such answer")?;
    let length = head
        .split(|&byte| byte == b'\n')
        .filter_map(|line| line.split_at_checked(15))
        .find(|(name, _)| name.eq_ignore_ascii_case(b"content-length:"))
        .map_or(Some(0), |(_, value)| std::str::from_utf8(value).ok()?.trim().parse().ok());
    match length {
        Some(length) => Ok(Some((answer, end + 4 + length))),
        None => bail!("no length"),
    }
}

fn read(folder: &Path) -> anyhow::Result<HashMap<Vec<u8>, Answer>> {
    let mut answers = HashMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_encoded_bytes();
        let answer = Answer::read(&std::fs::read(entry.path())?);
        answers.insert(name, answer.with_context(|| entry.file_name().display().to_string())?);
    }
    Ok(answers)
}

// === impl Answer ===

impl Answer {
    fn read(file: &[u8]) -> anyhow::Result<Self> {
        let (pause, kind, frames) = frames(file)?;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n");
        let mut pieces = match frames[..] {
            [body] => {
                vec![[format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()]
            }
            _ => chunks(&format!("{head}transfer-encoding: chunked\r\n\r\n"), &frames),
        };
        if pause.is_zero() {
            pieces = vec![pieces.concat()];
        }
        Ok(Self { pieces, pause })
    }
}

/// Reads a file: a line with the microseconds between two pieces and the media type, then frames, each behind a line
/// with its length.
pub(crate) fn frames(file: &[u8]) -> anyhow::Result<(Duration, &str, Vec<&[u8]>)> {
    let (first, mut rest) = line(file)?;
    let (pause, kind) = first.split_once(' ').context("the first line")?;
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let (length, after) = line(rest)?;
        let (frame, after) = after.split_at_checked(length.parse()?).context("a frame is cut")?;
        frames.push(frame);
        rest = after;
    }
    Ok((Duration::from_micros(pause.parse()?), kind, frames))
}

/// Frames as chunks, the head before the first and the end behind the last.
fn chunks(head: &str, frames: &[&[u8]]) -> Vec<Vec<u8>> {
    let chunk = |frame: &&[u8]| [format!("{:x}\r\n", frame.len()).as_bytes(), frame, b"\r\n"].concat();
    let mut pieces: Vec<Vec<u8>> = frames.iter().map(chunk).collect();
    if let Some(first) = pieces.first_mut() {
        first.splice(..0, head.bytes());
    }
    if let Some(last) = pieces.last_mut() {
        last.extend_from_slice(b"0\r\n\r\n");
    }
    pieces
}

fn line(bytes: &[u8]) -> anyhow::Result<(&str, &[u8])> {
    let end = memchr::memchr(b'\n', bytes).context("a line is cut")?;
    let (line, rest) = bytes.split_at(end);
    Ok((std::str::from_utf8(line)?, rest.get(1..).unwrap_or_default()))
}
