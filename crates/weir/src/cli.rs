//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use domain::{ByteSize, Span};
use simulate::Latency;

/// Puts one address in front of REST services and AI models: routes, checks, limits, retries, translates and
/// records every call, and shows where its time went.
///
/// Start with `weir serve --quickstart`, and open the console that it prints.
#[derive(Debug, Parser)]
#[command(name = "weir", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the gateway, with the admin API and console beside it.
    Serve(Box<ServeArgs>),
    /// Check configuration files and list every mistake with file, line and path.
    Check(CheckArgs),
    /// Fetch the descriptions that configuration files name by their addresses, and keep them beside these files.
    Fetch(FetchArgs),
    /// Write the documents of YAML files into the store, all or, if there is a mistake, none.
    Import(ImportArgs),
    /// Show what would happen to a request: route, policies in order, target.
    Explain(ExplainArgs),
    /// Print what a service's routes that flows answer take and answer, as an OpenAPI 3.1 document.
    Openapi(OpenapiArgs),
    /// Look at flows, which are written as Arazzo documents or in a short form.
    #[command(subcommand)]
    Flow(FlowCommand),
    /// Serve a sample REST shop and the vendors' model APIs, for demos and tests.
    Simulate(SimulateArgs),
    /// Make an API key, or show the hash of one, for a `Credential` document.
    Key(KeyArgs),
    /// Print the JSON Schema of documents.
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The folder of the embedded store, of records and of the key file.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Take all documents from this YAML file or folder instead of the store; reloaded when it changes.
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// Where callers connect; may be given more than once.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub(crate) listen: Vec<SocketAddr>,
    /// Where callers connect by TLS; needs --tls-cert and --tls-key.
    #[arg(long, value_name = "ADDR", requires = "tls_cert", requires = "tls_key")]
    pub(crate) listen_tls: Vec<SocketAddr>,
    /// A certificate chain in PEM; may be given more than once, each with its key.
    #[arg(long, value_name = "FILE", requires = "listen_tls")]
    pub(crate) tls_cert: Vec<PathBuf>,
    /// The private key in PEM of the certificate in the same place.
    #[arg(long, value_name = "FILE", requires = "listen_tls")]
    pub(crate) tls_key: Vec<PathBuf>,
    /// Where the console and the admin API are.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDR")]
    pub(crate) admin: SocketAddr,
    /// A host name under which the console may be asked for, besides `localhost` and IP addresses; may be
    /// given more than once.
    #[arg(long, value_name = "HOST")]
    pub(crate) admin_host: Vec<String>,
    /// Where callers reach the admin address, such as `https://weir.example.com`: the `type` of errors leads to
    /// its page of reasons; by default the address itself.
    #[arg(long, value_name = "URL", value_parser = parse_base)]
    pub(crate) docs_url: Option<String>,
    /// Data-plane threads; by default one for each processor.
    #[arg(long, value_name = "N")]
    pub(crate) cores: Option<usize>,
    /// Proxies whose `Forwarded` and `X-Forwarded-*` are believed: addresses or networks such as 10.0.0.0/8.
    #[arg(long, value_name = "NET", value_parser = crate::cmd::serve::parse_network)]
    pub(crate) trust: Vec<crate::cmd::serve::Network>,
    /// Write a line of JSON for every call to this file, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    pub(crate) access_log: Option<PathBuf>,
    /// Days of call records that are kept, today included.
    #[arg(long, default_value_t = 14, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) record_days: u32,
    /// What call records may take on disk, such as `4GiB`; the oldest go first.
    #[arg(long, default_value = "4GiB", value_name = "SIZE")]
    pub(crate) record_bytes: ByteSize,
    /// Days of bodies that are kept where a policy asks for bodies, today included.
    #[arg(long, default_value_t = 3, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) body_days: u32,
    /// What kept bodies may take on disk; the oldest go first.
    #[arg(long, default_value = "1GiB", value_name = "SIZE")]
    pub(crate) body_bytes: ByteSize,
    /// How long calls under way may go on after SIGTERM, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    pub(crate) drain: u64,
    /// Fill an empty store with a sample shop and simulated models, and run both on loopback.
    #[arg(long, conflicts_with = "config")]
    pub(crate) quickstart: bool,
    /// Where the quickstart's shop and models listen. The documents of the first start keep the address.
    #[arg(long, default_value = "127.0.0.1:8082", value_name = "ADDR")]
    pub(crate) quickstart_listen: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// A YAML file or a folder of them.
    pub(crate) path: PathBuf,
    /// Do not ask for secrets that come from the environment or from files.
    #[arg(long)]
    pub(crate) no_secrets: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// A YAML file or a folder of them.
    pub(crate) path: PathBuf,
    /// The folder of the store, which no process may be using.
    #[arg(long, default_value = "data", value_name = "DIR")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A YAML file or a folder of them.
    #[arg(long, value_name = "PATH")]
    pub(crate) config: PathBuf,
    /// An address such as `http://shop.example/orders/7`, or a path.
    pub(crate) url: String,
    /// The method.
    #[arg(short = 'X', long, default_value = "GET")]
    pub(crate) method: String,
    /// A header, as `name: value`; may be given more than once.
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub(crate) headers: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OpenapiArgs {
    /// A YAML file or a folder of them.
    #[arg(long, value_name = "PATH")]
    pub(crate) config: PathBuf,
    /// The service, as references write it: `NAME`, or `TEAM::NAME`.
    pub(crate) service: String,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:9090", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// What random numbers start from: the same seed gives the same answers.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How long answers take: `natural`, `none`, `50ms`, `uniform(10ms,50ms)` or `lognormal(20ms,200ms)` (median, p99).
    #[arg(long, default_value = "natural", value_name = "TIME")]
    pub(crate) latency: Latency,
    /// The share of requests that fail, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = parse_share)]
    pub(crate) error_rate: f64,
    /// The statuses with which they fail, of 400 to 599; 429 comes with `Retry-After`.
    #[arg(long, default_values_t = [500, 503], value_delimiter = ',', value_name = "STATUS", value_parser = clap::value_parser!(u16).range(400..=599))]
    pub(crate) error_statuses: Vec<u16>,
    /// The share of answers that are cut in the middle, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = parse_share)]
    pub(crate) cut_rate: f64,
    /// What one key may ask for in a minute; more is answered with 429 and `Retry-After`. By default there is no limit.
    #[arg(long, value_name = "N")]
    pub(crate) requests_per_minute: Option<u32>,
    /// Model tokens, in and out, that one key may use in a minute. By default there is no limit.
    #[arg(long, value_name = "N")]
    pub(crate) tokens_per_minute: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// A YAML file, or a folder with YAML files.
    pub(crate) path: PathBuf,
    /// Fetch from private networks and this host too; by default only from the public internet.
    #[arg(long)]
    pub(crate) anywhere: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Show the hash of this key instead of making a new one; `-` reads it from standard input.
    #[arg(long, value_name = "KEY")]
    pub(crate) hash: Option<String>,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "write a share of 0 to 1, such as `0.05`".into())
}

