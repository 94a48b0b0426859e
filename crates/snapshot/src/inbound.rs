//! Compiled signatures that routes ask for.

use std::time::Duration;

use domain::spec::{self, Respond, VerifyEncoding, VerifyHash, VerifyScheme};
use domain::{DocId, SecretSource};
use webhook::{Encoding, Hash, Inbound, Recipe, Scheme};

use crate::mistake::Report;
use crate::{Secrets, Service};

/// The longest that something may have been signed ago.
const LONGEST: Duration = Duration::from_hours(1);

/// What a route asks of who sends it webhooks.
#[derive(Debug)]
pub struct Verify {
    /// What believes them.
    pub inbound: Inbound,
    /// They are answered when they are taken in.
    pub later: bool,
}

pub(crate) fn compile(
    id: &DocId,
    (spec, route): (&spec::Verify, &spec::Route),
    service: &Service,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Option<Verify> {
    let later = spec.respond == Respond::Async;
    if later && (route.flow.is_none() || service.jobs.is_none()) {
        let message =
            "what is answered at once is a job: the route needs a `flow`, and its service `jobs: {}`";
        report.add("/spec/verify/respond", message);
    }
    if spec.tolerance.0 < Duration::from_secs(1) || spec.tolerance.0 > LONGEST {
        report.add("/spec/verify/tolerance", "between `1s` and `1h`");
    }
    let scheme = scheme(spec, report)?;
    let mut texts = Vec::new();
    let both =
        [("/spec/verify/secret", Some(&spec.secret)), ("/spec/verify/old_secret", spec.old_secret.as_ref())];
    for (path, source) in both {
        texts.extend(source.and_then(|source| secret(id, (path, source), &scheme, secrets, report)));
    }
    let texts: Vec<&str> = texts.iter().map(|secret| secret.expose().as_str()).collect();
    let inbound = Inbound::new(scheme, &texts, spec.tolerance.0).ok()?;
    Some(Verify { inbound, later })
}

fn secret(
    id: &DocId,
    (path, source): (&'static str, &SecretSource),
    scheme: &Scheme,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Option<base::Secret<String>> {
    let read = secrets.resolve(id, source).and_then(|secret| {
        // Whether it is a key of this scheme.
        let tried = Inbound::new(scheme.clone(), &[secret.expose()], LONGEST);
        tried.map(|_| secret).map_err(|error| error.to_string())
    });
    read.map_err(|message| report.add(path, message)).ok()
}

fn scheme(spec: &spec::Verify, report: &mut Report<'_>) -> Option<Scheme> {
    let known = match spec.scheme {
        VerifyScheme::Standard => Scheme::Standard,
        VerifyScheme::Github => Scheme::Github,
        VerifyScheme::Stripe => Scheme::Stripe,
        VerifyScheme::Slack => Scheme::Slack,
        VerifyScheme::Shopify => Scheme::Shopify,
        VerifyScheme::Hmac => return recipe(spec, report).map(Scheme::Hmac),
    };
    if spec.hmac.is_some() {
        report.add("/spec/verify/hmac", "this is for `scheme: hmac`; the others are known");
    }
    Some(known)
}

fn recipe(spec: &spec::Verify, report: &mut Report<'_>) -> Option<Recipe> {
    let Some(hmac) = &spec.hmac else {
        report.add("/spec/verify/hmac", "say how it is signed, at least `hmac: {header: NAME}`");
        return None;
    };
    let fields =
        [("header", Some(&hmac.header)), ("timestamp", hmac.timestamp.as_ref()), ("id", hmac.id.as_ref())];
    for (member, name) in fields {
        let plain = |name: &String| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if let Some(name) = name.filter(|name| !plain(name)) {
            report.add(format!("/spec/verify/hmac/{member}"), format!("`{name}` is not a header's name"));
        }
    }
    let hash = match hmac.hash {
        VerifyHash::Sha1 => Hash::Sha1,
        VerifyHash::Sha256 => Hash::Sha256,
        VerifyHash::Sha512 => Hash::Sha512,
    };
    let encoding = match hmac.encoding {
        VerifyEncoding::Hex => Encoding::Hex,
        VerifyEncoding::Base64 => Encoding::Base64,
    };
    let others = (hmac.timestamp.as_deref(), hmac.id.as_deref());
    let recipe = Recipe::new((&hmac.header, &hmac.prefix), (hash, encoding), &hmac.signs, others);
    recipe.map_err(|error| report.add("/spec/verify/hmac/signs", error.to_string())).ok()
}
