//! `Weir-Completed`: an answer lacks something, as an item with parameters (RFC 9651).

use message::ResponseHead;

/// Says of an answer what is missing, if anything is.
pub(crate) fn tell(head: &mut ResponseHead, missing: &[String]) {
    if missing.is_empty() {
        return;
    }
    // What its strings may have, but for what would have to be escaped.
    let keep = |c: &char| (c.is_ascii_graphic() || *c == ' ') && !"\"\\".contains(*c);
    let missing: String = missing.join(", ").chars().filter(keep).collect();
    head.fields.push_named(b"weir-completed", format!("?0;missing=\"{missing}\"").as_bytes());
}
