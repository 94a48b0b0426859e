//! Serves the simulator alone: `serve [ADDRESS] [CONFIG-JSON]`, for example
//! `serve 127.0.0.1:9100 '{"latency":"none"}'`.

use std::error::Error;
use std::io::Write as _;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9100".to_owned());
    let config: simulate::Config =
        serde_json::from_str(&arguments.next().unwrap_or_else(|| "{}".to_owned()))?;
    let listener = TcpListener::bind(&address).await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    config.build().serve(listener, std::future::pending()).await?;
    Ok(())
}
