//! Something to see at the first start: a sample shop and models, with services, plans, an application and
//! its key in front of them.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use config::Single;
use control::{Control, generate_key};
use serde_json::{Value, json};
use store::Store;
use store::seal::Sealer;

/// The name under which the sample key is kept, sealed, so that every start can print it.
const KEY: &str = "quickstart_key";

/// Fills an empty store. Gives the sample key, also where the store was filled before.
pub(crate) fn fill(
    control: &Control,
    store: &dyn Store,
    sealer: &Sealer,
    simulator: SocketAddr,
) -> anyhow::Result<Option<String>> {
    let kept = match store.meta(KEY)? {
        Some(sealed) => Some(sealer.open_sealed(KEY, &sealed).context("the sample key cannot be read")?),
        None => None,
    };
    let kept = kept.map(|key| key.expose().clone());
    if store.revision()? > 0 {
        return Ok(kept);
    }
    // A start that ended before the documents were written has left its key.
    let key = kept.unwrap_or_else(generate_key);
    let hash = snapshot::key_hash(key.as_bytes()).to_string();
    store.set_meta(KEY, Some(&sealer.seal(KEY, &key)?))?;
    control
        .write_as_system(&documents(simulator, &hash)?)
        .context("the sample documents cannot be written")?;
    Ok(Some(key))
}

/// The flow of the example: eight calls of the shop, made as one.
const PAGE: &str = include_str!("../../../examples/flows/product-page.arazzo.yaml");

/// Below it lie the shop's jobs: calls that say `Prefer: respond-async`.
const JOBS: &str = "/shop/jobs";

/// The paths of the vendors' SDKs.
const MODEL_PATHS: [&str; 7] = ["/v1/*", "/v1beta/*", "/v2/*", "/api/*", "/model/*", "/openai/*", "/ws/*"];

/// The simulated vendors: the wire format, which is their name, a title, and where they are at the simulator.
const SIMULATED: [(&str, &str, &str); 7] = [
    ("openai", "OpenAI", "/openai/v1"),
    ("anthropic", "Anthropic", "/anthropic"),
    ("gemini", "Gemini", "/gemini/v1beta"),
    ("bedrock", "Bedrock", "/bedrock"),
    ("mistral", "Mistral", "/mistral/v1"),
    ("cohere", "Cohere", "/cohere"),
    ("ollama", "Ollama", "/ollama"),
];

