//! A streamed answer, written as the events of an interaction.

use super::assembly::Assembly;
use super::shell::{Shell, Standing, status};
use super::{error, events};
use crate::canonical::Event;
use crate::dialect::StreamEncoder;
use crate::{Context, Usage};

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
    status: &'static str,
    /// The whole answer, once it is complete.
    object: Option<Vec<u8>>,
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match (event, &mut self.answer) {
            (Event::Start { model, .. }, _) => {
                let shell = Shell::new(model.as_ref(), &self.ctx);
                tell("interaction.created", &shell, Standing::InProgress, out);
                events::write("interaction.status_update", out, |event| {
                    event.string("interaction_id", shell.id()).string("status", "in_progress");
                });
                let assembly = Assembly::new(true, &self.ctx);
                self.answer = Some(Answer { shell, assembly, status: "completed", object: None });
            }
            (Event::Error(error), _) => error::event(error, out),
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
                self.status = status(Some(stop), self.assembly.called());
            }
            Event::End => {
                let standing = Standing::Ended { status: self.status, usage, tier: None };
                tell("interaction.completed", &self.shell, standing, out);
                out.extend_from_slice(events::DONE);
                let mut object = Vec::with_capacity(1024);
                self.shell.write(standing, Some(self.assembly.steps()), &mut object);
                self.object = Some(object);
            }
            _ => {}
        }
    }
}

/// Writes an event of the interaction as a whole, which tells of no steps.
fn tell(kind: &'static str, shell: &Shell, standing: Standing<'_>, out: &mut Vec<u8>) {
    events::write(kind, out, |event| shell.write(standing, None, event.key("interaction")));
}
