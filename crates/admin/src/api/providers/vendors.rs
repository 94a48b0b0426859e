//! `GET /api/v1/catalogue/vendors`.

use std::collections::BTreeMap;

use domain::Permission;
use domain::spec::ProviderApi;
use http::Method;
use llm::catalogue::Catalogue;
use llm::vendor;
use schemars::JsonSchema;
use serde::Serialize;

use super::api_name;
use crate::endpoint::{Access, Endpoint};
use crate::extract::Json;
use crate::problem::Problem;

/// The wire formats that have an adapter of their own, as people know them, with their names in the catalogue.
const NATIVE: [(ProviderApi, &str, &str); 10] = [
    (ProviderApi::Openai, "OpenAI and compatible", "openai"),
    (ProviderApi::OpenaiResponses, "OpenAI Responses", "openai"),
    (ProviderApi::Anthropic, "Anthropic", "anthropic"),
    (ProviderApi::Gemini, "Google Gemini", "gemini"),
    (ProviderApi::Vertex, "Google Vertex AI", "vertex"),
    (ProviderApi::Azure, "Azure OpenAI", "azure"),
    (ProviderApi::Bedrock, "Amazon Bedrock", "bedrock"),
    (ProviderApi::Mistral, "Mistral", "mistral"),
    (ProviderApi::Cohere, "Cohere", "cohere"),
    (ProviderApi::Ollama, "Ollama", "ollama"),
];

/// The vendors that a provider can be made for.
#[derive(Debug, Serialize, JsonSchema)]
struct VendorList {
    /// Those with an adapter of their own first, then the others by name.
    items: Vec<VendorView>,
}

/// Someone who offers models.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Vendor")]
struct VendorView {
    /// What tells it from the others: `api:` and a wire format, or a vendor's name.
    id: String,
    /// Its name for people.
    title: String,
    /// The wire format, to be put into a document; null where `vendor` tells it.
    api: Option<String>,
    /// The vendor, to be put into a document; null for those with an adapter of their own.
    vendor: Option<String>,
    /// Its public address; what stands in braces is the account's own. Null: every account has one of its own.
    base_url: Option<String>,
    /// Whether an address must be given.
    needs_base_url: bool,
    /// How many models the catalogue has of it.
    models: usize,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listVendors", "The vendors that a provider can be made for, with their addresses");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/catalogue/vendors"), access, names, handle)
        .answer::<VendorList>(200, "The vendors.")
}

async fn handle() -> Result<Json<VendorList>, Problem> {
    let mut models: BTreeMap<&str, usize> = BTreeMap::new();
    for model in Catalogue::builtin().iter() {
        *models.entry(model.provider).or_default() += 1;
    }
    let count = |name: &str| models.get(name).copied().unwrap_or(0);
    let native = NATIVE.iter().map(|(api, title, catalogue)| {
        let name = api_name(*api);
        VendorView {
            id: format!("api:{name}"),
            title: (*title).to_owned(),
            api: Some(name),
            vendor: None,
            base_url: api.base_url().map(str::to_owned),
            needs_base_url: api.base_url().is_none(),
            models: count(catalogue),
        }
    });
    let listed = vendor::all().iter().map(|vendor| VendorView {
        id: vendor.name.to_string(),
        title: vendor.title.to_string(),
        api: None,
        vendor: Some(vendor.name.to_string()),
        base_url: (!vendor.base.is_empty()).then(|| vendor.base.to_string()),
        needs_base_url: vendor.base.is_empty() || vendor.base.contains('{'),
        models: count(&vendor.catalogue),
    });
    let mut listed: Vec<VendorView> = listed.collect();
    listed.sort_by_key(|vendor| vendor.title.to_lowercase());
    Ok(Json(VendorList { items: native.chain(listed).collect() }))
}
