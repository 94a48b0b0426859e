//! The parts of an answer that comes piece by piece (`@defer`): what of each is waited for, and which are told when. The first
//! is told without waiting for what comes later; what comes later is told once the part around it was.

#[cfg(test)]
mod tests;

use super::Data;
use super::execute::Execution;
use crate::http::Response;
use crate::{Error, Part as Step};

/// The first part, and the node at its top.
pub(super) const MAIN: usize = 0;
/// So many parts an answer may have; what is marked beyond them comes at once with what is around it.
const PARTS: usize = 1_000;

/// The parts of an answer.
#[derive(Debug)]
pub(super) struct Parts {
    all: Vec<One>,
    room: usize,
}

#[derive(Debug)]
struct One {
    /// The node of its fields, and the object's that they are fields of.
    top: usize,
    object: usize,
    /// The part that the object is told with.
    of: usize,
    label: Option<String>,
    /// The calls that it waits for.
    waiting: usize,
    errors: Vec<Error>,
    told: bool,
}

/// A part that comes later.
#[derive(Clone, Debug, PartialEq)]
pub struct Deferred {
    /// Its number within the answer.
    pub id: usize,
    /// Where the object is whose fields it has.
    pub path: Vec<Step>,
    /// The name that the client gave it.
    pub label: Option<String>,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The first part, in the first piece.
    pub first: Option<Response<Data>>,
    /// Parts that have come; `None`: something in it must not be null and is.
    pub parts: Vec<(Deferred, Option<Data>, Vec<Error>)>,
    /// Parts that are to come now that what is around them was told.
    pub pending: Vec<Deferred>,
    /// Whether there is more.
    pub more: bool,
}

// === impl Parts ===

impl Parts {
    pub(super) fn new() -> Self {
        let main = One {
            top: MAIN,
            object: MAIN,
            of: MAIN,
            label: None,
            waiting: 0,
            errors: Vec::new(),
            told: false,
        };
        Self { all: vec![main], room: 0 }
    }

    /// Parts may come later.
    pub(super) fn make_room(&mut self) {
        self.room = PARTS;
    }

    pub(super) fn has_room(&self) -> bool {
        self.all.len() <= self.room
    }

    /// A part more, of an object that is told with another.
    pub(super) fn open(&mut self, (top, object): (usize, usize), of: usize, label: Option<&str>) -> usize {
        let label = label.map(str::to_owned);
        self.all.push(One { top, object, of, label, waiting: 0, errors: Vec::new(), told: false });
        self.all.len() - 1
    }

    pub(super) fn waits(&mut self, part: usize) {
        if let Some(one) = self.all.get_mut(part) {
            one.waiting += 1;
        }
    }

    pub(super) fn arrived(&mut self, part: usize) {
        if let Some(one) = self.all.get_mut(part) {
            one.waiting = one.waiting.saturating_sub(1);
        }
    }

    pub(super) fn fails(&mut self, part: usize, error: Error) {
        if let Some(one) = self.all.get_mut(part) {
            one.errors.push(error);
        }
    }

    /// The errors of a part, which are told with it.
    pub(super) fn errors(&mut self, part: usize) -> Vec<Error> {
        self.all.get_mut(part).map(|one| std::mem::take(&mut one.errors)).unwrap_or_default()
    }

    fn more(&self) -> bool {
        self.all.iter().any(|one| !one.told)
    }

    fn is_told(&self, part: usize) -> bool {
        self.all.get(part).is_some_and(|one| one.told)
    }

    fn tell(&mut self, part: usize) {
        if let Some(one) = self.all.get_mut(part) {
            one.told = true;
        }
    }
}

// === impl Execution ===

impl Execution<'_> {
    /// The next piece of the answer, if there is one.
    pub fn piece(&mut self) -> Option<Piece> {
        let mut piece = Piece { first: None, parts: Vec::new(), pending: Vec::new(), more: true };
        if !self.parts.is_told(MAIN) {
            if !self.is_ready(MAIN) || !self.serial.is_empty() {
                return None;
            }
            let data = self.fold(MAIN).unwrap_or(Data::Null);
            piece.first = Some(Response { errors: self.parts.errors(MAIN), data: Some(data) });
            self.told(MAIN, &mut piece);
        } else {
            // What lies within a part has a higher number.
            for part in 1..self.parts.all.len() {
                self.later_part(part, &mut piece);
            }
            if piece.parts.is_empty() {
                return None;
            }
        }
        piece.more = self.parts.more();
        Some(piece)
    }

    /// Nothing more is waited for: what has not come has failed for this reason.
    pub fn give_up(&mut self, reason: &Error) {
        for part in 0..self.parts.all.len() {
            let Some(one) = self.parts.all.get_mut(part).filter(|one| !one.told) else { continue };
            let (top, object) = (one.top, one.object);
            one.waiting = 0;
            let error = Error { path: self.path(object), ..reason.clone() };
            self.parts.fails(part, error);
            self.clear(top);
        }
        self.serial.clear();
    }

    fn is_ready(&self, part: usize) -> bool {
        self.parts.all.get(part).is_some_and(|one| one.waiting == 0)
    }

    fn later_part(&mut self, part: usize, piece: &mut Piece) {
        let Some(one) = self.parts.all.get(part) else { return };
        if one.told || one.waiting > 0 || !self.parts.is_told(one.of) {
            return;
        }
        let (deferred, top) = (self.deferred(part, one), one.top);
        let data = self.fold(top);
        let errors = self.parts.errors(part);
        piece.parts.push((deferred, data, errors));
        self.told(part, piece);
    }

    /// A part is told: what lies within it is pending, or is not to come since it is within null.
    fn told(&mut self, part: usize, piece: &mut Piece) {
        self.parts.tell(part);
        for within in part + 1..self.parts.all.len() {
            let Some(one) = self.parts.all.get(within).filter(|one| one.of == part) else { continue };
            if self.stands(one.object, part) {
                piece.pending.push(self.deferred(within, one));
            } else {
                self.drop_part(within);
            }
        }
    }

    /// It is not told, nor what lies within it.
    fn drop_part(&mut self, part: usize) {
        self.parts.tell(part);
        for within in part + 1..self.parts.all.len() {
            if self.parts.all.get(within).is_some_and(|one| one.of == part) {
                self.drop_part(within);
            }
        }
    }

    /// Whether an object that was told with a part was told as one.
    fn stands(&self, mut node: usize, part: usize) -> bool {
        let top = self.parts.all.get(part).map_or(MAIN, |one| one.top);
        while let Some(found) = self.nodes.get(node) {
            if found.dead {
                return false;
            }
            if node == top {
                break;
            }
            node = found.parent;
        }
        true
    }

    fn deferred(&self, id: usize, one: &One) -> Deferred {
        Deferred { id, path: self.path(one.object), label: one.label.clone() }
    }
}
