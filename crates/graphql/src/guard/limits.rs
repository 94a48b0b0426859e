//! How much a query may ask for, and what is said where it asks for more.

use std::collections::BTreeMap;

use async_graphql_parser::Pos;

use super::measure::Measure;
use crate::{Error, Location};

/// How much a query may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of its text.
    pub length: usize,
    /// The tokens of its text.
    pub tokens: usize,
    /// The operations of the document, of which one is run.
    pub operations: usize,
    /// The levels of fields.
    pub depth: u64,
    /// Its cost.
    pub cost: u64,
    /// The aliases, those of fragments once for each use.
    pub aliases: u64,
    /// The directives, those of fragments once for each use.
    pub directives: u64,
    /// Whether the schema may be asked for.
    pub introspection: bool,
    /// What a field costs that does not cost 1, by its name.
    pub weights: BTreeMap<String, u64>,
    /// Arguments that tell how long a list is.
    pub sizes: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            length: 64 << 10,
            tokens: 5_000,
            operations: 10,
            // What GraphiQL and code generators ask a schema for has 15.
            depth: 16,
            cost: 10_000,
            aliases: 30,
            directives: 50,
            introspection: true,
            weights: BTreeMap::new(),
            sizes: ["first", "last", "limit"].map(str::to_owned).to_vec(),
        }
    }
}

// === impl Limits ===

impl Limits {
    /// A limit is exceeded: what was found, and what may be.
    pub(crate) fn exceeded<N: std::fmt::Display>(
        what: &'static str,
        (found, most): (N, N),
        place: Pos,
    ) -> Error {
        let (code, message, hint) = match what {
            "length" => (
                "QUERY_TOO_LONG",
                format!("the query is {found} bytes long, at most {most} are taken"),
                "ask for it in parts",
            ),
            "tokens" => (
                "QUERY_TOO_MANY_TOKENS",
                format!("the query has more than {most} tokens"),
                "ask for it in parts",
            ),
            "nesting" => (
                "QUERY_TOO_NESTED",
                format!("the query's brackets are nested deeper than {most}"),
                "flatten its values",
            ),
            "levels" => (
                "QUERY_TOO_NESTED",
                format!("with its fragments unfolded the query is nested deeper than {most}"),
                "use fewer fragments within fragments",
            ),
            "selections" => (
                "QUERY_TOO_EXPENSIVE",
                format!(
                    "with its fragments unfolded the query has {found} selections, at most {most} are taken"
                ),
                "use fragments fewer times",
            ),
            "operations" => (
                "QUERY_TOO_MANY_OPERATIONS",
                format!("the document has {found} operations, at most {most} are taken"),
                "send the one that is meant",
            ),
            "depth" => (
                "QUERY_TOO_DEEP",
                format!("the query goes {found} levels deep, at most {most} are allowed"),
                "ask for what lies deeper in another query",
            ),
            "cost" => (
                "QUERY_TOO_EXPENSIVE",
                format!("the query costs {found}, at most {most} are allowed"),
                "ask for fewer fields, or shorter lists",
            ),
            "aliases" => (
                "QUERY_TOO_MANY_ALIASES",
                format!("the query has {found} aliases, at most {most} are allowed"),
                "ask for the same field fewer times",
            ),
            _ => (
                "QUERY_TOO_MANY_DIRECTIVES",
                format!("the query has {found} directives, at most {most} are allowed"),
                "leave directives out",
            ),
        };
        Error::new(message).coded(code).hinted(hint).at(Location::from(place))
    }

    /// Whether what was measured is allowed.
    pub(super) fn check(&self, measure: &Measure) -> Result<(), Error> {
        if let Some(place) = measure.introspects.filter(|_| !self.introspection) {
            let error = Error::new("the schema may not be asked for here").coded("INTROSPECTION_DISABLED");
            return Err(error
                .hinted("take the schema from who publishes this API")
                .at(Location::from(place)));
        }
        for (what, found, most, place) in [
            ("depth", measure.depth, self.depth, measure.deepest),
            ("aliases", measure.aliases, self.aliases, measure.last_alias),
            ("directives", measure.directives, self.directives, measure.last_directive),
            ("cost", measure.cost, self.cost, measure.dearest),
        ] {
            if found > most {
                return Err(Self::exceeded(what, (found, most), place));
            }
        }
        Ok(())
    }

    /// What a field costs by itself.
    pub(super) fn weight(&self, field: &str) -> u64 {
        self.weights.get(field).copied().unwrap_or(1)
    }
}
