//! What a change reaches: all that must be compiled anew because something that it stands on has changed.

use std::collections::{BTreeSet, HashSet};

use domain::{DocId, Document, Kind, Spec};

use super::{Snapshot, references};
use crate::claims::Claims;
use crate::shards::Hasher;

/// Documents, each once, in the order in which they came.
#[derive(Default)]
pub(super) struct Affected {
    list: Vec<DocId>,
    seen: HashSet<DocId, Hasher>,
}

/// Adds to `affected` all that depends on what is in it. `next` has the new documents and nothing else new.
pub(super) fn spread(before: &Snapshot, next: &Snapshot, affected: &mut Affected) {
    let mut at = 0;
    let mut teams = Vec::new();
    loop {
        while let Some(id) = affected.list.get(at).cloned() {
            at += 1;
            let came_or_went = before.document(&id).is_some() != next.document(&id).is_some();
            let others = next.dependents(&id).filter(|other| came_or_went || is_held(&id, other));
            others.for_each(|other| affected.add(other));
            match id.kind {
                // Subscriptions and keys compiled anew are held by what they refer to.
                Kind::Subscription | Kind::ProviderKey => {
                    let targets = next.document(&id).map(|d| references::targets(d)).unwrap_or_default();
                    targets
                        .iter()
                        .filter(|target| holds(target, &id))
                        .for_each(|target| affected.add(target));
                }
                // Flows and GraphQL schemas call operations by the paths of a service's routes.
                Kind::Route => {
                    for service in [before, next].iter().filter_map(|one| service_of(one, &id)) {
                        let others = next.dependents(&service);
                        let callers = others.filter(|other| matches!(other.kind, Kind::Flow | Kind::Service));
                        callers.for_each(|caller| affected.add(caller));
                    }
                }
                // Flows find the documents of others by their addresses too.
                Kind::Flow => {
                    for document in [before, next].iter().filter_map(|one| one.document(&id)) {
                        next.addresses.users(document).iter().for_each(|user| affected.add(user));
                    }
                }
                Kind::Team => teams.push(id),
                _ => {}
            }
        }
        // One look at all documents, however many teams there are.
        if teams.is_empty() {
            return;
        }
        let reached = reached_by_teams(before, next, &std::mem::take(&mut teams), affected);
        for id in &reached {
            affected.add(id);
        }
    }
}

/// The service of a route.
fn service_of(snapshot: &Snapshot, route: &DocId) -> Option<DocId> {
    match &snapshot.document(route)?.spec {
        Spec::Route(spec) => route.resolve(Kind::Service, &spec.service).ok(),
        _ => None,
    }
}

/// Whether what a document is compiled to is held by one that refers to it. Some only name the other, which
/// therefore has to be there.
fn is_held(held: &DocId, holder: &DocId) -> bool {
    !matches!(
        (held.kind, holder.kind),
        (Kind::Service | Kind::Application, Kind::Subscription) | (Kind::ModelAlias, Kind::Service)
    )
}

/// Some compiled things hold what refers to them: an application its subscriptions, a provider its keys.
pub(super) fn holds(holder: &DocId, held: &DocId) -> bool {
    matches!(
        (held.kind, holder.kind),
        (Kind::Subscription, Kind::Application) | (Kind::ProviderKey, Kind::Provider)
    )
}

/// Whether a document is a team whose claims have changed.
pub(super) fn claims_differ(before: &Snapshot, next: &Snapshot, id: &DocId) -> bool {
    let claims = |snapshot: &Snapshot| {
        let team = snapshot.team(id)?;
        Some((team.hosts.clone(), team.path_prefixes.clone())).filter(|(a, b)| a.len() + b.len() > 0)
    };
    id.kind == Kind::Team && claims(before) != claims(next)
}

/// Claims of teams reach the routes that stand where they reach, and a team that goes leaves all its
/// documents without one. (Its policies are reached through [`Snapshot::outer`].)
fn reached_by_teams(before: &Snapshot, next: &Snapshot, teams: &[DocId], affected: &Affected) -> Vec<DocId> {
    let gone: BTreeSet<_> =
        teams.iter().filter(|id| next.document(id).is_none()).map(|id| (&id.name, &id.environment)).collect();
    let mut claims = Claims::default();
    for id in teams.iter().filter(|id| claims_differ(before, next, id)) {
        [before.team(id), next.team(id)].into_iter().flatten().for_each(|team| claims.add(&id.name, team));
    }
    if gone.is_empty() && claims.is_empty() {
        return Vec::new();
    }
    let is_reached = |document: &Document| {
        before.routes.get(&document.id).is_some_and(|route| claims.touch(&route.matches))
            || gone.contains(&(&document.id.team, &document.id.environment))
    };
    let documents = next.documents().filter(|document| !affected.seen.contains(&document.id));
    documents.filter(|document| is_reached(document)).map(|document| document.id.clone()).collect()
}

// === impl Affected ===

impl Affected {
    pub(super) fn add(&mut self, id: &DocId) {
        if self.seen.insert(id.clone()) {
            self.list.push(id.clone());
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &DocId> {
        self.list.iter()
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &DocId> {
        self.iter().filter(move |id| id.kind == kind)
    }
}
