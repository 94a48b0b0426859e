//! A form as it comes from a client: its pieces, and the same form anew for a provider, never held whole.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use message::{Body, BodyError, Frame, Reason, Stream};

use super::form::{Form, Piece};

/// A form whose body is read as its pieces are asked for.
pub(crate) struct Incoming {
    body: Body,
    form: Form,
    read: u64,
}

/// The same form for a provider.
pub(crate) struct Outgoing {
    incoming: Incoming,
    boundary: String,
    ready: VecDeque<Bytes>,
    /// What the file may still have, in bytes.
    left: u64,
    limit: u64,
    over: bool,
}

/// What a client calls its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) filename: String,
    pub(crate) media_type: Option<String>,
}

// === impl Incoming ===

impl Incoming {
    pub(crate) fn new(body: Body, form: Form) -> Self {
        Self { body, form, read: 0 }
    }

    /// How many bytes have come.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    /// The next piece; `None` behind the form.
    pub(crate) async fn piece(&mut self) -> Result<Option<Piece>, BodyError> {
        std::future::poll_fn(|cx| self.poll_piece(cx)).await
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Piece>, BodyError>> {
        loop {
            match self.form.next() {
                Ok(Some(piece)) => return Poll::Ready(Ok(Some(piece))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Err(broken(error.0))),
            }
            match ready!(self.body.poll_frame(cx)) {
                Some(Ok(Frame::Data(data))) => {
                    self.read += data.len() as u64;
                    self.form.push(&data);
                }
                Some(Ok(Frame::Trailers(_))) => {}
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None if self.form.is_over() => return Poll::Ready(Ok(None)),
                None => return Poll::Ready(Err(broken("it ends in its middle"))),
            }
        }
    }
}

fn broken(detail: &'static str) -> BodyError {
    BodyError::new(Reason::InvalidAiRequest, format!("the form cannot be read: {detail}"))
}

// === impl Outgoing ===

impl Outgoing {
    /// The rest of a form whose fields so far were read, up to the beginning of its file.
    pub(crate) fn new(
        incoming: Incoming,
        boundary: String,
        fields: &[(String, String)],
        name: &Name,
        limit: u64,
    ) -> Self {
        let mut start: Vec<u8> = fields.iter().flat_map(|field| field_part(&boundary, field)).collect();
        start.extend(file_head(&boundary, name));
        Self { incoming, boundary, ready: VecDeque::from([start.into()]), left: limit, limit, over: false }
    }

    fn take(&mut self, piece: Option<Piece>) -> Result<(), BodyError> {
        match piece {
            Some(Piece::Data(data)) => {
                let left = self.left.checked_sub(data.len() as u64);
                self.left = left.ok_or_else(|| too_large(self.limit))?;
                self.ready.push_back(data);
            }
            Some(Piece::Field(name, value)) if name != "model" => {
                self.ready.push_back(field_part(&self.boundary, &(name, value)).into());
            }
            Some(Piece::FileEnd) => self.ready.push_back(Bytes::from_static(b"\r\n")),
            Some(Piece::File { .. }) => return Err(broken("there is more than one file")),
            Some(Piece::End) => {
                self.over = true;
                self.ready.push_back(last(&self.boundary).into());
            }
            Some(Piece::Field(..)) | None => {}
        }
        Ok(())
    }
}

impl Stream for Outgoing {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::Data(bytes))));
            }
            if self.over {
                return Poll::Ready(None);
            }
            let piece = ready!(self.incoming.poll_piece(cx));
            if let Err(error) = piece.and_then(|piece| self.take(piece)) {
                self.over = true;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

/// What is told of a file that is larger than may be.
pub(crate) fn too_large(limit: u64) -> BodyError {
    BodyError::new(Reason::BodyTooLarge, format!("the file is larger than {limit} bytes"))
}

/// What stands around a file that is sent from elsewhere: before it, and behind it.
pub(crate) fn around(boundary: &str, fields: &[(String, String)], name: &Name) -> (Vec<u8>, Vec<u8>) {
    let mut start: Vec<u8> = fields.iter().flat_map(|field| field_part(boundary, field)).collect();
    start.extend(file_head(boundary, name));
    (start, format!("\r\n{}", last(boundary)).into_bytes())
}

fn field_part(boundary: &str, (name, value): &(String, String)) -> Vec<u8> {
    let name = quoted(name);
    format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
}

fn file_head(boundary: &str, name: &Name) -> Vec<u8> {
    let filename = quoted(&name.filename);
    let plain = |text: &&str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let media_type = name.media_type.as_deref().filter(plain).unwrap_or("application/octet-stream");
    format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
         Content-Type: {media_type}\r\n\r\n"
    )
    .into_bytes()
}

fn last(boundary: &str) -> String {
    format!("--{boundary}--\r\n")
}

/// A name within quotes, as browsers write it.
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
