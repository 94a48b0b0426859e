//! Functions on texts (Functions and Operators 3.1 §5.2 to §5.4).

mod find;

use std::collections::HashMap;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

use super::node::string_value;
use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, Value};
use crate::character::{is_blank, is_xml};
use crate::collation::Collation;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{Item, Sequence, one};
use crate::number;
use crate::types::Type;
use crate::version::Version;

pub(super) use find::TABLE as FIND;

pub(super) const TABLE: &[Entry] = &[
    (Version::V20, "fn:codepoints-to-string(xs:integer*) as xs:string", from_codepoints),
    (Version::V20, "fn:string-to-codepoints(xs:string?) as xs:integer*", to_codepoints),
    (Version::V20, "fn:compare(xs:string?, xs:string?) as xs:integer?", compare),
    (Version::V20, "fn:compare(xs:string?, xs:string?, xs:string) as xs:integer?", compare),
    (Version::V20, "fn:codepoint-equal(xs:string?, xs:string?) as xs:boolean?", codepoint_equal),
    (Version::V31, "fn:collation-key(xs:string) as xs:base64Binary", collation_key),
    (Version::V31, "fn:collation-key(xs:string, xs:string) as xs:base64Binary", collation_key),
    (Version::V20, "fn:default-collation() as xs:string", default_collation),
    (Version::V10, "fn:concat(xs:anyAtomicType?, xs:anyAtomicType?...) as xs:string", concat),
    (Version::V30, "fn:string-join(xs:anyAtomicType*) as xs:string", string_join),
    (Version::V20, "fn:string-join(xs:anyAtomicType*, xs:string) as xs:string", string_join),
    (Version::V10, "fn:substring(xs:string?, xs:double) as xs:string", substring),
    (Version::V10, "fn:substring(xs:string?, xs:double, xs:double) as xs:string", substring),
    (Version::V10, "fn:string-length() as xs:integer", string_length),
    (Version::V10, "fn:string-length(xs:string?) as xs:integer", string_length),
    (Version::V10, "fn:normalize-space() as xs:string", normalize_space),
    (Version::V10, "fn:normalize-space(xs:string?) as xs:string", normalize_space),
    (Version::V20, "fn:normalize-unicode(xs:string?) as xs:string", normalize_unicode),
    (Version::V20, "fn:normalize-unicode(xs:string?, xs:string) as xs:string", normalize_unicode),
    (Version::V20, "fn:upper-case(xs:string?) as xs:string", upper_case),
    (Version::V20, "fn:lower-case(xs:string?) as xs:string", lower_case),
    (Version::V10, "fn:translate(xs:string?, xs:string, xs:string) as xs:string", translate),
];

/// A text that was made, which is charged.
pub(super) fn made(call: &Call<'_>, text: impl Into<Arc<str>>) -> Result<Sequence> {
    let text = text.into();
    call.eval.charge_text(text.len())?;
    Ok(one(Atomic::from(text)))
}

/// The words of a text between blanks.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_blank).filter(|word| !word.is_empty())
}

/// The first argument, or the context item's string value where there is none.
fn own_or_given(call: &Call<'_>, args: &Args) -> Result<Arc<str>> {
    if args.len() > 0 {
        return Ok(args.text(0).map_or_else(|| Arc::from(""), Arc::clone));
    }
    string_value(call.item()?, call.eval)
}

fn from_codepoints(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut text = String::new();
    for item in args.items(0) {
        let Item::Atomic(Atomic { value: Value::Integer(number), .. }) = item else {
            continue;
        };
        let character = u32::try_from(*number).ok().and_then(char::from_u32).filter(|one| is_xml(*one));
        let Some(character) = character else {
            return Err(Error::new("FOCH0001", format_args!("{number} is no character of XML")));
        };
        text.push(character);
    }
    made(call, text)
}

fn to_codepoints(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let text = args.string(0);
    call.eval.charge(text.chars().count())?;
    Ok(text.chars().map(|character| Item::Atomic(i64::from(u32::from(character)).into())).collect())
}

fn compare(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let collation = args.collation(2, call.eval)?;
    let (Some(left), Some(right)) = (args.text(0), args.text(1)) else {
        return nothing();
    };
    call.eval.charge_text(left.len().min(right.len()))?;
    Ok(one(Atomic::from(collation.order(left, right) as i64)))
}

