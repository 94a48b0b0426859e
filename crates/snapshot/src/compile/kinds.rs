//! Compiling one document of each kind into its snapshot.

use std::sync::Arc;

use domain::spec::{self, Backend as BackendSpec, KeyPlace, PolicyUse};
use domain::{DocId, Document, Kind, Reference, Spec};
use trace::RouteLabels;

use super::{Secrets, Snapshot, alias_key};
use crate::caller::{self, Application, Subscription};
use crate::mistake::Report;
use crate::service::{AiWays, Backend, KeyAt, Service, compile_announcement};
use crate::{
    Attachment, Chain, Route, Scope, StableId, ai, batching, flow, graphql, hook, inbound, jobs, routing,
    schedule, stored, upstream,
};

pub(super) fn compile(
    into: &mut Snapshot,
    document: &Arc<Document>,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) {
    let id = &document.id;
    match &document.spec {
        Spec::Team(spec) => {
            into.claims().check(id, spec, report);
            let system = id.name.as_str() == domain::SYSTEM_TEAM;
            let scope = if system { Scope::Gateway } else { Scope::Team };
            let chain = chain(into, scope, id, &spec.policies, report);
            into.teams.insert(id.clone(), Arc::new(chain));
        }
        // A policy is checked by itself too, so that one that nothing uses yet is not wrong unseen.
        Spec::Policy(spec) => {
            if let spec::Policy::Credentials(credentials) = &**spec {
                flow::shown(credentials, id, secrets, report);
                return;
            }
            let used = [PolicyUse::Ref(Reference(id.name.shared()))];
            let mut at_spec = Vec::new();
            chain(into, Scope::Route, id, &used, &mut Report { document: id, mistakes: &mut at_spec });
            for mistake in at_spec {
                report.add(mistake.path.replacen("/spec/policies/0", "/spec", 1), mistake.message);
            }
        }
        Spec::ProviderKey(spec) => {
            if let Err(message) = secrets.resolve(id, &spec.secret) {
                report.add("/spec/secret", message);
            }
        }
        Spec::Upstream(spec) => {
            let compiled = upstream::compile(id, spec, secrets, report);
            into.upstreams.put(id.clone(), compiled.map(Arc::new));
        }
        Spec::Provider(spec) => provider(into, id, spec, secrets, report),
        Spec::ModelAlias(spec) => {
            let compiled =
                ai::compile_alias(id, spec, &|id| into.providers.get(id).cloned(), report).map(Arc::new);
            into.alias_names.put(
                alias_key(id.team.as_str(), id.environment.as_str(), id.name.as_str()),
                compiled.clone(),
            );
            into.aliases.put(id.clone(), compiled);
        }
        Spec::Service(spec) => {
            let compiled = service(into, id, spec, report);
            into.services.put(id.clone(), compiled.map(Arc::new));
        }
        Spec::Plan(spec) => {
            let chain = chain(into, Scope::Plan, id, &spec.policies, report);
            into.plans.insert(id.clone(), Arc::new(chain));
        }
        Spec::Subscription(spec) => {
            let compiled = subscription(into, id, spec);
            into.subscriptions.put(id.clone(), compiled.map(Arc::new));
        }
        Spec::Application(spec) => {
            let compiled = application(into, id, spec, report);
            into.applications.insert(id.clone(), Arc::new(compiled));
        }
        Spec::Credential(spec) => credential(into, id, spec, report),
        Spec::Flow(spec) => {
            let compiled = flow::compile(into, id, spec, (secrets, report));
            into.flows.put(id.clone(), compiled.map(Arc::new));
        }
        Spec::Route(spec) => {
            let compiled = route(into, document, spec, (secrets, report));
            into.routes.put(id.clone(), compiled.map(Arc::new));
        }
        Spec::Webhook(spec) => {
            let compiled = hook::compile(id, spec, secrets, report);
            into.webhooks.put(id.clone(), Some(Arc::new(compiled)));
        }
        Spec::Schedule(spec) => {
            let compiled = schedule::compile(into, id, spec, report);
            into.schedules.put(id.clone(), compiled.map(Arc::new));
        }
    }
}

