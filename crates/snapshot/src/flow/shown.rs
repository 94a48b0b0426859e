//! What steps of flows show the services that they call: credentials that a policy holds, with their secrets.

use std::fmt;

use base::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::DocId;
use domain::spec::{Policy, StepCredentials};
use message::Known;

use crate::chain::check_name;
use crate::mistake::Report;
use crate::{HeaderOp, HeaderOps, Secrets};

/// What is put on the request that goes to the service. It does not print itself.
#[derive(Default)]
pub struct Shown {
    fields: HeaderOps,
    query: Option<(Box<str>, Secret<String>)>,
}

// === impl Shown ===

impl Shown {
    /// The header fields.
    pub fn fields(&self) -> &HeaderOps {
        &self.fields
    }

    /// The parameter of the query: its name and its value.
    pub fn query(&self) -> Option<(&str, &str)> {
        self.query.as_ref().map(|(name, value)| (&**name, value.expose().as_str()))
    }

    /// What a policy shows; nothing where it is of another kind. What is wrong with it is told at it.
    pub(super) fn of(policy: &Policy, id: &DocId, secrets: &dyn Secrets) -> Self {
        let mut untold = Vec::new();
        let mut report = Report { document: id, mistakes: &mut untold };
        match policy {
            Policy::Credentials(credentials) => compile(credentials, id, secrets, &mut report),
            Policy::Headers(headers) => {
                let mut shown = Self::default();
                shown.fields.pairs(&headers.request.set, "", HeaderOp::Set, &mut report);
                shown
            }
            _ => Self::default(),
        }
    }

    fn field(mut self, known: Known, name: &str, value: &str) -> Self {
        self.fields.0.push(HeaderOp::Set(known, name.into(), value.into()));
        self
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown(***)")
    }
}

/// What a policy's credentials show, with every mistake in them.
pub(crate) fn compile(
    credentials: &StepCredentials,
    id: &DocId,
    secrets: &dyn Secrets,
    report: &mut Report<'_>,
) -> Shown {
    let Some((path, source)) = credentials.secret() else {
        let message = "Weir fetches no tokens of an authorization server yet: `bearer`, `basic`, `header` and `query` hold a secret of yours";
        report.add("/spec/credentials/oauth2", message);
        return Shown::default();
    };
    let secret = secrets.resolve(id, source).and_then(|secret| {
        let printable = secret.expose().bytes().all(|b| b == b'\t' || (b >= 0x20 && b != 0x7f));
        let sendable =
            printable || matches!(credentials, StepCredentials::Query(_) | StepCredentials::Basic(_));
        if sendable { Ok(secret) } else { Err("a header's value has no control characters".to_owned()) }
    });
    let secret = match secret {
        Ok(secret) => secret,
        Err(message) => {
            report.add(path, message);
            return Shown::default();
        }
    };
    let (shown, secret) = (Shown::default(), secret.expose());
    let authorization = (Known::Authorization, "authorization");
    match credentials {
        StepCredentials::Bearer(_) => {
            shown.field(authorization.0, authorization.1, &format!("Bearer {secret}"))
        }
        StepCredentials::Basic(basic) if basic.user.contains(':') => {
            report.add("/spec/credentials/basic/user", "a user has no colon in it (RFC 7617 §2)");
            shown
        }
        StepCredentials::Basic(basic) => {
            let pair = BASE64.encode(format!("{}:{secret}", basic.user));
            shown.field(authorization.0, authorization.1, &format!("Basic {pair}"))
        }
        StepCredentials::Header(header) => {
            match check_name(&header.name, "/spec/credentials/header/name", report) {
                Some(known) => shown.field(known, &header.name, secret),
                None => shown,
            }
        }
        StepCredentials::Query(query) if query.name.is_empty() => {
            report.add("/spec/credentials/query/name", "a parameter has a name");
            shown
        }
        StepCredentials::Query(query) => {
            Shown { query: Some((query.name.as_str().into(), Secret::new(secret.to_owned()))), ..shown }
        }
        StepCredentials::Oauth2(_) => shown,
    }
}
