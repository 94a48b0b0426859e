use message::Stream;

use super::*;

/// A body that comes in pieces.
struct Parts(Vec<Bytes>);

impl Stream for Parts {
    fn poll_frame(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        Poll::Ready(self.0.pop().map(|part| Ok(Frame::Data(part))))
    }
}

async fn read(text: &str, cut: usize) -> Vec<(usize, Bytes)> {
    let mut parts: Vec<Bytes> = text.as_bytes().chunks(cut).map(Bytes::copy_from_slice).collect();
    parts.reverse();
    let mut lines = Lines::of(Body::stream(Parts(parts)));
    let mut read = Vec::new();
    while let Some(line) = lines.next().await.unwrap() {
        read.push(line);
    }
    read
}

#[tokio::test]
async fn lines_are_the_same_however_they_come() {
    let text = "\u{feff}one\r\n\n  \nfour\nfive";
    let expect = [(1, "one\r"), (4, "four"), (5, "five")];
    for cut in 1..=text.len() {
        let lines = read(text, cut).await;
        assert_eq!(lines.len(), 3, "{cut}");
        for ((number, line), expect) in lines.iter().zip(expect) {
            assert_eq!((*number, &line[..]), (expect.0, expect.1.as_bytes()), "{cut}");
        }
    }
    assert!(read("", 1).await.is_empty() && read("\n \n", 1).await.is_empty());
}

#[tokio::test]
async fn a_line_without_an_end_is_not_gathered_for_ever() {
    let part = Bytes::from(vec![b'x'; LONGEST / 2]);
    let mut lines = Lines::of(Body::stream(Parts(vec![part; 4])));
    assert_eq!(lines.next().await.unwrap_err().reason, Reason::BodyTooLarge);
}

#[test]
fn each_mistake_is_told_with_its_line() {
    let work = Work::of("/v1/chat/completions").unwrap();
    let line = |change: &dyn Fn(&mut Value)| {
        let mut line = json!({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m"}});
        change(&mut line);
        Bytes::from(line.to_string())
    };
    let mut checked = Checked::default();
    let good = checked.note(1, work.line(&line(&|_| {}))).unwrap();
    assert_eq!((good.custom_id.as_str(), &good.body[..]), ("a", &br#"{"model":"m"}"#[..]));
    let bad = [
        Bytes::from_static(b"{"),
        line(&|line| line["custom_id"] = json!(1)),
        line(&|line| line["method"] = json!("GET")),
        line(&|line| line["url"] = json!("/v1/embeddings")),
        line(&|line| line["body"] = json!("x")),
        line(&|line| line["body"]["stream"] = json!(true)),
        line(&|line| line["body"]["background"] = json!(true)),
        line(&|_| {}),
    ];
    for (at, line) in bad.iter().enumerate() {
        assert!(checked.note(at + 2, work.line(line)).is_none());
    }
    let told: Vec<_> = checked
        .end()
        .iter()
        .map(|wrong| (wrong["line"].as_u64().unwrap(), wrong["code"].as_str().unwrap()))
        .collect();
    let codes = [
        "invalid_json_line",
        "missing_required_parameter",
        "invalid_method",
        "invalid_url",
        "missing_required_parameter",
        "invalid_request",
        "invalid_request",
        "duplicate_custom_id",
    ];
    assert_eq!(told, (2..10).zip(codes).collect::<Vec<_>>());
    assert_eq!(Checked::default().end()[0]["code"], "empty_file");
    let mut many = Checked { total: MOST + 1, ..Checked::default() };
    assert_eq!(many.end()[0]["code"], "too_many_requests");
}

#[test]
fn there_are_batches_for_what_answers_json() {
    assert!(ENDPOINTS.iter().all(|endpoint| Work::of(endpoint).is_some()));
    for none in ["/v1/audio/speech", "/v1/messages", "/v1/chat/completions/", ""] {
        assert!(Work::of(none).is_none(), "{none}");
    }
}
