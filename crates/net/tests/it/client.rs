//! The client against upstreams that do well, badly and nothing at all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use message::{Body, Method, Reason, RequestHead};
use net::{
    Client, ClientConfig, ClientTimeouts, Received, Response, SendError, SendOptions, Target, TargetConfig,
};
use trace::{Attempt, Phases};

use crate::support::{Raw, data, script, upstream};

struct Fixture {
    client: Client,
    target: Arc<Target>,
    options: SendOptions,
    attempt: Attempt,
}

impl Fixture {
    fn new(addr: SocketAddr) -> Self {
        Self::of(TargetConfig::new(addr.ip().to_string(), addr.port()))
    }

    fn of(config: TargetConfig) -> Self {
        let target = Target::new(config);
        Self {
            client: Client::new(ClientConfig::default(), Clock::system()),
            attempt: Attempt::new(1, Arc::clone(target.name()), 0),
            target,
            options: SendOptions::default(),
        }
    }

    async fn send(&mut self, method: Method, body: Body) -> Result<Response, SendError> {
        let mut body = body;
        self.send_body(method, &mut body).await
    }

    async fn send_body(&mut self, method: Method, body: &mut Body) -> Result<Response, SendError> {
        let head = RequestHead::new(method, "a.example", "/x?y");
        self.attempt = Attempt::new(1, Arc::clone(self.target.name()), 0);
        self.client.send(&self.target, &head, body, &self.options, &mut self.attempt).await
    }

    async fn get(&mut self) -> Result<String, SendError> {
        let mut response = self.send(Method::Get, Body::empty()).await?;
        let body = response.body.collect(1 << 30).await;
        Ok(body.map_or_else(|error| error.to_string(), |body| String::from_utf8(body.to_vec()).unwrap()))
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_connection_is_kept_and_the_phases_say_so() {
    let (addr, upstream) = upstream(1, |_, conn| {
        for _ in 0..3 {
            let head = conn.head();
            assert!(head.starts_with("get /x?y http/1.1\r\nhost: a.example\r\n"), "{head}");
            conn.send(OK);
        }
    });
    let mut fixture = Fixture::new(addr);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    let first = fixture.attempt.clone();
    assert!(!first.reused && first.phases.connect != Phases::NA && first.phases.dns == Phases::NA);
    for phase in [first.phases.queued, first.phases.send, first.phases.wait, first.phases.receive] {
        assert_ne!(phase, Phases::NA);
    }
    assert_eq!((first.status, first.bytes_down, first.peer), (200, 2, Some(addr)));
    for _ in 0..2 {
        assert_eq!(fixture.get().await.unwrap(), "ok");
        assert!(fixture.attempt.reused && fixture.attempt.phases.connect == Phases::NA);
    }
    upstream.join().unwrap();
}

#[tokio::test]
async fn chunks_trailers_and_interim_answers_are_understood() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
        conn.send("1\r\nc\r\n0\r\nX-Sum: 3\r\n\r\n");
        conn.head();
        conn.send(OK);
    });
    let mut fixture = Fixture::new(addr);
    let mut response = fixture.send(Method::Get, Body::empty()).await.unwrap();
    let Received::Later(receipt) = response.received else { panic!("a stream is received later") };
    assert_eq!(&response.body.collect(100).await.unwrap()[..], b"abc");
    assert_eq!(receipt.bytes(), 3);
    assert!(receipt.receive().is_some());
    drop(response.body);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    assert!(fixture.attempt.reused);
    upstream.join().unwrap();
}

#[tokio::test]
async fn bodies_are_sent_with_their_length_or_in_chunks() {
    let (addr, upstream) = upstream(1, |_, conn| {
        assert!(conn.head().contains("content-length: 5\r\n"));
        assert_eq!(conn.text(5), "hello");
        conn.send(OK);
        assert!(conn.head().contains("transfer-encoding: chunked\r\n"));
        assert_eq!(conn.text(15), "5\r\npiece\r\n0\r\n\r\n");
        conn.send(OK);
    });
    let mut fixture = Fixture::new(addr);
    assert_eq!(fixture.send(Method::Post, Body::full("hello")).await.unwrap().head.status, 200);
    let streamed = script([Ok(data("piece"))]);
    assert_eq!(fixture.send(Method::Post, streamed).await.unwrap().head.status, 200);
    assert_eq!(fixture.attempt.bytes_up, 5);
    upstream.join().unwrap();
}

async fn check_fault(script: impl Fn(usize, &mut Raw) + Send + 'static, reason: Reason) -> SendError {
    let (addr, upstream) = upstream(1, script);
    let mut fixture = Fixture::new(addr);
    if reason == Reason::UpstreamTimeout {
        fixture.options.timeouts.first_byte = Duration::from_millis(200);
    }
    let error = fixture.send(Method::Post, Body::full("abc")).await.unwrap_err();
    assert_eq!(error.reason, reason, "{error}");
    assert_eq!(fixture.attempt.error.as_deref(), Some(reason.code()));
    assert!(error.body_intact && error.sent && error.stale.is_none());
    drop(fixture);
    upstream.join().unwrap();
    error
}

