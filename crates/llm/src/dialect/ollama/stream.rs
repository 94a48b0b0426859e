//! A streamed answer: an object a line, calls of tools as a whole, what was used in the last one.

use json::{Object, Text};

use super::Shape;
use super::answer::{Said, Writer, reason};
use crate::canonical::{BlockStart, Delta, Event};
use crate::dialect::StreamEncoder;
use crate::{Context, Usage};

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    writer: Writer,
    /// The call whose arguments are being gathered: an object cannot be told in pieces.
    call: Option<Call>,
    /// Whether there was any text.
    spoke: bool,
    reason: &'static str,
}

#[derive(Debug)]
struct Call {
    id: Text<'static>,
    name: Text<'static>,
    arguments: String,
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match event {
            Event::Start { model, .. } => self.writer.answered_by(model.as_ref()),
            Event::Block(BlockStart::ToolUse { id, name, .. }) => {
                let owned = |text: &Text<'_>| Text::from_plain(&text.decode());
                self.call = Some(Call { id: owned(id), name: owned(name), arguments: String::new() });
            }
            Event::Block(_) | Event::Usage { .. } | Event::Skipped | Event::Pause => {}
            Event::Delta(delta) => self.delta(delta, out),
            Event::BlockEnd => self.block_end(out),
            Event::Stop(stop) => {
                self.reason = reason(Some(stop));
                if let Some(refusal) = stop.refusal.as_ref().filter(|_| !self.spoke) {
                    self.line(&Said { text: vec![refusal], ..Said::default() }, out);
                }
            }
            Event::End => {
                self.writer.write(&Said::default(), Some((self.reason, usage)), out);
                out.push(b'\n');
            }
            Event::Error(error) => {
                let mut object = Object::begin(out);
                object.string("error", &error.message);
                object.end();
                out.push(b'\n');
            }
        }
    }
}

// === impl Encoder ===

impl Encoder {
    pub(super) fn new(shape: Shape, ctx: &Context) -> Self {
        Self { writer: Writer::new(shape, ctx), call: None, spoke: false, reason: "stop" }
    }

    fn line(&self, said: &Said<'_>, out: &mut Vec<u8>) {
        self.writer.write(said, None, out);
        out.push(b'\n');
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) => {
                self.spoke = true;
                self.line(&Said { text: vec![text], ..Said::default() }, out);
            }
            Delta::Thinking(text) => self.line(&Said { thinking: vec![text], ..Said::default() }, out),
            Delta::Logprobs(content) => self.line(&Said { logprobs: Some(content), ..Said::default() }, out),
            Delta::Arguments(json) => {
                if let Some(call) = &mut self.call {
                    call.arguments.push_str(&json.decode());
                }
            }
            // They have no place here.
            Delta::State(_) | Delta::Citation(_) => {}
        }
    }

    fn block_end(&mut self, out: &mut Vec<u8>) {
        if let Some(call) = self.call.take() {
            let calls = vec![(&call.id, &call.name, call.arguments.as_str())];
            self.line(&Said { calls, ..Said::default() }, out);
        }
    }
}
