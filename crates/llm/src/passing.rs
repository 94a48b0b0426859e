//! Requests that only pass, such as one for an image or for speech: what of them is paid, and what their answers tell
//! of it.

mod answer;
mod asked;
mod picture;
mod sound;
mod stream;

pub use asked::Asked;
pub use picture::Picture;
pub(crate) use stream::Stream;
