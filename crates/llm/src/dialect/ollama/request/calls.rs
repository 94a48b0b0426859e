//! Ids for calls of tools, which this dialect has only lately, and the calls that results belong to. A call without an
//! id is numbered through the conversation, so that the same conversation gives the same ids; a result without one is
//! for the first open call of its tool.

use std::collections::{HashMap, HashSet, VecDeque};

use foldhash::fast::RandomState;
use json::{Text, Value};

use crate::RequestError;

/// The calls of a conversation, as far as it is read.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// The ids that the client gives.
    given: HashSet<String, RandomState>,
    /// The number of the next call without an id.
    next: u64,
    turn: Turn,
}

/// The calls of the assistant's last turn.
#[derive(Debug, Default)]
struct Turn {
    ids: Vec<String>,
    places: HashMap<String, usize, RandomState>,
    answered: Vec<bool>,
    /// Places by the tool's name, in order.
    by_name: HashMap<String, VecDeque<usize>, RandomState>,
    /// Places in order.
    open: VecDeque<usize>,
}

// === impl Calls ===

impl Calls {
    /// The calls of these messages.
    pub(super) fn of(messages: &[Value<'_>]) -> Self {
        let calls = messages.iter().flat_map(|message| message.get("tool_calls").items());
        let given = calls.filter_map(|call| call.get("id").as_text()).map(|id| id.decode().into_owned());
        Self { given: given.collect(), ..Self::default() }
    }

    /// The assistant begins a turn.
    pub(super) fn begin_turn(&mut self) {
        self.turn = Turn::default();
    }

    /// The id of the next call.
    pub(super) fn call<'a>(
        &mut self,
        id: Option<Text<'a>>,
        name: &Text<'_>,
        path: &str,
    ) -> Result<Text<'a>, RequestError> {
        let id = match id.filter(|id| !id.is_empty()) {
            Some(id) => id,
            None => self.made(),
        };
        let (plain, place) = (id.decode().into_owned(), self.turn.ids.len());
        if self.turn.places.insert(plain.clone(), place).is_some() {
            return Err(RequestError::invalid(
                path,
                format!("`{path}` is `{plain}`, as that of another call"),
            ));
        }
        self.turn.ids.push(plain);
        self.turn.answered.push(false);
        self.turn.by_name.entry(name.decode().into_owned()).or_default().push_back(place);
        self.turn.open.push_back(place);
        Ok(id)
    }

    fn made(&mut self) -> Text<'static> {
        loop {
            let id = format!("call_{}", self.next);
            self.next += 1;
            if !self.given.contains(&id) {
                return Text::from_plain(&id);
            }
        }
    }

    /// The id of the call that a result is for, told by its id, else by the tool's name, else by its place.
    pub(super) fn result(
        &mut self,
        id: Option<&Text<'_>>,
        name: Option<&Text<'_>>,
    ) -> Result<Text<'static>, RequestError> {
        let (path, told) = match (id, name) {
            (Some(id), _) => ("tool_call_id", id.decode()),
            (None, Some(name)) => ("tool_name", name.decode()),
            (None, None) => ("tool_name", "".into()),
        };
        let turn = &mut self.turn;
        let place = match (id, name) {
            (Some(_), _) => turn.places.get(&*told).copied(),
            (None, Some(_)) => {
                turn.by_name.get_mut(&*told).and_then(|places| waiting(places, &turn.answered))
            }
            (None, None) => waiting(&mut turn.open, &turn.answered),
        };
        let open = place.filter(|&place| turn.answered.get(place) == Some(&false));
        let Some((place, id)) = open.and_then(|place| Some((place, turn.ids.get(place)?))) else {
            let message = format!(
                "`{path}` is `{told}`, and no call of the assistant's turn before waits for that result"
            );
            return Err(RequestError::invalid(path, message));
        };
        if let Some(answered) = turn.answered.get_mut(place) {
            *answered = true;
        }
        Ok(Text::from_plain(id))
    }
}

/// The first of these places whose call has no result yet; the others before it are never asked for again.
fn waiting(places: &mut VecDeque<usize>, answered: &[bool]) -> Option<usize> {
    while let Some(place) = places.pop_front() {
        if answered.get(place) == Some(&false) {
            return Some(place);
        }
    }
    None
}