/// Names of models for callers, each with one model behind it: name, title, provider, model.
const MODELS: [(&str, &str, &str, &str); 7] = [
    ("claude", "Claude", "anthropic", "claude-sonnet-5"),
    ("gemini", "Gemini", "gemini", "gemini-3-pro"),
    ("bedrock-claude", "Claude on Bedrock", "bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("mistral", "Mistral", "mistral", "mistral-medium-latest"),
    ("command", "Command", "cohere", "command-a-03-2025"),
    ("qwen", "Qwen on Ollama", "ollama", "qwen3:8b"),
    ("embeddings", "Embeddings", "openai", "text-embedding-3-small"),
];

fn documents(simulator: SocketAddr, key_hash: &str) -> anyhow::Result<Vec<Value>> {
    let openapi: Value = serde_json::from_str(simulate::SHOP_OPENAPI)?;
    let page = Single::parse(Path::new("product-page.arazzo.yaml"), PAGE.as_bytes());
    let page = page.map_err(|mistake| anyhow::anyhow!("{mistake}"))?.to_json();
    let (host, port) = (simulator.ip().to_string(), simulator.port());
    let document = |kind: &str, name: &str, title: &str, spec: Value| json!({ "kind": kind, "name": name, "title": title, "spec": spec });
    let subscription = |service: &str| json!({ "application": "demo", "service": service, "plan": "pro" });
    let limits = |requests: u64, at_once: u64| {
        json!({ "policies": [
            { "rate_limit": { "requests": requests, "window": "1m", "burst": requests / 2 } },
            { "concurrency": { "max": at_once } },
        ] })
    };
    let mut documents = vec![
        document(
            "Upstream",
            "shop",
            "Sample shop",
            json!({
                "targets": [{ "host": host, "port": port }],
                "timeouts": { "first_byte": "5s" },
            }),
        ),
        document(
            "Service",
            "shop",
            "Shop API",
            json!({
                "backend": { "upstream": { "name": "shop" } },
                "openapi": openapi,
                "jobs": { "path": JOBS },
                "policies": [
                    { "cors": { "origins": ["*"] } },
                    { "retry": { "attempts": 2 } },
                    { "record": { "headers": "all" } },
                    { "headers": { "response": { "set": { "x-served-by": "weir" } } } },
                ],
            }),
        ),
        document(
            "Route",
            "shop-read",
            "Reading the shop",
            json!({ "service": "shop", "paths": ["/shop/*"], "methods": ["GET"] }),
        ),
        document(
            "Route",
            "shop-orders",
            "Ordering",
            json!({
                "service": "shop",
                "paths": ["/shop/orders", "/shop/orders/{id}"],
                "methods": ["POST", "PUT", "PATCH", "DELETE"],
                "policies": [{ "body_limit": { "max": "64KiB" } }],
            }),
        ),
        document(
            "Route",
            "shop-jobs",
            "Giving up what is answered later",
            json!({ "service": "shop", "paths": [format!("{JOBS}/{{id}}")], "methods": ["DELETE"] }),
        ),
        document(
            "Flow",
            "product-page",
            "A product's page",
            json!({ "arazzo": page, "sources": { "shop": { "service": "shop" } } }),
        ),
        document(
            "Route",
            "product-page",
            "A product's page in one call",
            json!({
                "service": "shop",
                "paths": ["/shop/pages/{product}"],
                "methods": ["GET"],
                "flow": { "name": "product-page" },
            }),
        ),
        document("Plan", "free", "Free", limits(60, 5)),
        document("Plan", "pro", "Pro", limits(6_000, 100)),
        document("Application", "demo", "Demo application", json!({})),
        document("Credential", "demo", "Sample key", json!({ "application": "demo", "key_hash": key_hash })),
        document("Subscription", "demo-shop", "Demo on the shop", subscription("shop")),
        document("Subscription", "demo-models", "Demo on models", subscription("models")),
        document(
            "ModelAlias",
            "smart",
            "The best there is, with a fallback",
            json!({ "targets": [
            { "provider": "openai", "model": "gpt-5" },
            { "provider": "anthropic", "model": "claude-sonnet-5" },
        ] }),
        ),
        document(
            "Service",
            "models",
            "Models",
            json!({ "backend": { "ai": {} }, "policies": [{ "record": { "bodies": "all" } }] }),
        ),
        document("Route", "models", "Model API", json!({ "service": "models", "paths": MODEL_PATHS })),
    ];
    for (name, title, base) in SIMULATED {
        let address = format!("http://{simulator}{base}");
        let provider = json!({ "api": name, "base_url": address, "catalogue": name });
        documents.push(document("Provider", name, &format!("{title} (simulated)"), provider));
        let key = json!({ "provider": name, "secret": { "value": "sk-simulated" } });
        documents.push(document("ProviderKey", name, "Simulated key", key));
    }
    for (name, title, provider, model) in MODELS {
        let alias = json!({ "targets": [{ "provider": provider, "model": model }] });
        documents.push(document("ModelAlias", name, title, alias));
    }
    Ok(documents)
}

/// What a person at the terminal needs to go on.
pub(crate) fn lines(gateway: &str, key: &str) -> Vec<String> {
    let chat = |extra: &str| {
        format!(
            "curl -N {gateway}/v1/chat/completions -H 'Authorization: Bearer {key}' -H 'content-type: application/json' \
             -d '{{\"model\":\"smart\",{extra}\"messages\":[{{\"role\":\"user\",\"content\":\"Say hello\"}}]}}'"
        )
    };
    vec![
        format!("curl {gateway}/shop/users/usr-1/orders -H 'Authorization: Bearer {key}'"),
        format!("curl {gateway}/shop/pages/prd-1 -H 'Authorization: Bearer {key}'"),
        chat(""),
        chat("\"stream\":true,"),
    ]
}
