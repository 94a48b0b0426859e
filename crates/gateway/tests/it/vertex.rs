//! Tokens of service accounts: who signs for one, how long it is used, and what is said when there is none.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::chat::{asked, check_openai};
use crate::client::field_lines;
use crate::gate::Gate;
use crate::upstream::Upstream;

/// The key file of an account, as Google gives it out.
fn key_file(key: &KeyPair, tokens: SocketAddr) -> String {
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let lines: Vec<String> = STANDARD
        .encode(der.as_ref())
        .as_bytes()
        .chunks(64)
        .map(|l| String::from_utf8_lossy(l).into())
        .collect();
    json!({
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "k1",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")),
        "client_email": "weir@p.iam.gserviceaccount.com",
        "token_uri": format!("http://{tokens}/token"),
    })
    .to_string()
}

fn gate(provider: SocketAddr, key: &str, start: impl Fn(&str) -> Gate) -> Gate {
    let secret = serde_json::to_string(key).unwrap();
    start(&format!(
        "---\nkind: Provider\nname: p\nspec: {{api: vertex, base_url: \"http://{provider}/v1/projects/p/locations/global\"}}\n\
         ---\nkind: ProviderKey\nname: k\nspec: {{provider: p, secret: {{value: {secret}}}}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: gemini-3-pro}}]}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}\n---\nkind: Route\nname: models\n\
         spec: {{service: models, paths: [\"/v1/*\"]}}\n"
    ))
}

fn reply(status: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A Vertex that keeps the keys that it was shown.
fn vertex() -> (Upstream, Arc<Mutex<Vec<String>>>) {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&shown);
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_request() {
            let lower = head.replace("Authorization", "authorization");
            keep.lock().unwrap().push(field_lines(&lower, "authorization").next().unwrap().to_owned());
            let answer = json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]},
                "finishReason": "STOP", "index": 0}],
                "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}});
            conn.send(reply("200 OK", &answer));
        }
    });
    (up, shown)
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// A token endpoint that believes who signs with `key`; each token is good for an hour.
fn tokens(key: &KeyPair) -> (Upstream, Arc<AtomicUsize>, Arc<Mutex<Vec<Value>>>) {
    let public = key.public_key().as_ref().to_vec();
    let (count, claims) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (counter, keep) = (Arc::clone(&count), Arc::clone(&claims));
    let up = Upstream::start(move |_, conn| {
        let Some(head) = conn.try_head() else { return };
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("post /token "), "{head}");
        assert_eq!(field_lines(&head, "content-type").next(), Some("application/x-www-form-urlencoded"));
        let body = conn.text(field_lines(&head, "content-length").next().unwrap().parse().unwrap());
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
        let assertion = body.strip_prefix(grant).unwrap();
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public);
        key.verify(signed.as_bytes(), &signature).unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(part(header), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
        keep.lock().unwrap().push(part(claims));
        let number = counter.fetch_add(1, Ordering::SeqCst);
        let given = json!({"access_token": format!("t{number}"), "expires_in": 3600, "token_type": "Bearer"});
        conn.send(reply("200 OK", &given));
    });
    (up, count, claims)
}

#[test]
fn a_service_account_gets_a_token_that_is_used_until_shortly_before_its_end() {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let (vertex, shown) = vertex();
    let (tokens, count, claims) = tokens(&key);
    let gate = gate(vertex.addr, &key_file(&key, tokens.addr), Gate::by_hand);
    let call = || {
        let (answer, _) = gate.call(asked(false));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    call();
    gate.clock.advance(Duration::from_mins(54));
    call();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    gate.clock.advance(Duration::from_mins(2));
    call();
    assert_eq!(*shown.lock().unwrap(), ["Bearer t0", "Bearer t0", "Bearer t1"]);
    let now = 1_767_225_600;
    let expect = json!({"iss": "weir@p.iam.gserviceaccount.com", "aud": format!("http://{}/token", tokens.addr),
        "scope": "https://www.googleapis.com/auth/cloud-platform", "iat": now, "exp": now + 3600});
    assert_eq!(claims.lock().unwrap()[0], expect);
    gate.end();
}

#[test]
fn calls_at_once_ask_for_one_token() {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let (vertex, shown) = vertex();
    let (tokens, count, _) = tokens(&key);
    let gate = gate(vertex.addr, &key_file(&key, tokens.addr), Gate::start);
    let mut waiting: Vec<_> = (0..6).map(|_| gate.connect()).collect();
    for conn in &mut waiting {
        conn.send(asked(false));
    }
    for conn in &mut waiting {
        assert_eq!(conn.answer().status, 200);
        gate.record();
    }
    assert_eq!((count.load(Ordering::SeqCst), shown.lock().unwrap().len()), (1, 6));
    gate.end();
}

#[test]
fn why_there_is_no_token_is_told() {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let refuses = Upstream::fixed(reply(
        "400 Bad Request",
        &json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}),
    ));
    let senseless = Upstream::fixed(reply("200 OK", &json!({"token_type": "Bearer"})));
    let (vertex, shown) = vertex();
    let good = key_file(&key, refuses.addr);
    let broken = good.replace("BEGIN PRIVATE", "BEGIN ODD");
    for (file, why) in [
        (good.clone(), "answered 400: invalid_grant: Invalid JWT Signature."),
        (key_file(&key, senseless.addr), "gave no token"),
        (key_file(&key, Upstream::nobody()), "its server cannot be reached"),
        (broken, "is no RSA key in PEM"),
        ("{\"type\": \"authorized_user\"}".to_owned(), "is no service account's key file: missing field"),
    ] {
        let gate = gate(vertex.addr, &file, Gate::start);
        let (answer, record) = gate.call(asked(false));
        let error = check_openai(&answer, "server_error");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
        assert!(!message.contains("MII"), "{message}");
        assert_eq!((answer.status, record.reason.as_deref()), (502, Some("provider_error")));
        gate.end();
    }
    assert!(shown.lock().unwrap().is_empty());
}
