//! Compiled providers and model aliases.

use std::sync::Arc;
use std::time::Duration;

use base::Secret;
use domain::spec::{self, ProviderApi};
use domain::{DocId, Kind};
use llm::ProviderKind;
use llm::vendor::{self, Vendor};

use crate::chain::{HeaderOp, HeaderOps};
use crate::compile::Secrets;
use crate::mistake::Report;
use crate::upstream::{self, HostRule, Parts};
use crate::{Attachment, Upstream};

/// An AI vendor or runtime.
#[derive(Debug)]
pub struct Provider {
    /// Its document.
    pub id: DocId,
    /// The name for records.
    pub label: Arc<str>,
    /// The wire format.
    pub api: ProviderApi,
    /// What its vendor does its own way.
    pub vendor: Option<&'static Vendor>,
    /// Whether it keeps files at OpenAI's paths.
    pub files: bool,
    /// How long its streams may take.
    pub pace: Pace,
    /// Where it is.
    pub upstream: Arc<Upstream>,
    /// The base address's path, without a slash at its end.
    pub path: Box<str>,
    /// The secrets that it knows us by; the first is used.
    pub keys: Vec<(DocId, Secret<String>)>,
    /// Headers of every request to it.
    pub headers: HeaderOps,
    /// Its name in the catalogue.
    pub catalogue: Option<Box<str>>,
}

impl Provider {
    /// How it is spoken to.
    pub fn kind(&self) -> ProviderKind {
        match self.api {
            ProviderApi::Openai => ProviderKind::OpenAiCompatible,
            ProviderApi::OpenaiResponses => ProviderKind::OpenAiResponses,
            ProviderApi::Anthropic => ProviderKind::Anthropic,
            ProviderApi::Azure => ProviderKind::Azure,
            ProviderApi::Mistral => ProviderKind::Mistral,
            ProviderApi::Bedrock => ProviderKind::Bedrock,
            ProviderApi::Cohere => ProviderKind::Cohere,
            ProviderApi::Gemini => ProviderKind::Gemini,
            ProviderApi::Ollama => ProviderKind::Ollama,
            ProviderApi::Vertex => ProviderKind::Vertex,
        }
    }
}

/// The time limits of a streamed answer; the words are [`spec::ProviderTimeouts`]'.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// To the first piece that says something.
    pub first_token: Duration,
    /// Between two of them.
    pub between_tokens: Duration,
    /// To the end.
    pub whole: Duration,
    /// How long the head is held back.
    pub hold: Duration,
    /// How often a silent stream is heard of.
    pub ping: Duration,
}

/// A public model name.
#[derive(Debug)]
pub struct Alias {
    /// Its document.
    pub id: DocId,
    /// The name as callers write it.
    pub name: Arc<str>,
    /// What is tried, first to last.
    pub targets: Vec<AliasTarget>,
    /// Whether markers of prompt caches are placed for clients.
    pub marks_cache: bool,
    /// Whether several answers are asked for by several calls.
    pub fans_out: bool,
}

/// One model of one provider.
#[derive(Debug)]
pub struct AliasTarget {
    /// The provider.
    pub provider: Arc<Provider>,
    /// The model, as the provider calls it.
    pub model: Arc<str>,
    /// Prices that overrule the catalogue's.
    pub price: Option<spec::Price>,
    /// What the data plane keeps for it.
    pub attachment: Attachment,
}

