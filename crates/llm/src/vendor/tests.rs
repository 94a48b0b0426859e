use super::*;
use crate::canonical::Dropped;

#[test]
fn every_row_can_be_read_and_has_what_it_needs() {
    let rows = Value::parse(include_str!("../../data/vendors.json")).unwrap();
    let mut names: Vec<String> = Vec::new();
    for (name, row) in rows.members() {
        let vendor = read::row(&name.decode(), row).unwrap();
        assert!(!vendor.title.is_empty(), "{name:?}");
        let base = &vendor.base;
        assert!(
            base.is_empty() || base.starts_with("https://") || base.starts_with("http://127.0.0.1:"),
            "{base}"
        );
        assert!(!base.ends_with('/'), "{base}");
        let known =
            |name: &str| crate::catalogue::Catalogue::builtin().iter().any(|model| model.provider == name);
        assert!(vendor.catalogue.is_empty() || known(&vendor.catalogue), "{}", vendor.catalogue);
        names.extend(std::iter::once(&vendor.name).chain(&vendor.aliases).map(ToString::to_string));
    }
    assert_eq!(all().len(), rows.members().len());
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a name that two rows have");
    for name in names {
        assert!(find(&name).is_some(), "{name}");
    }
    assert!(all().len() >= 45 && find("nobody").is_none());
}

#[test]
fn a_mistake_in_a_row_is_told() {
    for row in [r#"{"no":1}"#, r#"{"title":1}"#, r#"{"max_tokens_field":"x"}"#, r#"{"rename":{"a":1}}"#] {
        assert!(read::row("x", &Value::parse(row).unwrap()).is_err(), "{row}");
    }
}

/// What a request becomes for a vendor, and what is named as dropped.
fn applied(vendor: &Vendor, body: &str) -> (String, Vec<String>) {
    let mut dropped = Dropped::default();
    let out = apply(body.as_bytes().to_vec(), vendor, None, &mut dropped);
    (String::from_utf8(out).unwrap(), dropped.into_names())
}

fn check(name: &str, body: &str, expect: &str, dropped: &[&str]) {
    let vendor = find(name).unwrap();
    assert_eq!(applied(vendor, body), (expect.to_owned(), dropped.iter().map(ToString::to_string).collect()));
}

#[test]
fn parameters_are_dropped_and_renamed_in_place() {
    check(
        "mistral",
        r#"{ "user":"u", "model":"m", "seed": 7,"messages":[] , "max_completion_tokens":5,"stream_options":{"include_usage":true}}"#,
        r#"{ "model":"m", "random_seed": 7,"messages":[] , "max_tokens":5}"#,
        &["user", "stream_options"],
    );
    check(
        "groq",
        r#"{"service_tier":"default","messages":[]}"#,
        r#"{"service_tier":"on_demand","messages":[]}"#,
        &[],
    );
    // Of two limits the newer one counts.
    check(
        "deepseek",
        r#"{"max_tokens":1,"max_completion_tokens":2,"messages":[]}"#,
        r#"{"max_tokens":2,"messages":[]}"#,
        &[],
    );
    // One that asks for nothing else stays, to the byte.
    let body = r#"{"model" : "m" ,"x":[1, 2],"messages":[{"role":"user","content":"hi"}]}"#;
    check("deepseek", body, body, &[]);
}

