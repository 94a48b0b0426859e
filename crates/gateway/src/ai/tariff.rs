//! What a target's calls cost, and their usage and cost for the record.

use std::sync::Arc;

use domain::spec::{Price, PriceTier};
use llm::catalogue::{Model, Prices, Tier, cost};
use llm::passing::Picture;
use llm::{Usage, Vendor};
use snapshot::AliasTarget;
use trace::{AiRecord, Pieces, TokenUsage};

/// What a target's calls are paid by.
#[derive(Debug, Default)]
pub(crate) struct Tariff {
    /// The document's prices, else the catalogue's.
    prices: Option<Prices>,
    /// Where the catalogue's prices of images of a size are found, as long as the document has none.
    listed: Option<Listed>,
    vendor: Option<&'static Vendor>,
}

#[derive(Debug)]
struct Listed {
    model: Arc<str>,
    provider: Option<String>,
}

// === impl Tariff ===

impl Tariff {
    pub(crate) fn of(target: &AliasTarget, model: Option<&Model>) -> Self {
        let vendor = target.provider.vendor;
        if let Some(price) = &target.price {
            return Self { prices: Some(of_document(price)), listed: None, vendor };
        }
        let provider = target.provider.catalogue.as_deref().map(str::to_owned);
        let listed = Some(Listed { model: Arc::clone(&target.model), provider });
        Self { prices: model.map(|model| model.prices.clone()), listed, vendor }
    }

    /// Notes what a call used and cost. What its provider says of the cost comes before what prices say.
    pub(crate) fn settle(&self, ai: &mut AiRecord, usage: &Usage) {
        self.note(ai, usage, self.prices.as_ref());
    }

    /// The same for a call that made images of a kind.
    pub(crate) fn settle_images(&self, ai: &mut AiRecord, usage: &Usage, picture: &Picture) {
        let of_kind = self.listed.as_ref().and_then(|at| picture.price(&at.model, at.provider.as_deref()));
        match of_kind {
            Some(_) => {
                let others = self.prices.clone().unwrap_or_default();
                self.note(ai, usage, Some(&Prices { per_image: of_kind, ..others }));
            }
            None => self.settle(ai, usage),
        }
    }

    /// The same for a whole batch that the provider ran, at its prices for batches.
    pub(crate) fn settle_batch(&self, ai: &mut AiRecord, usage: &Usage) {
        let prices = self.prices.as_ref().and_then(Prices::of_batch);
        self.note(ai, usage, prices.as_ref());
    }

    fn note(&self, ai: &mut AiRecord, usage: &Usage, prices: Option<&Prices>) {
        ai.usage = TokenUsage {
            input: usage.input,
            output: usage.output,
            cache_read: usage.cache_read,
            cache_write: usage.cache_write(),
            reasoning: usage.reasoning,
        };
        ai.pieces = Pieces {
            images: usage.images,
            millis: usage.millis,
            characters: usage.characters,
            queries: usage.queries.saturating_add(usage.searches),
        };
        ai.estimated = usage.estimated;
        let reported = usage.reported.and_then(|reported| reported.micros(self.vendor));
        let computed = || prices.and_then(|prices| cost(usage, prices)).map(|cost| cost.total);
        ai.cost_reported = reported.is_some();
        ai.cost_micros = reported.or_else(computed);
    }
}

/// A document's prices, in dollars there.
fn of_document(price: &Price) -> Prices {
    let million = |price: Option<f64>| price.and_then(Prices::per_million);
    let piece = |price: Option<f64>| price.and_then(Prices::per_piece);
    Prices {
        input: million(price.input),
        output: million(price.output),
        cache_read: million(price.cache_read),
        cache_write_5m: million(price.cache_write),
        cache_write_1h: million(price.cache_write_1h.or(price.cache_write)),
        reasoning: million(price.reasoning),
        audio_in: million(price.audio_input),
        audio_out: million(price.audio_output),
        image_in: million(price.image_input),
        image_out: million(price.image_output),
        batch_input: million(price.batch_input),
        batch_output: million(price.batch_output),
        per_image: piece(price.image),
        per_second: piece(price.minute.map(|minute| minute / 60.0)),
        per_character: million(price.characters),
        per_query: piece(price.query),
        per_request: piece(price.request),
        tiers: price.tiers.iter().map(tier).collect(),
    }
}

fn tier(tier: &PriceTier) -> Tier {
    let million = |price: Option<f64>| price.and_then(Prices::per_million);
    Tier {
        above: tier.above,
        input: million(tier.input),
        output: million(tier.output),
        cache_read: million(tier.cache_read),
        cache_write: million(tier.cache_write),
    }
}
