//! Names to addresses, by the system's resolver, remembered for a short time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use base::{Clock, Nanos};
use message::Reason;
use parking_lot::Mutex;

use super::error::Fault;
use super::target::Target;

/// While a name is looked up again, others go on using the old answer for this long.
const GRACE: Duration = Duration::from_secs(2);
/// Names remembered at most.
const CAPACITY: usize = 4_096;

/// A core's memory of names. Failures are not remembered.
#[derive(Debug)]
pub(super) struct Resolver {
    ttl: Duration,
    known: Mutex<HashMap<Box<str>, Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    addresses: Vec<IpAddr>,
    until: Nanos,
}

impl Resolver {
    pub(super) fn new(ttl: Duration) -> Self {
        Self { ttl, known: Mutex::default() }
    }

    /// The addresses of a target's name, remembered or asked for; and whether they were asked for.
    pub(super) async fn resolve(
        &self,
        target: &Target,
        clock: &Clock,
        wait: Duration,
    ) -> Result<(Vec<IpAddr>, bool), Fault> {
        if let Some(address) = target.address() {
            return Ok((vec![address], false));
        }
        if let Some(addresses) = self.remembered(target.host(), clock.now()) {
            return Ok((addresses, false));
        }
        let looking = tokio::net::lookup_host((target.host(), target.port()));
        let found = match tokio::time::timeout(wait, looking).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(Fault::new(Reason::DnsFailed, error.to_string())),
            Err(_) => return Err(Fault::new(Reason::DnsFailed, "the resolver did not answer in time")),
        };
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in found.map(|address| address.ip()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() {
            return Err(Fault::new(Reason::DnsFailed, "the name has no address"));
        }
        self.remember(target.host(), &addresses, clock.now() + self.ttl);
        Ok((addresses, true))
    }

    fn remembered(&self, host: &str, now: Nanos) -> Option<Vec<IpAddr>> {
        let mut known = self.known.lock();
        let entry = known.get_mut(host)?;
        if entry.until > now {
            return Some(entry.addresses.clone());
        }
        // this caller asks again; those who come meanwhile need not
        entry.until = now + GRACE;
        None
    }

    fn remember(&self, host: &str, addresses: &[IpAddr], until: Nanos) {
        let mut known = self.known.lock();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(host.into(), Known { addresses: addresses.to_vec(), until });
    }
}
