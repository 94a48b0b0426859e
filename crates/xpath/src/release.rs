//! Items that stand deep within each other are let go of one after the other: a drop within a drop would use up the stack.

use std::cell::RefCell;

use crate::item::{Item, Sequence};

thread_local! {
    /// What is still to let go of, while something is let go of.
    static WAITING: RefCell<Option<Vec<Item>>> = const { RefCell::new(None) };
}

/// Lets go of the items of an array, a map, a function or a variable that is dropped.
pub(crate) fn release(mut items: Sequence) {
    items.retain(|item| !matches!(item, Item::Atomic(_) | Item::Node(_)));
    if items.is_empty() {
        return;
    }
    let is_first = WAITING.try_with(|waiting| match &mut *waiting.borrow_mut() {
        Some(waiting) => {
            waiting.append(&mut items);
            false
        }
        waiting => {
            *waiting = Some(std::mem::take(&mut items));
            true
        }
    });
    if is_first == Ok(true) {
        while let Some(item) = next() {
            drop(item);
        }
    }
}

/// What is let go of next; once there is nothing, what comes then is the first again.
fn next() -> Option<Item> {
    WAITING.with_borrow_mut(|waiting| {
        let item = waiting.as_mut().and_then(Vec::pop);
        if item.is_none() {
            *waiting = None;
        }
        item
    })
}
