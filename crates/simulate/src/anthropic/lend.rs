//! Messages for another service that offers the same models in a wrapping of its own.

use serde_json::Value;

use super::ask::{Ask, Purpose};
use super::fields::Version;
use super::{reply, stream, wire};
use crate::desk::Desk;
use crate::fault::Faults;
use crate::seed;

/// A request that was found to be right.
#[derive(Debug)]
pub(crate) struct Asked(Ask);

/// An answer, both whole and in events; one of the two is used.
pub(crate) struct Lent {
    pub(crate) whole: Value,
    /// Each event's data, and whether the model takes time to write it.
    pub(crate) events: Box<dyn Iterator<Item = (Value, bool)> + Send>,
    pub(crate) input_tokens: u32,
    pub(crate) output_tokens: u32,
}

// === impl Lent ===

impl Lent {
    /// Reads a request in the dialect of the older version; an error is the vendor's words.
    pub(crate) fn read(body: Value, betas: bool, seed: u64) -> Result<Asked, String> {
        let ask = Ask::read(body, Purpose::Answer, Version::V20230601, betas, seed);
        ask.map(Asked).map_err(|error| error.message)
    }
}

// === impl Asked ===

impl Asked {
    /// How many tokens the prompt has.
    pub(crate) fn tokens(&self) -> u32 {
        self.0.tokens()
    }

    pub(crate) fn answer(&self, desk: &Desk, faults: Faults, caller: &[u8]) -> Lent {
        let (world, ask) = (&desk.world, &self.0);
        let cached = ask.prompt.caching(&world.cache, seed::hash(&[caller]), &ask.model);
        let reply = reply::make(world, &desk.ticket, ask, faults);
        let again = reply::make(world, &desk.ticket, ask, faults);
        let output_tokens = reply.tokens;
        let message = wire::Message::new(world, &desk.ticket, ask, &reply, cached);
        let events = stream::frames(&message, reply).filter_map(|frame| {
            let text = String::from_utf8_lossy(&frame.bytes);
            let data = text.lines().find_map(|line| line.strip_prefix("data: "))?;
            Some((serde_json::from_str(data).ok()?, frame.paced))
        });
        Lent {
            whole: serde_json::to_value(message.whole(again)).unwrap_or_default(),
            events: Box::new(events),
            input_tokens: cached.fresh,
            output_tokens,
        }
    }
}
