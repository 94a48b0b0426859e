//! A streamed answer, written as the events of a response.

use json::{Object, Text};

use super::assembly::Assembly;
use super::events::Events;
use super::shell::{Shell, Standing};
use crate::canonical::{Event, Stop};
use crate::dialect::StreamEncoder;
use crate::{ApiError, Context, FinishReason, Usage};

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    ctx: Context,
    answer: Option<Answer>,
}

/// An answer that has begun.
#[derive(Debug)]
struct Answer {
    shell: Shell,
    assembly: Assembly,
    /// Why the model stopped, and the provider's word for it.
    stopped: Option<(FinishReason, Option<String>)>,
    /// The whole answer, once it is complete.
    object: Option<Vec<u8>>,
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match (event, &mut self.answer) {
            (Event::Start { id, model }, _) => {
                let shell = Shell::new(id.as_ref(), model.as_ref(), &self.ctx);
                let assembly = Assembly::new(Events::streamed(), &shell.id, &self.ctx);
                let mut answer = Answer { shell, assembly, stopped: None, object: None };
                answer.tell("response.created", Standing::InProgress, out);
                answer.tell("response.in_progress", Standing::InProgress, out);
                self.answer = Some(answer);
            }
            (Event::Error(error), Some(answer)) => answer.fail(error, usage, out),
            (Event::Error(error), None) => write_error(error, out),
            (event, Some(answer)) => answer.write(event, usage, out),
            (_, None) => {}
        }
    }

    fn object(&self) -> Option<&[u8]> {
        self.answer.as_ref()?.object.as_deref()
    }
}

// === impl Encoder ===

impl Encoder {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), answer: None }
    }
}

// === impl Answer ===

impl Answer {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match event {
            Event::Block(start) => self.assembly.begin(start, out),
            Event::Delta(delta) => self.assembly.piece(delta, out),
            Event::BlockEnd => self.assembly.block_end(out),
            Event::Stop(stop) => {
                self.assembly.stop(Some(stop), out);
                let native = stop.native.as_ref().map(|native| native.decode().into_owned());
                self.stopped = Some((stop.reason, native));
            }
            Event::End => self.end(usage, out),
            _ => {}
        }
    }

    fn end(&mut self, usage: &Usage, out: &mut Vec<u8>) {
        let stopped = self.stopped.take();
        let stop = stopped.map(|(reason, native)| Stop {
            native: native.map(|native| Text::from_plain(&native)),
            ..Stop::plain(reason)
        });
        let standing = Standing::Ended { stop: stop.as_ref(), usage };
        self.tell(standing.event(), standing, out);
    }

    /// Tells of the error, and that the response failed with what there is of it.
    fn fail(&mut self, error: &ApiError, usage: &Usage, out: &mut Vec<u8>) {
        self.assembly.events.write("error", out, |event| error_members(error, event));
        self.tell("response.failed", Standing::Failed { error, usage }, out);
    }

    fn tell(&mut self, kind: &'static str, standing: Standing<'_>, out: &mut Vec<u8>) {
        let mut response = Vec::with_capacity(1024);
        self.shell.write(standing, None, self.assembly.items(), &mut response);
        self.assembly.events.write(kind, out, |event| event.key("response").extend_from_slice(&response));
        self.object = matches!(standing, Standing::Ended { .. }).then_some(response);
    }
}

/// Writes the event of an error that ends a stream in which nothing was told before.
pub(super) fn write_error(error: &ApiError, out: &mut Vec<u8>) {
    Events::streamed().write("error", out, |event| error_members(error, event));
}

/// What an error event says.
pub(super) fn error_members(error: &ApiError, event: &mut Object<'_>) {
    let (_, code) = super::error_words(error.kind);
    match error.code.as_deref().or(code) {
        Some(code) => event.string("code", code),
        None => event.raw("code", "null"),
    };
    event.string("message", &error.message);
    match &error.param {
        Some(param) => event.string("param", param),
        None => event.raw("param", "null"),
    };
}
