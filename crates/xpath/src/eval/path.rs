//! Paths, steps and predicates (`XPath` 3.1 §3.3).

use super::{Eval, Focus, Scope};
use crate::ast::{Axis, Expr, NodeTest};
use crate::atomic::Value;
use crate::convert;
use crate::error::{Error, Result};
use crate::item::{Item, Sequence, truth};
use crate::sequence_type::{KindTest, NameTest, Space};
use crate::tree::{Node, NodeKind};
use crate::types::Type;

/// A test of nodes whose prefix is known.
enum Resolved<'a> {
    Any,
    /// Those of a kind with a namespace and a name, where these are told.
    Name(NodeKind, Option<&'a str>, Option<&'a str>),
    Kind(&'a KindTest),
}

// === impl Eval ===

impl Eval<'_> {
    pub(super) fn path(&self, [left, right]: &[Expr; 2], scope: &Scope<'_>) -> Result<Sequence> {
        let left = self.evaluate(left, scope)?;
        if let Some(item) = left.iter().find(|item| !matches!(item, Item::Node(_))) {
            let text = format!("`/` stands behind nodes, not {}", item.described());
            return Err(Error::new("XPTY0019", text));
        }
        in_order(self.for_each(left, right, scope)?)
    }

    pub(super) fn mapped(&self, [left, right]: &[Expr; 2], scope: &Scope<'_>) -> Result<Sequence> {
        let left = self.evaluate(left, scope)?;
        self.for_each(left, right, scope)
    }

    /// What an expression comes to for each item.
    fn for_each(&self, items: Sequence, expression: &Expr, scope: &Scope<'_>) -> Result<Sequence> {
        let size = items.len();
        let mut all = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let focus = Focus { item, position: index + 1, size };
            all.append(&mut self.evaluate(expression, &Scope { focus: Some(&focus), ..*scope })?);
        }
        self.charge(all.len())?;
        Ok(all)
    }

    pub(super) fn step(
        &self,
        axis: Axis,
        test: &NodeTest,
        predicates: &[Expr],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let node = context_node(scope)?;
        let test = self.resolved(axis, test)?;
        let mut found = Vec::new();
        self.walk(axis, node, &mut |one| {
            if self.passes(&one, &test)? {
                found.push(Item::Node(one));
            }
            Ok(())
        })?;
        for predicate in predicates {
            found = self.kept(found, predicate, scope)?;
        }
        if is_reverse(axis) {
            found.reverse();
        }
        Ok(found)
    }

    pub(super) fn filtered(&self, [base, predicate]: &[Expr; 2], scope: &Scope<'_>) -> Result<Sequence> {
        let items = self.evaluate(base, scope)?;
        self.kept(items, predicate, scope)
    }

    /// The items for which a predicate holds: those at the position that it says, or those for which it is true.
    fn kept(&self, items: Sequence, predicate: &Expr, scope: &Scope<'_>) -> Result<Sequence> {
        if let Expr::Literal(literal) = predicate
            && let Value::Integer(position) = literal.value
        {
            let index = usize::try_from(position).ok().and_then(|position| position.checked_sub(1));
            return Ok(index.and_then(|index| items.into_iter().nth(index)).into_iter().collect());
        }
        let size = items.len();
        let mut kept = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let focus = Focus { item, position: index + 1, size };
            let value = self.evaluate(predicate, &Scope { focus: Some(&focus), ..*scope })?;
            if holds(&value, index + 1)? {
                kept.push(focus.item);
            }
        }
        Ok(kept)
    }

    /// Shows the nodes of an axis one by one, the nearest first.
    fn walk(&self, axis: Axis, node: &Node, show: &mut dyn FnMut(Node) -> Result<()>) -> Result<()> {
        let mut all = |nodes: &mut dyn Iterator<Item = Node>| {
            for one in nodes {
                self.charge(1)?;
                show(one)?;
            }
            Ok(())
        };
        let own = || std::iter::once(node.clone());
        match axis {
            Axis::Child => all(&mut node.children()),
            Axis::Attribute => all(&mut node.attributes()),
            Axis::Own => all(&mut own()),
            Axis::Descendant => all(&mut node.descendants()),
            Axis::DescendantOrSelf => all(&mut own().chain(node.descendants())),
            Axis::Parent => all(&mut node.parent().into_iter()),
            Axis::Ancestor => all(&mut node.ancestors()),
            Axis::AncestorOrSelf => all(&mut own().chain(node.ancestors())),
            Axis::FollowingSibling => all(&mut node.following_siblings()),
            Axis::PrecedingSibling => all(&mut node.previous_siblings()),
            Axis::Following => all(&mut node.following()),
            Axis::Preceding => all(&mut node.preceding().rev()),
            Axis::Namespace => Ok(()),
        }
    }

    fn resolved<'a>(&'a self, axis: Axis, test: &'a NodeTest) -> Result<Resolved<'a>> {
        let name = match test {
            NodeTest::Kind(KindTest::Any) => return Ok(Resolved::Any),
            NodeTest::Kind(kind) => return Ok(Resolved::Kind(kind)),
            NodeTest::Name(name) => name,
        };
        let kind = if axis == Axis::Attribute { NodeKind::Attribute } else { NodeKind::Element };
        Ok(Resolved::Name(kind, self.space(name)?, name.local.as_deref()))
    }

    /// The namespace that a test means; `None` for any.
    pub(crate) fn space<'a>(&'a self, test: &'a NameTest) -> Result<Option<&'a str>> {
        match &test.space {
            Space::Any => Ok(None),
            Space::None => Ok(Some("")),
            Space::Uri(uri) => Ok(Some(uri)),
            Space::Prefix(prefix) => self.namespace(prefix)?.map(Some).ok_or_else(|| {
                let local = test.local.as_deref().unwrap_or("name");
                let any = if self.compatible() {
                    format!("*[local-name() = '{local}']")
                } else {
                    format!("*:{local}")
                };
                let text =
                    format_args!("no element declares the prefix `{prefix}`; `{any}` is of any namespace");
                Error::new("XPST0081", text)
            }),
        }
    }

    fn passes(&self, node: &Node, test: &Resolved<'_>) -> Result<bool> {
        match test {
            Resolved::Any => Ok(true),
            Resolved::Kind(KindTest::Text) => Ok(node.kind() == NodeKind::Text),
            Resolved::Kind(kind) => convert::is_kind(node, kind, self),
            Resolved::Name(kind, namespace, local) => Ok(node.kind() == *kind
                && node.name().is_some_and(|name| {
                    local.is_none_or(|local| *name.local == *local)
                        && namespace.is_none_or(|namespace| *name.namespace == *namespace)
                })),
        }
    }
}

