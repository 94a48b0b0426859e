use super::*;

fn found(model: &str, provider: Option<&str>) -> Option<(&'static str, &'static str)> {
    Catalogue::builtin().lookup(model, provider).map(|model| (model.id, model.provider))
}

#[test]
fn every_line_is_read_and_in_order() {
    let catalogue = Catalogue::builtin();
    assert!(catalogue.len() > 4000 && !catalogue.is_empty());
    assert_eq!(catalogue.iter().count(), catalogue.len());
    let keys: Vec<_> = catalogue.iter().map(|model| (model.id, model.provider)).collect();
    assert!(keys.is_sorted());
    for model in catalogue.iter() {
        assert!(!model.id.is_empty() && !model.provider.is_empty(), "{model:?}");
        assert_eq!(catalogue.lookup(model.id, Some(model.provider)).as_ref(), Some(&model));
    }
}

#[test]
fn a_model_has_its_facts() {
    let model = Catalogue::builtin().lookup("claude-haiku-5-5", Some("anthropic")).unwrap();
    assert_eq!((model.mode, model.max_input, model.max_output), ("chat", Some(1_000_000), Some(128_000)));
    assert_eq!((model.prices.input, model.prices.cache_write_1h), (Some(100_000), Some(200_000)));
    assert_eq!(model.prices.tiers.len(), 1);
    assert_eq!(
        model.prices.tiers.first().map(|tier| (tier.above, tier.output)),
        Some((100_000, Some(2_500_000)))
    );
    assert!(model.capabilities.has(Capability::JsonSchema) && !model.capabilities.has(Capability::AudioOut));
    assert!(model.capabilities.names().any(|name| name == "vision"));
    let old = Catalogue::builtin().lookup("gpt-5", None).unwrap();
    assert_eq!(old.deprecated, Some("2026-12-11"));
}

#[test]
fn names_are_found_in_several_forms() {
    let gpt = Some(("gpt-4o-mini", "openai"));
    for name in ["gpt-4o-mini", "openai/gpt-4o-mini", "gpt-4o-mini-2099-01-01"] {
        assert_eq!(found(name, None), gpt, "{name}");
    }
    assert_eq!(found("claude-sonnet-5-20990101", Some("anthropic")), Some(("claude-sonnet-5", "anthropic")));
    assert_eq!(found("claude-sonnet-4-5-20990101", None), Some(("claude-sonnet-4-5", "anthropic")));
    assert_eq!(found("gpt-4o-mini", Some("azure")), Some(("gpt-4o-mini", "azure")));
    assert_eq!(found("no-such-model", None), None);
    assert_eq!(found("gpt-4o-mini", Some("nobody")), None);
}

#[test]
fn dates_are_told_from_versions() {
    for (name, expect) in [
        ("gpt-5-2025-08-07", Some("gpt-5")),
        ("claude-sonnet-4-5-20250929", Some("claude-sonnet-4-5")),
        ("claude-haiku-4-5@20251001", Some("claude-haiku-4-5")),
        ("mistral-large-latest", Some("mistral-large")),
        ("claude-sonnet-4-5", None),
        ("gpt-4o-", None),
        ("20250929", Some("")),
        ("", None),
    ] {
        assert_eq!(undated(name), expect, "{name}");
    }
}
