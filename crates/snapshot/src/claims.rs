//! Which team a host or the beginning of a path belongs to. A team's claim keeps others off it twice: their
//! documents may not name it, and what their wider routes would catch of it is not theirs to answer.

use std::collections::HashMap;

use domain::{DocId, Kind, Name, Spec, spec};
use route::{Host, HostPattern, PathPattern};

use crate::Snapshot;
use crate::mistake::Report;
use crate::routing::Matches;

/// The claims of all teams.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// Counts changes of any team's claims.
    pub(crate) version: u64,
    hosts: Owners,
    /// By what a host ends in behind its first dot or a later one.
    suffixes: Owners,
    /// By literal paths in normal form, without a slash at the end.
    prefixes: Owners,
}

/// Who claims something: one team, or in a configuration that is refused for it, several.
type Owners = HashMap<Box<str>, Vec<Name>>;

// === impl Claims ===

impl Claims {
    /// Those of a snapshot's documents.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let mut claims = Self { version: snapshot.claims().version + 1, ..Self::default() };
        for document in snapshot.documents().filter(|document| document.id.kind == Kind::Team) {
            if let Spec::Team(team) = &document.spec {
                claims.add(&document.id.name, team);
            }
        }
        claims
    }

    /// Adds what a team claims; what is no claim was reported with the team's document.
    pub(crate) fn add(&mut self, owner: &Name, team: &spec::Team) {
        for host in team.hosts.iter().filter_map(|host| HostPattern::parse(host).ok()) {
            match host {
                HostPattern::Exact(name) => claim(&mut self.hosts, name, owner),
                HostPattern::Suffix(name) => claim(&mut self.suffixes, name, owner),
                HostPattern::Any => {}
            }
        }
        for prefix in team.path_prefixes.iter().filter_map(|prefix| literal(prefix)) {
            claim(&mut self.prefixes, prefix, owner);
        }
    }

    /// Reports what of a team's claims is none, or another's too.
    pub(crate) fn check(&self, id: &DocId, team: &spec::Team, report: &mut Report<'_>) {
        for (at, host) in team.hosts.iter().enumerate() {
            let path = format!("/spec/hosts/{at}");
            let owners = match HostPattern::parse(host) {
                Ok(HostPattern::Exact(name)) => self.hosts.get(&name),
                Ok(HostPattern::Suffix(name)) => self.suffixes.get(&name),
                Ok(HostPattern::Any) => {
                    report.add(path, "a team cannot claim every host: name them");
                    continue;
                }
                Err(error) => {
                    report.add(path, format!("`{host}`: {error}"));
                    continue;
                }
            };
            if let Some(other) = owners.and_then(|owners| owners.iter().find(|owner| **owner != id.name)) {
                report.add(path, format!("host `{host}` is claimed by team `{other}` too"));
            }
        }
        for (at, prefix) in team.path_prefixes.iter().enumerate() {
            let path = format!("/spec/path_prefixes/{at}");
            let Some(literal) = literal(prefix) else {
                let message = "a claim is a literal path below `/`, such as `/orders`";
                report.add(path, format!("`{prefix}`: {message}"));
                continue;
            };
            let owners = self.prefixes.get(&literal);
            if let Some(other) = owners.and_then(|owners| owners.iter().find(|owner| **owner != id.name)) {
                report.add(path, format!("prefix `{prefix}` is claimed by team `{other}` too"));
            }
        }
    }

    /// Whose all hosts of a pattern are.
    pub(crate) fn of_pattern(&self, pattern: &HostPattern) -> Option<&Name> {
        match pattern {
            HostPattern::Exact(name) => self.of_host(name),
            HostPattern::Suffix(name) => first(self.suffixes.get(name)).or_else(|| self.of_suffix(name)),
            HostPattern::Any => None,
        }
    }

    /// Whose a path, or the literal beginning of a pattern, is on hosts that nobody claims; in normal form.
    pub(crate) fn of_path(&self, path: &str) -> Option<&Name> {
        if self.prefixes.is_empty() {
            return None;
        }
        let mut rest = path.trim_end_matches('/');
        while !rest.is_empty() {
            if let Some(owner) = first(self.prefixes.get(rest)) {
                return Some(owner);
            }
            rest = rest.rsplit_once('/').map_or("", |(rest, _)| rest);
        }
        None
    }

    /// Whether a team's route may answer a request for a host and a path in normal form.
    pub(crate) fn allow(&self, authority: &str, path: &str, team: &Name) -> bool {
        let by_host = if self.hosts.is_empty() && self.suffixes.is_empty() {
            None
        } else {
            self.of_host(Host::new(authority).as_str())
        };
        by_host.or_else(|| self.of_path(path)).is_none_or(|owner| owner == team)
    }

    /// Whether any of these claims may have a word on a route.
    pub(crate) fn touch(&self, matches: &Matches) -> bool {
        matches.hosts().any(|host| self.of_pattern(host).is_some())
            || matches.paths().any(|path| self.of_path(&path.literal()).is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.suffixes.is_empty() && self.prefixes.is_empty()
    }

    fn of_host(&self, host: &str) -> Option<&Name> {
        first(self.hosts.get(host)).or_else(|| self.of_suffix(host))
    }

    /// Whose what lies under one of a name's suffixes is; the longest counts.
    fn of_suffix(&self, name: &str) -> Option<&Name> {
        let mut rest = name;
        while let Some((_, suffix)) = rest.split_once('.') {
            if let Some(owner) = first(self.suffixes.get(suffix)) {
                return Some(owner);
            }
            rest = suffix;
        }
        None
    }
}

fn claim(owners: &mut Owners, what: Box<str>, owner: &Name) {
    let owners = owners.entry(what).or_default();
    if !owners.contains(owner) {
        owners.push(owner.clone());
    }
}

fn first(owners: Option<&Vec<Name>>) -> Option<&Name> {
    owners.and_then(|owners| owners.first())
}

/// A claimed prefix in normal form; `None` if it is not a literal path, or is every path.
fn literal(prefix: &str) -> Option<Box<str>> {
    let pattern = PathPattern::prefix(prefix).ok()?;
    let literal = pattern.literal();
    (pattern.is_literal() && !literal.is_empty()).then(|| literal.into())
}
