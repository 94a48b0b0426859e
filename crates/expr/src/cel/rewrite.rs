//! The tree made ready: paths become variables that are bound before it is evaluated, and what may be much pays for itself.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators};

use super::{CelError, Reference, function, order, path, read};

/// The function that pays for a value and gives it back.
pub(super) const CHARGE: &str = "@charge";
/// The function that pays for going through a value, each element of which costs so much, and gives it back.
pub(super) const RANGE: &str = "@range";
/// Operators of arithmetic, and the functions that do the same for numbers of different types too.
const ARITHMETIC: [(&str, &str); 5] = [
    (operators::ADD, ADD),
    (operators::SUBSTRACT, SUBTRACT),
    (operators::MULTIPLY, MULTIPLY),
    (operators::DIVIDE, DIVIDE),
    (operators::MODULO, MODULO),
];
pub(super) const ADD: &str = "@add";
pub(super) const SUBTRACT: &str = "@subtract";
pub(super) const MULTIPLY: &str = "@multiply";
pub(super) const DIVIDE: &str = "@divide";
pub(super) const MODULO: &str = "@modulo";
/// The accumulator of comprehensions.
const RESULT: &str = "@result";

/// Operators whose operands are not.
const FREE: [&str; 11] = [
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::NOT_STRICTLY_FALSE,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    MODULO,
    operators::NEGATE,
    operators::INDEX,
    operators::OPT_INDEX,
];

/// A tree that is ready, what it reads, and the names of its object literals.
pub(super) struct Ready {
    pub(super) tree: IdedExpr,
    pub(super) references: Vec<Reference>,
    pub(super) names: Vec<order::Names>,
}

struct Rewriter {
    references: Vec<Reference>,
    names: Vec<order::Names>,
    /// The variables of the macros that are open.
    scope: Vec<String>,
    error: Option<String>,
}

/// The variable of a reference.
pub(super) fn variable(index: usize) -> String {
    format!("@{index}")
}

/// The variable that tells whether a reference has a value.
pub(super) fn presence(index: usize) -> String {
    format!("@has{index}")
}

/// The reference of a variable.
pub(super) fn index_of(variable: &str) -> Option<usize> {
    variable.strip_prefix('@')?.parse().ok()
}

pub(super) fn tree(text: &str, mut tree: IdedExpr) -> Result<Ready, CelError> {
    let mut rewriter = Rewriter { references: Vec::new(), names: Vec::new(), scope: Vec::new(), error: None };
    rewriter.node(&mut tree);
    match rewriter.error {
        None => Ok(Ready { tree, references: rewriter.references, names: rewriter.names }),
        Some(message) => Err(CelError { position: place(text, &message), message: message.into() }),
    }
}

/// Where the first name in back quotes of a message stands in the text.
fn place(text: &str, message: &str) -> usize {
    let name = message.split('`').nth(1).unwrap_or_default();
    let before = text.find(name).and_then(|at| text.get(..at));
    before.map_or(0, |before| before.chars().count())
}

// === impl Rewriter ===

