//! TLS on both sides.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Secret};
use http::Request;
use message::{Body, Method, Reason, RequestHead};
use net::{
    Alpn, Certificate, Client, ClientConfig, SendError, SendOptions, Target, TargetConfig, TlsAcceptor,
    TlsConnector,
};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig as RustlsConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::task::TaskTracker;
use trace::{Attempt, Phases};

use crate::support::{Event, Server};

fn certificate(name: &str) -> Certificate {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem().into_bytes();
    Certificate { chain_pem: made.cert.pem().into_bytes(), key_pem: Secret::new(key) }
}

fn serve(certificates: &[Certificate]) -> Server {
    let acceptor = TlsAcceptor::new(certificates, Alpn::H2AndHttp1).unwrap();
    Server::with(|listener| listener.tls = Some(acceptor))
}

async fn get(
    server: &Server,
    tls: &TlsConnector,
    name: &str,
    client: &Client,
) -> Result<(String, Attempt), SendError> {
    let config = TargetConfig {
        tls: Some(tls.clone()),
        sni: Some(name.into()),
        ..TargetConfig::new("127.0.0.1", server.addr.port())
    };
    let target = Target::new(config);
    let mut attempt = Attempt::new(1, Arc::clone(target.name()), 0);
    let head = RequestHead::new(Method::Get, name, "/tls");
    let options = SendOptions::default();
    let mut response = client.send(&target, &head, &mut Body::empty(), &options, &mut attempt).await?;
    let body = response.body.collect(1000).await.unwrap();
    Ok((String::from_utf8(body.to_vec()).unwrap(), attempt))
}

fn client() -> Client {
    Client::new(ClientConfig::default(), Clock::system())
}

#[tokio::test]
async fn each_name_gets_its_certificate_and_connections_are_kept() {
    let (a, b) = (certificate("a.example"), certificate("b.example"));
    let server = serve(&[a.clone(), b.clone()]);
    let client = client();
    for (name, own, other) in [("a.example", &a, &b), ("b.example", &b, &a)] {
        let trusting = TlsConnector::with_ca(&own.chain_pem).unwrap();
        let (body, attempt) = get(&server, &trusting, name, &client).await.unwrap();
        assert!(body.contains(&format!("sni: Some({name:?})")), "{body}");
        assert!(body.contains("version: \"1.3\"") && body.contains("alpn: Some(\"http/1.1\")"), "{body}");
        assert_ne!(attempt.phases.tls, Phases::NA);
        let (_, attempt) = get(&server, &trusting, name, &client).await.unwrap();
        assert!(attempt.reused && attempt.phases.tls == Phases::NA);
        let distrusting = TlsConnector::with_ca(&other.chain_pem).unwrap();
        let error = get(&server, &distrusting, name, &client).await.unwrap_err();
        assert_eq!((error.reason, error.sent), (Reason::TlsFailed, false));
    }
    let error = get(&server, &TlsConnector::with_ca(&a.chain_pem).unwrap(), "c.example", &client).await;
    assert_eq!(error.unwrap_err().reason, Reason::TlsFailed);
    let unverified = TlsConnector::unverified().unwrap();
    assert!(get(&server, &unverified, "c.example", &client).await.is_ok());
}

#[tokio::test]
async fn certificates_are_replaced_while_it_runs() {
    let (old, new) = (certificate("a.example"), certificate("a.example"));
    let acceptor = TlsAcceptor::new(std::slice::from_ref(&old), Alpn::Http1).unwrap();
    let server = Server::with(|listener| listener.tls = Some(acceptor.clone()));
    let trusting = TlsConnector::with_ca(&new.chain_pem).unwrap();
    assert!(get(&server, &trusting, "a.example", &client()).await.is_err());
    acceptor.replace(std::slice::from_ref(&new)).unwrap();
    assert!(get(&server, &trusting, "a.example", &client()).await.is_ok());
    let broken = Certificate { chain_pem: b"none".to_vec(), ..new };
    assert!(acceptor.replace(&[broken]).is_err() && acceptor.replace(&[]).is_err());
}

#[tokio::test]
async fn http_2_is_agreed_on() {
    let own = certificate("a.example");
    let server = serve(std::slice::from_ref(&own));
    let mut roots = RootCertStore::empty();
    let der = rustls::pki_types::pem::PemObject::from_pem_slice(&own.chain_pem).unwrap();
    roots.add(der).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = RustlsConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = tokio::net::TcpStream::connect(server.addr).await.unwrap();
    let name = ServerName::try_from("a.example").unwrap();
    let tls = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let (client, connection) = h2::client::handshake(tls).await.unwrap();
    TaskTracker::new().spawn(async move { connection.await.ok() });
    let mut client = client.ready().await.unwrap();
    let request = Request::builder().uri("https://a.example/tls").body(()).unwrap();
    let (response, _) = client.send_request(request, true).unwrap();
    let (content, _) = crate::h2_request::read(response.await.unwrap().into_body()).await.unwrap();
    assert!(String::from_utf8(content).unwrap().contains("alpn: Some(\"h2\")"));
}