#[test]
fn a_null_under_the_vendors_name_gives_way() {
    let limits = [
        (r#""max_completion_tokens":5,"max_tokens":null,"#, r#""max_tokens":5,"#),
        (r#""max_tokens":null,"max_completion_tokens":5,"#, r#""max_tokens":5,"#),
        (r#""max_tokens":5,"max_completion_tokens":null,"#, r#""max_tokens":5,"#),
        (r#""max_tokens":null,"max_completion_tokens":null,"#, r#""max_tokens":null,"#),
        (r#""max_completion_tokens":null,"#, r#""max_tokens":null,"#),
        (r#""seed":5,"random_seed":null,"#, r#""random_seed":5,"#),
        (r#""random_seed":null,"seed":5,"#, r#""random_seed":5,"#),
        (r#""random_seed":6,"seed":5,"#, r#""random_seed":6,"#),
        (r#""random_seed":null,"#, r#""random_seed":null,"#),
    ];
    for (given, expect) in limits {
        let body = |members: &str| format!(r#"{{{members}"messages":[]}}"#);
        check("mistral", &body(given), &body(expect), &[]);
    }
    let message = |members: &str| {
        format!(r#"{{"messages":[{{"role":"assistant",{members}"content":"a","tool_calls":[{{}}]}}]}}"#)
    };
    let expect = message(r#""reasoning_content":"r","#);
    check("deepseek", &message(r#""reasoning":"r","reasoning_content":null,"#), &expect, &[]);
    check("deepseek", &message(r#""reasoning_content":null,"reasoning":"r","#), &expect, &[]);
    let null = message(r#""reasoning_content":null,"#);
    check("deepseek", &null, &null, &[]);
}

/// `max_tokens` is what `OpenCode` and the AI SDK's openai-compatible provider send.
#[test]
fn models_of_openai_that_reason_get_the_limit_by_its_newer_name() {
    let body = |model: &str, limit: &str| format!(r#"{{"model":"{model}", "{limit}" : 5,"messages":[]}}"#);
    for model in ["gpt-5", "gpt-5.2-mini", "o3", "o4-mini-2025-04-16"] {
        for vendor in ["openai", "azure"] {
            let expect = body(model, "max_completion_tokens");
            check(vendor, &body(model, "max_tokens"), &expect, &[]);
            check(vendor, &expect, &expect, &[]);
        }
    }
    for model in ["gpt-4o", "gpt-5-chat-latest", "my-deployment"] {
        check("openai", &body(model, "max_tokens"), &body(model, "max_tokens"), &[]);
    }
    let both = r#"{"model":"o3","max_tokens":1,"max_completion_tokens":2,"messages":[]}"#;
    check("openai", both, r#"{"model":"o3","max_completion_tokens":2,"messages":[]}"#, &[]);
}

#[test]
fn markers_of_other_vendors_caches_are_taken_out_or_become_the_vendors_own() {
    let mark = r#""cache_control":{"type":"ephemeral"}"#;
    let body = |model: &str, part: &str, message: &str, tool: &str| {
        format!(
            r#"{{"model":"{model}","messages":[{{"role":"user","content":[{{"type":"text","text":"a"{part}}}]{message}}}],"tools":[{{"type":"function"{tool}}}]}}"#
        )
    };
    let marked = format!(",{mark}");
    let both = ["messages[].cache_control", "tools[0].cache_control"];
    for vendor in ["openai", "azure", "groq", "mistral"] {
        let given = body("gpt-5", &marked, "", &marked);
        check(vendor, &given, &body("gpt-5", "", "", ""), &both);
    }
    let own = r#","prompt_cache_breakpoint":{"mode":"explicit"}"#;
    check("openai", &body("gpt-5.6", &marked, "", ""), &body("gpt-5.6", own, "", ""), &[]);
    check("openai", &body("gpt-5.6", "", &marked, ""), &body("gpt-5.6", "", "", ""), &both[..1]);
    let null = body("gpt-5.6", r#","cache_control":null"#, "", "");
    check("openai", &null, &body("gpt-5.6", "", "", ""), &[]);
    let twice = body("gpt-5.6", &format!("{own}{marked}"), "", "");
    check("openai", &twice, &body("gpt-5.6", own, "", ""), &both[..1]);
    let own = format!(r#"{{"model":"gpt-4o","messages":[]{marked}}}"#);
    check("openai", &own, r#"{"model":"gpt-4o","messages":[]}"#, &["cache_control"]);
    // Two reasons to take something out of one object.
    let message = format!(r#"{{"messages":[{{"refusal":null,{mark},"role":"assistant","content":"a"}}]}}"#);
    check("groq", &message, r#"{"messages":[{"role":"assistant","content":"a"}]}"#, &both[..1]);
    // Who takes it gets it.
    let given = body("m", &marked, "", &marked);
    check("openrouter", &given, &given, &[]);
}

#[test]
fn messages_and_tools_are_changed_in_place() {
    check(
        "groq",
        r#"{"messages":[{"role":"assistant","content":null,"refusal":null,"tool_calls":[]},{"role":"user","content":null}]}"#,
        r#"{"messages":[{"role":"assistant","tool_calls":[]},{"role":"user","content":null}]}"#,
        &[],
    );
    check(
        "groq",
        r#"{"messages":[{"role":"assistant","content":"a","reasoning_content":"r"}]}"#,
        r#"{"messages":[{"role":"assistant","content":"a","reasoning":"r"}]}"#,
        &[],
    );
    check(
        "xai",
        r#"{"messages":[{"role":"user","name":"ann","content":"a"}],"tools":[{"type":"custom","custom":{}},{"type":"function","function":{"strict":true,"name":"f"}}]}"#,
        r#"{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f"}}]}"#,
        &["tools[0]", "tools[1].function.strict", "messages[].name"],
    );
    check(
        "groq",
        r#"{"messages":[],"tools":[{"type":"custom"}],"tool_choice":"required"}"#,
        r#"{"messages":[]}"#,
        &["tools[0]"],
    );
    check(
        "deepseek",
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a\n"},{"type":"text","text":"b"}]}]}"#,
        r#"{"messages":[{"role":"user","content":"a\n\nb"}]}"#,
        &[],
    );
}

#[test]
fn reasoning_is_given_back_where_it_must_not_lack() {
    let call = r#""tool_calls":[{"id":"a","function":{}}]"#;
    check(
        "deepseek",
        &format!(r#"{{"messages":[{{"role":"assistant",{call}}},{{"role":"assistant","content":"a"}}]}}"#),
        &format!(
            r#"{{"messages":[{{"reasoning_content":"","role":"assistant",{call}}},{{"role":"assistant","content":"a"}}]}}"#
        ),
        &[],
    );
    let given = format!(r#"{{"messages":[{{"role":"assistant","reasoning_content":"r",{call}}}]}}"#);
    check("deepseek", &given, &given, &[]);
    check(
        "openai",
        &given,
        &given.replace(r#""reasoning_content":"r","#, ""),
        &["messages[].reasoning_content"],
    );
}

#[test]
fn efforts_are_told_in_the_vendors_words() {
    let cases = [
        ("groq", "max", r#"{"reasoning_effort":"high","messages":[]}"#),
        ("xai", "medium", r#"{"reasoning_effort":"low","messages":[]}"#),
        ("deepseek", "high", r#"{"thinking":{"type":"enabled"},"reasoning_effort":"high","messages":[]}"#),
        ("deepseek", "none", r#"{"thinking":{"type":"disabled"},"messages":[]}"#),
        ("zai", "low", r#"{"thinking":{"type":"enabled"},"messages":[]}"#),
        ("dashscope", "low", r#"{"thinking_budget":1024,"enable_thinking":true,"messages":[]}"#),
        ("dashscope", "none", r#"{"enable_thinking":false,"messages":[]}"#),
        ("openrouter", "max", r#"{"reasoning":{"effort":"xhigh"},"messages":[]}"#),
        ("together", "none", r#"{"reasoning":{"enabled":false},"messages":[]}"#),
        (
            "nvidia",
            "high",
            r#"{"chat_template_kwargs":{"enable_thinking":true,"thinking":true},"messages":[]}"#,
        ),
    ];
    for (name, word, expect) in cases {
        check(name, &format!(r#"{{"reasoning_effort":"{word}","messages":[]}}"#), expect, &[]);
    }
    // What the client says in the vendor's own words holds.
    check(
        "zai",
        r#"{"thinking":{"type":"disabled"},"reasoning_effort":"high","messages":[]}"#,
        r#"{"thinking":{"type":"disabled"},"messages":[]}"#,
        &[],
    );
}

#[test]
fn choices_of_tools_are_told_in_the_vendors_words() {
    check(
        "mistral",
        r#"{"tool_choice":"required","messages":[]}"#,
        r#"{"tool_choice":"any","messages":[]}"#,
        &[],
    );
    let named = r#"{"tool_choice":{"type":"function","function":{"name":"f"}},"messages":[]}"#;
    check("mistral", named, named, &[]);
    check("zai", named, r#"{"tool_choice":"auto","messages":[]}"#, &["tool_choice"]);
}

#[test]
fn ids_of_calls_get_the_shape_that_is_wanted() {
    let body = r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"call_1"}]},{"role":"tool","tool_call_id":"call_1","content":""}]}"#;
    let (out, _) = applied(find("mistral").unwrap(), body);
    let out: serde_json::Value = serde_json::from_str(&out).unwrap();
    let id = out["messages"][0]["tool_calls"][0]["id"].as_str().unwrap();
    assert!(id.len() == 9 && out["messages"][1]["tool_call_id"] == id);
}

#[test]
fn a_row_can_be_made_of_a_documents_own_words() {
    let own = Vendor {
        name: String::from("ours").into(),
        drop_params: vec![String::from("seed").into()],
        error_paths: vec!["oops.0.why".into()],
        ..Vendor::default()
    };
    assert_eq!(applied(&own, r#"{"seed":1,"n":2}"#), (r#"{"n":2}"#.to_owned(), vec!["seed".to_owned()]));
    assert_eq!(own.error_message(br#"{"oops":[{"why":"because"}]}"#).as_deref(), Some("because"));
    assert_eq!(own.error_message(b"{}"), None);
}

#[test]
fn a_request_that_needs_no_change_is_not_read_for_one() {
    let openai = find("openai").unwrap();
    let plain = br#"{"max_tokens":5,"messages":[{"role":"user","content":"what is \"reasoning\": a \"cache_control\": no"}]}"#;
    assert!(!openai.may_change(plain, "gpt-4o", true));
    assert!(openai.may_change(plain, "gpt-5", true));
    assert!(!openai.may_change(br#"{"max_completion_tokens":5,"a":"reasoning"}"#, "gpt-5", true));
    for changed in
        [r#"{"reasoning_effort" : null}"#, r#"{"m":[{"cache_control":{}}]}"#, r#"{"reasoning":{}}"#]
    {
        assert!(openai.may_change(changed.as_bytes(), "gpt-4o", false), "{changed}");
    }
    assert!(find("groq").unwrap().may_change(b"{}", "m", false));
}
