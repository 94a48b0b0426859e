use super::*;

const MINUTES: Duration = Duration::from_mins(5);

fn of(scheme: Scheme, secrets: &[&str]) -> Inbound {
    Inbound::new(scheme, secrets, MINUTES).unwrap()
}

fn ask(inbound: &Inbound, fields: &[(&str, &str)], body: &[u8], seconds: i64) -> Result<String, Distrust> {
    let field = |name: &str| {
        let mut found = fields.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let first = found.next()?;
        found.next().is_none().then_some(first.1)
    };
    inbound.verify(&Incoming { field: &field, body }, Micros(seconds * 1_000_000))
}

fn missing(name: &str) -> Result<String, Distrust> {
    Err(Distrust::Missing(name.into()))
}

fn malformed(name: &str) -> Result<String, Distrust> {
    Err(Distrust::Malformed(name.into()))
}

#[test]
fn github_signs_the_body() {
    // the values of GitHub's documentation
    let inbound = of(Scheme::Github, &["It's a Secret to Everybody"]);
    let name = "X-Hub-Signature-256";
    let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let check = |fields: &[(&str, &str)], body: &[u8]| ask(&inbound, fields, body, 0);
    let delivery = ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(check(&[(name, good), delivery], b"Hello, World!"), Ok(delivery.1.to_owned()));
    // without a name, what is signed is one
    assert_eq!(
        check(&[(name, good)], b"Hello, World!"),
        Ok("dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc=".into())
    );
    assert_eq!(check(&[(name, good)], b"Hello, World?"), Err(Distrust::Signature));
    assert_eq!(check(&[], b"Hello, World!"), missing(name));
    assert_eq!(check(&[(name, good), (name, good)], b"Hello, World!"), missing(name));
    for bad in ["", "sha256=", "sha256=7", "sha256=zz", "sha1=757107ea", good.split_at(7).1] {
        let told = check(&[(name, bad)], b"Hello, World!");
        assert!(told == malformed(name) || told == Err(Distrust::Signature), "{bad}: {told:?}");
    }
    let both = of(Scheme::Github, &["new", "It's a Secret to Everybody"]);
    assert!(ask(&both, &[(name, good)], b"Hello, World!", 0).is_ok());
}

#[test]
fn slack_signs_time_and_body() {
    // the values of Slack's documentation
    let inbound = of(Scheme::Slack, &["8f742231b10e8888abcd99yyyzzz85a5"]);
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let signature =
        ("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    let time = ("X-Slack-Request-Timestamp", "1531420618");
    let check = |fields: &[(&str, &str)], at: i64| ask(&inbound, fields, body, at);
    assert!(check(&[signature, time], 1_531_420_618).is_ok_and(|id| id.starts_with("ohFNV7SOrDm5rRid")));
    assert_eq!(check(&[signature, time], 1_531_420_919), Err(Distrust::TooOld(time.0.into())));
    assert_eq!(check(&[signature, time], 1_531_420_317), Err(Distrust::TooNew(time.0.into())));
    assert_eq!(check(&[signature, (time.0, "1531420619")], 1_531_420_618), Err(Distrust::Signature));
    assert_eq!(check(&[signature, (time.0, "soon")], 1_531_420_618), malformed(time.0));
    assert_eq!(check(&[signature], 1_531_420_618), missing(time.0));
    let asks = br#"{"token": "x", "challenge": "3eZbrw1aB", "type": "url_verification"}"#;
    assert_eq!(inbound.challenge(asks).as_deref(), Some("3eZbrw1aB"));
    assert_eq!(inbound.challenge(br#"{"challenge": "3eZbrw1aB", "type": "event_callback"}"#), None);
    assert_eq!(of(Scheme::Github, &["x"]).challenge(asks), None);
}

/// The HMAC-SHA256 as hexadecimal digits.
fn hex(secret: &str, content: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), content.as_bytes());
    let digits = tag.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}

#[test]
fn stripe_signs_time_and_body_by_several_keys() {
    let inbound = of(Scheme::Stripe, &["whsec_test"]);
    let body = r#"{"id": "evt_1", "object": "event"}"#;
    let good = hex("whsec_test", &format!("1492774577.{body}"));
    let name = "Stripe-Signature";
    let check = |value: &str, at: i64| ask(&inbound, &[(name, value)], body.as_bytes(), at);
    let at = 1_492_774_577;
    assert_eq!(check(&format!("t=1492774577,v1={good},v0=00"), at), Ok("evt_1".into()));
    assert_eq!(check(&format!("t=1492774577,v1=00,v1={good}"), at + 300), Ok("evt_1".into()));
    assert_eq!(check(&format!("t=1492774577,v1={good}"), at + 301), Err(Distrust::TooOld(name.into())));
    assert_eq!(check(&format!("t=1492774578,v1={good}"), at), Err(Distrust::Signature));
    // of another version
    assert_eq!(check(&format!("t=1492774577,v0={good}"), at), malformed(name));
    assert_eq!(check(&format!("v1={good}"), at), malformed(name));
}

#[test]
fn shopify_signs_the_body_in_base64() {
    let inbound = of(Scheme::Shopify, &["hush"]);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"hush"), b"{}");
    let good = STANDARD.encode(tag);
    for before in ["X-Shopify", "Shopify"] {
        let (name, id) = (format!("{before}-Hmac-SHA256"), format!("{before}-Webhook-Id"));
        let told = ask(&inbound, &[(&name, &good), (&id, "b54557e4")], b"{}", 0);
        assert_eq!(told, Ok("b54557e4".into()));
        assert_eq!(ask(&inbound, &[(&name, &good)], b"{ }", 0), Err(Distrust::Signature));
    }
    assert_eq!(ask(&inbound, &[], b"{}", 0), missing("X-Shopify-Hmac-SHA256"));
}

