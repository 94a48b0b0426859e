//! `GET /api/v1/catalogue/models`.

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
    /// At most so many: 1 to 200, usually 50.
    limit: Option<usize>,
    /// Where an earlier part ended.
    cursor: Option<String>,
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
    let ModelParams { q, provider, limit, cursor } = params;
    let text = q.unwrap_or_default().to_lowercase();
    let provider = provider.filter(|provider| !provider.is_empty());
    let wanted = Catalogue::builtin().iter().filter(|model| {
        provider.as_deref().is_none_or(|provider| provider == model.provider)
            && (text.is_empty() || model.id.to_lowercase().contains(&text))
    });
    Page::of(wanted.map(CatalogueModel::from), &PageParams { limit, cursor }).map(Json)
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
