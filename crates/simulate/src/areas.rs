//! The table of all that is simulated: one line each. A new vendor is a module and a line here.

use axum::Router;
use axum::response::Response;
use http::StatusCode;

use crate::world::{Shared, World};
use crate::{anthropic, control, openai, shop};

/// Names a line of [`AREAS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AreaId {
    Shop,
    OpenAi,
    Anthropic,
    Control,
}

/// One simulated thing: a vendor, or the shop.
#[derive(Debug)]
pub(crate) struct Area {
    pub(crate) id: AreaId,
    /// What its paths begin with.
    pub(crate) prefix: &'static str,
    /// Its routes, with their whole paths.
    pub(crate) routes: fn(Shared) -> Router<Shared>,
    /// How it says no.
    pub(crate) refuse: fn(&World, &Refusal) -> Response,
    /// The statuses of its accidental errors.
    pub(crate) accidents: [u16; 2],
}

/// A request that gets no answer proper.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// For people.
    pub(crate) message: String,
    /// Seconds.
    pub(crate) retry_after: Option<u32>,
    /// Whether a 429 means that no money is left.
    pub(crate) quota: bool,
}

/// All areas. The last is the one without a prefix of its own and gets what nobody else does.
pub(crate) const AREAS: [Area; AreaId::COUNT] = [
    Area { id: AreaId::Shop, prefix: "/shop", routes: shop::routes, refuse: shop::refuse, accidents: [500, 503] },
    Area {
        id: AreaId::OpenAi,
        prefix: "/openai",
        routes: openai::routes,
        refuse: openai::refuse,
        accidents: [500, 503],
    },
    Area {
        id: AreaId::Anthropic,
        prefix: "/anthropic",
        routes: anthropic::routes,
        refuse: anthropic::refuse,
        accidents: [500, 529],
    },
    Area { id: AreaId::Control, prefix: "", routes: control::routes, refuse: shop::refuse, accidents: [500, 503] },
];

// === impl AreaId ===

impl AreaId {
    pub(crate) const COUNT: usize = 4;

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Shop => 0,
            Self::OpenAi => 1,
            Self::Anthropic => 2,
            Self::Control => 3,
        }
    }

    pub(crate) fn area(self) -> &'static Area {
        const { &AREAS }.get(self.index()).unwrap_or(const { &AREAS[3] })
    }
}

/// The area that a path belongs to.
pub(crate) fn of_path(path: &str) -> &'static Area {
    let owns = |area: &&Area| {
        path.strip_prefix(area.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    const { &AREAS }.iter().find(owns).unwrap_or(AreaId::Control.area())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_one_area() {
        assert_eq!(of_path("/shop/users").id, AreaId::Shop);
        assert_eq!(of_path("/shopping").id, AreaId::Control);
        assert_eq!(of_path("/anthropic/v1/messages").id, AreaId::Anthropic);
        assert_eq!(of_path("/_simulate/stats").id, AreaId::Control);
        for area in &AREAS {
            assert_eq!(area.id.area().id, area.id);
        }
    }
}
