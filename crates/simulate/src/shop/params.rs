//! Query parameters and pages.

use std::collections::HashMap;

use axum::extract::Query;
use axum::response::Response;
use http::header::LINK;
use http::{HeaderMap, HeaderValue, Uri};
use serde::Serialize;
use serde_json::json;

use super::reply;

/// A request's query.
#[derive(Debug)]
pub(super) struct Params(HashMap<String, String>);

/// Entries a page, if the caller does not say.
const PER_PAGE: usize = 20;
/// Entries a page at most.
const MOST_PER_PAGE: usize = 100;

// === impl Params ===

impl Params {
    /// Reads the query; names that the endpoint does not know are a mistake.
    pub(super) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Box<Response>> {
        let Ok(Query(params)) = Query::<HashMap<String, String>>::try_from_uri(uri) else {
            return Err(Box::new(reply::bad_request("The query cannot be read.")));
        };
        match params.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Box::new(reply::bad_request(&format!("There is no parameter `{name}` here.")))),
            None => Ok(Self(params)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A whole number from 1 to `most`.
    fn number(&self, name: &str, default: usize, most: usize) -> Result<usize, Box<Response>> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| {
            Box::new(reply::bad_request(&format!("`{name}` must be a whole number from 1 to {most}.")))
        })
    }

    /// Answers with the page that was asked for, and a `Link` to the next one.
    pub(super) fn page<T: Serialize>(&self, uri: &Uri, headers: &HeaderMap, all: &[T]) -> Response {
        let sizes = self.number("page", 1, 1_000_000).and_then(|page| {
            let per_page = self.number("per_page", PER_PAGE, MOST_PER_PAGE)?;
            Ok((page, per_page))
        });
        let (page, per_page) = match sizes {
            Ok(sizes) => sizes,
            Err(response) => return *response,
        };
        let data: Vec<&T> = all.iter().skip((page - 1) * per_page).take(per_page).collect();
        let next = (page * per_page < all.len()).then(|| self.next(uri, page + 1, per_page));
        let body = json!({"data": data, "page": page, "per_page": per_page, "total": all.len(), "next": next});
        let mut response = reply::found(headers, &body);
        let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
        if let Some(link) = link {
            response.headers_mut().insert(LINK, link);
        }
        response
    }

    fn next(&self, uri: &Uri, page: usize, per_page: usize) -> String {
        let mut others: Vec<_> = self.0.iter().filter(|(name, _)| !matches!(name.as_str(), "page" | "per_page")).collect();
        others.sort();
        let others: String = others.into_iter().map(|(name, value)| format!("{name}={value}&")).collect();
        format!("{}?{others}page={page}&per_page={per_page}", uri.path())
    }
}
