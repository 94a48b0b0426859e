//! From one snapshot and a few changes to the next.

mod addresses;
mod kinds;
mod pairs;
mod references;
mod spread;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use base::Secret;
use domain::{DocId, Document, Kind, SYSTEM_TEAM, SecretSource, Spec};
use route::Facts;

pub(crate) use addresses::address_of;
use spread::Affected;

use crate::claims::Claims;
use crate::mistake::Report;
use crate::outer::Outers;
use crate::routing::{Found, Miss, Routing};
use crate::shards::Shards;
use crate::{
    Alias, Application, Chain, Credential, Flow, KeyHash, Mistake, Provider, Route, Schedule, Service,
    StableId, Subscription, Upstream, Webhook,
};

/// One document written or, where `document` is `None`, deleted.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which.
    pub id: DocId,
    /// Its new content.
    pub document: Option<Arc<Document>>,
}

/// Gives the secrets that documents name.
pub trait Secrets: Send + Sync {
    /// The secret, or why there is none, in words for the person who wrote the document.
    fn resolve(&self, owner: &DocId, source: &SecretSource) -> Result<Secret<String>, String>;
}

/// The whole configuration, resolved.
#[derive(Clone, Default)]
pub struct Snapshot {
    revision: u64,
    documents: Shards<DocId, Arc<Document>>,
    dependents: Shards<DocId, Arc<BTreeSet<DocId>>>,
    upstreams: Shards<DocId, Arc<Upstream>>,
    providers: Shards<DocId, Arc<Provider>>,
    aliases: Shards<DocId, Arc<Alias>>,
    teams: Shards<DocId, Arc<Chain>>,
    services: Shards<DocId, Arc<Service>>,
    plans: Shards<DocId, Arc<Chain>>,
    subscriptions: Shards<DocId, Arc<Subscription>>,
    applications: Shards<DocId, Arc<Application>>,
    hashes: Shards<DocId, KeyHash>,
    credentials: Shards<KeyHash, Arc<Credential>>,
    flows: Shards<DocId, Arc<Flow>>,
    routes: Shards<DocId, Arc<Route>>,
    alias_names: Shards<StableId, Arc<Alias>>,
    webhooks: Shards<DocId, Arc<Webhook>>,
    schedules: Shards<DocId, Arc<Schedule>>,
    addresses: addresses::Addresses,
    outers: Arc<Outers>,
    routing: Arc<Routing>,
    claims: Arc<Claims>,
}

/// Kinds in an order in which each finds compiled what it refers to.
const ORDER: [Kind; 15] = [
    Kind::Team,
    Kind::Policy,
    Kind::Upstream,
    Kind::ProviderKey,
    Kind::Provider,
    Kind::ModelAlias,
    Kind::Service,
    Kind::Plan,
    Kind::Subscription,
    Kind::Application,
    Kind::Credential,
    Kind::Flow,
    Kind::Route,
    Kind::Webhook,
    Kind::Schedule,
];

// === impl Snapshot ===

impl Snapshot {
    /// The snapshot of no documents.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The next snapshot, or every mistake that the changes would make.
    pub fn apply(
        &self,
        changes: &[Change],
        revision: u64,
        secrets: &dyn Secrets,
    ) -> Result<Self, Vec<Mistake>> {
        let (next, mistakes, useless) = self.build(changes, &[], revision, secrets);
        let mistakes = together(mistakes, useless);
        if mistakes.is_empty() { Ok(next) } else { Err(mistakes) }
    }

    /// The snapshot of what was taken before, with what cannot work in it: what is known of models changes, and a call
    /// is told so.
    pub fn restore(
        changes: &[Change],
        revision: u64,
        secrets: &dyn Secrets,
    ) -> Result<(Self, Vec<Mistake>), Vec<Mistake>> {
        let (next, mistakes, useless) = Self::empty().build(changes, &[], revision, secrets);
        if mistakes.is_empty() { Ok((next, useless)) } else { Err(together(mistakes, useless)) }
    }

    /// Every mistake that the changes would make. `unread` are documents that are there but could not be
    /// read; references to them are not mistakes of their own.
    pub fn check(&self, changes: &[Change], unread: &[DocId], secrets: &dyn Secrets) -> Vec<Mistake> {
        let (_, mistakes, useless) = self.build(changes, unread, self.revision, secrets);
        together(mistakes, useless)
    }

