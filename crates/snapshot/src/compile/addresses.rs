//! Addresses of flows' documents (`$self`), and who names them as a source: a document is found by its address, wherever it
//! came from.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{DocId, Document, Spec};
use serde_json::Value;

use super::Snapshot;
use crate::shards::Shards;

/// Who has an address, and who names it.
#[derive(Clone, Default)]
pub(super) struct Addresses {
    owners: Shards<Box<str>, Arc<BTreeSet<DocId>>>,
    users: Shards<Box<str>, Arc<BTreeSet<DocId>>>,
}

/// What a reference in a flow's document leads to. The base is the document's `$self`; what that, or without it the
/// reference itself, is relative to is `weir://TEAM/ENVIRONMENT/NAME`.
pub(crate) fn address_of(id: &DocId, own: Option<&str>, reference: &str) -> Box<str> {
    let base = format!("weir://{}/{}/{}", id.team, id.environment, id.name);
    let base = own.map(|own| ::flow::document::resolve(&base, own)).unwrap_or(base);
    ::flow::document::resolve(&base, reference).into()
}

/// The address of a flow's document, and those of its sources that may be documents too.
fn of(document: &Document) -> Option<(Box<str>, Vec<Box<str>>)> {
    let Spec::Flow(flow) = &document.spec else { return None };
    // The short form has these members as Arazzo has them; its `sources` are descriptions.
    let written = flow.written().map(|(_, written)| written);
    let own = written.and_then(|written| written.get("$self")?.as_str());
    let sources = written.and_then(|written| written.get("sourceDescriptions")?.as_array());
    let named = sources.into_iter().flatten().filter_map(|source| {
        let kind = source.get("type").and_then(Value::as_str);
        let url = source.get("url").and_then(Value::as_str)?;
        kind.is_none_or(|kind| kind == "arazzo").then(|| address_of(&document.id, own, url))
    });
    Some((address_of(&document.id, own, ""), named.collect()))
}

// === impl Addresses ===

impl Addresses {
    /// Forgets what a document says and takes what it says now.
    pub(super) fn take(&mut self, old: Option<&Document>, new: Option<&Document>) {
        if let Some((id, (own, named))) = old.and_then(|old| Some((&old.id, of(old)?))) {
            remove(&mut self.owners, &own, id);
            for address in &named {
                remove(&mut self.users, address, id);
            }
        }
        if let Some((id, (own, named))) = new.and_then(|new| Some((&new.id, of(new)?))) {
            add(&mut self.owners, &own, id);
            for address in &named {
                add(&mut self.users, address, id);
            }
        }
    }

    /// The flows that name a flow's document by its address.
    pub(super) fn users(&self, document: &Document) -> Vec<DocId> {
        let users = of(document).and_then(|(own, _)| self.users.get(&own));
        users.into_iter().flat_map(|users| users.iter().cloned()).collect()
    }
}

fn add(index: &mut Shards<Box<str>, Arc<BTreeSet<DocId>>>, address: &str, id: &DocId) {
    index.update(&address.into(), |set| {
        Arc::make_mut(set).insert(id.clone());
    });
}

fn remove(index: &mut Shards<Box<str>, Arc<BTreeSet<DocId>>>, address: &str, id: &DocId) {
    let key: Box<str> = address.into();
    if let Some(set) = index.get_mut(&key) {
        Arc::make_mut(set).remove(id);
        if set.is_empty() {
            index.remove(&key);
        }
    }
}

// === impl Snapshot ===

impl Snapshot {
    /// The flows whose documents have this address, of whichever team.
    pub(crate) fn flows_at(&self, address: &str) -> impl Iterator<Item = &DocId> {
        self.addresses.owners.get(&address.into()).into_iter().flat_map(|owners| owners.iter())
    }

    /// The flow that another one means by an address: its own team's, else that of the system team.
    pub(crate) fn flow_at(&self, id: &DocId, address: &str) -> Option<&DocId> {
        let of = |team: &str| {
            let mine = |owner: &&DocId| owner.team.as_str() == team && owner.environment == id.environment;
            self.flows_at(address).find(mine)
        };
        of(id.team.as_str()).or_else(|| of(domain::SYSTEM_TEAM))
    }
}
