//! The simulator as a server: HTTP/1.1, one task a connection.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::{Router, middleware};
use base::Clock;
use http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::areas::{self, AREAS, Refusal};
use crate::config::Config;
use crate::ledger;
use crate::pace::Vanish;
use crate::world::{Shared, World};

/// A simulator that does not listen yet. Made by [`Config::build`].
#[derive(Debug)]
pub struct Simulator {
    world: Shared,
    router: Router,
}

/// A simulator that listens, and answers once it runs.
#[derive(Debug)]
pub struct Bound {
    simulator: Simulator,
    listener: TcpListener,
    address: SocketAddr,
}

/// Why a connection was closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the simulator was asked to close the connection without an answer")]
struct Vanished;

/// How long open connections may take to finish once the simulator ends.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a client may take for the head of a request.
const HEAD: Duration = Duration::from_secs(30);

/// Breath taken when no connection can be accepted (no descriptors, mostly).
const BREATH: Duration = Duration::from_millis(10);

// === impl Simulator ===

impl Simulator {
    pub(crate) fn new(config: Config, clock: Clock) -> Self {
        let world = Arc::new(World::new(config, clock));
        let mut router = Router::new();
        for area in &AREAS {
            router = router.merge((area.routes)(Arc::clone(&world)));
        }
        let router = router
            .fallback(unknown_path)
            .method_not_allowed_fallback(unknown_method)
            .layer(middleware::from_fn_with_state(Arc::clone(&world), ledger::record))
            .with_state(Arc::clone(&world));
        Self { world, router }
    }

    /// Takes the address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn bind(self, address: SocketAddr) -> io::Result<Bound> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Bound { simulator: self, listener, address })
    }
}

// === impl Bound ===

impl Bound {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready. Then it accepts no more, waits no more latencies, lets open requests
    /// finish for five seconds at most, and returns.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { simulator, listener, .. } = self;
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let router = simulator.router.clone();
                        connections.spawn(serve(stream, router, Arc::clone(&simulator.world)));
                    }
                    Err(_) => tokio::time::sleep(BREATH).await,
                },
            }
        }
        drop(listener);
        simulator.world.close();
        let drained = async { while connections.join_next().await.is_some() {} };
        // What is still open after that is dropped with the set.
        drop(tokio::time::timeout(DRAIN, drained).await);
    }
}

/// Serves one connection to its end. Its errors are the client's doing or were asked for.
async fn serve(stream: TcpStream, router: Router, world: Shared) {
    drop(stream.set_nodelay(true));
    let answer = hyper::service::service_fn(move |request| answer(router.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), answer);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => drop(ended),
        () = world.closed() => {
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}

async fn answer(router: Router, request: http::Request<Incoming>) -> Result<Response, Vanished> {
    let answered: Result<Response, Infallible> = TowerToHyperService::new(router).call(request.map(Body::new)).await;
    let Ok(response) = answered;
    if response.extensions().get::<Vanish>().is_some() { Err(Vanished) } else { Ok(response) }
}

async fn unknown_path(State(world): State<Shared>, request: Request) -> Response {
    let message = format!("Invalid URL ({} {})", request.method(), request.uri().path());
    let area = areas::of_path(request.uri().path());
    (area.refuse)(&world, &Refusal { status: StatusCode::NOT_FOUND, message, ..Refusal::default() })
}

async fn unknown_method(State(world): State<Shared>, request: Request) -> Response {
    let message = format!("Not allowed to {} on {}.", request.method(), request.uri().path());
    let area = areas::of_path(request.uri().path());
    (area.refuse)(&world, &Refusal { status: StatusCode::METHOD_NOT_ALLOWED, message, ..Refusal::default() })
}