/// The chain of what one document attaches.
fn chain(from: &Snapshot, scope: Scope, owner: &DocId, uses: &[PolicyUse], report: &mut Report<'_>) -> Chain {
    let find = |id: &DocId| match &from.document(id)?.spec {
        Spec::Policy(policy) => Some(spec::Policy::clone(policy)),
        _ => None,
    };
    let mut chain = Chain::default();
    chain.attach(scope, owner, uses, &find, report);
    chain
}

/// The number of the policies of the gateway and of a route's team.
fn outer(into: &mut Snapshot, id: &DocId) -> u32 {
    let teams = &into.teams;
    let known = into.outers.number(id);
    known.unwrap_or_else(|| Arc::make_mut(&mut into.outers).add(id, &|team| teams.get(team).cloned()))
}

fn provider(
    into: &mut Snapshot,
    id: &DocId,
    spec: &spec::Provider,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) {
    let keys = into.dependents(id).filter(|other| other.kind == Kind::ProviderKey);
    let keys = keys.filter_map(|key| match &into.document(key)?.spec {
        Spec::ProviderKey(spec) if !spec.disabled => {
            // One that cannot be had was reported with its own document.
            secrets.resolve(key, &spec.secret).ok().map(|secret| (key.clone(), secret))
        }
        _ => None,
    });
    let keys = keys.collect();
    let compiled = ai::compile_provider(id, spec, keys, secrets, report);
    into.providers.put(id.clone(), compiled.map(Arc::new));
}

fn service(from: &Snapshot, id: &DocId, spec: &spec::Service, report: &mut Report<'_>) -> Option<Service> {
    let chain = Arc::new(chain(from, Scope::Service, id, &spec.policies, report));
    for (at, key) in spec.access.keys.iter().enumerate() {
        if let KeyPlace::Header(name) | KeyPlace::Query(name) = key
            && !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        {
            report.add(
                format!("/spec/access/keys/{at}"),
                format!("`{name}` is not a header or parameter name"),
            );
        }
    }
    if spec.access.keys.is_empty() && spec.access.mode != spec::AccessMode::Public {
        report.add("/spec/access/keys", "callers need a place for their key, or `mode: public`");
    }
    let announce = compile_announcement(spec, report);
    let batch = spec.batch.as_ref().map(|spec| batching::compile(spec, report));
    let jobs = spec.jobs.as_ref().map(|spec| jobs::compile(spec, report));
    let backend = match &spec.backend {
        BackendSpec::Upstream(backend) => {
            let prefix = backend.path_prefix.trim_end_matches('/');
            if !prefix.is_empty()
                && (!prefix.starts_with('/') || !prefix.bytes().all(|b| b.is_ascii_graphic()))
            {
                report
                    .add("/spec/backend/upstream/path_prefix", "a prefix starts with `/` and is plain ASCII");
            }
            let upstream = id.resolve(Kind::Upstream, &backend.name).ok()?;
            Backend::Upstream {
                upstream: Arc::clone(from.upstreams.get(&upstream)?),
                path_prefix: prefix.into(),
            }
        }
        BackendSpec::Graphql(spec) => Backend::Graphql(Arc::new(graphql::compile(from, id, spec, report)?)),
        BackendSpec::Ai(ai) => {
            let models = ai.models.iter().filter_map(|model| id.resolve(Kind::ModelAlias, model).ok());
            let models: Vec<_> = models.collect();
            if ai.fetch.timeout.0.is_zero() {
                report.add("/spec/backend/ai/fetch/timeout", "a time limit of zero would fail every file");
            }
            let ways = AiWays { unsupported: ai.unsupported_params, fetch: ai.fetch };
            Backend::Ai { models: (!ai.models.is_empty()).then_some(models), ways }
        }
    };
    let mut keys: Vec<KeyAt> = spec.access.keys.iter().map(Into::into).collect();
    if matches!(backend, Backend::Ai { .. }) && keys.contains(&KeyAt::Bearer) {
        // OpenAI's and Google's own clients in browsers.
        keys.push(KeyAt::Handshake);
    }
    Some(Service {
        id: id.clone(),
        stable: StableId::of(&[id]),
        state: spec.state,
        access: spec.access.mode,
        keys,
        forward_key: spec.access.forward_key,
        announce,
        backend,
        batch,
        jobs,
        chain,
    })
}

