//! Paths of an expression, such as `steps.user.outputs.id`, and what they name.

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};

use super::Reference;
use crate::pointer::Pointer;
use crate::runtime::{Expression, Named, Side, Source};

/// Names that are CEL's own.
const TYPES: [&str; 14] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "google",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// A root and the members on the way.
pub(super) type Path = (String, Vec<String>);

/// The path that a node is, if it is one: a name, and members and elements whose names stand there.
pub(super) fn of(at: &IdedExpr) -> Option<Path> {
    let (mut members, mut at) = (Vec::new(), at);
    loop {
        match &at.expr {
            Expr::Ident(name) => {
                members.reverse();
                return (!name.starts_with('@') && !TYPES.contains(&name.as_str()))
                    .then(|| (name.clone(), members));
            }
            Expr::Select(select) if !select.test => {
                members.push(select.field.clone());
                at = &select.operand;
            }
            Expr::Call(call) if call.func_name == operators::INDEX && call.target.is_none() => {
                let [target, index] = call.args.as_slice() else { return None };
                members.push(token(index)?);
                at = target;
            }
            _ => return None,
        }
    }
}

fn token(index: &IdedExpr) -> Option<String> {
    match &index.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner().to_owned()),
        Expr::Literal(LiteralValue::Int(index)) => {
            u64::try_from(*index.inner()).ok().map(|index| index.to_string())
        }
        Expr::Literal(LiteralValue::UInt(index)) => Some(index.inner().to_string()),
        _ => None,
    }
}

/// What a path names; fails with what must follow.
pub(super) fn reference((root, members): &Path) -> Result<Reference, String> {
    let mut rest = members.iter().map(String::as_str);
    let known = match root.as_str() {
        "url" if members.is_empty() => Expression::Url,
        "method" if members.is_empty() => Expression::Method,
        "statusCode" if members.is_empty() => Expression::StatusCode,
        "inputs" => Expression::Input(named(rest).ok_or("after `inputs` must follow an input's name")?),
        "outputs" => Expression::Output(named(rest).ok_or("after `outputs` must follow an output's name")?),
        "request" => Expression::Request(source(rest)?),
        "response" => Expression::Response(source(rest)?),
        "steps" => {
            let step = rest.next().ok_or("after `steps` must follow a step's id")?;
            let follows = || format!("after `steps.{step}` must follow `outputs` and an output's name");
            if rest.next() != Some("outputs") {
                return Err(follows());
            }
            Expression::Step { step: step.into(), output: named(rest).ok_or_else(follows)? }
        }
        "workflows" => {
            let workflow = rest.next().ok_or("after `workflows` must follow a workflow's id")?;
            let follows =
                || format!("after `workflows.{workflow}` must follow `inputs` or `outputs` and a name");
            let side = match rest.next() {
                Some("inputs") => Side::Inputs,
                Some("outputs") => Side::Outputs,
                _ => return Err(follows()),
            };
            Expression::Workflow { workflow: workflow.into(), side, field: named(rest).ok_or_else(follows)? }
        }
        local => return Ok(Reference::Local(Named { name: local.into(), pointer: pointer(rest) })),
    };
    Ok(Reference::Known(known))
}

fn named<'m>(mut members: impl Iterator<Item = &'m str>) -> Option<Named> {
    let name = members.next()?.into();
    Some(Named { name, pointer: pointer(members) })
}

fn pointer<'m>(mut members: impl Iterator<Item = &'m str>) -> Pointer {
    members.by_ref().fold(Pointer::default(), |pointer, member| pointer.join(member))
}

fn source<'m>(mut members: impl Iterator<Item = &'m str>) -> Result<Source, String> {
    let kind = members.next();
    if kind == Some("body") {
        return Ok(Source::Body(pointer(members)));
    }
    let name = members.next();
    match (kind, name, members.next()) {
        (Some("header"), Some(name), None) => Ok(Source::Header(name.to_ascii_lowercase().into())),
        (Some("query"), Some(name), None) => Ok(Source::Query(name.into())),
        (Some("path"), Some(name), None) => Ok(Source::Path(name.into())),
        _ => Err("here must follow `body`, or `header`, `query` or `path` and a name".to_owned()),
    }
}
