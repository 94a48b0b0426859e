//! What cannot work whatever a caller sends: a route whose path asks for what none of its service's models can do, and
//! models that their provider cannot serve. It is said when the documents are written, not at the first request.

use std::collections::BTreeSet;

use domain::{DocId, Kind, Spec};
use llm::Work;
use llm::catalogue::Catalogue;

use super::Snapshot;
use super::spread::Affected;
use crate::mistake::{Mistake, Report};
use crate::{Alias, AliasTarget, Backend, Route};

/// Looks at the aliases that changed, and at the routes that lead to them.
pub(super) fn check(next: &Snapshot, affected: &Affected, mistakes: &mut Vec<Mistake>) {
    let mut routes: BTreeSet<DocId> = affected.of_kind(Kind::Route).cloned().collect();
    for id in affected.of_kind(Kind::ModelAlias) {
        if let Some(alias) = next.aliases.get(id) {
            check_alias(alias, &mut Report { document: id, mistakes });
        }
        let services = next.dependents(id).filter(|other| other.kind == Kind::Service);
        for service in services {
            routes.extend(next.dependents(service).filter(|other| other.kind == Kind::Route).cloned());
        }
    }
    for id in &routes {
        if let Some(route) = next.routes.get(id) {
            check_route(next, route, &mut Report { document: id, mistakes });
        }
    }
}

/// A model that is for something that its provider does not do for any.
fn check_alias(alias: &Alias, report: &mut Report<'_>) {
    for (at, target) in alias.targets.iter().enumerate() {
        let Some(work) = purpose(target) else { continue };
        if !target.provider.kind().does(work, target.provider.vendor) {
            let message = format!(
                "`{}` is a model that {}, which the provider `{}` ({}) does not do",
                target.model,
                work.verb(),
                target.provider.label,
                name(target)
            );
            report.add(format!("/spec/targets/{at}/model"), message);
        }
    }
}

/// A path that asks for what no model of the service does. A service of all of a team's models is not looked at, since
/// they come and go.
fn check_route(next: &Snapshot, route: &Route, report: &mut Report<'_>) {
    let (Backend::Ai { models: Some(models), .. }, Spec::Route(spec)) =
        (&route.service.backend, &route.document.spec)
    else {
        return;
    };
    let aliases: Vec<_> = models.iter().filter_map(|id| next.aliases.get(id)).collect();
    // One that is missing was reported, and nobody knows what it would do.
    if aliases.len() < models.len() {
        return;
    }
    for (at, path) in spec.paths.iter().enumerate() {
        let own = route.strip_prefix.as_deref().and_then(|prefix| path.strip_prefix(prefix)).unwrap_or(path);
        let Some(work) = Work::of_path(own) else { continue };
        let mut targets = aliases.iter().flat_map(|alias| &alias.targets);
        if targets.any(|target| does(target, work)) {
            continue;
        }
        let served: Vec<String> = aliases
            .iter()
            .flat_map(|alias| {
                alias.targets.iter().map(|target| format!("`{}` ({})", alias.name, name(target)))
            })
            .collect();
        let message = format!(
            "no model of the service `{}` {}: {}",
            route.service.id.name.as_str(),
            work.verb(),
            served.join(", ")
        );
        report.add(format!("/spec/paths/{at}"), message);
    }
}

fn does(target: &AliasTarget, work: Work) -> bool {
    let able = target.provider.kind().does(work, target.provider.vendor);
    // Who answers chats may have legacy completions and more; who does not is known by its purpose.
    let fits = |purpose: Work| purpose == work || (purpose == Work::Answer && !matches!(work, Work::Embed));
    able && purpose(target).is_none_or(fits)
}

/// What the catalogue says a model is for.
fn purpose(target: &AliasTarget) -> Option<Work> {
    let model = Catalogue::builtin().lookup(&target.model, target.provider.catalogue.as_deref())?;
    Work::of_mode(model.mode)
}

/// What its provider is, for a person.
fn name(target: &AliasTarget) -> String {
    match target.provider.vendor {
        Some(vendor) => vendor.name.to_string(),
        None => format!("{:?}", target.provider.api).to_lowercase(),
    }
}