impl Rewriter {
    fn node(&mut self, at: &mut IdedExpr) {
        if let Some(name) = self.variable_of(at) {
            at.expr = Expr::Ident(name);
            return;
        }
        match &mut at.expr {
            Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
            Expr::Select(select) => self.node(&mut select.operand),
            Expr::Call(call) => self.call(call),
            Expr::List(list) => list.elements.iter_mut().for_each(|element| self.charged(element)),
            Expr::Map(map) => {
                self.names.extend(order::names(map));
                for entry in &mut map.entries {
                    if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                        self.charged(&mut entry.key);
                        self.charged(&mut entry.value);
                    }
                }
            }
            Expr::Comprehension(all) => {
                self.node(&mut all.iter_range);
                self.node(&mut all.accu_init);
                let open = self.scope.len();
                self.scope.push(all.iter_var.clone());
                self.scope.extend(all.iter_var2.clone());
                self.node(&mut all.loop_cond);
                self.node(&mut all.loop_step);
                self.scope.truncate(open);
                self.node(&mut all.result);
                let cost = count(&all.loop_cond) + count(&all.loop_step);
                let cost = i64::try_from(cost).unwrap_or(i64::MAX);
                let cost = Expr::Literal(LiteralValue::Int(cost.into()));
                wrap(&mut all.iter_range, RANGE, Some(IdedExpr { id: at.id, expr: cost }));
            }
            Expr::Struct(message) => {
                self.fail(format!(
                    "`{}`: messages are not built; `{{…}}` alone is an object",
                    message.type_name
                ));
            }
        }
    }

    /// The variable that stands for a node, if it is a path, or asks whether there is one.
    fn variable_of(&mut self, at: &IdedExpr) -> Option<String> {
        let (path, test) = match &at.expr {
            Expr::Select(select) if select.test => {
                let (root, mut members) = path::of(&select.operand)?;
                members.push(select.field.clone());
                ((root, members), true)
            }
            _ => (path::of(at)?, false),
        };
        if self.scope.contains(&path.0) {
            return None;
        }
        match path::reference(&path) {
            Ok(reference) => {
                let found = self.references.iter().position(|known| *known == reference);
                let index = found.unwrap_or_else(|| {
                    self.references.push(reference);
                    self.references.len() - 1
                });
                Some(if test { presence(index) } else { variable(index) })
            }
            Err(message) => {
                self.fail(message);
                None
            }
        }
    }

    fn call(&mut self, call: &mut CallExpr) {
        if let Some(message) = function::unknown(&call.func_name, call.target.is_some()) {
            self.fail(message);
        }
        let gathers = call.func_name == operators::ADD && is_result(call.args.first());
        let arithmetic = ARITHMETIC.iter().find(|(operator, _)| *operator == call.func_name);
        if let Some((_, function)) = arithmetic.filter(|_| !gathers) {
            (*function).clone_into(&mut call.func_name);
        }
        let name = call.func_name.as_str();
        if name == operators::CONDITIONAL {
            for (index, arg) in call.args.iter_mut().enumerate() {
                if index == 0 { self.node(arg) } else { self.charged(arg) }
            }
        } else if FREE.contains(&name) {
            call.args.iter_mut().for_each(|arg| self.node(arg));
        } else if gathers {
            // What a macro gathers grows in place, and is to be recognised by its shape.
            call.args.iter_mut().for_each(|arg| self.node(arg));
        } else {
            if let Some(target) = &mut call.target {
                self.charged(target);
            }
            call.args.iter_mut().for_each(|arg| self.charged(arg));
        }
    }

    fn charged(&mut self, at: &mut IdedExpr) {
        self.node(at);
        let free = match &at.expr {
            Expr::Literal(_) => true,
            Expr::Ident(name) => name == RESULT || name.starts_with("@has"),
            Expr::Call(call) if call.func_name == operators::ADD => is_result(call.args.first()),
            Expr::Call(call) => FREE.contains(&call.func_name.as_str()) && call.func_name != operators::INDEX,
            _ => false,
        };
        if !free {
            wrap(at, CHARGE, None);
        }
    }

    fn fail(&mut self, message: String) {
        self.error.get_or_insert(message);
    }
}

fn is_result(arg: Option<&IdedExpr>) -> bool {
    matches!(arg, Some(IdedExpr { expr: Expr::Ident(name), .. }) if name == RESULT)
}

fn wrap(at: &mut IdedExpr, function: &str, more: Option<IdedExpr>) {
    let inner = std::mem::take(at);
    at.id = inner.id;
    let args = std::iter::once(inner).chain(more).collect();
    at.expr = Expr::Call(CallExpr { func_name: function.to_owned(), target: None, args });
}

/// How many nodes there are.
fn count(tree: &IdedExpr) -> usize {
    let (mut count, mut open) = (0, vec![tree]);
    while let Some(at) = open.pop() {
        count += 1;
        open.extend(read::below(at));
    }
    count
}
