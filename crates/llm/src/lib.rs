//! The languages of models: reads a client's request, writes it for a provider, and brings the answer back,
//! whole or streamed; knows what it used and what that costs. Pure functions and state machines over bytes:
//! no socket, no clock, no configuration.
//!
//! A client speaks a [`Dialect`], a provider is of a [`ProviderKind`]. Where the two are the same, bytes pass
//! through and are only looked at; otherwise they meet in the canonical form (`canonical`).
#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod answer_ids;
mod canonical;
pub mod catalogue;
pub mod conversation;
pub mod custody;
mod dialect;
mod embed;
mod error;
mod eventstream;
mod exchange;
pub mod fan;
mod finish;
mod lines;
mod live;
mod marks;
pub mod passing;
mod provider;
mod remote;
pub mod request;
mod ruler;
pub mod sse;
mod stream;
mod usage;
pub mod vendor;
mod work;

pub use answer_ids::AnswerIds;
pub use custody::{Held, Kept};
pub use dialect::{Dialect, ModelEntry, Quota, Window};
pub use embed::EmbedFormat;
pub use error::{ApiError, ErrorKind, RequestError, ResponseError};
pub use exchange::{Carry, ClientError, Context, Translated};
pub use finish::FinishReason;
pub use live::{Asks, Heard, Live, Named, Said};
pub use provider::{Embedding, Encoded, Headers, KeyError, ProviderKind, Target, Unsigned};
pub use remote::{Fetched, Medium, Remote};
pub use stream::{StreamEnd, StreamTranslator};
pub use usage::{Reported, Usage};
pub use vendor::Vendor;
pub use work::Work;
