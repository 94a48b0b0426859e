use base::Rng;
use proptest::prelude::*;

use super::*;

const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn check(field: &str, expect: Result<u8, ContextError>) {
    assert_eq!(TraceParent::parse(field.as_bytes()).map(|parent| parent.flags), expect, "{field}");
}

fn state(fields: &[&str]) -> Result<TraceState, ContextError> {
    TraceState::parse(fields.iter().map(|field| field.as_bytes()))
}

fn check_state(fields: &[&str], expect: Result<&str, ContextError>) {
    assert_eq!(
        state(fields).as_ref().map(TraceState::as_str),
        expect.as_ref().map(|text| *text),
        "{fields:?}"
    );
}

#[test]
fn parents_of_version_00() {
    check(VALID, Ok(1));
    check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", Ok(0));
    // Unknown flags are not taken up; `random` of level 2 is.
    check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", Ok(3));
    check(&format!("{VALID}-"), Err(ContextError::Format));
    check(&format!("{VALID}-more"), Err(ContextError::Format));
    check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", Err(ContextError::Format));
    check("", Err(ContextError::Format));
    check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01", Err(ContextError::Format));
    check("00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01", Err(ContextError::Format));
    check("00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01", Err(ContextError::Format));
    check("00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Err(ContextError::Digit));
    check("00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", Err(ContextError::Digit));
    check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x", Err(ContextError::Digit));
    check("00-00000000000000000000000000000000-00f067aa0ba902b7-01", Err(ContextError::ZeroId));
    check("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", Err(ContextError::ZeroId));
}

#[test]
fn parents_of_later_versions() {
    check("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Err(ContextError::Version));
    check("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Ok(1));
    check("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future", Ok(1));
    check("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-", Ok(1));
    check("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.x", Err(ContextError::Format));
    check("cC-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Err(ContextError::Digit));
}

#[test]
fn states_are_read_by_the_grammar() {
    check_state(&[], Ok(""));
    check_state(&["a=1", "b=2"], Ok("a=1,b=2"));
    check_state(&[" a=1\t,, ,b= 2 "], Ok("a=1,b= 2"));
    check_state(&["0a@b_-*/=x y"], Ok("0a@b_-*/=x y"));
    check_state(&["a"], Err(ContextError::Key));
    check_state(&["A=1"], Err(ContextError::Key));
    check_state(&["@a=1"], Err(ContextError::Key));
    check_state(&["a b=1"], Err(ContextError::Key));
    check_state(&["=1"], Err(ContextError::Key));
    check_state(&["a="], Err(ContextError::Value));
    check_state(&["a=1=2"], Err(ContextError::Value));
    check_state(&["a=\u{e9}"], Err(ContextError::Value));
    check_state(&["a=1", "b=2,a=3"], Err(ContextError::DuplicateKey));
    let long = "k".repeat(256);
    check_state(&[&format!("{long}={long}")], Ok(&format!("{long}={long}")));
    check_state(&[&format!("{long}k=1")], Err(ContextError::Key));
    check_state(&[&format!("a={long}k")], Err(ContextError::Value));
    let members: Vec<String> = (0..33).map(|at| format!("k{at}=1")).collect();
    check_state(&[&members[..32].join(",")], Ok(&members[..32].join(",")));
    check_state(&[&members.join(",")], Err(ContextError::TooMany));
}

#[test]
fn a_member_set_goes_to_the_front() {
    let before = state(&["a=1,b=2,c=3"]).unwrap();
    assert_eq!(before.with("b", "9").unwrap().as_str(), "b=9,a=1,c=3");
    assert_eq!(before.with("B", "9"), Err(ContextError::Key));
    assert_eq!(before.with("b", "9 "), Err(ContextError::Value));
    let full = state(&[&(0..32).map(|at| format!("k{at}=1")).collect::<Vec<_>>().join(",")]).unwrap();
    let more = full.with("new", "1").unwrap();
    assert_eq!((more.members().count(), more.get("k31"), more.get("k30")), (32, None, Some("1")));
}

#[test]
fn shortening_drops_long_members_first_and_then_the_oldest() {
    let long = "x".repeat(200);
    let full = state(&[&format!("a=1,b={long},c=3,d=4")]).unwrap();
    assert_eq!(full.shortened(512), full);
    assert_eq!(full.shortened(200).as_str(), "a=1,c=3,d=4");
    assert_eq!(full.shortened(7).as_str(), "a=1,c=3");
    assert_eq!(full.shortened(2).as_str(), "");
}

#[test]
fn a_request_continues_a_trace_or_starts_one() {
    let mut rng = Rng::seeded(1);
    let mut accept = |parents: &[&str], states: &[&str]| {
        let (parents, states) = (parents.iter().map(|p| p.as_bytes()), states.iter().map(|s| s.as_bytes()));
        TraceContext::accept(parents, states, &mut rng, Sampling::On)
    };
    let on = accept(&[VALID], &["a=1"]);
    assert_eq!(on.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(on.parent, SpanId::parse("00f067aa0ba902b7"));
    assert_eq!((on.state.as_str(), on.sampled()), ("a=1", true));
    assert_eq!(accept(&[VALID], &["broken"]).state, TraceState::default());
    for parents in [&[][..], &["broken"], &[VALID, VALID]] {
        let fresh = accept(parents, &["a=1"]);
        assert_eq!((fresh.parent, fresh.flags, fresh.state.as_str()), (None, 3, ""));
    }
    assert_eq!(TraceContext::start(&mut rng, Sampling::Off).flags, FLAG_RANDOM);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(trace in any::<[u8; 16]>(), parent in any::<[u8; 8]>(), flags in 0_u8..4) {
        prop_assume!(trace != [0; 16] && parent != [0; 8]);
        let written = TraceParent { trace_id: TraceId(trace), parent_id: SpanId(parent), flags };
        prop_assert_eq!(TraceParent::parse(&written.encode()), Ok(written));
        prop_assert_eq!(written.to_string().into_bytes(), written.encode().to_vec());
        prop_assert_eq!(TraceId::parse(&TraceId(trace).to_string()), Some(TraceId(trace)));
    }

    #[test]
    fn one_wrong_byte_is_never_misread(at in 0_usize..55, byte in any::<u8>()) {
        let mut field = VALID.as_bytes().to_vec();
        field[at] = byte;
        if let Ok(parent) = TraceParent::parse(&field) {
            let mut again = parent.encode();
            again[..2].copy_from_slice(&field[..2]);
            // Only the version and unknown flags may have changed.
            prop_assert_eq!(&again[..53], &field[..53]);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(field in prop::collection::vec(any::<u8>(), 0..120)) {
        std::hint::black_box(&TraceParent::parse(&field));
        if let Ok(state) = TraceState::parse([field.as_slice()]) {
            prop_assert_eq!(TraceState::parse([state.as_str().as_bytes()]), Ok(state));
        }
    }

    #[test]
    fn lists_survive_splitting_over_fields(
        members in prop::collection::btree_map("[a-z0-9][a-z0-9_*/@-]{0,20}", "[!-+--<>-~]{1,20}", 0..32),
        cut in 0_usize..32,
    ) {
        let all: Vec<String> = members.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let (head, tail) = all.split_at(cut.min(all.len()));
        let (head, tail) = (head.join(","), tail.join(" ,\t"));
        let state = TraceState::parse([head.as_bytes(), tail.as_bytes()]).unwrap();
        prop_assert_eq!(state.as_str(), all.join(","));
        prop_assert!(state.shortened(100).as_str().len() <= 100);
    }
}