#[test]
fn standard_webhooks_are_told_apart_by_what_is_wrong() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let inbound = of(Scheme::Standard, &[secret]);
    let (_, signature) = crate::sign(&[Key::parse(secret).unwrap()], "msg_1", Micros(7_000_000), b"{}");
    for before in ["webhook", "svix"] {
        let names = ["id", "timestamp", "signature"].map(|name| format!("{before}-{name}"));
        let fields = [(&*names[0], "msg_1"), (&*names[1], "7"), (&*names[2], &*signature)];
        assert_eq!(ask(&inbound, &fields, b"{}", 7), Ok("msg_1".into()));
        assert_eq!(ask(&inbound, &fields, b"[]", 7), Err(Distrust::Signature));
        assert_eq!(ask(&inbound, &fields, b"{}", 308), Err(Distrust::TooOld(names[1].as_str().into())));
        assert_eq!(ask(&inbound, &fields[..2], b"{}", 7), missing(&names[2]));
        let wrong = [(&*names[0], "msg.1"), fields[1], fields[2]];
        assert_eq!(ask(&inbound, &wrong, b"{}", 7), malformed(&names[0]));
    }
    assert_eq!(ask(&inbound, &[], b"{}", 7), missing("webhook-id"));
    assert!(Inbound::new(Scheme::Standard, &["secret"], MINUTES).is_err());
}

#[test]
fn others_sign_as_it_is_written() {
    let recipe = |signs: &str, timestamp: Option<&str>, id: Option<&str>| {
        Recipe::new(("X-Sign", "v="), (Hash::Sha256, Encoding::Hex), signs, (timestamp, id))
    };
    for (signs, timestamp, id, error) in [
        ("", None, None, RecipeError::Body),
        ("{body}{body}", None, None, RecipeError::Body),
        ("{timestamp}.{body}", None, None, RecipeError::Timestamp),
        ("{body}", Some("X-Time"), None, RecipeError::Timestamp),
        ("{id}.{body}", None, None, RecipeError::Id),
        ("{url}{body}", None, None, RecipeError::Brace),
        ("{body", None, None, RecipeError::Brace),
    ] {
        assert_eq!(recipe(signs, timestamp, id).unwrap_err(), error, "{signs}");
    }
    let inbound =
        of(Scheme::Hmac(recipe("{timestamp}:{id}:{body}!", Some("X-Time"), Some("X-Id")).unwrap()), &["s"]);
    let good = format!("v={}", hex("s", "7:a:{}!"));
    let fields = [("X-Sign", &*good), ("X-Time", "7"), ("X-Id", "a")];
    assert_eq!(ask(&inbound, &fields, b"{}", 7), Ok("a".into()));
    assert_eq!(ask(&inbound, &fields, b"{}", 400), Err(Distrust::TooOld("X-Time".into())));
    assert_eq!(ask(&inbound, &fields[..2], b"{}", 7), missing("X-Id"));
    assert_eq!(
        ask(&inbound, &[("X-Sign", good.split_at(2).1), fields[1], fields[2]], b"{}", 7),
        malformed("X-Sign")
    );
    let old = Recipe::new(("X-Sign", ""), (Hash::Sha1, Encoding::Base64), "{body}", (None, None)).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"s"), b"{}");
    assert!(ask(&of(Scheme::Hmac(old), &["s"]), &[("X-Sign", &STANDARD.encode(tag))], b"{}", 0).is_ok());
}