    /// The next snapshot, the mistakes in it, and what cannot work whoever calls.
    fn build(
        &self,
        changes: &[Change],
        unread: &[DocId],
        revision: u64,
        secrets: &dyn Secrets,
    ) -> (Self, Vec<Mistake>, Vec<Mistake>) {
        let mut next = Self { revision, ..self.clone() };
        let mut affected = Affected::default();
        for change in changes {
            next.take(change, &mut affected);
        }
        spread::spread(self, &next, &mut affected);
        if affected.iter().any(|id| spread::claims_differ(self, &next, id)) {
            next.claims = Arc::new(Claims::of(&next));
        }
        // A key may move from one credential to another in one change.
        affected.of_kind(Kind::Credential).for_each(|id| next.forget_key(id));
        let mut mistakes = Vec::new();
        for id in ORDER.iter().flat_map(|kind| affected.of_kind(*kind)) {
            next.compile(id, unread, secrets, &mut mistakes);
        }
        if affected.of_kind(Kind::Team).next().is_some() {
            let teams = &next.teams;
            Arc::make_mut(&mut next.outers).refresh(&|team| teams.get(team).cloned());
        }
        let mut useless = Vec::new();
        pairs::check(&next, &affected, &mut useless);
        next.reroute(self, &affected, &mut mistakes);
        (next, together(mistakes, Vec::new()), together(useless, Vec::new()))
    }

    /// Brings the matcher up to date with the routes that changed.
    fn reroute(&mut self, before: &Self, affected: &Affected, mistakes: &mut Vec<Mistake>) {
        let ids = affected.of_kind(Kind::Route);
        let routes: Vec<_> = ids.map(|id| (before.routes.get(id), self.routes.get(id))).collect();
        if !routes.is_empty() {
            Arc::make_mut(&mut self.routing).update(&routes, mistakes);
        }
    }

    /// Takes a change into the documents and the index of who refers to whom.
    fn take(&mut self, change: &Change, affected: &mut Affected) {
        let id = &change.id;
        let of =
            |document: Option<&Arc<Document>>| document.map(|d| references::targets(d)).unwrap_or_default();
        let (old, new) = (of(self.documents.get(id)), of(change.document.as_ref()));
        for target in old.iter().filter(|target| !new.contains(target)) {
            if let Some(set) = self.dependents.get_mut(target) {
                Arc::make_mut(set).remove(id);
                if set.is_empty() {
                    self.dependents.remove(target);
                }
            }
        }
        for target in new.iter().filter(|target| !old.contains(target)) {
            self.dependents.update(target, |set| {
                Arc::make_mut(set).insert(id.clone());
            });
        }
        old.iter().chain(&new).filter(|target| spread::holds(target, id)).for_each(|id| affected.add(id));
        self.addresses.take(self.documents.get(id).map(|old| &**old), change.document.as_deref());
        self.documents.put(id.clone(), change.document.clone());
        affected.add(id);
    }

    fn compile(&mut self, id: &DocId, unread: &[DocId], secrets: &dyn Secrets, mistakes: &mut Vec<Mistake>) {
        let Some(document) = self.documents.get(id).cloned() else {
            self.forget(id);
            return;
        };
        let mut report = Report { document: id, mistakes };
        references::check(&document, self, unread, &mut report);
        kinds::compile(self, &document, secrets, &mut report);
    }

    fn forget(&mut self, id: &DocId) {
        match id.kind {
            Kind::Policy | Kind::ProviderKey => {}
            Kind::Team => self.teams.remove(id),
            Kind::Upstream => self.upstreams.remove(id),
            Kind::Provider => self.providers.remove(id),
            Kind::ModelAlias => {
                self.aliases.remove(id);
                let key = alias_key(id.team.as_str(), id.environment.as_str(), id.name.as_str());
                self.alias_names.remove(&key);
            }
            Kind::Service => self.services.remove(id),
            Kind::Plan => self.plans.remove(id),
            Kind::Subscription => self.subscriptions.remove(id),
            Kind::Application => self.applications.remove(id),
            Kind::Credential => self.forget_key(id),
            Kind::Flow => self.flows.remove(id),
            Kind::Route => self.routes.remove(id),
            Kind::Webhook => self.webhooks.remove(id),
            Kind::Schedule => self.schedules.remove(id),
        }
    }

    /// Removes a credential's key, unless another credential has taken it.
    fn forget_key(&mut self, id: &DocId) {
        if let Some(hash) = self.hashes.get(id).copied() {
            self.hashes.remove(id);
            if self.credentials.get(&hash).is_some_and(|credential| credential.id == *id) {
                self.credentials.remove(&hash);
            }
        }
    }
}

/// Looking things up.
impl Snapshot {
    /// The number of the configuration change that made this snapshot.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The same under another number, where the store gave it one.
    pub fn at_revision(mut self, revision: u64) -> Self {
        self.revision = revision;
        self
    }

    /// The number of documents.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A document.
    pub fn document(&self, id: &DocId) -> Option<&Arc<Document>> {
        self.documents.get(id)
    }

