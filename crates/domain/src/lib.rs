//! The product's documents: what a person or a pipeline declares. These structs are the single source of
//! the JSON Schema, of validation and of the admin API's shapes. Nothing is resolved here: that is `snapshot`.
#![warn(missing_docs)]

mod document;
mod id;
mod permission;
mod quantity;
mod schema;
mod secret;
pub mod spec;

pub use document::{Document, Meta, ParseError};
pub use id::{
    DEFAULT_ENVIRONMENT, DEFAULT_TEAM, DocId, IdError, Kind, Name, NameError, Reference, SYSTEM_TEAM,
};
pub use permission::{Permission, Role};
pub use quantity::{ByteSize, Span};
pub use schema::{document_schema, spec_schema};
pub use secret::SecretSource;
pub use spec::Spec;
