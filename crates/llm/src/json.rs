//! JSON as the translators need it: a strict scanner that knows where every value lies in the text, a
//! borrowed tree for hand-walked reading, and a writer. Not a general library: `serde_json` neither tells
//! the position of a value, which a byte-exact splice needs, nor the path of a mistake, which a client
//! needs, and it would unescape and escape again every string that we only carry from one place to another.

mod compact;
mod scan;
mod text;
mod value;
mod write;

pub(crate) use compact::compact;
pub(crate) use scan::{JsonError, Scanner, Token};
pub(crate) use text::Text;
pub(crate) use value::{Data, Value};
pub(crate) use write::{Array, Object, push_compact, push_escaped, push_number, push_string, push_text};
