//! One row of the table of endpoints: what it is asked by, who may, how it is described, who answers.

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use domain::Permission;
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::app::App;
use crate::guard::{Post, guard};

/// Who may use an endpoint. There is no endpoint without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Everyone.
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Who has the right in the team that the path names; the team is unknown to others.
    Team(Permission),
    /// Who has the right in some team; the answer keeps to those teams.
    SomeTeam(Permission),
    /// Who has the right in the installation as a whole.
    Installation(Permission),
}

/// An endpoint as tests and documents list it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The method.
    pub method: String,
    /// Who may use it.
    pub access: Access,
}

/// Gives the schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// See the module's description.
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) query: Option<SchemaOf>,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Option<SchemaOf>,
    pub(crate) answers: Vec<Answer>,
    handler: MethodRouter<App>,
}

/// A success as the OpenAPI document tells it.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) says: &'static str,
    pub(crate) media: &'static str,
    pub(crate) schema: Option<SchemaOf>,
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

// === impl Endpoint ===

impl Endpoint {
    /// An endpoint; `id` names its operation in generated clients.
    pub(crate) fn new<H, T>(
        (method, path): (Method, &'static str),
        access: Access,
        (id, summary): (&'static str, &'static str),
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        let handler = on(filter, handler);
        let (query, body) = (None, None);
        Self {
            method,
            path,
            access,
            id,
            summary,
            query,
            headers: Vec::new(),
            body,
            answers: Vec::new(),
            handler,
        }
    }

    /// Its query's parameters.
    pub(crate) fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(schema_of::<T>);
        self
    }

    /// A header that it heeds.
    pub(crate) fn header(mut self, name: &'static str, says: &'static str) -> Self {
        self.headers.push((name, says));
        self
    }

    /// Its body.
    pub(crate) fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(schema_of::<T>);
        self
    }

    /// A success with a body of JSON.
    pub(crate) fn answer<T: JsonSchema>(self, status: u16, says: &'static str) -> Self {
        self.answer_as::<T>(status, says, "application/json")
    }

    /// A success with a body of another type.
    pub(crate) fn answer_as<T: JsonSchema>(
        mut self,
        status: u16,
        says: &'static str,
        media: &'static str,
    ) -> Self {
        self.answers.push(Answer { status, says, media, schema: Some(schema_of::<T>) });
        self
    }

    /// An answer without a body.
    pub(crate) fn empty(mut self, status: u16, says: &'static str) -> Self {
        self.answers.push(Answer { status, says, media: "", schema: None });
        self
    }

    pub(crate) fn listed(&self) -> Listed {
        Listed { path: self.path, method: self.method.to_string(), access: self.access }
    }

    /// Adds it to a router, behind its guard.
    pub(crate) fn add_to(self, router: Router<App>, app: &App) -> Router<App> {
        let post = Post { app: app.clone(), access: self.access };
        router.route(self.path, self.handler.route_layer(from_fn_with_state(post, guard)))
    }
}
