//! A file from an address of the web, from where redirects lead.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::spec::Reach;
use message::{Body, Known, Method, RequestHead, ResponseHead};
use net::Response;

use super::{Address, Out, Why, resolve, resolve_public, send};
use crate::Gateway;

/// Redirects that are followed.
const REDIRECTS: usize = 3;

/// Asks for a file; every address on the way is one that may be asked, and none lacks TLS behind one that has it.
pub(crate) async fn get(
    out: Out<'_>,
    url: &str,
    (reach, accept): (Reach, &str),
) -> Result<(ResponseHead, Body), Why> {
    let mut address = Address::parse(url).ok_or(Why::Borrowed("it is no address by http or https"))?;
    for _ in 0..=REDIRECTS {
        let addresses = match reach {
            Reach::Anywhere => resolve(&address).await?,
            Reach::Public => resolve_public(&address).await?,
        };
        let mut head = RequestHead::new(Method::Get, &address.authority, &address.path);
        head.fields.push(Known::Accept, accept.as_bytes());
        let Response { head, body, .. } = send(out, &address, &addresses, (head, Bytes::new())).await?;
        match head.status {
            200 => return Ok((head, body)),
            301 | 302 | 303 | 307 | 308 => {
                let location = head.fields.get_named("location").and_then(|l| std::str::from_utf8(l).ok());
                let next = location.and_then(|location| address.join(location));
                let next = next.ok_or(Why::Borrowed("it redirects to nowhere"))?;
                if address.tls && !next.tls {
                    return Err("it redirects to an address without TLS".into());
                }
                address = next;
            }
            status => return Err(format!("the server answered {status}").into()),
        }
    }
    Err("it redirects too often".into())
}

impl Gateway {
    /// A file that an operator asks for, whole, of at most so many bytes and within this time, in the runtime that this is
    /// called in.
    pub fn fetch(
        &self,
        url: String,
        reach: Reach,
        (most, limit): (usize, Duration),
    ) -> impl Future<Output = Result<Bytes, String>> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move {
            let client = net::Client::new(net::ClientConfig::default(), shared.config.clock.clone());
            let out = Out { shared: &shared, client: &client };
            let whole = Box::pin(async {
                let accept = "application/json, application/yaml;q=0.9, */*;q=0.1";
                let (_, mut body) = get(out, &url, (reach, accept)).await?;
                let broken = |_| Why::Owned(format!("it breaks off, or is longer than {most} bytes"));
                body.collect(most).await.map_err(broken)
            });
            match tokio::time::timeout(limit, whole).await {
                Ok(fetched) => fetched.map_err(Why::into_owned),
                Err(_) => Err(format!("it did not come within {limit:?}")),
            }
        }
    }
}
