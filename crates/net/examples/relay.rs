//! A bare reverse proxy, to measure the crate alone: `relay LISTEN UPSTREAM-HOST UPSTREAM-PORT [CORES]`.

use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use message::{Body, Reason, ResponseHead};
use net::{
    Call, Client, ClientConfig, Handler, ListenerConfig, Refused, Reply, SendOptions, ServerConfig, Target,
    TargetConfig,
};
use trace::Attempt;

#[derive(Clone)]
struct Relay {
    client: Client,
    target: Arc<Target>,
}

impl Handler for Relay {
    async fn handle(&self, mut call: Call) -> Reply {
        http1::hop::strip(&mut call.head.fields);
        call.head.set_authority(self.target.name());
        let options = SendOptions {
            started: call.started,
            interim: call.interim.clone(),
            upgrade: call.upgrade.map(|upgrade| upgrade.protocol),
            ..SendOptions::default()
        };
        let mut attempt = Attempt::new(1, Arc::clone(self.target.name()), 0);
        let sent = self.client.send(&self.target, &call.head, &mut call.body, &options, &mut attempt).await;
        match sent {
            Ok(mut response) => {
                http1::hop::strip(&mut response.head.fields);
                match response.tunnel {
                    Some(tunnel) => Reply::switched(response.head, tunnel),
                    None => Reply::new(response.head, response.body),
                }
            }
            Err(error) => problem(error.reason, &error.detail),
        }
    }

    fn refused(&self, refused: Refused) -> Reply {
        problem(refused.reason, &refused.detail)
    }
}

fn problem(reason: Reason, detail: &str) -> Reply {
    let body = format!("{}: {detail}\n", reason.code());
    Reply::new(ResponseHead::new(reason.status()), Body::full(body))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut arg = |name: &str| args.next().ok_or_else(|| format!("{name} is missing"));
    let listen = arg("LISTEN")?.parse()?;
    let target = Target::new(TargetConfig::new(arg("UPSTREAM-HOST")?, arg("UPSTREAM-PORT")?.parse()?));
    let cores = arg("CORES").map_or(Ok(1), |cores| cores.parse())?;
    let clock = Clock::system();
    let config = ServerConfig {
        listeners: vec![ListenerConfig::new("relay", listen)],
        cores,
        clock: clock.clone(),
        drain: Duration::from_secs(5),
    };
    let running = config.bind(net::inherited()?)?.start(move |_| Relay {
        client: Client::new(ClientConfig::default(), clock.clone()),
        target: Arc::clone(&target),
    })?;
    Ok(running.join()?)
}
