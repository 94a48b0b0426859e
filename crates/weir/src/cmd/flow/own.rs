//! Servers behind a gateway of a command's own, each under a path of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use base::{Clock, Secret};
use bytes::Bytes;
use domain::{DocId, Document, SecretSource};
use flow::engine::{Lost, Reply};
use flow::request::Request;
use gateway::Core;
use message::{Body, Fields, Known, Method, Reason, RequestHead};
use net::{Call, ConnInfo, Handler, Interim};
use serde_json::{Map, Value, json};
use snapshot::{Change, Secrets, Snapshot};

use crate::cli::ModelArgs;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 32 << 20;

/// What models are called among the documents.
pub(super) const MODELS: &str = "run/models";

/// Where calls go.
pub(super) struct Server {
    tls: bool,
    host: String,
    port: u16,
    path: String,
}

/// Calls to servers by their names, through a gateway.
pub(super) struct Calls {
    runtime: tokio::runtime::Runtime,
    core: Core,
    clock: Clock,
}

/// A server by its name, with fields that stand in every call.
pub(super) struct Served {
    name: String,
    server: Server,
    headers: Vec<(String, String)>,
    /// The end of the path of all calls, where they have but one.
    end: String,
}

/// There is no secret.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn resolve(&self, _: &DocId, _: &SecretSource) -> Result<Secret<String>, String> {
        Err("there are no secrets here".to_owned())
    }
}

pub(super) fn snapshot(documents: &[Value]) -> anyhow::Result<Snapshot> {
    let mut changes = Vec::new();
    for document in documents {
        let document = Document::from_json(document.clone()).context("the documents of the run")?;
        changes.push(Change { id: document.id.clone(), document: Some(document.into()) });
    }
    Snapshot::empty().apply(&changes, 1, &NoSecrets).map_err(|mistakes| {
        let place = |path: &str| match path {
            "/spec/workflow" => "--workflow".to_owned(),
            path => path.to_owned(),
        };
        let told: Vec<String> =
            mistakes.iter().map(|one| format!("  {}: {}", place(&one.path), one.message)).collect();
        anyhow::anyhow!("the flow cannot be run:\n{}", told.join("\n"))
    })
}

// === impl Served ===

impl Served {
    pub(super) fn new(name: &str, server: Server, headers: &[(String, String)]) -> Self {
        Self { name: name.to_owned(), server, headers: headers.to_vec(), end: String::new() }
    }

    /// A server that takes queries of GraphQL at one path.
    pub(super) fn schema(name: &str, mut server: Server, headers: &[(String, String)]) -> Self {
        let at = server.path.rfind('/').unwrap_or(server.path.len());
        let end = server.path.split_off(at);
        Self { end, ..Self::new(&format!("{name}/graphql"), server, headers) }
    }

    /// What it is called among the documents.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What stands before the paths of its calls, without the slash at the front.
    pub(super) fn base(&self) -> String {
        format!("{}{}", self.name, self.end)
    }

    /// Who answers steps that ask a model, where it is said.
    pub(super) fn models(args: &ModelArgs) -> anyhow::Result<Option<Self>> {
        let Some(url) = &args.models else { return Ok(None) };
        let mut server = Server::parse(url)
            .with_context(|| format!("`--models {url}`: an address is `http://HOST:PORT`"))?;
        // Vendors' addresses have the version in them, which stands in the calls' paths too.
        let without = server.path.strip_suffix("/v1").map(str::len);
        server.path.truncate(without.unwrap_or(server.path.len()));
        let bearer = |key: &String| ("authorization".to_owned(), format!("Bearer {key}"));
        let headers: Vec<_> = args.models_key.iter().map(bearer).collect();
        Ok(Some(Self::new(MODELS, server, &headers)))
    }

