//! Functions of truth values (Functions and Operators 3.1 §7).

use super::{Args, Entry};
use crate::error::Result;
use crate::function::Call;
use crate::item::{Sequence, one, truth};
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V10, "fn:true() as xs:boolean", |_, _| Ok(one(true))),
    (Version::V10, "fn:false() as xs:boolean", |_, _| Ok(one(false))),
    (Version::V10, "fn:boolean(item()*) as xs:boolean", boolean),
    (Version::V10, "fn:not(item()*) as xs:boolean", not),
];

/// `fn:boolean`.
fn boolean(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    truth(args.items(0)).map(one)
}

/// `fn:not`.
fn not(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    truth(args.items(0)).map(|truth| one(!truth))
}
