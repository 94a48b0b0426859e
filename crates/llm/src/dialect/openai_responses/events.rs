//! Events of a streamed answer, named and numbered.

use json::Object;

/// Writes events; of a whole answer, none.
#[derive(Debug)]
pub(super) struct Events {
    silent: bool,
    /// The number of the next event.
    next: u64,
}

/// Where in an answer an event belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'i> {
    pub(super) item: &'i str,
    pub(super) output: u64,
}

// === impl Events ===

impl Events {
    /// Writes every event.
    pub(super) fn streamed() -> Self {
        Self { silent: false, next: 0 }
    }

    /// Writes nothing.
    pub(super) fn silent() -> Self {
        Self { silent: true, next: 0 }
    }

    /// An event of this number was passed on from elsewhere.
    pub(super) fn passed(&mut self, number: u64) {
        self.next = number.saturating_add(1);
    }

    /// Writes an event: its type, its number, and what `write` adds.
    pub(super) fn write(
        &mut self,
        kind: &'static str,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Object<'_>),
    ) {
        if self.silent {
            return;
        }
        for part in ["event: ", kind, "\ndata: "] {
            out.extend_from_slice(part.as_bytes());
        }
        let mut object = Object::begin(out);
        object.string("type", kind).number("sequence_number", self.next);
        self.next += 1;
        write(&mut object);
        object.end();
        out.extend_from_slice(b"\n\n");
    }

    /// Writes an event of an item.
    pub(super) fn of_item(
        &mut self,
        kind: &'static str,
        at: At<'_>,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Object<'_>),
    ) {
        self.write(kind, out, |event| {
            event.string("item_id", at.item).number("output_index", at.output);
            write(event);
        });
    }

    /// Writes that an item begins or is whole.
    pub(super) fn item(
        &mut self,
        kind: &'static str,
        output: u64,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        self.write(kind, out, |event| write(event.number("output_index", output).key("item")));
    }
}