    /// The documents by which a gateway serves it at `/NAME`, and models where they are asked.
    pub(super) fn documents(&self) -> [Value; 3] {
        let Self { name, server, headers, .. } = self;
        let headers: Map<String, Value> =
            headers.iter().map(|(field, value)| (field.clone(), value.as_str().into())).collect();
        let policies =
            if headers.is_empty() { json!([]) } else { json!([{"headers": {"request": {"set": headers}}}]) };
        let mut route = json!({
            "service": name, "paths": [format!("/{name}/*")], "strip_prefix": format!("/{name}"),
        });
        if name == MODELS {
            route = json!({"service": name, "paths": ["/v1/chat/completions"]});
        }
        [
            json!({"kind": "Upstream", "name": name, "spec": server.upstream()}),
            json!({"kind": "Service", "name": name, "spec": {
                "backend": {"upstream": {"name": name, "path_prefix": server.path}},
                "access": {"mode": "public"}, "policies": policies,
            }}),
            json!({"kind": "Route", "name": name, "spec": route}),
        ]
    }
}

// === impl Server ===

impl Server {
    pub(super) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if tls { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let plain = !host.is_empty() && !url.contains(['{', '?', '#', '@']);
        plain.then(|| Self { tls, host, port, path: path.trim_end_matches('/').to_owned() })
    }

    fn upstream(&self) -> Value {
        let mut spec = json!({"targets": [{"host": self.host, "port": self.port}]});
        if self.tls {
            spec["tls"] = json!({});
        }
        spec
    }
}

// === impl Calls ===

impl Calls {
    /// Calls to these servers.
    pub(super) fn new(servers: &[Served]) -> anyhow::Result<Self> {
        let documents: Vec<Value> = servers.iter().flat_map(Served::documents).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let gateway = crate::own::gateway(snapshot(&documents)?, Arc::default());
        // Any but the first, which takes up what an earlier process has left.
        let core = runtime.block_on(async { gateway.core(1) });
        Ok(Self { runtime, core, clock: Clock::system() })
    }

    /// Makes a call to a server by its base, and waits for its answer.
    pub(super) fn make(&self, server: &str, request: Request) -> Result<Reply, Lost> {
        let unmade = |why: &str| Lost::Unreachable(why.into());
        let method = Method::parse(request.method.as_bytes()).ok_or_else(|| unmade("its method is none"))?;
        let target = match server {
            MODELS => request.target,
            name => format!("/{name}{}", request.target),
        };
        let mut head = RequestHead::new(method, "localhost", &target);
        for (name, value) in &request.headers {
            head.fields.push_named(name.as_bytes(), value.as_bytes());
        }
        let mut body = Bytes::new();
        if let Some((kind, bytes)) = request.body {
            head.fields.push(Known::ContentType, kind.as_bytes());
            body = bytes.into();
        }
        self.runtime.block_on(self.answer(head, body))
    }

    async fn answer(&self, head: RequestHead, body: Bytes) -> Result<Reply, Lost> {
        let started = self.clock.now();
        let own = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let conn =
            ConnInfo { id: 0, peer: own, local: own, listener: "flow".into(), tls: None, opened: started };
        let (upgrade, interim) = (None, Interim::default());
        let call =
            Call { head, body: Body::full(body), conn: Arc::new(conn), started, upgrade, interim, core: 0 };
        let mut reply = self.core.handle(call).await;
        let body = reply.body.collect(LONGEST).await.map_err(|error| match error.reason {
            Reason::UpstreamStalled | Reason::CallTimeout => Lost::Timeout,
            _ => Lost::Unreachable(error.detail.into_owned().into()),
        })?;
        Ok(Reply { status: reply.head.status, headers: named(&reply.head.fields).into(), body: body.into() })
    }
}

/// Fields by their names in lower case.
fn named(fields: &Fields) -> Vec<(Box<str>, String)> {
    let name = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase().into_boxed_str();
    fields
        .iter()
        .map(|(field, value, _)| (name(field), String::from_utf8_lossy(value).into_owned()))
        .collect()
}
