//! `GET /api/v1/catalogue/models`, and what there is to filter it by.

pub(crate) mod facets;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use domain::Permission;
use http::Method;
use llm::catalogue::{Catalogue, Model};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Access, Endpoint};
use crate::extract::{Json, Params};
use crate::page::{Page, PageParams};
use crate::problem::Problem;

/// Which models are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct ModelParams {
    /// Whose name contains this.
    q: Option<String>,
    /// Of this provider.
    provider: Option<String>,
    /// For this, such as `chat` or `embedding`.
    mode: Option<String>,
    /// That can do all of these, separated by commas: names of `capabilities`.
    can: Option<String>,
    /// In this order: by name, or by price or size; what is not known comes last.
    #[serde(default)]
    sort: Order,
    /// At most so many: 1 to 200, usually 50.
    limit: Option<usize>,
    /// Where an earlier part ended.
    cursor: Option<String>,
}

/// In which order models are listed.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ModelOrder")]
enum Order {
    /// By name.
    #[default]
    Id,
    /// The cheapest prompt first.
    Input,
    /// The cheapest answer first.
    Output,
    /// The longest prompt first.
    Context,
}

/// A model of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
struct CatalogueModel {
    /// Its name with its provider.
    id: String,
    /// The provider's name in the catalogue.
    provider: String,
    /// What it is for, such as `chat`.
    mode: String,
    /// The longest prompt, in tokens.
    max_input_tokens: Option<u64>,
    /// The longest answer, in tokens.
    max_output_tokens: Option<u64>,
    /// List prices in micro-dollars per million tokens, or per million images, seconds, characters or
    /// queries (`per_*`); null: not known.
    prices: BTreeMap<&'static str, Option<i64>>,
    /// What it can do.
    capabilities: Vec<&'static str>,
    /// The date on which its provider takes it away.
    deprecated: Option<&'static str>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listModels", "The catalogue of models, by name and provider");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/catalogue/models"), access, names, handle)
        .query::<ModelParams>()
        .answer::<Page<CatalogueModel>>(200, "The models.")
}

async fn handle(Params(params): Params<ModelParams>) -> Result<Json<Page<CatalogueModel>>, Problem> {
    let ModelParams { q, provider, mode, can, sort, limit, cursor } = params;
    let text = q.unwrap_or_default().to_lowercase();
    let provider = provider.filter(|provider| !provider.is_empty());
    let mode = mode.filter(|mode| !mode.is_empty());
    let can: Vec<&str> = can.iter().flat_map(|can| can.split(',')).filter(|name| !name.is_empty()).collect();
    let wanted = Catalogue::builtin().iter().filter(|model| {
        provider.as_deref().is_none_or(|provider| provider == model.provider)
            && mode.as_deref().is_none_or(|mode| mode == model.mode)
            && (text.is_empty() || model.id.to_lowercase().contains(&text))
            && can.iter().all(|wanted| model.capabilities.names().any(|name| name == *wanted))
    });
    let mut wanted: Vec<Model> = wanted.collect();
    match sort {
        Order::Id => {}
        Order::Input => wanted.sort_by_key(|model| model.prices.input.unwrap_or(i64::MAX)),
        Order::Output => wanted.sort_by_key(|model| model.prices.output.unwrap_or(i64::MAX)),
        Order::Context => wanted.sort_by_key(|model| Reverse(model.max_input)),
    }
    Page::of(wanted.into_iter().map(CatalogueModel::from), &PageParams { limit, cursor }).map(Json)
}

impl From<Model> for CatalogueModel {
    fn from(model: Model) -> Self {
        let prices = &model.prices;
        let always = [
            ("input", prices.input),
            ("output", prices.output),
            ("cache_read", prices.cache_read),
            ("cache_write", prices.cache_write_5m),
        ];
        let others = [
            ("cache_write_1h", prices.cache_write_1h),
            ("reasoning", prices.reasoning),
            ("audio_in", prices.audio_in),
            ("audio_out", prices.audio_out),
            ("batch_input", prices.batch_input),
            ("batch_output", prices.batch_output),
            ("per_image", prices.per_image),
            ("per_second", prices.per_second),
            ("per_character", prices.per_character),
            ("per_query", prices.per_query),
        ];
        let others = others.into_iter().filter(|(_, price)| price.is_some());
        Self {
            id: model.id.to_owned(),
            provider: model.provider.to_owned(),
            mode: model.mode.to_owned(),
            max_input_tokens: model.max_input,
            max_output_tokens: model.max_output,
            prices: always.into_iter().chain(others).collect(),
            capabilities: model.capabilities.names().collect(),
            deprecated: model.deprecated,
        }
    }
}
