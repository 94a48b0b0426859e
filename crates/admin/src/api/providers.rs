//! AI providers as their page shows them: with keys, aliases and how calls to them fare; tried out; and the vendors that
//! there are to choose from.

mod advice;
pub(crate) mod list;
pub(crate) mod test;
pub(crate) mod vendors;

use domain::spec::{Provider, ProviderApi};
use llm::vendor;

/// What a provider speaks: its own word, or its vendor's.
fn api_of(spec: &Provider) -> ProviderApi {
    spec.api.unwrap_or(ProviderApi::Openai)
}

/// Where it is: its own word, or the public address of its vendor.
fn base_of(spec: &Provider) -> String {
    let vendor = spec.vendor.as_deref().and_then(vendor::find);
    let public = vendor.map(|vendor| &*vendor.base).or_else(|| api_of(spec).base_url());
    spec.base_url.as_deref().or(public).unwrap_or_default().to_owned()
}

/// How documents spell it.
fn api_name(api: ProviderApi) -> String {
    let name = serde_json::to_value(api).ok();
    name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}
