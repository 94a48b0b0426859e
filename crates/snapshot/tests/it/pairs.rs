//! Paths and models that cannot work are refused where they are written.

use domain::Document;
use serde_json::{Value, json};
use snapshot::Snapshot;

use crate::support::{Plain, document, full, put};

fn provider(name: &str, spec: Value) -> Document {
    document("Provider", name, spec)
}

/// Providers, an alias for each of these models, a service of them, and a route at the paths.
fn documents(models: &[(&str, &str)], paths: &Value) -> Vec<Document> {
    let mut all = vec![
        provider("anthropic", json!({ "api": "anthropic" })),
        provider("openai", json!({ "api": "openai" })),
        provider("cohere", json!({ "api": "cohere" })),
        provider("voyage", json!({ "vendor": "voyage" })),
    ];
    let names: Vec<String> = (0..models.len()).map(|at| format!("m{at}")).collect();
    for (name, (provider, model)) in names.iter().zip(models) {
        let targets = json!([{ "provider": provider, "model": model }]);
        all.push(document("ModelAlias", name, json!({ "targets": targets })));
    }
    all.push(document("Service", "s", json!({ "backend": { "ai": { "models": names } } })));
    all.push(document("Route", "r", json!({ "service": "s", "paths": paths, "strip_prefix": "/ai" })));
    all
}

#[track_caller]
fn check(models: &[(&str, &str)], paths: &Value, wanted: &[(&str, &str)]) {
    let mistakes = full(&documents(models, paths)).err().unwrap_or_default();
    let found: Vec<(String, &str)> =
        mistakes.iter().map(|m| (format!("{}{}", m.document.name, m.path), m.message.as_str())).collect();
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for ((place, message), (wanted_place, part)) in found.iter().zip(wanted) {
        assert_eq!(place, wanted_place);
        assert!(message.contains(part), "{message}");
    }
}

/// envoyproxy/ai-gateway#1936, envoyproxy/ai-gateway#2127: the configuration was accepted, and every request failed, since
/// no translation was there between the endpoint and the provider.
#[test]
fn a_pair_that_cannot_work_is_refused_when_it_is_written() {
    let claude = ("anthropic", "claude-sonnet-4-5");
    let message = "no model of the service `s` makes embeddings: `m0` (anthropic)";
    check(&[claude], &json!(["/ai/v1/embeddings"]), &[("r/spec/paths/0", message)]);
    check(
        &[claude],
        &json!(["/ai/v1/chat/completions", "/ai/v2/rerank", "/ai/v1/audio/speech"]),
        &[("r/spec/paths/1", "has `/rerank`"), ("r/spec/paths/2", "has `/audio/speech`")],
    );
    let voyage = ("voyage", "voyage-3");
    check(&[voyage], &json!(["/ai/v1/messages"]), &[("r/spec/paths/0", "answers chats: `m0` (voyage)")]);
    let embedder = ("openai", "text-embedding-3-small");
    check(&[embedder], &json!(["/ai/v1/chat/completions"]), &[("r/spec/paths/0", "answers chats")]);
}

#[test]
fn a_model_that_its_provider_cannot_serve_is_refused() {
    let wrong = ("anthropic", "text-embedding-3-small");
    let message = "is a model that makes embeddings, which the provider `anthropic` (anthropic) does not do";
    check(&[wrong], &json!(["/ai/*"]), &[("m0/spec/targets/0/model", message)]);
}

/// What is known of models may have changed since it was written.
#[test]
fn what_is_stored_is_taken_and_told() {
    let documents = documents(&[("anthropic", "text-embedding-3-small")], &json!(["/ai/v1/embeddings"]));
    let changes: Vec<_> = documents.iter().map(put).collect();
    let (snapshot, told) = Snapshot::restore(&changes, 7, &Plain).unwrap();
    assert_eq!((snapshot.revision(), snapshot.len(), told.len()), (7, documents.len(), 2));
    assert_eq!(Snapshot::empty().apply(&changes, 7, &Plain).unwrap_err(), told);
}

#[test]
fn what_can_work_for_one_model_is_allowed() {
    let paths = json!(["/ai/v1/embeddings", "/ai/v1/chat/completions", "/ai/v2/rerank", "/ai/*"]);
    check(
        &[("anthropic", "claude-sonnet-4-5"), ("cohere", "embed-v4.0"), ("cohere", "rerank-v3.5")],
        &paths,
        &[],
    );
    check(&[("openai", "some-model-of-ones-own")], &paths, &[]);
    check(
        &[("voyage", "voyage-3"), ("voyage", "rerank-of-tomorrow")],
        &json!(["/ai/v1/embeddings", "/ai/v1/rerank", "/ai/*"]),
        &[],
    );
}
