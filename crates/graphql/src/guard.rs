//! What a query may ask for: its text is bounded before it is parsed, and what it would cost is known before it is run or
//! sent on. No schema is needed. Nothing is run.

mod limits;
mod measure;
mod persisted;
#[cfg(test)]
mod tests;
mod unfold;

use std::fmt;
use std::time::Duration;

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use aws_lc_rs::digest::{Context, SHA256};

pub use limits::Limits;
pub(crate) use persisted::digest_of;
pub use persisted::{AllowList, Persisted, Registered};

use crate::http::Request;
use crate::{Error, parse, tokens};
use measure::Measure;

/// The rules of an endpoint.
#[derive(Debug, Default)]
pub struct Guard {
    /// How much a query may ask for.
    pub limits: Limits,
    /// Whose texts are known.
    pub persisted: Persisted,
    /// Whether answers are kept.
    pub cache: Option<Caching>,
}

/// How answers of queries are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caching {
    /// How long one of which the server says nothing.
    pub ttl: Duration,
    /// Fields of requests by which answers are kept apart.
    pub vary: Vec<String>,
    /// Applications share answers.
    pub shared: bool,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It reads.
    Query,
    /// It changes something.
    Mutation,
    /// It is told of what happens.
    Subscription,
}

/// A request that may be run.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The document.
    pub document: ExecutableDocument,
    /// What its operation does.
    pub kind: Kind,
    /// The name of its operation.
    pub operation: Option<String>,
    /// The fields of the root that it asks for, each once.
    pub fields: Vec<String>,
    /// The levels of fields.
    pub depth: u64,
    /// What it costs: each field one, times the sizes of the lists around it.
    pub cost: u64,
    /// Whether a fragment is marked as one that may come later.
    defers: bool,
    /// Equal for requests that ask the same: same tokens, operation and variables, and same extensions but the hash of the text.
    pub key: [u8; 32],
}

// === impl Admitted ===

impl Admitted {
    /// Whether a part of the answer may come later.
    pub fn defers(&self) -> bool {
        self.defers
    }
}

// === impl Guard ===

impl Guard {
    /// Whether a request may be run. A text that is known by its hash alone is put into the request.
    pub fn admit(&self, request: &mut Request) -> Result<Admitted, Error> {
        let found = self.persisted.text(request)?;
        let text = request.query.get_or_insert(found);
        let scan = tokens::scan(text, &self.limits)?;
        self.persisted.allows(&scan.normal)?;
        let document = parse::query(text)?;
        let count = document.operations.iter().len();
        if count > self.limits.operations {
            let place =
                document.operations.iter().map(|(_, operation)| operation.pos).max().unwrap_or_default();
            return Err(Limits::exceeded("operations", (count, self.limits.operations), place));
        }
        unfold::check(&document, &self.limits)?;
        let (operation, definition) = chosen(&document, request.operation_name.as_deref())?;
        let measure = Measure::of(&document, definition, (&self.limits, &request.variables))?;
        self.limits.check(&measure)?;
        let kind = Kind::of(definition.node.ty);
        let key = key(&scan.normal, operation.as_deref(), request);
        let fields = unfold::roots(&document, &definition.node.selection_set.node);
        let (depth, cost) = (measure.depth, measure.cost);
        // A text may have the word where it means nothing; then nothing comes later.
        let defers = scan.normal.contains("@defer");
        self.persisted.keep(request);
        Ok(Admitted { document, kind, operation, fields, depth, cost, defers, key })
    }
}

/// What a request would do, as far as its text can be read at all; it may be refused all the same.
pub fn kind_of(request: &Request) -> Option<Kind> {
    let text = request.query.as_deref()?;
    let limits = Limits { length: 1 << 20, tokens: 100_000, ..Limits::default() };
    tokens::scan(text, &limits).ok()?;
    let document = parse::query(text).ok()?;
    let (_, operation) = chosen(&document, request.operation_name.as_deref()).ok()?;
    Some(Kind::of(operation.node.ty))
}

/// The operation that is meant (October 2021, §6.1, `GetOperation`).
fn chosen<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Result<(Option<String>, &'d Positioned<OperationDefinition>), Error> {
    let refused = |message: String, hint: &str| {
        Err(Error::new(message).coded("OPERATION_RESOLUTION_FAILURE").hinted(hint))
    };
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok((None, operation)),
        (DocumentOperations::Multiple(operations), None) => match operations.iter().next() {
            Some((name, operation)) if operations.len() == 1 => Ok((Some(name.to_string()), operation)),
            _ => refused(
                "the document has several operations".into(),
                "name the one that is meant: `operationName`",
            ),
        },
        (DocumentOperations::Multiple(operations), Some(name)) => match operations.get(name) {
            Some(operation) => Ok((Some(name.to_owned()), operation)),
            None => refused(format!("the document has no operation `{name}`"), "check `operationName`"),
        },
        (DocumentOperations::Single(_), Some(name)) => refused(
            format!("the document has no operation `{name}`, its only one has no name"),
            "leave `operationName` out",
        ),
    }
}

fn key(normal: &str, operation: Option<&str>, request: &Request) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    for part in [normal.as_bytes(), operation.unwrap_or_default().as_bytes()] {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    // The server may make something of any extension. A text that comes by its hash is the same text.
    let mut others = request.extensions.clone();
    others.shift_remove("persistedQuery");
    for part in [&request.variables, &others] {
        hash.update(expr::canonical_object(part).as_bytes());
    }
    let mut key = [0; 32];
    key.copy_from_slice(hash.finish().as_ref());
    key
}

// === impl Kind ===

impl Kind {
    fn of(kind: OperationType) -> Self {
        match kind {
            OperationType::Query => Self::Query,
            OperationType::Mutation => Self::Mutation,
            OperationType::Subscription => Self::Subscription,
        }
    }

    /// As documents spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
