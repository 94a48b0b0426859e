//! What a document refers to: found for the index of dependents, and checked to be there.

use std::borrow::Cow;

use domain::spec::{Backend, PolicyUse};
use domain::{DEFAULT_TEAM, DocId, Document, Kind, Reference, SYSTEM_TEAM, Spec};

use super::Snapshot;
use crate::mistake::Report;

/// A reference and where it stands.
struct Stands<'a> {
    path: String,
    kind: Kind,
    to: Cow<'a, Reference>,
    reach: Reach,
}

/// Which teams' documents may be referred to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The same team's and the system team's.
    Own,
    /// The same team's alone: what refers changes what it refers to.
    Same,
    /// Any team's.
    Any,
}

/// The identities of all that a document refers to, whether they are there or not.
pub(super) fn targets(document: &Document) -> Vec<DocId> {
    let resolve = |stands: &Stands<'_>| document.id.resolve(stands.kind, &stands.to).ok();
    references(&document.spec).iter().filter_map(resolve).collect()
}

/// Reports references that cannot be, and a team that is not there.
pub(super) fn check(document: &Document, snapshot: &Snapshot, unread: &[DocId], report: &mut Report<'_>) {
    check_team(&document.id, snapshot, unread, report);
    for stands in references(&document.spec) {
        let Ok(target) = document.id.resolve(stands.kind, &stands.to) else {
            report.add(stands.path, format!("`{}` is not a name, nor `team::name`", stands.to));
            continue;
        };
        let own = target.team == document.id.team || target.team.as_str() == SYSTEM_TEAM;
        if stands.reach == Reach::Same && target.team != document.id.team {
            let message = format!("`{}` belongs to another team, which alone gives it keys", stands.to);
            report.add(stands.path, message);
        } else if stands.reach == Reach::Own && !own {
            report.add(
                stands.path,
                format!("`{}` belongs to another team; only `system` shares its documents", stands.to),
            );
        } else if snapshot.document(&target).is_none() && !unread.contains(&target) {
            let message = format!("there is no {} `{}` in team `{}`", target.kind, target.name, target.team);
            report.add(stands.path, message);
        }
    }
}

fn check_team(id: &DocId, snapshot: &Snapshot, unread: &[DocId], report: &mut Report<'_>) {
    let team = DocId { kind: Kind::Team, name: id.team.clone(), ..id.clone() };
    let builtin = [SYSTEM_TEAM, DEFAULT_TEAM].contains(&id.team.as_str());
    if id.kind == Kind::Team && id.team != id.name {
        report.add("/team", format!("a team owns itself: write `team: {}` or leave it out", id.name));
    } else if !builtin && snapshot.document(&team).is_none() && !unread.contains(&team) {
        report.add("/team", format!("there is no Team `{}`", id.team));
    }
}

fn references(spec: &Spec) -> Vec<Stands<'_>> {
    let mut list = Vec::new();
    let mut add =
        |path: String, kind, to, reach| list.push(Stands { path, kind, to: Cow::Borrowed(to), reach });
    match spec {
        Spec::Upstream(_) | Spec::Policy(_) | Spec::Provider(_) | Spec::Webhook(_) => {}
        Spec::Team(team) => policies(&team.policies, &mut add),
        Spec::Plan(plan) => policies(&plan.policies, &mut add),
        Spec::Application(application) => policies(&application.policies, &mut add),
        Spec::Service(service) => {
            match &service.backend {
                Backend::Upstream(upstream) => {
                    add("/spec/backend/upstream/name".into(), Kind::Upstream, &upstream.name, Reach::Own);
                }
                Backend::Graphql(graphql) => {
                    for (name, source) in &graphql.sources {
                        let path =
                            format!("/spec/backend/graphql/sources/{}/service", crate::pointer::token(name));
                        add(path, Kind::Service, &source.service, Reach::Own);
                    }
                    for (name, flow) in &graphql.flows {
                        let path = format!("/spec/backend/graphql/flows/{}", crate::pointer::token(name));
                        add(path, Kind::Flow, flow, Reach::Own);
                    }
                }
                Backend::Ai(ai) => {
                    for (at, model) in ai.models.iter().enumerate() {
                        add(format!("/spec/backend/ai/models/{at}"), Kind::ModelAlias, model, Reach::Own);
                    }
                }
            }
            policies(&service.policies, &mut add);
        }
        Spec::Flow(flow) => {
            if let Some(models) = &flow.models {
                add("/spec/models".into(), Kind::Service, models, Reach::Own);
            }
            for (name, source) in &flow.sources {
                let path = format!("/spec/sources/{}/service", crate::pointer::token(name));
                add(path, Kind::Service, &source.service, Reach::Own);
            }
            for (name, flow) in &flow.flows {
                add(format!("/spec/flows/{}", crate::pointer::token(name)), Kind::Flow, flow, Reach::Own);
            }
            for (at, policy) in flow.credentials() {
                let (kind, to) = (Kind::Policy, Cow::Owned(policy));
                list.push(Stands { path: at, kind, to, reach: Reach::Own });
            }
            let written = flow.written().map(|(at, _)| at).unwrap_or_default();
            for (at, _, service) in flow.described() {
                let path = format!("{written}/sourceDescriptions/{at}/x-weir-service");
                let (kind, to) = (Kind::Service, Cow::Owned(service));
                list.push(Stands { path, kind, to, reach: Reach::Own });
            }
        }
        Spec::Schedule(schedule) => add("/spec/flow".into(), Kind::Flow, &schedule.flow, Reach::Own),
        Spec::Route(route) => {
            add("/spec/service".into(), Kind::Service, &route.service, Reach::Own);
            if let Some(flow) = &route.flow {
                add("/spec/flow/name".into(), Kind::Flow, &flow.name, Reach::Own);
            }
            policies(&route.policies, &mut add);
        }
        Spec::Credential(credential) => {
            add("/spec/application".into(), Kind::Application, &credential.application, Reach::Own);
        }
        // A subscription stands with the service's team, which thereby lets another team's application in.
        Spec::Subscription(subscription) => {
            add("/spec/application".into(), Kind::Application, &subscription.application, Reach::Any);
            add("/spec/service".into(), Kind::Service, &subscription.service, Reach::Own);
            add("/spec/plan".into(), Kind::Plan, &subscription.plan, Reach::Own);
        }
        Spec::ProviderKey(key) => add("/spec/provider".into(), Kind::Provider, &key.provider, Reach::Same),
        Spec::ModelAlias(alias) => {
            for (at, target) in alias.targets.iter().enumerate() {
                add(format!("/spec/targets/{at}/provider"), Kind::Provider, &target.provider, Reach::Own);
            }
        }
    }
    list
}

fn policies<'a>(uses: &'a [PolicyUse], add: &mut impl FnMut(String, Kind, &'a Reference, Reach)) {
    for (at, used) in uses.iter().enumerate() {
        if let PolicyUse::Ref(reference) = used {
            add(format!("/spec/policies/{at}/ref"), Kind::Policy, reference, Reach::Own);
        }
    }
}
