//! GraphQL: what queries may ask for, and services whose schema is served from calls.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FlowSource, is_default};
use crate::{ByteSize, Reference, Span};

/// What queries of a GraphQL service may ask for; each limit holds before anything is run or sent on. On a service that is
/// served by an upstream it says that what is asked there is GraphQL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Graphql {
    /// The longest text.
    pub max_length: ByteSize,
    /// The most tokens of a text.
    #[schemars(range(min = 1))]
    pub max_tokens: u32,
    /// The most operations of a document, of which one is run.
    #[schemars(range(min = 1))]
    pub max_operations: u32,
    /// The most levels of fields.
    #[schemars(range(min = 1))]
    pub max_depth: u32,
    /// The highest cost: each field costs 1, times the sizes of the lists around it.
    #[schemars(range(min = 1))]
    pub max_cost: u64,
    /// The most aliases.
    pub max_aliases: u32,
    /// The most directives.
    pub max_directives: u32,
    /// Whether the schema may be asked for.
    pub introspection: bool,
    /// What a field costs that does not cost 1, by its name.
    #[serde(skip_serializing_if = "is_default")]
    pub weights: BTreeMap<String, u64>,
    /// Arguments that tell how long a list is.
    pub sizes: Vec<String>,
    /// Whose texts are known by their hashes.
    #[serde(skip_serializing_if = "is_default")]
    pub persisted: Persisted,
    /// Whether answers of queries are kept, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<QueryCache>,
}

/// Answers of queries that are kept, for who asks the same again. `Cache-Control` of the server counts where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryCache {
    /// How long an answer is kept of which the server says nothing; absent: it is not.
    #[serde(default = "never", skip_serializing_if = "is_never")]
    pub ttl: Span,
    /// Header fields of requests by which answers differ, and are kept apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vary: Vec<String>,
    /// Whether applications share answers; otherwise each has its own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared: bool,
}

/// Whose texts are known by their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Persisted {
    /// Nobody's: each request brings its text.
    #[default]
    Off,
    /// Those that clients have brought before ("automatic persisted queries", as Apollo's clients do).
    Automatic,
    /// These texts, and no others are run.
    Only(Vec<String>),
}

/// A service whose GraphQL schema is served from calls of operations and flows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphqlBackend {
    /// The schema, in SDL; `@rest`, `@flow` and `@value` say where fields come from. Absent: it is made from the description
    /// of the only source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Who serves the operations that `@rest` names, by the names of sources there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sources: BTreeMap<String, FlowSource>,
    /// The flows that `@flow` names, by their names there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flows: BTreeMap<String, Reference>,
    /// How long a request may take.
    #[serde(default = "timeout")]
    pub timeout: Span,
    /// How many calls of a request may be under way at the same time.
    #[serde(default = "concurrency")]
    #[schemars(range(min = 1, max = 1000))]
    pub concurrency: u32,
    /// How many calls a request may need in all.
    #[serde(default = "max_calls")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max_calls: u32,
    /// The longest answer of a call; it is held in memory.
    #[serde(default = "max_answer")]
    pub max_answer: ByteSize,
}

/// A GraphQL query that answers the calls of a route, so that a part of a schema is an API like any other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteGraphql {
    /// The document: one operation, or several of which `operation` names the one that is meant.
    #[serde(default, skip_serializing_if = "is_default")]
    pub query: String,
    /// In files of configuration: the file that the document stands in, from this file's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_file: Option<String>,
    /// The operation that is meant, where the document has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The schema of the server behind the service, in SDL: the query is checked against it, and variables are made what it
    /// says. A service that serves a schema itself has it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Where the server behind the service speaks GraphQL.
    #[serde(default = "path")]
    pub path: String,
    /// Variables by their names, each an Arazzo value over the request: `$request.path.id`, `$request.query.page`,
    /// `$request.header.x-user`, `$request.body#/items`. Others come by their names from path, query and body.
    #[serde(default, skip_serializing_if = "is_default")]
    pub variables: BTreeMap<String, Value>,
    /// The part of `data` that is the answer, by a JSON Pointer: `/product`. Absent: all of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub root: String,
    /// How the server is told what is asked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub send: SendQuery,
}

/// How a server is told what is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendQuery {
    /// By the text.
    #[default]
    Text,
    /// By the text's SHA-256 alone (`extensions.persistedQuery`): the server knows the text.
    Hash,
}

impl Default for Graphql {
    fn default() -> Self {
        Self {
            max_length: ByteSize(64 << 10),
            max_tokens: 5_000,
            max_operations: 10,
            max_depth: 16,
            max_cost: 10_000,
            max_aliases: 30,
            max_directives: 50,
            introspection: true,
            weights: BTreeMap::new(),
            sizes: ["first", "last", "limit"].map(str::to_owned).to_vec(),
            persisted: Persisted::Off,
            cache: None,
        }
    }
}

fn never() -> Span {
    Span::secs(0)
}

fn is_never(span: &Span) -> bool {
    span.0.is_zero()
}

fn path() -> String {
    "/graphql".to_owned()
}

fn timeout() -> Span {
    Span::secs(30)
}

fn concurrency() -> u32 {
    64
}

fn max_calls() -> u32 {
    1_000
}

fn max_answer() -> ByteSize {
    ByteSize(10 << 20)
}
