//! GraphQL over HTTP (graphql/graphql-over-http, `spec/GraphQLOverHTTP.md`): what a request asks for, and what an answer
//! looks like by the media type that the client takes. Nothing here runs a query.

mod accept;
mod answer;
mod fresh;
mod incremental;
mod request;
#[cfg(test)]
mod tests;

pub use accept::{Media, media};
pub use answer::{Answer, Response, refused};
pub use fresh::{Wish, is_good, lasts, wish};
pub use incremental::{Form, form, part};
pub use request::{Request, RequestError, read};
