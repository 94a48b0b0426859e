use super::*;

const NOW: i64 = 784_111_777;

fn answer(fields: &[(&str, &str)]) -> Answer {
    let headers = fields.iter().copied().collect();
    Answer { status: 200, headers, body: Vec::new() }
}

fn ground() -> Ground<'static> {
    Ground { flow: 1, inputs: "{}", own: false, partial: false }
}

fn gathered(answers: &[&[(&str, &str)]]) -> Gathered {
    let mut gathered = Gathered::new();
    for (at, fields) in answers.iter().enumerate() {
        gathered.add(Some(&format!("0 GET /{at}")), &answer(fields), NOW);
    }
    gathered
}

#[test]
fn the_strictest_word_on_keeping_counts() {
    let check = |answers: &[&[(&str, &str)]], expect: Option<&str>| {
        assert_eq!(gathered(answers).cache_control(&ground()).as_deref(), expect, "{answers:?}");
    };
    let cc = "cache-control";
    check(&[&[]], None);
    check(&[], None);
    check(&[&[(cc, "max-age=60")], &[(cc, "public, Max-Age=\"30\"")]], Some("max-age=30"));
    check(&[&[(cc, "max-age=60")], &[]], None);
    check(&[&[(cc, "max-age=60")], &[(cc, "private")]], Some("private"));
    check(&[&[(cc, "max-age=60, private")], &[(cc, "max-age=7")]], Some("private, max-age=7"));
    check(&[&[(cc, "max-age=60")], &[(cc, "no-store")]], Some("no-store"));
    check(&[&[(cc, "no-cache, max-age=3")]], Some("no-cache, max-age=3"));
    check(&[&[(cc, "max-age=9"), (cc, "must-revalidate")]], Some("max-age=9, must-revalidate"));
    check(&[&[(cc, "max-age=5, s-maxage=50")], &[(cc, "max-age=20")]], Some("max-age=5, s-maxage=20"));
    check(&[&[(cc, "max-age=5, max-age=9")]], Some("max-age=5"));
    check(&[&[(cc, "s-maxage=50")], &[(cc, "max-age=20")]], Some("s-maxage=20"));
    check(&[&[(cc, "s-maxage=50")]], Some("s-maxage=50"));
    check(&[&[(cc, "max-age=x")]], Some("max-age=0"));
    check(&[&[(cc, "max-age=60"), ("age", "50")]], Some("max-age=10"));
    check(&[&[(cc, "max-age=60"), ("age", "61")]], Some("max-age=0"));
    check(&[&[(cc, "max-age=60"), ("date", "Sun, 06 Nov 1994 08:49:27 GMT")]], Some("max-age=50"));
    let expires = ("expires", "Sunday, 06-Nov-94 08:51:17 GMT");
    check(&[&[expires, ("date", "Sun Nov  6 08:49:37 1994")]], Some("max-age=100"));
    check(&[&[expires, (cc, "max-age=1")]], Some("max-age=1"));
    check(&[&[("expires", "0")]], Some("max-age=0"));
    check(&[&[(cc, "max-age=60"), ("vary", "*")]], Some("no-cache, max-age=60"));
}

#[test]
fn a_caller_with_a_key_has_an_answer_of_its_own_and_what_lacks_something_is_not_kept() {
    let fresh: &[&[(&str, &str)]] = &[&[("cache-control", "max-age=60, s-maxage=90")]];
    let said = |ground| gathered(fresh).cache_control(&ground);
    assert_eq!(said(Ground { own: true, ..ground() }).as_deref(), Some("private, max-age=60"));
    assert_eq!(said(Ground { partial: true, ..ground() }).as_deref(), Some("no-store"));
    let tagged = gathered(&[&[("etag", "\"1\"")]]);
    assert!(tagged.tag(&ground()).is_some());
    assert_eq!(tagged.tag(&Ground { own: true, ..ground() }), None, "it is made of the bytes");
}

#[test]
fn nothing_is_known_of_what_came_out_without_an_answer() {
    let mut gathered = gathered(&[&[("cache-control", "max-age=60, private"), ("etag", "\"1\"")]]);
    gathered.miss();
    assert_eq!(gathered.cache_control(&ground()).as_deref(), Some("private"));
    assert_eq!(gathered.tag(&ground()), None);
}

#[test]
fn a_tag_is_made_of_those_of_the_steps_in_any_order() {
    let (a, b) =
        (answer(&[("etag", "\"1\"")]), answer(&[("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]));
    let of = |order: &[(&str, &Answer)], ground: &Ground<'_>| {
        let mut gathered = Gathered::new();
        for (asked, answer) in order {
            gathered.add(Some(asked), answer, NOW);
        }
        gathered.tag(ground)
    };
    let tag = of(&[("/a", &a), ("/b", &b)], &ground()).unwrap();
    assert!(tag.starts_with("W/\"") && tag.len() == 36, "{tag}");
    assert_eq!(of(&[("/b", &b), ("/a", &a)], &ground()), Some(tag.clone()));
    let others = [
        of(&[("/a", &b), ("/b", &a)], &ground()),
        of(&[("/a", &a)], &ground()),
        of(&[("/a", &a), ("/b", &b)], &Ground { flow: 2, ..ground() }),
        of(&[("/a", &a), ("/b", &b)], &Ground { inputs: "{\"id\":1}", ..ground() }),
    ];
    assert!(others.iter().all(|other| other.is_some() && *other != Some(tag.clone())), "{others:?}");
    assert_eq!(of(&[("/a", &a), ("/b", &answer(&[]))], &ground()), None);
    assert_eq!(of(&[("/a", &a), ("/b", &Answer { status: 404, ..a.clone() })], &ground()), None);
    assert_eq!(of(&[], &ground()), None);
}

#[test]
fn who_has_it_is_told_by_tags_first_and_then_by_times() {
    let check = |asked: &[(Known, &str)], expect: bool| {
        let (mut fields, mut sent) = (Fields::new(), Fields::new());
        for (known, value) in asked {
            fields.push(*known, value.as_bytes());
        }
        sent.push(Known::Etag, b"W/\"a,b\"");
        sent.push(Known::LastModified, b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(has_it(&fields, &sent), expect, "{asked:?}");
    };
    let (none, since) = (Known::IfNoneMatch, Known::IfModifiedSince);
    check(&[], false);
    check(&[(none, "*")], true);
    check(&[(none, "\"a,b\"")], true);
    check(&[(none, "W/\"x\", W/\"a,b\"")], true);
    check(&[(none, "\"x\""), (none, "\"a,b\"")], true);
    check(&[(none, "\"a\", b")], false);
    // A backslash within a tag is itself (RFC 9110 §8.8.3).
    check(&[(none, "\"x\\\", \"a,b\"")], true);
    check(&[(since, "Sun, 06 Nov 1994 08:49:37 GMT")], true);
    check(&[(since, "Sun, 06 Nov 1994 08:49:36 GMT")], false);
    check(&[(since, "yesterday")], false);
    check(&[(none, "\"x\""), (since, "Sun, 06 Nov 1994 08:49:37 GMT")], false);
}
