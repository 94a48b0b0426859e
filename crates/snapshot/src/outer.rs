//! The policies of gateway and teams, under numbers that routes keep: a change of them touches no route.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{DocId, Kind, Name, SYSTEM_TEAM};

use crate::Chain;

/// One chain for each team and environment that has routes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outers {
    numbers: HashMap<Owner, u32, foldhash::fast::RandomState>,
    owners: Vec<Owner>,
    /// `None` where neither gateway nor team says anything.
    chains: Vec<Option<Arc<Chain>>>,
}

/// The team and environment whose routes go through a chain.
type Owner = (Name, Name);

/// Finds the chain of a team's own document.
pub(crate) type FindTeam<'a> = &'a dyn Fn(&DocId) -> Option<Arc<Chain>>;

// === impl Outers ===

impl Outers {
    /// The chain under a number.
    pub(crate) fn get(&self, number: u32) -> Option<&Chain> {
        self.chains.get(usize::try_from(number).ok()?)?.as_deref()
    }

    /// The number for a team's routes, if it has one.
    pub(crate) fn number(&self, id: &DocId) -> Option<u32> {
        self.numbers.get(&owner(id)).copied()
    }

    /// Gives a team's routes a number.
    pub(crate) fn add(&mut self, id: &DocId, find: FindTeam<'_>) -> u32 {
        let owner = owner(id);
        let number = u32::try_from(self.owners.len()).unwrap_or(u32::MAX);
        self.chains.push(join(&owner, find));
        self.owners.push(owner.clone());
        self.numbers.insert(owner, number);
        number
    }

    /// Brings all chains up to date after a change of teams.
    pub(crate) fn refresh(&mut self, find: FindTeam<'_>) {
        self.chains = self.owners.iter().map(|owner| join(owner, find)).collect();
    }
}

fn owner(id: &DocId) -> Owner {
    (id.team.clone(), id.environment.clone())
}

fn join((team, environment): &Owner, find: FindTeam<'_>) -> Option<Arc<Chain>> {
    let of = |team: &Name| {
        let environment = environment.clone();
        find(&DocId { team: team.clone(), environment, kind: Kind::Team, name: team.clone() })
    };
    let gateway = Name::new(SYSTEM_TEAM).ok().and_then(|system| of(&system)).unwrap_or_default();
    let own = if team.as_str() == SYSTEM_TEAM { None } else { of(team) }.unwrap_or_default();
    let chain = Chain::join(&gateway, &own);
    (!chain.items.is_empty()).then_some(chain)
}
