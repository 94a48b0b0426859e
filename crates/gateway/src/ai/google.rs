//! Tokens of Google's service accounts: the account's key signs a claim, Google's token endpoint gives a token for it
//! that is good for an hour (RFC 7523). One request at a time asks for one account; others wait, or go on with the token
//! that is about to end.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base::{Nanos, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::spec::ProviderApi;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use snapshot::Provider;

use crate::outside::{self, Out, Why};

/// What a token is asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// How long a claim holds, in seconds; Google takes no longer.
const HOLDS: i64 = 3600;

/// So long before its end a token is replaced.
const EARLY: Duration = Duration::from_mins(5);

/// How long the token endpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer of it, in bytes.
const ANSWER_CAP: usize = 64 << 10;

/// Accounts remembered at most.
const ACCOUNTS: usize = 1_000;

/// A token.
pub(crate) type Token = Arc<Secret<String>>;

/// Tokens by what their accounts' keys hash to.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<[u8; 32], Arc<Account>>>);

/// One account's token, and the turn of who asks for the next.
#[derive(Default)]
struct Account {
    token: Mutex<Option<Known>>,
    turn: tokio::sync::Mutex<Option<(Nanos, Why)>>,
}

#[derive(Clone)]
struct Known {
    text: Token,
    until: Nanos,
}

/// The document that Google gives for a service account's key.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
    #[serde(default = "usual")]
    token_uri: String,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

fn usual() -> String {
    "https://oauth2.googleapis.com/token".into()
}

/// A token in place of a provider's key, where that is a service account's key file.
pub(crate) async fn key(out: Out<'_>, provider: &Provider) -> Result<Option<Token>, String> {
    let Some((_, key)) = provider.keys.first().filter(|_| provider.api == ProviderApi::Vertex) else {
        return Ok(None);
    };
    if !key.expose().trim_start().starts_with('{') {
        return Ok(None);
    }
    Box::pin(out.shared.state.tokens.of(out, key.expose())).await.map(Some)
}

// === impl Tokens ===

impl Tokens {
    /// The token of the account whose key file this is.
    pub(crate) async fn of(&self, out: Out<'_>, key: &str) -> Result<Token, String> {
        let account = self.account(key);
        let asked_at = out.shared.config.clock.now();
        let known = account.token.lock().clone().filter(|token| token.until > asked_at);
        match &known {
            Some(token) if token.until > asked_at + EARLY => return Ok(Arc::clone(&token.text)),
            // Somebody asks for the next already.
            Some(token) if account.turn.try_lock().is_err() => return Ok(Arc::clone(&token.text)),
            _ => {}
        }
        let mut last_failure = account.turn.lock().await;
        let now = out.shared.config.clock.now();
        if let Some(token) = account.token.lock().clone().filter(|token| token.until > now + EARLY) {
            return Ok(token.text);
        }
        // It failed while this call waited.
        if let Some((_, why)) = last_failure.as_ref().filter(|(at, _)| *at >= asked_at) {
            return Err(why.clone().into_owned());
        }
        match fetch(out, key).await {
            Ok((text, lasts)) => {
                let text = Arc::new(Secret::new(text));
                let until = out.shared.config.clock.now() + lasts;
                *account.token.lock() = Some(Known { text: Arc::clone(&text), until });
                *last_failure = None;
                Ok(text)
            }
            // What is left of the old one is better than nothing.
            Err(why) => {
                *last_failure = Some((out.shared.config.clock.now(), why.clone()));
                known.map(|token| token.text).ok_or_else(|| why.into_owned())
            }
        }
    }

    fn account(&self, key: &str) -> Arc<Account> {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
        let mut accounts = self.0.lock();
        if accounts.len() >= ACCOUNTS {
            accounts.clear();
        }
        Arc::clone(accounts.entry(hash).or_default())
    }
}

// === impl Account ===

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

/// Asks for a token; gives it and how long it is good.
async fn fetch(out: Out<'_>, key: &str) -> Result<(String, Duration), Why> {
    let file: KeyFile = serde_json::from_str(key).map_err(|error| {
        Why::Owned(format!("the provider's key is no service account's key file: {error}"))
    })?;
    let now = out.shared.config.clock.wall().0 / 1_000_000;
    let assertion = file.assertion(now)?;
    let body =
        format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
    let asking = outside::post(out, &file.token_uri, ("application/x-www-form-urlencoded", body), ANSWER_CAP);
    let Ok(answered) = tokio::time::timeout(PATIENCE, asking).await else {
        return Err(
            format!("the token endpoint `{}` did not answer within {PATIENCE:?}", file.token_uri).into()
        );
    };
    let (status, answer) =
        answered.map_err(|why| Why::Owned(format!("the token endpoint `{}`: {why}", file.token_uri)))?;
    if status != 200 {
        let why = refused(&answer);
        return Err(format!("the token endpoint `{}` answered {status}{why}", file.token_uri).into());
    }
    let given: Given = serde_json::from_slice(&answer)
        .map_err(|_| Why::Owned(format!("the token endpoint `{}` gave no token", file.token_uri)))?;
    // Google's never hold longer; one without a word of its end is used once.
    let lasts = Duration::from_secs(given.expires_in.unwrap_or_default().min(86_400));
    Ok((given.access_token, lasts))
}

/// What the endpoint says of its refusal, if it is its usual form.
fn refused(answer: &[u8]) -> String {
    let said: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let mut why = String::new();
    for member in ["error", "error_description"] {
        if let Some(text) = said.get(member).and_then(serde_json::Value::as_str) {
            let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
            why.push_str(": ");
            why.push_str(&text);
        }
    }
    why
}

// === impl KeyFile ===

impl KeyFile {
    /// The signed claim: a JWT with RS256.
    fn assertion(&self, now: i64) -> Result<String, Why> {
        let mut header = json!({"alg": "RS256", "typ": "JWT"});
        if let (Some(id), Some(header)) = (&self.private_key_id, header.as_object_mut()) {
            header.insert("kid".into(), id.as_str().into());
        }
        let claims = json!({
            "iss": self.client_email,
            "scope": SCOPE,
            "aud": self.token_uri,
            "iat": now,
            "exp": now + HOLDS,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let key =
            self.key().ok_or("the private key of the provider's service account is no RSA key in PEM")?;
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "the private key of the provider's service account does not sign")?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn key(&self) -> Option<RsaKeyPair> {
        let (_, rest) = self.private_key.split_once("-----BEGIN PRIVATE KEY-----")?;
        let (inner, _) = rest.split_once("-----END PRIVATE KEY-----")?;
        let inner: String = inner.split_whitespace().collect();
        RsaKeyPair::from_pkcs8(&STANDARD.decode(inner).ok()?).ok()
    }
}
