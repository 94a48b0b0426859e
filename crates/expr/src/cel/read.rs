//! The text of an expression made a tree that is safe to walk.

use cel::common::ast::{EntryExpr, Expr};
use cel::parser::Parser;
use cel::{IdedExpr, ParseErrors};

use super::{CelError, DEEPEST, TEXT};

/// The parser goes down a level of its stack for every level of the text, and may do so for all of it.
const STACK: usize = 256 * 1024 * 1024;
/// So many brackets may be open.
const BRACKETS: u16 = 64;

/// The tree of a text. It is read on a thread with a stack for the deepest text that there can be, and comes off it only if it is
/// shallow.
pub(super) fn tree(text: &str) -> Result<IdedExpr, CelError> {
    let error = |message: String| CelError { message: message.into(), position: 0 };
    if text.len() > TEXT {
        return Err(error(format!("an expression is at most {TEXT} bytes")));
    }
    if text.trim().is_empty() {
        return Err(error("an expression is missing".to_owned()));
    }
    let owned = text.to_owned();
    let thread = std::thread::Builder::new().name("cel".to_owned()).stack_size(STACK);
    let read = move || {
        let parser = Parser::new().max_recursion_depth(BRACKETS);
        let tree = parser.parse(&owned).map_err(|errors| of_parser(&owned, &errors))?;
        if depth(&tree) > DEEPEST { Err(deep()) } else { Ok(tree) }
    };
    let thread = thread.spawn(read).map_err(|cause| error(format!("it cannot be read: {cause}")))?;
    thread.join().unwrap_or_else(|_| Err(error("it cannot be read".to_owned())))
}

fn deep() -> CelError {
    CelError {
        message: format!("it nests deeper than {DEEPEST} levels, or {BRACKETS} brackets").into(),
        position: 0,
    }
}

/// The first mistake, in a line.
fn of_parser(text: &str, errors: &ParseErrors) -> CelError {
    let Some(first) = errors.errors.first() else {
        return CelError { message: "it cannot be read".into(), position: 0 };
    };
    if first.msg.contains("Recursion limit") {
        return deep();
    }
    let number = |number: isize| usize::try_from(number).unwrap_or_default();
    let (line, column) = (number(first.pos.0), number(first.pos.1));
    let before: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum();
    let message: String = first.msg.lines().next().unwrap_or_default().chars().take(200).collect();
    CelError { message: message.into(), position: before + column.saturating_sub(1) }
}

/// The length of the longest way down.
fn depth(tree: &IdedExpr) -> usize {
    let (mut deepest, mut open) = (0, vec![(tree, 1)]);
    while let Some((at, level)) = open.pop() {
        deepest = deepest.max(level);
        open.extend(below(at).into_iter().map(|child| (child, level + 1)));
    }
    deepest
}

/// The nodes directly below.
pub(super) fn below(at: &IdedExpr) -> Vec<&IdedExpr> {
    match &at.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(all) => {
            vec![&all.iter_range, &all.accu_init, &all.loop_cond, &all.loop_step, &all.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::Struct(message) => message.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
    }
}

fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}