#[tokio::test]
async fn upstreams_that_fail_before_a_head_is_complete() {
    check_fault(|_, conn| drop(conn.head()), Reason::UpstreamReset).await;
    let cut = |_, conn: &mut Raw| {
        conn.head();
        conn.bytes(3);
        conn.send("HTTP/1.1 200 OK\r\nContent-");
    };
    check_fault(cut, Reason::UpstreamReset).await;
    let garbage = |_, conn: &mut Raw| {
        conn.head();
        conn.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    };
    check_fault(garbage, Reason::UpstreamMalformed).await;
    let ambiguous = |_, conn: &mut Raw| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
    };
    check_fault(ambiguous, Reason::UpstreamMalformed).await;
    let large = |_, conn: &mut Raw| {
        conn.head();
        conn.send(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(70_000)));
        conn.rest();
    };
    check_fault(large, Reason::UpstreamHeadTooLarge).await;
    let unasked = |_, conn: &mut Raw| {
        conn.head();
        conn.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    };
    check_fault(unasked, Reason::UpstreamMalformed).await;
}

#[tokio::test]
async fn an_upstream_that_never_answers_times_out() {
    let silent = |_, conn: &mut Raw| {
        conn.rest();
    };
    check_fault(silent, Reason::UpstreamTimeout).await;
}

#[tokio::test]
async fn bodies_that_end_early_or_stall_are_told_apart() {
    let (addr, upstream) = upstream(3, |number, conn| {
        conn.head();
        match number {
            0 => drop(conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")),
            1 => drop(conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")),
            _ => {
                conn.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                conn.rest();
            }
        }
    });
    let mut fixture = Fixture::new(addr);
    fixture.options.timeouts.between = Duration::from_millis(100);
    assert!(fixture.get().await.unwrap().starts_with("upstream_incomplete"));
    assert!(fixture.get().await.unwrap().starts_with("upstream_incomplete"));
    assert!(fixture.get().await.unwrap().starts_with("upstream_stalled"));
    drop(fixture);
    upstream.join().unwrap();
}

#[tokio::test]
async fn more_than_was_stated_is_not_given_to_the_next() {
    let (addr, upstream) = upstream(2, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanother");
    });
    let mut fixture = Fixture::new(addr);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    assert_eq!(fixture.get().await.unwrap(), "ok");
    assert!(!fixture.attempt.reused);
    upstream.join().unwrap();
}

#[tokio::test]
async fn a_body_may_end_with_the_connection() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\n\r\nall of it");
    });
    let mut fixture = Fixture::new(addr);
    assert_eq!(fixture.get().await.unwrap(), "all of it");
    upstream.join().unwrap();
}

/// The first connection serves one request and takes a second one into the grave.
fn dies_on_reuse() -> (SocketAddr, std::thread::JoinHandle<()>) {
    upstream(2, |number, conn| {
        conn.head();
        conn.send(OK);
        if number == 0 {
            conn.head();
        }
    })
}

#[tokio::test]
async fn a_stale_connection_is_replaced_where_that_is_safe() {
    let (addr, upstream) = dies_on_reuse();
    let mut fixture = Fixture::new(addr);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    let response = fixture.send(Method::Put, Body::full("abc")).await.unwrap();
    let stale = response.stale.expect("the first attempt");
    assert!(stale.reused && stale.error.as_deref() == Some("upstream_reset"));
    let second = &fixture.attempt;
    assert!(!second.reused && second.number == 2 && second.retry_of == Some(1));
    assert_eq!(second.reason.as_deref(), Some("stale_connection"));
    upstream.join().unwrap();
}

#[tokio::test]
async fn a_stale_connection_is_an_error_where_it_is_not_safe() {
    let (addr, upstream) = dies_on_reuse();
    let mut fixture = Fixture::new(addr);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    let error = fixture.send(Method::Post, Body::full("abc")).await.unwrap_err();
    assert!(error.reason == Reason::UpstreamReset && error.sent && error.stale.is_none());
    // the caller may decide otherwise: the body is there
    assert!(error.body_intact);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    upstream.join().unwrap();
}

#[tokio::test]
async fn an_early_refusal_is_returned_and_ends_the_connection() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
        conn.rest();
    });
    let mut fixture = Fixture::new(addr);
    let endless = script((0..100_000).map(|_| Ok(message::Frame::Data(vec![0; 65536].into()))));
    let mut response = fixture.send(Method::Post, endless).await.unwrap();
    assert_eq!(response.head.status, 413);
    assert_eq!(&response.body.collect(10).await.unwrap()[..], b"big");
    drop((response, fixture));
    upstream.join().unwrap();
}

#[tokio::test]
async fn an_upstream_may_answer_while_it_still_reads() {
    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let content = conn.bytes(40 * 65536);
        conn.send(format!("7\r\n{}\r\n0\r\n\r\n", content.len()));
        conn.head();
        conn.send(OK);
    });
    let mut fixture = Fixture::new(addr);
    let mut body = Body::stream(Lazy { left: 40 * 65536 });
    let mut response = fixture.send_body(Method::Post, &mut body).await.unwrap();
    assert_eq!(&response.body.collect(100).await.unwrap()[..], b"2621440");
    drop(response);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    assert!(fixture.attempt.reused);
    upstream.join().unwrap();
}

