//! What is owed of an answer that its vendor makes in the background: its usage, which whoever reads its end is told.

use llm::conversation::{self, background};
use llm::sse;
use tokio::sync::oneshot;

use super::keeper::Keeper;
use crate::gateway::Core;

/// The largest event that is read, in bytes.
const MAX_EVENT: usize = 8 << 20;

/// A debt, which is noted for a later call when it is dropped unpaid.
#[derive(Debug)]
pub(crate) struct Debt {
    keeper: Keeper,
    id: String,
    paid: bool,
}

// === impl Debt ===

impl Debt {
    /// Takes the debt of the answer of this id, if there is one. It is taken in a task of its own: one that a caller who
    /// has left does not receive is noted again.
    pub(crate) async fn take(core: &Core, keeper: &Keeper, id: &str) -> Option<Self> {
        let (give, taken) = oneshot::channel();
        let (keeper, id) = (keeper.clone(), id.to_owned());
        core.spawn(async move {
            let owed = keeper.settle(&id).await;
            give.send(owed.then(|| Self { keeper, id, paid: false })).ok();
        });
        taken.await.ok().flatten()
    }

    /// The debt of an answer that is begun with this object.
    pub(crate) fn of(keeper: &Keeper, object: &[u8]) -> Option<Self> {
        let id = conversation::id(object).filter(|_| background::is_under(object))?;
        Some(Self { keeper: keeper.clone(), id, paid: false })
    }

    /// The same of an answer that is made in the background while its events are streamed, which begin with these.
    pub(crate) fn of_events(keeper: &Keeper, events: &[u8]) -> Option<Self> {
        let mut found = None;
        let mut parser = sse::Parser::new(MAX_EVENT);
        let look = |block: sse::Block<'_>| {
            if let (None, Some(event)) = (&found, block.event) {
                found = background::begun(event.data);
            }
        };
        parser.push(events, look).ok();
        let id = found?;
        Some(Self { keeper: keeper.clone(), id, paid: false })
    }

    /// The usage was told.
    pub(crate) fn pay(mut self) {
        self.paid = true;
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        if !self.paid {
            self.keeper.owe(&self.id);
        }
    }
}