fn subscription(from: &Snapshot, id: &DocId, spec: &spec::Subscription) -> Option<Subscription> {
    let plan = id.resolve(Kind::Plan, &spec.plan).ok()?;
    let chain = Arc::clone(from.plans.get(&plan)?);
    Some(Subscription {
        id: id.clone(),
        stable: StableId::of(&[id]),
        plan: plan.name.shared(),
        state: spec.state,
        chain,
    })
}

fn application(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::Application,
    report: &mut Report<'_>,
) -> Application {
    let subscriptions = from.dependents(id).filter(|other| other.kind == Kind::Subscription);
    let subscriptions = subscriptions.filter_map(|other| {
        let Spec::Subscription(spec) = &from.document(other)?.spec else { return None };
        let service = other.resolve(Kind::Service, &spec.service).ok()?;
        Some((StableId::of(&[&service]), Arc::clone(from.subscriptions.get(other)?)))
    });
    Application {
        id: id.clone(),
        stable: StableId::of(&[id]),
        suspended: spec.suspended,
        subscriptions: subscriptions.collect(),
        chain: chain(from, Scope::Application, id, &spec.policies, report),
    }
}

fn credential(into: &mut Snapshot, id: &DocId, spec: &spec::Credential, report: &mut Report<'_>) {
    into.forget_key(id);
    let application = id.resolve(Kind::Application, &spec.application).ok();
    let Some(application) = application.and_then(|id| into.applications.get(&id)) else { return };
    let Some((hash, credential)) = caller::compile_credential(id, spec, application, report) else { return };
    if into.credentials.get(&hash).is_some_and(|other| other.id != *id) {
        report.add("/spec/key_hash", "another credential has the same key; a key belongs to one application");
        return;
    }
    into.hashes.insert(id.clone(), hash);
    into.credentials.insert(hash, Arc::new(credential));
}

fn route(
    from: &mut Snapshot,
    document: &Arc<Document>,
    spec: &spec::Route,
    (secrets, report): (&dyn Secrets, &mut Report<'_>),
) -> Option<Route> {
    let id = &document.id;
    // Where only something else has changed, what the route looks at stays.
    let kept = from
        .routes
        .get(id)
        .filter(|old| Arc::ptr_eq(&old.document, document) && old.matches.is_checked(from.claims()));
    let matches = match kept {
        Some(old) => Some(Arc::clone(&old.matches)),
        None => routing::compile_matches(from, id, spec, report).map(Arc::new),
    };
    let service_id = id.resolve(Kind::Service, &spec.service).ok()?;
    let service = Arc::clone(from.services.get(&service_id)?);
    let own = chain(from, Scope::Route, id, &spec.policies, report);
    let chain = Chain::join(&service.chain, &Arc::new(own));
    let flow = match &spec.flow {
        Some(spec) => Some(flow::compile_use(from, id, spec, report)?),
        None => None,
    };
    let graphql = match &spec.graphql {
        Some(used) => Some(stored::compile(&service, spec, used, report)?),
        None => None,
    };
    let verify = match &spec.verify {
        Some(verify) => Some(inbound::compile(id, (verify, spec), &service, secrets, report)?),
        None => None,
    };
    let labels = || RouteLabels {
        team: id.team.as_str().into(),
        service: service_id.name.as_str().into(),
        route: id.name.as_str().into(),
    };
    let labels = kept.map_or_else(|| Arc::new(labels()), |old| Arc::clone(&old.labels));
    Some(Route {
        id: id.clone(),
        service,
        outer: outer(from, id),
        chain,
        matches: matches?,
        flow,
        graphql,
        verify: verify.map(Arc::new),
        strip_prefix: spec.strip_prefix.as_deref().map(|prefix| prefix.trim_end_matches('/').into()),
        labels,
        document: Arc::clone(document),
        attachment: Attachment::default(),
    })
}