/// Content that comes when the test gives it.
struct Fed(tokio::sync::mpsc::Receiver<message::Frame>);

impl message::Stream for Fed {
    fn poll_frame(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<message::Frame, message::BodyError>>> {
        self.0.poll_recv(cx).map(|frame| frame.map(Ok))
    }
}

/// The whole answer comes before the request was sent; the upstream takes the rest of it all the same.
async fn check_early(answer: &'static str, body: &str) {
    let (addr, upstream) = upstream(1, move |_, conn| {
        conn.head();
        conn.send(answer);
        assert_eq!(conn.text(25), "5\r\npiece\r\n5\r\npiece\r\n0\r\n\r\n");
        conn.head();
        conn.send(OK);
    });
    let mut fixture = Fixture::new(addr);
    let (feed, fed) = tokio::sync::mpsc::channel(1);
    let mut response = fixture.send(Method::Post, Body::stream(Fed(fed))).await.unwrap();
    let Received::Later(receipt) = &response.received else { panic!("there is more to send") };
    let receipt = Arc::clone(receipt);
    let rest = async move {
        for _ in 0..2 {
            feed.send(data("piece")).await.unwrap();
        }
    };
    let (content, ()) = tokio::join!(response.body.collect(100), rest);
    assert_eq!(&content.unwrap()[..], body.as_bytes(), "{answer}");
    assert_eq!((fixture.attempt.bytes_up, receipt.bytes_up()), (0, 10));
    drop(response);
    assert_eq!(fixture.get().await.unwrap(), "ok");
    assert!(fixture.attempt.reused, "{answer}");
    drop(fixture);
    upstream.join().unwrap();
}

#[tokio::test]
async fn an_early_answer_does_not_cut_the_request() {
    check_early(OK, "ok").await;
    check_early("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "").await;
    check_early("HTTP/1.1 204 No Content\r\n\r\n", "").await;
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n";
    check_early(chunked, "ok").await;
}

#[tokio::test]
async fn an_early_answer_whose_upstream_leaves_or_reads_no_more_is_whole() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (addr, upstream) = upstream(2, move |number, conn| {
        conn.head();
        conn.send(OK);
        if number == 1 {
            // takes nothing more until the test has seen the answer
            released.recv().ok();
        }
    });
    let mut fixture = Fixture::new(addr);
    fixture.options.timeouts.between = Duration::from_millis(50);
    for _ in 0..2 {
        let mut upload = Body::stream(Lazy { left: 4000 * 65536 });
        let mut response = fixture.send_body(Method::Post, &mut upload).await.unwrap();
        assert_eq!(&response.body.collect(100).await.unwrap()[..], b"ok");
    }
    drop((release, fixture));
    upstream.join().unwrap();
}

/// Content of a known length that comes a page at a time, with a pause before each.
struct Lazy {
    left: u64,
}

impl message::Stream for Lazy {
    fn poll_frame(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<message::Frame, message::BodyError>>> {
        if self.left == 0 {
            return std::task::Poll::Ready(None);
        }
        if self.left.is_multiple_of(65536) {
            self.left -= 1;
            cx.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        self.left -= 65535;
        std::task::Poll::Ready(Some(Ok(message::Frame::Data(vec![0; 65536].into()))))
    }

    fn remaining(&self) -> Option<u64> {
        Some(self.left.next_multiple_of(65536))
    }
}

#[tokio::test]
async fn nobody_there_no_name_and_no_free_connection() {
    let addr = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut fixture = Fixture::new(addr);
    let error = fixture.send(Method::Post, Body::full("abc")).await.unwrap_err();
    assert!(error.reason == Reason::ConnectFailed && !error.sent && error.body_intact, "{error}");

    let mut nameless = Fixture::of(TargetConfig::new("no-such-name.invalid", 80));
    let error = nameless.send(Method::Get, Body::empty()).await.unwrap_err();
    assert!(error.reason == Reason::DnsFailed && !error.sent, "{error}");

    let (addr, upstream) = upstream(1, |_, conn| {
        conn.head();
        conn.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
        conn.rest();
    });
    let config = TargetConfig { max_connections: 1, ..TargetConfig::new("localhost", addr.port()) };
    let mut limited = Fixture::of(config);
    limited.options.timeouts =
        ClientTimeouts { queue: Duration::from_millis(50), ..ClientTimeouts::default() };
    let held = limited.send(Method::Get, Body::empty()).await.unwrap();
    assert_ne!(limited.attempt.phases.dns, Phases::NA);
    let error = limited.send(Method::Get, Body::empty()).await.unwrap_err();
    assert!(error.reason == Reason::QueueTimeout && !error.sent, "{error}");
    drop(held);
    upstream.join().unwrap();
}