fn codepoint_equal(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (Some(left), Some(right)) = (args.text(0), args.text(1)) else {
        return nothing();
    };
    call.eval.charge_text(left.len().min(right.len()))?;
    Ok(one(left == right))
}

fn collation_key(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let key = args.collation(1, call.eval)?.key(args.string(0));
    call.eval.charge_text(key.len())?;
    Ok(one(Atomic { kind: Type::Base64Binary, value: Value::Binary(key.as_bytes().into()) }))
}

fn default_collation(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    made(call, Collation::default().uri())
}

fn concat(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut text = String::new();
    for index in 0..args.len() {
        if let Some(item) = args.items(index).first() {
            let next = string_value(item, call.eval)?;
            call.eval.charge_text(next.len())?;
            text.push_str(&next);
        }
    }
    Ok(one(Atomic::from(text)))
}

fn string_join(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (mut text, between) = (String::new(), args.string(1));
    for (index, item) in args.items(0).iter().enumerate() {
        let Item::Atomic(atomic) = item else {
            continue;
        };
        // before 3.1 the items had to be strings
        if call.eval.version < Version::V31 && atomic.as_text().is_none() {
            return Err(Error::types(format_args!("{} is no string", item.described())));
        }
        let next = atomic.string();
        call.eval.charge_text(next.len().saturating_add(between.len()))?;
        if index > 0 {
            text.push_str(between);
        }
        text.push_str(&next);
    }
    Ok(one(Atomic::from(text)))
}

/// What is between two rounded positions.
fn substring(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let text = args.string(0);
    let start = number::rounded(args.double(1).unwrap_or(f64::NAN));
    let end = match args.len() {
        2 => f64::INFINITY,
        _ => start + number::rounded(args.double(2).unwrap_or(f64::NAN)),
    };
    let mut position = 0.0;
    let mut within = |_: &char| {
        position += 1.0;
        start <= position && position < end
    };
    let part: String = text.chars().filter(|one| within(one)).collect();
    made(call, part)
}

fn string_length(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let text = own_or_given(call, args)?;
    call.eval.charge_text(text.len())?;
    Ok(one(Atomic::from(text.chars().count())))
}

fn normalize_space(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let text = own_or_given(call, args)?;
    call.eval.charge_text(text.len())?;
    Ok(one(Atomic::from(spaced(&text))))
}

/// A text's words with one space between them.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for word in words(text) {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}

fn normalize_unicode(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let form = match args.len() {
        1 => "NFC".to_owned(),
        _ => spaced(args.string(1)).to_uppercase(),
    };
    let text = args.string(0);
    let normal = match &*form {
        "NFC" => collected(&mut text.nfc(), call.eval)?,
        "NFD" => collected(&mut text.nfd(), call.eval)?,
        "NFKC" => collected(&mut text.nfkc(), call.eval)?,
        "NFKD" => collected(&mut text.nfkd(), call.eval)?,
        "" => text.to_owned(),
        _ => return Err(Error::new("FOCH0003", format_args!("there is no normalization form `{form}`"))),
    };
    Ok(one(Atomic::from(normal)))
}

/// The text of characters, which are charged while they come: they may be many more than those that they are made from.
fn collected(characters: &mut dyn Iterator<Item = char>, eval: &Eval<'_>) -> Result<String> {
    let (mut text, mut charged) = (String::new(), 0);
    for character in characters {
        text.push(character);
        if text.len() - charged >= 32 {
            charged = text.len();
            eval.charge(1)?;
        }
    }
    eval.charge(1)?;
    Ok(text)
}

fn upper_case(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    made(call, args.string(0).to_uppercase())
}

fn lower_case(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    made(call, args.string(0).to_lowercase())
}

fn translate(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    // each character is looked up
    call.eval.charge_text(args.string(0).len() + args.string(1).len())?;
    let (mut map, mut to) = (HashMap::new(), args.string(2).chars());
    for from in args.string(1).chars() {
        let to = to.next();
        map.entry(from).or_insert(to);
    }
    let text = args.string(0).chars();
    let text: String = text.filter_map(|one| map.get(&one).copied().unwrap_or(Some(one))).collect();
    made(call, text)
}