    /// Every document, in no order.
    pub fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.documents.iter().map(|(_, document)| document)
    }

    /// Who refers to a document.
    pub fn dependents(&self, id: &DocId) -> impl Iterator<Item = &DocId> {
        self.dependents.get(id).into_iter().flat_map(|set| set.iter())
    }

    /// The credential of a key.
    pub fn credential(&self, hash: &KeyHash) -> Option<&Arc<Credential>> {
        self.credentials.get(hash)
    }

    /// The alias that a team's callers know by a name in an environment: the team's own, else the system
    /// team's.
    pub fn alias(&self, team: &str, environment: &str, name: &str) -> Option<&Arc<Alias>> {
        let find = |team: &str| {
            let alias = self.alias_names.get(&alias_key(team, environment, name))?;
            let found = (alias.id.team.as_str(), alias.id.environment.as_str(), alias.name.as_ref());
            (found == (team, environment, name)).then_some(alias)
        };
        find(team).or_else(|| find(SYSTEM_TEAM))
    }

    /// Every alias that a team's callers may know in an environment, sorted by name.
    pub fn aliases(&self, team: &str, environment: &str) -> Vec<&Arc<Alias>> {
        let known = |name: &str| self.alias(team, environment, name);
        let seen = |alias: &&Arc<Alias>| {
            let owner = alias.id.team.as_str();
            alias.id.environment.as_str() == environment
                && (owner == team
                    || (owner == SYSTEM_TEAM && known(&alias.name).is_some_and(|a| a.id == alias.id)))
        };
        let mut aliases: Vec<_> = self.aliases.iter().map(|(_, alias)| alias).filter(seen).collect();
        aliases.sort_by(|a, b| a.name.cmp(&b.name));
        aliases
    }

    /// An upstream, or the one of a provider.
    pub fn upstream(&self, id: &DocId) -> Option<&Arc<Upstream>> {
        match id.kind {
            Kind::Provider => self.providers.get(id).map(|provider| &provider.upstream),
            _ => self.upstreams.get(id),
        }
    }

    /// A provider with its keys.
    pub fn provider(&self, id: &DocId) -> Option<&Arc<Provider>> {
        self.providers.get(id)
    }

    /// A flow.
    pub fn flow(&self, id: &DocId) -> Option<&Arc<Flow>> {
        self.flows.get(id)
    }

    pub(crate) fn service(&self, id: &DocId) -> Option<&Arc<Service>> {
        self.services.get(id)
    }

    pub(crate) fn route(&self, id: &DocId) -> Option<&Arc<Route>> {
        self.routes.get(id)
    }

    /// A webhook.
    pub fn webhook(&self, id: &DocId) -> Option<&Arc<Webhook>> {
        self.webhooks.get(id)
    }

    /// The webhooks of a team in an environment that want events of a type, in no order.
    pub fn webhooks(&self, team: &str, environment: &str, event: &str) -> Vec<&Arc<Webhook>> {
        let all = self.webhooks.iter().map(|(_, webhook)| webhook);
        let of = |id: &DocId| id.team.as_str() == team && id.environment.as_str() == environment;
        all.filter(|webhook| of(&webhook.id) && webhook.wants(event)).collect()
    }

    /// A schedule.
    pub fn schedule(&self, id: &DocId) -> Option<&Arc<Schedule>> {
        self.schedules.get(id)
    }

    /// Every schedule, in no order.
    pub fn schedules(&self) -> impl Iterator<Item = &Arc<Schedule>> {
        self.schedules.iter().map(|(_, schedule)| schedule)
    }

    /// The route for a request, `path` in normal form (see [`route::normalise`]). What a team claims, no other
    /// team's route answers.
    pub fn find(&self, host: &str, path: &str, method: &str, facts: &dyn Facts) -> Result<Found<'_>, Miss> {
        let found = self.routing.find(host, path, method, facts)?;
        if !self.claims.is_empty() && !self.claims.allow(host, path, &found.route.id.team) {
            return Err(Miss::NoRoute);
        }
        Ok(found)
    }

    /// The routing table.
    pub fn routing(&self) -> &Routing {
        &self.routing
    }

    /// The policies of the gateway and of a route's team, if they say anything.
    pub fn outer(&self, route: &Route) -> Option<&Chain> {
        self.outers.get(route.outer)
    }

    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }

    pub(crate) fn team(&self, id: &DocId) -> Option<&domain::spec::Team> {
        match &self.documents.get(id)?.spec {
            Spec::Team(team) => Some(team),
            _ => None,
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("revision", &self.revision)
            .field("documents", &self.len())
            .finish_non_exhaustive()
    }
}

/// All, sorted, each once.
fn together(mut mistakes: Vec<Mistake>, others: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.extend(others);
    mistakes.sort();
    mistakes.dedup();
    mistakes
}

fn alias_key(team: &str, environment: &str, name: &str) -> StableId {
    StableId::of(&[&team, &environment, &name])
}