#[tokio::test]
async fn what_is_no_handshake_or_none_in_time_is_counted() {
    let acceptor = TlsAcceptor::new(&[certificate("a.example")], Alpn::H2AndHttp1).unwrap();
    let server = Server::with(|listener| {
        listener.tls = Some(acceptor);
        listener.timeouts.handshake = Duration::from_millis(50);
    });
    let mut plain = server.connect();
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    plain.rest();
    let mut silent = server.connect();
    assert_eq!(silent.rest_text(), "");
    server.counted(|metrics| (metrics.tls_failed, metrics.requests) == (2, 0));
    assert!(server.events.try_iter().all(|event| event != Event::Closed), "it was never open");
}

fn serving(own: &Certificate) -> rustls::ServerConfig {
    let key = rustls::pki_types::pem::PemObject::from_pem_slice(own.key_pem.expose()).unwrap();
    let chain = rustls::pki_types::pem::PemObject::from_pem_slice(&own.chain_pem).unwrap();
    rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap()
}

/// A client lets go of a connection after `answer`: the upstream is told.
async fn check_let_go(answer: &'static str, max_idle: usize) {
    let own = certificate("a.example");
    let config = serving(&own);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = TargetConfig {
        tls: Some(TlsConnector::with_ca(&own.chain_pem).unwrap()),
        sni: Some("a.example".into()),
        max_idle,
        ..TargetConfig::new("127.0.0.1", listener.local_addr().unwrap().port())
    };
    let upstream = TaskTracker::new().spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut tls = tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(tcp).await.unwrap();
        let mut head = [0; 1024];
        assert_ne!(tls.read(&mut head).await.unwrap(), 0);
        tls.write_all(answer.as_bytes()).await.unwrap();
        tls.flush().await.unwrap();
        // an end without the alert would be an error
        tls.read(&mut head).await
    });
    let target = Target::new(target);
    let mut attempt = Attempt::new(1, Arc::clone(target.name()), 0);
    let head = RequestHead::new(Method::Get, "a.example", "/");
    let (client, options) = (client(), SendOptions::default());
    let sent = client.send(&target, &head, &mut Body::empty(), &options, &mut attempt).await;
    let mut response = sent.unwrap();
    response.body.collect(1000).await.unwrap();
    drop((response, client));
    assert_eq!(upstream.await.unwrap().unwrap(), 0, "{answer}");
}

#[tokio::test]
async fn a_closure_alert_is_sent_to_upstreams() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    check_let_go(whole, 0).await;
    check_let_go(whole, 1).await;
    check_let_go("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 1).await;
    let chunked =
        "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    check_let_go(chunked, 1).await;
}

/// An upstream that ends its answer by closing, with or without the alert that says so.
async fn ends(farewell: bool) -> Result<bytes::Bytes, message::BodyError> {
    let own = certificate("a.example");
    let config = serving(&own);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = TargetConfig {
        tls: Some(TlsConnector::with_ca(&own.chain_pem).unwrap()),
        sni: Some("a.example".into()),
        ..TargetConfig::new("127.0.0.1", listener.local_addr().unwrap().port())
    };
    let serving = TaskTracker::new().spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut tls = tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(tcp).await.unwrap();
        let mut head = [0; 1024];
        assert_ne!(tls.read(&mut head).await.unwrap(), 0);
        tls.write_all(b"HTTP/1.1 200 OK\r\n\r\nabc").await.unwrap();
        tls.flush().await.unwrap();
        if farewell {
            tls.shutdown().await.unwrap();
        }
    });
    let target = Target::new(target);
    let mut attempt = Attempt::new(1, Arc::clone(target.name()), 0);
    let head = RequestHead::new(Method::Get, "a.example", "/");
    let options = SendOptions::default();
    let mut response =
        client().send(&target, &head, &mut Body::empty(), &options, &mut attempt).await.unwrap();
    serving.await.unwrap();
    response.body.collect(1000).await
}

#[tokio::test]
async fn an_end_without_a_closure_alert_is_no_end() {
    assert_eq!(&ends(true).await.unwrap()[..], b"abc");
    let error = ends(false).await.unwrap_err();
    assert!(matches!(error.reason, Reason::UpstreamIncomplete | Reason::UpstreamReset), "{error}");
}

#[tokio::test]
async fn a_closure_alert_is_sent_before_closing() {
    for request in ["GET /stream?2 HTTP/1.0\r\nHost: a\r\n\r\n", "GET /big?4 HTTP/1.1\r\nHost: a\r\n\r\n"] {
        check_farewell(request).await;
    }
}

/// The second ends by being idle for too long.
async fn check_farewell(request: &str) {
    let own = certificate("a.example");
    let acceptor = TlsAcceptor::new(std::slice::from_ref(&own), Alpn::H2AndHttp1).unwrap();
    let server = Server::with(|listener| {
        listener.tls = Some(acceptor);
        listener.timeouts.keep_alive = Duration::from_millis(50);
    });
    let mut roots = RootCertStore::empty();
    roots.add(rustls::pki_types::pem::PemObject::from_pem_slice(&own.chain_pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = RustlsConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = tokio::net::TcpStream::connect(server.addr).await.unwrap();
    let name = ServerName::try_from("a.example").unwrap();
    let mut tls = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    tls.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // an end without the alert would be an error here
    tls.read_to_end(&mut answer).await.unwrap();
    assert!(answer.ends_with(b"piecepiece") || answer.ends_with(b"xxxx"));
}
