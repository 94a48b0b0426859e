//! The targets of an alias, one after the other: how long that may take, and what is told of it.

use message::Reason;
use serde_json::json;
use trace::Phase;

use crate::chat::{
    STREAM, asked, check_openai, chunk, completion, event, events, failure, gate, gate_under, post,
};
use crate::gate::{Gate, check_told};
use crate::upstream::Upstream;

const BRIEF: &str = "{timeout: {total: 300ms}}";

/// Takes a request, sends `bytes` and says nothing more.
fn stops_after(bytes: String) -> Upstream {
    Upstream::start(move |_, conn| {
        if conn.try_request().is_some() {
            conn.send(&bytes).rest();
        }
    })
}

#[test]
fn the_time_of_a_call_is_one_for_all_its_targets() {
    let ups: [Upstream; 3] = std::array::from_fn(|_| stops_after(String::new()));
    let gate = gate_under(&ups.each_ref().map(|up| up.addr), "", BRIEF);
    let (answer, record) = gate.call(asked(false));
    check_openai(&answer, "server_error");
    check_told(&answer, &record, Reason::CallTimeout);
    assert_eq!(ups.each_ref().map(Upstream::connections), [1, 0, 0]);
    assert_eq!(record.attempts.len(), 1);
    assert_eq!(record.attempts[0].error.as_deref(), Some("call_timeout"));
    gate.end();
}

#[test]
fn what_comes_before_the_first_word_does_not_stop_the_time() {
    let heads =
        [STREAM.to_owned() + &chunk(": ping\n\n"), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".into()];
    for (head, stream) in heads.into_iter().zip([true, false]) {
        let (up, never) = (stops_after(head), Upstream::fixed(completion("never")));
        let gate = gate_under(&[up.addr, never.addr], "", BRIEF);
        let (answer, record) = gate.call(asked(stream));
        check_told(&answer, &record, Reason::CallTimeout);
        assert_eq!((record.attempts.len(), record.attempts[0].status, never.connections()), (1, 200, 0));
        gate.end();
    }
}

#[test]
fn a_stream_that_says_much_and_nothing_is_taken_over() {
    let pings = chunk(&": ping\n\n".repeat(8_000));
    let babbles = stops_after(STREAM.to_owned() + &pings.repeat(8));
    let good = Upstream::fixed(format!("{STREAM}{}0\r\n\r\n", chunk(&(event("hello") + "data: [DONE]\n\n"))));
    let gate = gate(&[babbles.addr, good.addr], "");
    let (answer, record) = gate.call(asked(true));
    assert_eq!(events(&answer)[0]["choices"][0]["delta"]["content"], "hello", "{}", answer.text());
    assert_eq!(record.attempts[1].reason.as_deref(), Some("fallback_502"));
    gate.end();
}

/// An alias whose targets speak these dialects.
fn of_apis(targets: &[(std::net::SocketAddr, &str)]) -> Gate {
    let yaml: Vec<String> = targets
        .iter()
        .enumerate()
        .map(|(at, (addr, api))| {
            let base = if *api == "openai" { "/v1" } else { "" };
            format!(
                "---\nkind: Provider\nname: p{at}\nspec: {{api: {api}, base_url: \"http://{addr}{base}\"}}\n"
            )
        })
        .collect();
    let names: Vec<String> =
        (0..targets.len()).map(|at| format!("{{provider: p{at}, model: up-{at}}}")).collect();
    Gate::start(&format!(
        "{}---\nkind: ModelAlias\nname: m\nspec: {{targets: [{}]}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}\n---\nkind: Route\nname: models\n\
         spec: {{service: models, paths: [\"/v1/*\"]}}\n",
        yaml.concat(),
        names.join(", ")
    ))
}

/// A request that Anthropic's dialect has no words for.
fn spoken() -> Vec<u8> {
    let audio = json!({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}});
    post(json!({"model": "m", "messages": [{"role": "user", "content": [audio]}]}).to_string())
}

fn busy() -> Upstream {
    let busy = failure("429 Too Many Requests", "rate_limit_error");
    Upstream::fixed(busy.replacen("\r\n", "\r\nRetry-After: 2\r\n", 1))
}

#[test]
fn a_target_that_cannot_carry_the_request_hides_no_failure() {
    let never = Upstream::fixed(completion("never"));
    for order in [[0, 1], [1, 0]] {
        let busy = busy();
        let targets = [(busy.addr, "openai"), (never.addr, "anthropic")];
        let gate = of_apis(&order.map(|at| targets[at]));
        let (answer, record) = gate.call(spoken());
        assert_eq!((answer.status, answer.field("retry-after")), (429, Some("2")), "{}", answer.text());
        check_openai(&answer, "rate_limit_error");
        check_told(&answer, &record, Reason::ProvidersExhausted);
        let [attempt] = &record.attempts[..] else { panic!("{:?}", record.attempts) };
        assert_eq!((attempt.number, attempt.retry_of, attempt.discarded), (1, None, false));
        gate.end();
    }
    let gate = of_apis(&[(never.addr, "anthropic"), (never.addr, "anthropic")]);
    let (answer, record) = gate.call(spoken());
    check_openai(&answer, "invalid_request_error");
    check_told(&answer, &record, Reason::UnsupportedContent);
    assert_eq!(never.connections(), 0);
    gate.end();
}

#[test]
fn the_record_names_the_last_target_that_was_asked() {
    let (busy, nobody) = (busy(), Upstream::nobody());
    for (targets, last) in [(vec![busy.addr, nobody], 1), (vec![nobody], 0)] {
        let gate = gate(&targets, "");
        let (_, record) = gate.call(asked(false));
        let ai = record.ai.unwrap();
        assert_eq!(ai.provider.as_deref(), Some(format!("p{last}").as_str()));
        assert_eq!(ai.model.as_deref(), Some(format!("up-{last}").as_str()));
        assert!(record.upstream.unwrap().contains(&format!("p{last}")));
        gate.end();
    }
}

#[test]
fn attempts_before_the_last_keep_what_they_received() {
    let body = "{\"error\": {\"message\": \"busy\", \"type\": \"server_error\"}}";
    let fails = Upstream::once(format!(
        "HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk(body)
    ));
    let good = Upstream::fixed(completion("hello"));
    let gate = gate(&[fails.addr, good.addr], "");
    let (_, record) = gate.call(asked(false));
    let [first, second] = &record.attempts[..] else { panic!("{:?}", record.attempts) };
    assert_eq!((first.bytes_down, first.discarded), (body.len() as u64, true));
    assert!(first.phases.get(Phase::Receive).is_some(), "{:?}", first.phases);
    assert_eq!((second.number, second.retry_of, second.discarded), (2, Some(1), false));
    gate.end();
}

#[test]
fn what_a_client_sent_is_counted_and_not_what_was_made_of_it() {
    let good = Upstream::fixed(format!("{STREAM}{}0\r\n\r\n", chunk(&(event("hello") + "data: [DONE]\n\n"))));
    let gate = gate(&[good.addr], "");
    let body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true}";
    let (_, record) = gate.call(post(body));
    assert!(record.attempts[0].bytes_up > body.len() as u64, "it asks for usage");
    assert_eq!(record.bytes_in, body.len() as u64);
    gate.end();
}
