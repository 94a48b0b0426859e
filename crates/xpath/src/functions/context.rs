//! Errors, and what is around an evaluation (Functions and Operators 3.1 §3, §14.6, §15): nothing, since it reaches nothing.

#![expect(clippy::unnecessary_wraps, reason = "the functions of the tables are of one type")]

use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::function::Call;
use crate::item::{Sequence, one};
use crate::types::Type;
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V20, "fn:error() as item()*", error),
    (Version::V20, "fn:error(xs:QName?) as item()*", error),
    (Version::V20, "fn:error(xs:QName?, xs:string) as item()*", error),
    (Version::V20, "fn:error(xs:QName?, xs:string, item()*) as item()*", error),
    (Version::V31, "fn:trace(item()*) as item()*", trace),
    (Version::V20, "fn:trace(item()*, xs:string) as item()*", trace),
    (Version::V20, "fn:static-base-uri() as xs:anyURI?", none),
    (Version::V31, "fn:default-language() as xs:language", default_language),
    (Version::V30, "fn:environment-variable(xs:string) as xs:string?", none),
    (Version::V30, "fn:available-environment-variables() as xs:string*", none),
    (Version::V20, "fn:doc(xs:string?) as document-node()?", doc),
    (Version::V20, "fn:doc-available(xs:string?) as xs:boolean", unavailable),
    (Version::V20, "fn:collection() as item()*", collection),
    (Version::V20, "fn:collection(xs:string?) as item()*", collection),
    (Version::V30, "fn:uri-collection() as xs:anyURI*", collection),
    (Version::V30, "fn:uri-collection(xs:string?) as xs:anyURI*", collection),
    (Version::V30, "fn:unparsed-text(xs:string?) as xs:string?", unparsed_text),
    (Version::V30, "fn:unparsed-text(xs:string?, xs:string) as xs:string?", unparsed_text),
    (Version::V30, "fn:unparsed-text-lines(xs:string?) as xs:string*", unparsed_text),
    (Version::V30, "fn:unparsed-text-lines(xs:string?, xs:string) as xs:string*", unparsed_text),
    (Version::V30, "fn:unparsed-text-available(xs:string?) as xs:boolean", unavailable),
    (Version::V30, "fn:unparsed-text-available(xs:string?, xs:string) as xs:boolean", unavailable),
    (Version::V31, "fn:load-xquery-module(xs:string) as map(*)", load_xquery_module),
    (Version::V31, "fn:load-xquery-module(xs:string, map(*)) as map(*)", load_xquery_module),
    (Version::V31, "fn:transform(map(*)) as map(*)", transform),
];

/// The namespace of the specification's codes.
const CODES: &str = "http://www.w3.org/2005/xqt-errors";

fn error(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let code = match args.atomic(0).map(|code| &code.value) {
        Some(Value::QName(code)) if &*code.namespace == CODES => code.local.to_string(),
        Some(Value::QName(code)) => format!("Q{{{}}}{}", code.namespace, code.local),
        _ if args.len() == 1 && call.eval.version < Version::V30 => {
            return Err(Error::types("the code of an error is missing"));
        }
        _ => "FOER0000".to_owned(),
    };
    let text = args.text(1).map_or("an error is raised", |text| text);
    Err(Error::new(code, text))
}

fn trace(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(args.take(0))
}

fn none(_: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    nothing()
}

fn default_language(_: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(one(Atomic { kind: Type::Language, value: Value::Text("en".into()) }))
}

/// What an argument names cannot be had; `None` where it names nothing.
fn unreachable(args: &Args, code: &'static str) -> Option<Error> {
    args.text(0)
        .map(|name| Error::new(code, format_args!("`{name}` cannot be had: nothing is reached from here")))
}

fn doc(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    unreachable(args, "FODC0002").map_or_else(nothing, Err)
}

fn collection(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Err(unreachable(args, "FODC0002").unwrap_or_else(|| Error::new("FODC0002", "there is no collection")))
}

fn unparsed_text(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    unreachable(args, "FOUT1170").map_or_else(nothing, Err)
}

fn unavailable(_: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(one(false))
}

fn load_xquery_module(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    if args.string(0).is_empty() {
        return Err(Error::new("FOQM0001", "the name of a module is empty"));
    }
    Err(Error::new("FOQM0006", "there is no processor of XQuery"))
}

fn transform(_: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Err(Error::new("FOXT0004", "there is no processor of XSLT"))
}
