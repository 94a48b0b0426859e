//! `GET /api/v1/catalogue/facets`: what the catalogue of models can be filtered by.

use std::collections::BTreeMap;

use domain::Permission;
use http::Method;
use llm::catalogue::{Catalogue, Prices};
use schemars::JsonSchema;
use serde::Serialize;

use crate::endpoint::{Access, Endpoint};
use crate::extract::Json;
use crate::problem::Problem;

/// What there is in the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
struct CatalogueFacets {
    /// Models in all.
    models: usize,
    /// Models of which no price is known.
    unpriced: usize,
    /// Who offers them, those with the most first.
    providers: Vec<Facet>,
    /// What they are for, the most frequent first.
    modes: Vec<Facet>,
    /// What they can do, the most frequent first.
    capabilities: Vec<Facet>,
}

/// A value, and how many models have it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CatalogueFacet")]
struct Facet {
    /// The value.
    name: &'static str,
    /// Models.
    models: usize,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listModelFacets", "What the catalogue of models can be filtered by");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/catalogue/facets"), access, names, handle)
        .answer::<CatalogueFacets>(200, "The facets.")
}

async fn handle() -> Result<Json<CatalogueFacets>, Problem> {
    let (mut providers, mut modes, mut capabilities) =
        (Counts::default(), Counts::default(), Counts::default());
    let (mut models, mut unpriced) = (0, 0);
    for model in Catalogue::builtin().iter() {
        models += 1;
        unpriced += usize::from(is_unpriced(&model.prices));
        *providers.entry(model.provider).or_default() += 1;
        *modes.entry(model.mode).or_default() += 1;
        for name in model.capabilities.names() {
            *capabilities.entry(name).or_default() += 1;
        }
    }
    let (providers, modes, capabilities) = (sorted(providers), sorted(modes), sorted(capabilities));
    Ok(Json(CatalogueFacets { models, unpriced, providers, modes, capabilities }))
}

fn is_unpriced(prices: &Prices) -> bool {
    let Prices {
        input, output, per_image, per_second, per_character, per_query, audio_in, audio_out, ..
    } = prices;
    let all = [input, output, per_image, per_second, per_character, per_query, audio_in, audio_out];
    all.into_iter().all(Option::is_none)
}

type Counts = BTreeMap<&'static str, usize>;

fn sorted(counts: Counts) -> Vec<Facet> {
    let mut facets: Vec<Facet> = counts.into_iter().map(|(name, models)| Facet { name, models }).collect();
    facets.sort_by_key(|facet| std::cmp::Reverse(facet.models));
    facets
}
