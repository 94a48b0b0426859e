use openapi::Description;
use serde_json::json;

use super::*;

/// The content of this media type that an operation with this `content` takes.
fn content(kind: &str, media: &Value) -> Content {
    let description = json!({
        "openapi": "3.1.1", "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {"operationId": "x", "requestBody": {"content": {kind: media}}}}},
    });
    let description = Description::read(&description).unwrap();
    description.by_id("x").unwrap().contents[0].clone()
}

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn form(value: &Value, media: &Value) -> String {
    urlencoded(members(value), Some(&content("application/x-www-form-urlencoded", media)))
}

/// The parts, without their boundaries; lines end with `|`.
fn parts(value: &Value, media: &Value) -> Vec<String> {
    let (kind, body) = multipart(members(value), Some(&content("multipart/form-data", media)));
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8(body).unwrap();
    let body = body.strip_suffix(&format!("--{boundary}--\r\n")).unwrap();
    let between = format!("--{boundary}\r\n");
    let parts = body.split(&between).skip(1);
    parts.map(|part| part.strip_suffix("\r\n").unwrap().replace("\r\n", "|")).collect()
}

/// The specification's own examples, "Encoding the `x-www-form-urlencoded` Media Type".
#[test]
fn forms_of_the_specification() {
    let address = json!({"streetAddress": "123 Example Dr.", "zip": "99999+1234"});
    let all = json!({"id": "f81d", "address": address});
    let expect = "address=%7B%22streetAddress%22%3A%22123+Example+Dr.%22%2C%22zip%22%3A%2299999%2B1234%22%7D";
    assert_eq!(form(&all, &json!({})), format!("id=f81d&{expect}"));
    let quoted = json!({"encoding": {"id": {"contentType": "application/json"}}});
    assert_eq!(form(&json!({"id": "f81d"}), &quoted), "id=%22f81d%22");
}

#[test]
fn members_of_a_form_are_written_as_their_encoding_says() {
    let value = json!({"c": ["blue", "b&w"], "o": {"R": 1, "G": 2}, "t": "a b+c", "n": 1.5, "b": true, "null": null, "none": []});
    assert_eq!(
        form(&value, &json!({})),
        "c=blue&c=b%26w&o=%7B%22R%22%3A1%2C%22G%22%3A2%7D&t=a+b%2Bc&n=1.5&b=true"
    );
    for (encoding, expect) in [
        (json!({"c": {"explode": false}}), "c=blue,b%26w"),
        (json!({"c": {"style": "form"}}), "c=blue&c=b%26w"),
        (json!({"c": {"style": "pipeDelimited"}}), "c=blue%7Cb%26w"),
        (json!({"c": {"style": "spaceDelimited"}}), "c=blue+b%26w"),
        (json!({"c": {"allowReserved": true}}), "c=blue&c=b%26w"),
    ] {
        assert_eq!(form(&json!({"c": value["c"]}), &json!({"encoding": encoding})), expect, "{encoding}");
    }
    for (encoding, expect) in [
        (json!({"o": {"style": "deepObject"}}), "o%5BR%5D=1&o%5BG%5D=2"),
        (json!({"o": {"style": "form"}}), "R=1&G=2"),
        (json!({"o": {"style": "form", "explode": false}}), "o=R,1,G,2"),
    ] {
        assert_eq!(form(&json!({"o": value["o"]}), &json!({"encoding": encoding})), expect, "{encoding}");
    }
}

/// "Example: Basic Multipart Form": text, JSON, and bytes, each with the media type that its type has.
#[test]
fn parts_have_the_media_types_of_their_types() {
    let media = json!({"schema": {"properties": {
        "id": {"type": "string"}, "icon": {"type": "string", "format": "binary"}, "icons": {"items": {"contentMediaType": "image/png"}},
    }}});
    let value = json!({"id": "1", "n": 5, "address": {"city": "x"}, "icon": "PNG", "icons": ["a", "b"], "names": ["c", "d"], "null": null});
    assert_eq!(
        parts(&value, &media),
        [
            "Content-Disposition: form-data; name=\"id\"||1",
            "Content-Disposition: form-data; name=\"n\"||5",
            "Content-Disposition: form-data; name=\"address\"|Content-Type: application/json||{\"city\":\"x\"}",
            "Content-Disposition: form-data; name=\"icon\"; filename=\"icon\"|Content-Type: application/octet-stream||PNG",
            "Content-Disposition: form-data; name=\"icons\"; filename=\"icons\"|Content-Type: application/octet-stream||a",
            "Content-Disposition: form-data; name=\"icons\"; filename=\"icons\"|Content-Type: application/octet-stream||b",
            "Content-Disposition: form-data; name=\"names\"||c",
            "Content-Disposition: form-data; name=\"names\"||d",
        ]
    );
}

/// "Example: Multipart Form with Encoding Objects".
#[test]
fn parts_have_what_their_encoding_says() {
    let media = json!({"encoding": {
        "metadata": {"contentType": "application/xml; charset=utf-8"},
        "image": {"contentType": "image/png, image/jpeg", "headers": {"X-Rate-Limit": {"schema": {"default": 5}}}},
        "any": {"contentType": "image/*"},
        "list": {"style": "form"}, "one": {"style": "form", "explode": false}, "piped": {"style": "pipeDelimited"},
        "deep": {"style": "deepObject"}, "flat": {"explode": true},
        "id": {"contentType": "application/json"},
    }});
    let value = json!({
        "metadata": "<a/>", "image": "PNG", "any": "?", "list": ["a", "b"], "one": ["a", "b"], "piped": ["a", "b"],
        "deep": {"k": "v"}, "flat": {"k": 1}, "id": "x",
    });
    let disposition = "Content-Disposition: form-data; name=";
    assert_eq!(
        parts(&value, &media),
        [
            format!(
                "{disposition}\"metadata\"; filename=\"metadata\"|Content-Type: application/xml; charset=utf-8||<a/>"
            ),
            format!(
                "{disposition}\"image\"; filename=\"image\"|Content-Type: image/png|X-Rate-Limit: 5||PNG"
            ),
            format!("{disposition}\"any\"; filename=\"any\"|Content-Type: application/octet-stream||?"),
            format!("{disposition}\"list\"||a"),
            format!("{disposition}\"list\"||b"),
            format!("{disposition}\"one\"||a,b"),
            format!("{disposition}\"piped\"||a|b"),
            format!("{disposition}\"deep[k]\"||v"),
            format!("{disposition}\"k\"||1"),
            format!("{disposition}\"id\"|Content-Type: application/json||\"x\""),
        ]
    );
}

#[test]
fn nothing_breaks_out_of_its_part() {
    let name = "a\"; filename=\"x\r\nX-Evil: 1";
    let (kind, body) = multipart(members(&json!({name: "--weir-form-00000000--\r\nb"})), None);
    assert_eq!(&*kind, "multipart/form-data; boundary=weir-form-00000001", "the boundary stands in no part");
    let body = String::from_utf8(body).unwrap();
    let first = body.lines().nth(1).unwrap();
    assert_eq!(first, "Content-Disposition: form-data; name=\"a%22; filename=%22x%0D%0AX-Evil: 1\"");
    assert_eq!(body.lines().nth(2), Some(""), "and it is the only field");
    let media = json!({"encoding": {"a": {"headers": {"X-A": {"example": "b\r\nX-Evil: 1"}}}}});
    assert_eq!(parts(&json!({"a": "b"}), &media), ["Content-Disposition: form-data; name=\"a\"||b"]);
}
