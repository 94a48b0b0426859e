//! Ordering documents by how many words they share with a query.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::ApiError;
use super::models::{self, Does};
use super::shapes;
use crate::shape::{count, text, texts};
use crate::{seed, synth};

/// So many documents are one unit of searching.
const UNIT: usize = 100;

/// What is to be ordered.
pub(super) struct Rerank {
    model: String,
    query: String,
    documents: Vec<String>,
    most: usize,
    pub(super) tokens: u32,
}

// === impl Rerank ===

impl Rerank {
    pub(super) fn read(body: &Value) -> Result<Self, ApiError> {
        shapes::RERANK.check(body)?;
        let model = models::resolve(text(body, "model"), Does::Rerank)?;
        let query = text(body, "query").to_owned();
        if query.trim().is_empty() {
            return Err(ApiError::invalid("query must not be empty."));
        }
        let documents = texts(body, "documents");
        let most =
            count(body, "top_n").map_or(documents.len(), |most| usize::try_from(most).unwrap_or(usize::MAX));
        let tokens =
            documents.iter().map(|document| synth::count(document)).sum::<u32>() + synth::count(&query);
        Ok(Self { model: model.name, query, documents, most, tokens })
    }

    pub(super) fn answer(self, id: &str) -> Value {
        let query = words(&self.query);
        let mut scored: Vec<(usize, f64)> = self
            .documents
            .iter()
            .enumerate()
            .map(|(at, document)| (at, self.score(&query, document)))
            .collect();
        scored.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let results: Vec<_> = scored
            .into_iter()
            .take(self.most)
            .map(|(index, score)| json!({"index": index, "relevance_score": score}))
            .collect();
        let units = self.documents.len().div_ceil(UNIT);
        json!({
            "id": id,
            "results": results,
            "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": units}},
        })
    }

    /// From 0 to 1: the share of the query's words, and a little that only this document has.
    fn score(&self, query: &BTreeSet<String>, document: &str) -> f64 {
        let shared = query.intersection(&words(document)).count();
        let share = portion(shared, query.len().max(1));
        let own = seed::hash(&[self.model.as_bytes(), document.as_bytes()]) % 1_000;
        let own = portion(usize::try_from(own).unwrap_or(0), 1_000);
        ((0.9 * share + 0.09 * own) * 1e7).round() / 1e7
    }
}

fn portion(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole)
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}
