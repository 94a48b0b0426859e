//! Requests to servers that no document names: each to the addresses that were looked up for it, on a connection of its
//! own.

mod address;
mod get;
mod guard;

use std::borrow::Cow;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::Arc;

use bytes::Bytes;
use message::{Body, Known, Method, RequestHead};
use net::{Response, SendOptions, TargetConfig};
use tokio::sync::Semaphore;
use trace::Attempt;

pub(crate) use self::address::Address;
pub(crate) use self::get::get;
use crate::gateway::{Core, Shared};

/// Addresses of one name that are tried.
const TRIES: usize = 3;

/// Names that are looked up at once, in the whole process: each takes a thread, which other work waits for too.
static LOOKUPS: Semaphore = Semaphore::const_new(16);

/// What a request goes out by.
#[derive(Clone, Copy)]
pub(crate) struct Out<'c> {
    pub(crate) shared: &'c Shared,
    pub(crate) client: &'c net::Client,
}

/// Why there is no answer.
pub(crate) type Why = Cow<'static, str>;

// === impl Out ===

impl<'c> From<&'c Core> for Out<'c> {
    fn from(core: &'c Core) -> Self {
        Self { shared: &core.shared, client: &core.client }
    }
}

/// What the name of an address stands for.
pub(crate) async fn resolve(address: &Address) -> Result<Vec<IpAddr>, Why> {
    if let Ok(address) = address.host.parse() {
        return Ok(vec![address]);
    }
    let (host, port) = (address.host.clone(), address.port);
    let unknown = || Why::Borrowed("the name of its server is not known");
    let place = LOOKUPS.acquire().await.map_err(|_| unknown())?;
    let looking = tokio::task::spawn_blocking(move || {
        // A thread is taken until it is done, whether or not somebody still waits for it.
        let _place = place;
        let found = (host.as_str(), port).to_socket_addrs();
        found.map(|found| found.map(|found| found.ip()).collect())
    });
    looking.await.ok().and_then(Result::ok).ok_or_else(unknown)
}

/// The same, all of it of the public internet: a name that stands for other addresses too is refused. What was looked up is
/// what is connected to, so that the name cannot stand for something else then.
pub(crate) async fn resolve_public(address: &Address) -> Result<Vec<IpAddr>, Why> {
    let addresses = resolve(address).await?;
    if addresses.iter().all(|&address| guard::is_public(address)) {
        Ok(addresses)
    } else {
        Err("its server is not on the public internet".into())
    }
}

/// Asks the server at one of these addresses. The connection is used once.
pub(crate) async fn send(
    out: Out<'_>,
    address: &Address,
    addresses: &[IpAddr],
    (mut head, body): (RequestHead, Bytes),
) -> Result<Response, Why> {
    let tls = if address.tls { Some(out.shared.state.system_tls()?) } else { None };
    head.fields.push(Known::AcceptEncoding, b"identity");
    head.fields.push(Known::UserAgent, b"weir");
    for ip in addresses.iter().take(TRIES) {
        let target = net::Target::new(TargetConfig {
            tls: tls.clone(),
            sni: Some(address.host.clone()),
            max_idle: 0,
            ..TargetConfig::new(ip.to_string(), address.port)
        });
        let mut attempt = Attempt::new(1, Arc::clone(target.name()), 0);
        let options = SendOptions { started: out.shared.config.clock.now(), ..SendOptions::default() };
        let mut body = Body::full(body.clone());
        let sent = Box::pin(out.client.send(&target, &head, &mut body, &options, &mut attempt)).await;
        match sent {
            Ok(response) => return Ok(response),
            Err(error) if !error.sent => {}
            Err(_) => return Err("its server broke the connection".into()),
        }
    }
    Err("its server cannot be reached".into())
}

/// Posts a body to an address that the operator gave, wherever that is; gives the status and the answer.
pub(crate) async fn post(
    out: Out<'_>,
    url: &str,
    (content_type, body): (&str, String),
    cap: usize,
) -> Result<(u16, Bytes), Why> {
    let address = Address::parse(url).ok_or(Why::Borrowed("it is no address by http or https"))?;
    let addresses = resolve(&address).await?;
    let mut head = RequestHead::new(Method::Post, &address.authority, &address.path);
    head.fields.push(Known::ContentType, content_type.as_bytes());
    head.fields.push(Known::Accept, b"application/json");
    let Response { head, mut body, .. } = send(out, &address, &addresses, (head, body.into())).await?;
    let answer = body.collect(cap).await;
    let answer = answer.map_err(|_| Why::Borrowed("its answer broke off or is too long"))?;
    Ok((head.status, answer))
}
