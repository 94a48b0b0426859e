//! Compiled webhooks.

use std::time::Duration;

use domain::spec::{self, Reach};
use domain::{DocId, SecretSource};
use webhook::{Key, Schedule};

use crate::Secrets;
use crate::mistake::Report;

/// An endpoint that events are sent to.
#[derive(Debug)]
pub struct Webhook {
    /// Its document.
    pub id: DocId,
    /// Its address.
    pub url: Box<str>,
    /// What signs, the newest first.
    pub keys: Vec<Key>,
    /// Where it may be.
    pub reach: Reach,
    /// How long an answer may take.
    pub timeout: Duration,
    /// When a delivery is made again.
    pub schedule: Schedule,
    /// The types that it wants: whole ones, and with `.` at the end those that begin so. Empty: all.
    events: Vec<Box<str>>,
}

// === impl Webhook ===

impl Webhook {
    /// Whether it wants events of a type.
    pub fn wants(&self, event: &str) -> bool {
        let matches =
            |wanted: &str| if wanted.ends_with('.') { event.starts_with(wanted) } else { event == wanted };
        self.events.is_empty() || self.events.iter().any(|wanted| matches(wanted))
    }
}

/// Whether this is a type of events: words of letters, digits and `_` with full stops between them.
pub fn is_event(event: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    event.len() <= 128 && event.split('.').all(word)
}

pub(crate) fn compile(
    id: &DocId,
    spec: &spec::Webhook,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Webhook {
    let is_http = |scheme: &str| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let authority = spec.url.split_once("://").filter(|(scheme, _)| is_http(scheme));
    let authority = authority.map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    let plain = |authority: &str| {
        let behind = authority.rsplit_once(']').map_or(authority, |(_, behind)| behind);
        let port = behind.split_once(':').map(|(_, port)| port);
        let has_host = !authority.is_empty() && !authority.starts_with(':');
        has_host && !authority.contains('@') && port.is_none_or(is_port)
    };
    if !authority.is_some_and(plain) || spec.url.bytes().any(|b| !b.is_ascii_graphic() || b == b'#') {
        report.add(
            "/spec/url",
            format!("`{}` is not an address such as `https://example.com/hooks`", spec.url),
        );
    }
    let mut events = Vec::with_capacity(spec.events.len());
    for (at, event) in spec.events.iter().enumerate() {
        let bare = event.strip_suffix(".*").unwrap_or(event);
        if !is_event(bare) {
            let message = format!("`{event}` is not a type of events such as `order.created` or `order.*`");
            report.add(format!("/spec/events/{at}"), message);
        }
        events.push(event.strip_suffix('*').unwrap_or(event).into());
    }
    let mut keys = Vec::new();
    let both = [("/spec/secret", Some(&spec.secret)), ("/spec/old_secret", spec.old_secret.as_ref())];
    for (path, source) in both {
        keys.extend(source.and_then(|source| key(id, (path, source), secrets, report)));
    }
    if spec.timeout.0.is_zero() || spec.timeout.0 > Duration::from_mins(1) {
        report.add("/spec/timeout", "an answer may take up to `1m`");
    }
    let retry = &spec.retry;
    if retry.first.0.is_zero() || retry.first > retry.longest || retry.longest > retry.lasts {
        report.add(
            "/spec/retry",
            "`first` is more than nothing, `longest` not less than it, and `lasts` not less than that",
        );
    }
    if retry.lasts.0 > Duration::from_hours(7 * 24) {
        report.add("/spec/retry/lasts", "a delivery is tried for `7d` at most");
    }
    let schedule = Schedule {
        first: retry.first.0,
        longest: retry.longest.0,
        lasts: retry.lasts.0,
        gives_up: retry.gives_up.0,
    };
    let (url, timeout) = (spec.url.as_str().into(), spec.timeout.0);
    Webhook { id: id.clone(), url, keys, reach: spec.reach, timeout, schedule, events }
}

fn key(
    id: &DocId,
    (path, source): (&str, &SecretSource),
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Option<Key> {
    let read = secrets.resolve(id, source).and_then(|secret| {
        let key = Key::parse(secret.expose()).map_err(|error| error.to_string())?;
        if key.signs() {
            Ok(key)
        } else {
            Err("a public key cannot sign: write the `whsk_` that belongs to it".into())
        }
    });
    read.map_err(|message| report.add(path, message)).ok()
}