/// An absolute address without query and fragment; a slash at its end makes no difference.
fn parse_base(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |rest: &&str| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"\\<>".contains(&b))
    };
    match rest.filter(plain) {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err("write an address such as `https://weir.example.com`".into()),
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum FlowCommand {
    /// Show which step waits for which and why, what runs at the same time, and the critical path.
    Explain(FlowExplainArgs),
    /// Run a workflow and draw its waterfall; the outputs go to standard output, the rest beside it.
    Run(FlowRunArgs),
    /// Print the Arazzo document of a flow in its short form.
    Export(FlowFormArgs),
    /// Print the short form of an Arazzo document.
    Import(FlowFormArgs),
    /// Run cases of a flow against answers that stand in a file, in simulated time, and tell what is not as expected.
    Test(FlowTestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct FlowTestArgs {
    /// Files of cases, in YAML or JSON.
    #[arg(required = true)]
    pub(crate) file: Vec<PathBuf>,
    /// Tell the outcomes as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// The server that answers what a case says nothing of, such as `weir simulate`: `--server shop=http://127.0.0.1:9090`. Calls that
    /// would run at once are made one after the other, and count as at once.
    #[arg(long, value_name = "NAME=URL", value_parser = pair)]
    pub(crate) server: Vec<(String, String)>,
    /// A header field of every call to such a server, such as `--header 'authorization: Bearer KEY'`.
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) models: ModelArgs,
    /// Draw the case of each file that says `picture` into this folder (SVG): the client's own calls one after the other, and the
    /// one call.
    #[arg(long, value_name = "DIR")]
    pub(crate) svg: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FlowFormArgs {
    /// The flow, in YAML or JSON.
    pub(crate) file: PathBuf,
    /// The file of a source that its `url` does not lead to, such as `--source pets=openapi/pets.yaml`.
    #[arg(long, value_name = "NAME=FILE", value_parser = source)]
    pub(crate) source: Vec<(String, PathBuf)>,
}

#[derive(Debug, Args)]
pub(crate) struct FlowRunArgs {
    /// The flow, an Arazzo document or in the short form, in YAML or JSON.
    pub(crate) file: PathBuf,
    /// This workflow; by default the only one that no other calls.
    #[arg(long, value_name = "ID")]
    pub(crate) workflow: Option<String>,
    /// An input, such as `--input product=prd-1`; JSON where it is JSON, else text.
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) input: Vec<(String, String)>,
    /// A file with inputs, in YAML or JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) inputs: Option<PathBuf>,
    /// Where a source is served, where its description does not say, such as `--server shop=http://127.0.0.1:8080`; of one that is asked
    /// by GraphQL, the address that takes queries.
    #[arg(long, value_name = "NAME=URL", value_parser = pair)]
    pub(crate) server: Vec<(String, String)>,
    /// A header field of every call but those to models, such as `--header 'authorization: Bearer KEY'`.
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) models: ModelArgs,
    /// The file of a source that its `url` does not lead to, such as `--source pets=openapi/pets.yaml`.
    #[arg(long, value_name = "NAME=FILE", value_parser = source)]
    pub(crate) source: Vec<(String, PathBuf)>,
    /// Write the waterfall as a picture (SVG) too: the calls one after the other, and as the flow made them.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// How long the whole may take.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    pub(crate) timeout: Duration,
}

/// Who answers steps that ask a model.
#[derive(Debug, Args)]
pub(crate) struct ModelArgs {
    /// Who answers steps that ask a model, by OpenAI's chat completions: a running Weir, a vendor or a runtime of one's own, such as
    /// `--models http://127.0.0.1:8080`.
    #[arg(long, value_name = "URL")]
    pub(crate) models: Option<String>,
    /// The key that they are asked with (`Authorization: Bearer KEY`).
    #[arg(long, value_name = "KEY", requires = "models")]
    pub(crate) models_key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FlowExplainArgs {
    /// The flow, an Arazzo document or in the short form, in YAML or JSON.
    pub(crate) file: PathBuf,
    /// Only this workflow.
    #[arg(long, value_name = "ID")]
    pub(crate) workflow: Option<String>,
    /// The file of a source that its `url` does not lead to, such as `--source pets=openapi/pets.yaml`.
    #[arg(long, value_name = "NAME=FILE", value_parser = source)]
    pub(crate) source: Vec<(String, PathBuf)>,
    /// How long a step takes, such as `--latency orders=80ms`; those that are not said take as long as the shortest that is.
    #[arg(long, value_name = "STEP=TIME", value_parser = latency)]
    pub(crate) latency: Vec<(String, Duration)>,
    /// Take the times that a running Weir has recorded, such as `--weir http://127.0.0.1:8081`, its admin address; needs --token.
    #[arg(long, value_name = "URL", requires = "token")]
    pub(crate) weir: Option<String>,
    /// A token of the admin API that may read the team's documents and metrics.
    #[arg(long, value_name = "TOKEN", requires = "weir")]
    pub(crate) token: Option<String>,
    /// The service at that Weir that serves a source, if it has another name, such as `--service shop=orders`.
    #[arg(long, value_name = "NAME=SERVICE", value_parser = pair)]
    pub(crate) service: Vec<(String, String)>,
    /// The team whose services they are.
    #[arg(long, value_name = "TEAM", default_value = "default")]
    pub(crate) team: String,
}

fn source(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("it is written NAME=FILE")?;
    Ok((name.to_owned(), file.into()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is written NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("it is written NAME: VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn time(text: &str) -> Result<Duration, String> {
    let span: Span = text.parse().map_err(|error| format!("`{text}`: {error}"))?;
    Ok(span.0)
}

fn latency(text: &str) -> Result<(String, Duration), String> {
    let (step, time) = text.split_once('=').ok_or("it is written STEP=TIME, such as orders=80ms")?;
    let span: Span = time.parse().map_err(|error| format!("`{time}`: {error}"))?;
    Ok((step.to_owned(), span.0))
}