pub(crate) fn compile_provider(
    id: &DocId,
    spec: &spec::Provider,
    keys: Vec<(DocId, Secret<String>)>,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Option<Provider> {
    let mut headers = HeaderOps::default();
    headers.pairs(&spec.headers, "/spec/headers", HeaderOp::Set, report);
    let (api, vendor) = who(spec, report)?;
    let public = vendor.map(|vendor| &*vendor.base).or(api.base_url());
    let public = public.filter(|base| !base.is_empty() && !base.contains('{'));
    let Some(base_url) = spec.base_url.as_deref().or(public) else {
        let form = vendor.map(|vendor| &*vendor.base).filter(|base| !base.is_empty());
        let form = form.map(|form| format!(", of the form `{form}`")).unwrap_or_default();
        let message = format!("every account with this vendor has an address of its own: say which{form}");
        report.add("/spec/base_url", message);
        return None;
    };
    let Some(address) = Address::parse(base_url) else {
        let message = format!("`{base_url}` is not a base address such as `https://api.example.com/v1`");
        report.add("/spec/base_url", message);
        return None;
    };
    if spec.tls.is_some() && !address.tls {
        report.add("/spec/tls", "the base address is not `https`, so there is no TLS to set up");
    }
    let verified = spec::UpstreamTls { server_name: None, verify: true, ca: None };
    let target = spec::Target { host: address.host.to_owned(), port: address.port, weight: 1 };
    let parts = Parts {
        targets: std::slice::from_ref(&target),
        tls: address.tls.then(|| spec.tls.as_ref().unwrap_or(&verified)),
        host: HostRule::Target,
        timeouts: spec.timeouts.into(),
        pool: spec.pool,
        ejection: spec.ejection,
        when_none_healthy: spec::WhenNoneHealthy::TryAll,
    };
    let listed = vendor.map(|vendor| &*vendor.catalogue).filter(|name| !name.is_empty());
    let upstream = upstream::build(id, &parts, secrets, report)?;
    Some(Provider {
        id: id.clone(),
        label: id.name.shared(),
        api,
        vendor,
        files: keeps_files(spec, api, vendor, report),
        pace: pace(&spec.timeouts, report),
        upstream: Arc::new(upstream),
        path: address.path.trim_end_matches('/').into(),
        keys,
        headers,
        catalogue: spec.catalogue.as_deref().or(listed).map(Into::into),
    })
}

/// Whether it keeps files: where the document does not say, those do that are known to.
fn keeps_files(
    spec: &spec::Provider,
    api: ProviderApi,
    vendor: Option<&'static Vendor>,
    report: &mut Report<'_>,
) -> bool {
    use ProviderApi::{Azure, Mistral, Openai, OpenaiResponses};
    let speaks = matches!(api, Azure | Mistral | Openai | OpenaiResponses);
    if spec.files == Some(true) && !speaks {
        report.add("/spec/files", "this wire format has no files of OpenAI's shape: leave it out");
    }
    let base = spec.base_url.as_deref().map(|base| base.trim_end_matches('/'));
    // Azure has no address of its own for all, and batches only at deployments made for them.
    let at_home = api != Azure && (base.is_none() || base == api.base_url());
    spec.files.unwrap_or(speaks && vendor.is_none() && at_home)
}

/// The wire format, and the vendor's row where there is one.
fn who(spec: &spec::Provider, report: &mut Report<'_>) -> Option<(ProviderApi, Option<&'static Vendor>)> {
    let vendor = match &spec.vendor {
        None => None,
        Some(name) => {
            let found = vendor::find(name);
            if found.is_none() {
                let known: Vec<&str> = vendor::all().iter().map(|vendor| &*vendor.name).collect();
                let message = format!("no vendor `{name}` is known; there are {}", known.join(", "));
                report.add("/spec/vendor", message);
                return None;
            }
            found
        }
    };
    match (spec.api, vendor) {
        (Some(ProviderApi::Openai), None) => Some((ProviderApi::Openai, of_address(spec))),
        (Some(api), None) => Some((api, None)),
        (None | Some(ProviderApi::Openai), Some(vendor)) => Some((ProviderApi::Openai, Some(vendor))),
        (Some(_), Some(_)) => {
            report.add("/spec/api", "the vendors of the list speak `openai`: leave one of the two out");
            None
        }
        (None, None) => {
            report.add("/spec/api", "say which wire format it speaks, or which `vendor` it is");
            None
        }
    }
}

/// The vendor of an address that is known to be OpenAI's or Azure's.
fn of_address(spec: &spec::Provider) -> Option<&'static Vendor> {
    let address = spec.base_url.as_deref().or(ProviderApi::Openai.base_url())?;
    match Address::parse(address)?.host {
        "api.openai.com" => vendor::find("openai"),
        host if host.ends_with(".openai.azure.com") => vendor::find("azure_openai"),
        _ => None,
    }
}

