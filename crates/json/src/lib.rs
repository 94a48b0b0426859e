//! JSON where it is looked at on the way: a strict scanner that knows where every value lies in the text, a
//! borrowed tree for hand-walked reading, and a writer. Not a general library: `serde_json` neither tells
//! the position of a value, which a byte-exact splice needs, nor the path of a mistake, which a client
//! needs, and it would unescape and escape again every string that is only carried from one place to another.

mod compact;
mod scan;
mod text;
mod value;
mod write;

pub use compact::compact;
pub use scan::{JsonError, Scanner, Token};
pub use text::Text;
pub use value::{Data, Value};
pub use write::{Array, Object, push_compact, push_escaped, push_number, push_string, push_text};
