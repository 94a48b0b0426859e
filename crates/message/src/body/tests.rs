use std::sync::{Arc, Mutex};
use std::task::Waker;

use super::*;

/// Gives its frames one by one, then ends.
struct Script(VecDeque<Result<Frame, BodyError>>);

impl Stream for Script {
    fn poll_frame(&mut self, _cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        Poll::Ready(self.0.pop_front())
    }
}

/// Holds every byte back until the end, then hands it on in capitals.
struct Hold(Vec<u8>);

impl Filter for Hold {
    fn data(&mut self, data: Bytes, _out: &mut Out) {
        self.0.extend_from_slice(&data);
    }

    fn end(&mut self, trailers: Option<Fields>, out: &mut Out) {
        out.data(self.0.to_ascii_uppercase().into());
        if let Some(trailers) = trailers {
            out.trailers(trailers);
        }
    }

    fn failed(&mut self, error: &BodyError, out: &mut Out) {
        out.data(format!("[{}]", error.reason.code()).into_bytes().into());
    }
}

struct Tell(Arc<Mutex<(usize, Vec<Outcome>)>>);

impl Guard for Tell {
    fn sent(&mut self, bytes: usize) {
        self.0.lock().unwrap().0 += bytes;
    }

    fn settle(&mut self, outcome: Outcome) {
        self.0.lock().unwrap().1.push(outcome);
    }
}

fn script(frames: &[&str], last: Option<Result<Frame, BodyError>>) -> Body {
    let frames = frames.iter().map(|text| Ok(Frame::Data(Bytes::copy_from_slice(text.as_bytes()))));
    Body::stream(Script(frames.chain(last).collect()))
}

fn read(body: &mut Body) -> (String, bool, Option<BodyError>) {
    let (mut text, mut trailers) = (String::new(), false);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        match body.poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(Frame::Data(data)))) => text.push_str(std::str::from_utf8(&data).unwrap()),
            Poll::Ready(Some(Ok(Frame::Trailers(_)))) => trailers = true,
            Poll::Ready(Some(Err(error))) => return (text, trailers, Some(error)),
            Poll::Ready(None) => return (text, trailers, None),
            Poll::Pending => panic!("a script is never pending"),
        }
    }
}

fn told(body: &mut Body) -> Arc<Mutex<(usize, Vec<Outcome>)>> {
    let told = Arc::new(Mutex::new((0, Vec::new())));
    body.guard(Box::new(Tell(Arc::clone(&told))));
    told
}

#[test]
fn a_body_without_filters_is_its_source_and_settles_once() {
    let mut body = script(&["ab", "c"], Some(Ok(Frame::Trailers(Fields::new()))));
    let told = told(&mut body);
    assert_eq!(read(&mut body), ("abc".into(), true, None));
    drop(body);
    assert_eq!(*told.lock().unwrap(), (3, vec![Outcome::Complete]));
}

#[test]
fn a_filter_may_hold_back_until_the_end_and_keeps_trailers_last() {
    let mut body = script(&["ab", "c"], Some(Ok(Frame::Trailers(Fields::new()))));
    body.filter(Hold(Vec::new()));
    assert_eq!(body.remaining(), None);
    assert_eq!(read(&mut body), ("ABC".into(), true, None));
    let mut empty = Body::empty();
    empty.filter(Hold(b"x".to_vec()));
    assert_eq!(read(&mut empty), ("X".into(), false, None));
    let mut full = Body::full("ab");
    full.filter(Hold(Vec::new()));
    full.filter(Hold(b"1".to_vec()));
    assert_eq!(read(&mut full), ("1AB".into(), false, None));
}

#[test]
fn a_failure_passes_the_filters_and_reaches_reader_and_guard() {
    let error = BodyError::new(Reason::UpstreamReset, "gone");
    let mut body = script(&["ab"], Some(Err(error.clone())));
    body.filter(Hold(Vec::new()));
    let told = told(&mut body);
    assert_eq!(read(&mut body), ("[upstream_reset]".into(), false, Some(error.clone())));
    assert_eq!(told.lock().unwrap().1, [Outcome::Failed(error)]);
}

#[test]
fn a_dropped_body_settles_as_dropped_and_a_full_one_is_taken_whole() {
    let mut body = script(&["ab"], None);
    let told_dropped = told(&mut body);
    drop(body);
    assert_eq!(told_dropped.lock().unwrap().1, [Outcome::Dropped]);
    let mut full = Body::full("abc");
    let told_full = told(&mut full);
    assert_eq!(full.take_full(), Some(Bytes::from_static(b"abc")));
    assert_eq!(*told_full.lock().unwrap(), (3, vec![Outcome::Complete]));
}