fn pace(timeouts: &spec::ProviderTimeouts, report: &mut Report<'_>) -> Pace {
    let mut positive = |name: &str, span: domain::Span| {
        if span.0.is_zero() {
            report.add(format!("/spec/timeouts/{name}"), "a time limit of zero would fail every call");
        }
        span.0
    };
    Pace {
        first_token: positive("first_token", timeouts.first_token),
        between_tokens: positive("between_tokens", timeouts.between_tokens),
        whole: positive("whole", timeouts.whole),
        hold: timeouts.hold.0,
        ping: positive("ping", timeouts.ping),
    }
}

pub(crate) fn compile_alias(
    id: &DocId,
    spec: &spec::ModelAlias,
    find: &dyn Fn(&DocId) -> Option<Arc<Provider>>,
    report: &mut Report<'_>,
) -> Option<Alias> {
    if spec.targets.is_empty() {
        report.add("/spec/targets", "an alias needs at least one target");
    }
    let mut targets = Vec::new();
    for (at, target) in spec.targets.iter().enumerate() {
        if target.model.is_empty() || target.model.contains(|c: char| c.is_control() || c.is_whitespace()) {
            report.add(
                format!("/spec/targets/{at}/model"),
                "a model's name is not empty and has no white space",
            );
        }
        if let Some(wrong) = target.price.as_ref().and_then(wrong_price) {
            report.add(format!("/spec/targets/{at}/price"), wrong);
        }
        // A reference to nothing was reported where references are checked.
        let provider = id.resolve(Kind::Provider, &target.provider).ok().and_then(|id| find(&id))?;
        let model = target.model.as_str().into();
        targets.push(AliasTarget {
            provider,
            model,
            price: target.price.clone(),
            attachment: Attachment::default(),
        });
    }
    Some(Alias {
        id: id.clone(),
        name: id.name.shared(),
        targets,
        marks_cache: spec.cache_markers == spec::CacheMarkers::Automatic,
        fans_out: spec.several_answers == spec::SeveralAnswers::FanOut,
    })
}

/// What is wrong with prices.
fn wrong_price(price: &spec::Price) -> Option<&'static str> {
    if price.amounts().next().is_none() {
        return Some("it names no price: left out, the catalogue's hold");
    }
    let sane = |price: f64| price.is_finite() && (0.0..=1_000_000.0).contains(&price);
    (!price.amounts().all(sane)).then_some("prices are 0 or more and at most a million, in dollars")
}

/// The parts of a base address.
struct Address<'a> {
    tls: bool,
    host: &'a str,
    port: u16,
    path: &'a str,
}

impl<'a> Address<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') || path.contains(|c: char| c == '?' || c == '#' || !c.is_ascii_graphic()) {
            return None;
        }
        let end_of_host = if authority.starts_with('[') { authority.find(']')? + 1 } else { 0 };
        let (host, port) = match authority.get(end_of_host..)?.find(':') {
            Some(colon) => {
                let (host, port) = authority.split_at(end_of_host + colon);
                (host, port.trim_start_matches(':').parse().ok().filter(|port| *port != 0)?)
            }
            None => (authority, if tls { 443 } else { 80 }),
        };
        upstream::is_host(host).then_some(Self { tls, host, port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_addresses_are_taken_apart() {
        let parse = |text| Address::parse(text).map(|a| (a.tls, a.host, a.port, a.path));
        assert_eq!(parse("https://api.example.com/v1"), Some((true, "api.example.com", 443, "/v1")));
        assert_eq!(parse("http://[::1]:9000"), Some((false, "[::1]", 9000, "")));
        for bad in
            ["api.example.com", "ftp://x/", "https://u@x/", "https://x/?a", "http://x:0/", "http:///v1"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
