//! The console: the built single-page application inside the binary, and the handler that serves it. A
//! binary that was built without it says so on the page.
#![warn(missing_docs)]

mod encoding;
mod serve;

use axum::Router;
use rust_embed::RustEmbed;

/// What `npm run build` made, each text file also with Brotli and gzip. Empty in a fresh clone.
#[derive(RustEmbed)]
#[folder = "dist"]
#[exclude = ".gitkeep"]
#[exclude = ".stamp"]
struct Dist;

/// Serves the console under every path: files by name, pages of the application by `index.html`.
pub fn router() -> Router {
    Router::new().fallback(serve::serve)
}