/// The document of the context item.
pub(super) fn root(scope: &Scope<'_>) -> Result<Sequence> {
    let root = context_node(scope)?.root();
    if root.kind() != NodeKind::Document {
        return Err(Error::new("XPDY0050", "`/` begins at a document, and the context item is in none"));
    }
    Ok(vec![root.into()])
}

fn context_node<'a>(scope: &Scope<'a>) -> Result<&'a Node> {
    match scope.focus.map(|focus| &focus.item) {
        Some(Item::Node(node)) => Ok(node),
        Some(other) => {
            let text = format!("a step begins at a node, and the context item is {}", other.described());
            Err(Error::new("XPTY0020", text))
        }
        None => Err(super::no_item()),
    }
}

/// Whether a predicate's value holds for an item at a position.
fn holds(value: &[Item], position: usize) -> Result<bool> {
    #[expect(clippy::cast_precision_loss, reason = "positions are below 2^52")]
    let place = position as f64;
    if let [Item::Atomic(atomic)] = value
        && atomic.kind.is(Type::Numeric)
    {
        return Ok(match &atomic.value {
            Value::Integer(number) => usize::try_from(*number).is_ok_and(|number| number == position),
            Value::Decimal(number) => *number == position.into(),
            Value::Float(number) => f64::from(*number).total_cmp(&place).is_eq(),
            Value::Double(number) => number.total_cmp(&place).is_eq(),
            _ => false,
        });
    }
    truth(value)
}

/// What a path has found: nodes in document order, each once; or values as they came.
fn in_order(items: Sequence) -> Result<Sequence> {
    let many = items.iter().filter(|item| matches!(item, Item::Node(_))).count();
    if many == 0 {
        return Ok(items);
    }
    if many < items.len() {
        return Err(Error::new("XPTY0018", "a path finds nodes or values, not both"));
    }
    let nodes = items.into_iter().filter_map(|item| match item {
        Item::Node(node) => Some(node),
        _ => None,
    });
    let mut nodes: Vec<Node> = nodes.collect();
    if !nodes.is_sorted_by(|before, after| before < after) {
        nodes.sort_unstable();
        nodes.dedup();
    }
    Ok(nodes.into_iter().map(Item::Node).collect())
}

fn is_reverse(axis: Axis) -> bool {
    matches!(
        axis,
        Axis::Ancestor | Axis::AncestorOrSelf | Axis::Parent | Axis::Preceding | Axis::PrecedingSibling
    )
}
