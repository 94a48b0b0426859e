//! Requests and answers of GraphQL over HTTP, by the words of the specification.

use message::{Fields, Known, Method, RequestHead};
use serde_json::{Value, json};

use super::*;
use crate::Error;

fn takes(accept: &str) -> Option<Media> {
    let mut fields = Fields::new();
    fields.push(Known::Accept, accept.as_bytes());
    media(&fields)
}

#[test]
fn the_media_type_is_the_one_that_the_client_would_rather_have() {
    use Media::{Events, Json, Response};
    assert_eq!(media(&Fields::new()), Some(Json));
    for (accept, expect) in [
        ("application/json", Some(Json)),
        ("application/graphql-response+json", Some(Response)),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", Some(Response)),
        ("application/json, application/graphql-response+json", Some(Json)),
        ("application/json;q=0.5, Application/GraphQL-Response+JSON;q=0.9", Some(Response)),
        ("application/graphql-response+json;q=0.1, */*", Some(Json)),
        ("application/graphql-response+json, application/json;q=0.9, */*;q=0.1", Some(Response)),
        ("*/*", Some(Json)),
        ("application/*", Some(Json)),
        ("*/*, application/json;q=0", Some(Response)),
        ("text/event-stream", Some(Events)),
        ("text/html, image/webp", None),
        ("application/json;q=0", None),
        ("application/json; charset=latin1", None),
        ("", None),
    ] {
        assert_eq!(takes(accept), expect, "{accept}");
    }
}

fn get(query: &str) -> Result<Request, (u16, String)> {
    read(&RequestHead::new(Method::Get, "a.example", &format!("/graphql?{query}")), b"")
        .map_err(|error| (error.status, error.error.message.into_string()))
}

fn post(kind: Option<&str>, body: &str) -> Result<Request, (u16, String)> {
    let mut head = RequestHead::new(Method::Post, "a.example", "/graphql");
    if let Some(kind) = kind {
        head.fields.push(Known::ContentType, kind.as_bytes());
    }
    read(&head, body.as_bytes()).map_err(|error| (error.status, error.error.message.into_string()))
}

fn object(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn a_get_is_read_from_the_query() {
    let request = get("query=query(%24id%3A%20ID!)%7Buser(id%3A%24id)%7Bname%7D%7D&variables=%7B%22id%22%3A%22Q%2BV%22%7D&x=1").unwrap();
    assert_eq!(request.query.as_deref(), Some("query($id: ID!){user(id:$id){name}}"));
    assert_eq!(request.variables, object(&json!({"id": "Q+V"})));
    let request = get("query=%7B+a+%7D&operationName=&extensions=%7B%7D").unwrap();
    assert_eq!((request.query.as_deref(), request.operation_name), (Some("{ a }"), None));
    assert_eq!(
        get("query=query+null%7Ba%7D&operationName=null").unwrap().operation_name.as_deref(),
        Some("null")
    );
    for (query, message) in [
        ("variables=%7B%7D", "`query` is missing"),
        ("query=a&query=b", "`query` occurs twice"),
        ("query=a&variables=%5B%5D", "`variables` is not an object"),
        ("query=a&variables=x", "`variables` is no JSON: expected value at line 1 column 1"),
    ] {
        assert_eq!(get(query), Err((400, message.into())), "{query}");
    }
}

#[test]
fn a_post_is_read_from_its_json() {
    let kind = Some("application/json; charset=UTF-8");
    let request =
        post(kind, r#"{"query": "{a}", "operationName": "", "variables": {"a": [1]}, "extensions": null}"#)
            .unwrap();
    assert_eq!((request.query.as_deref(), request.operation_name.as_deref()), (Some("{a}"), None));
    assert_eq!(request.variables, object(&json!({"a": [1]})));
    let hashed = post(kind, r#"{"extensions": {"persistedQuery": {"version": 1}}}"#).unwrap();
    assert_eq!(hashed.query, None);
    for (kind, body, status, begins) in [
        (None, "{}", 415, "the body's media type is missing"),
        (Some("text/plain"), "{}", 415, "a body of `text/plain`"),
        (Some("application/json; charset=utf-16"), "{}", 415, "a body of"),
        (kind, "", 400, "the body is missing"),
        (kind, "{ \"not a JSON", 400, "the body is no JSON"),
        (kind, "[{\"query\": \"{a}\"}]", 400, "a list of requests"),
        (kind, "7", 400, "the body is no GraphQL request: invalid type: integer `7`, expected a JSON object"),
        (
            kind,
            "{\"query\": \"a\", \"query\": \"b\"}",
            400,
            "the body is no GraphQL request: duplicate field",
        ),
        (kind, "{\"query\": 0}", 400, "`query` is not a string"),
        (kind, "{\"query\": \"a\", \"operationName\": {}}", 400, "`operationName` is not a string"),
        (kind, "{\"query\": \"a\", \"variables\": [7]}", 400, "`variables` is not an object"),
        (kind, "{\"query\": \"a\", \"extensions\": false}", 400, "`extensions` is not an object"),
        (kind, "{\"qeury\": \"a\"}", 400, "`query` is missing"),
    ] {
        let (told, message) = post(kind, body).unwrap_err();
        assert!(told == status && message.starts_with(begins), "{body}: {told} {message}");
    }
    let put = read(&RequestHead::new(Method::Put, "a.example", "/"), b"").unwrap_err();
    assert_eq!((put.status, put.allow), (405, Some("GET, HEAD, POST")));
}

#[test]
fn what_is_sent_on_is_what_was_read() {
    let body = r#"{"unknown": 1, "query": "{a}", "variables": {"b": {"a": 1}}, "operationName": "N"}"#;
    let request = post(Some("application/json"), body).unwrap();
    let again: Value = serde_json::from_slice(&request.to_body()).unwrap();
    assert_eq!(again, json!({"query": "{a}", "operationName": "N", "variables": {"b": {"a": 1}}}));
}

#[test]
fn the_status_says_how_it_went_where_a_status_means_something() {
    let done = Response { errors: vec![], data: Some(json!({"a": 1})) };
    let nulled = Response { errors: vec![Error::new("no")], data: Some(Value::Null) };
    let refused_one = Response::<Value>::of_error(Error::new("no"));
    for (response, media, status, body) in [
        (&done, Media::Json, 200, r#"{"data":{"a":1}}"#),
        (&done, Media::Response, 200, r#"{"data":{"a":1}}"#),
        (&nulled, Media::Json, 200, r#"{"errors":[{"message":"no"}],"data":null}"#),
        (&nulled, Media::Response, 200, r#"{"errors":[{"message":"no"}],"data":null}"#),
        (&refused_one, Media::Json, 200, r#"{"errors":[{"message":"no"}]}"#),
        (&refused_one, Media::Response, 400, r#"{"errors":[{"message":"no"}]}"#),
    ] {
        let answer = response.answer(media);
        assert_eq!((answer.status, std::str::from_utf8(&answer.body).unwrap()), (status, body));
    }
    let (head, _) = refused(None, &RequestError::unsafe_by_get()).into_message();
    assert_eq!((head.status, head.fields.get_str(Known::Allow)), (405, Some("POST")));
    assert_eq!(head.fields.get_str(Known::ContentType), Some("application/json; charset=utf-8"));
    assert_eq!(refused(None, &RequestError::not_acceptable()).status, 406);
    let events = done.answer(Media::Events);
    assert_eq!(events.body, b"event: next\ndata: {\"data\":{\"a\":1}}\n\nevent: complete\ndata: \n\n");
}

#[test]
fn pieces_are_for_whoever_would_rather_have_them() {
    let form_of = |accept: &str| {
        let mut fields = Fields::new();
        fields.push(Known::Accept, accept.as_bytes());
        form(&fields, media(&fields).unwrap_or(Media::Json))
    };
    for (accept, expect) in [
        ("multipart/mixed;deferSpec=20220824, application/json", Some(Form::Paths)),
        ("multipart/mixed; incrementalSpec=v0.2, application/graphql-response+json;q=0.9", Some(Form::Ids)),
        ("multipart/mixed", Some(Form::Paths)),
        ("multipart/mixed, */*;q=0.1", Some(Form::Paths)),
        ("multipart/mixed;q=0.5, application/json", None),
        ("multipart/mixed;q=0.5, application/json;q=0.4", Some(Form::Paths)),
        ("multipart/mixed;q=0.5, */*", None),
        ("application/*;q=0.8, multipart/mixed;q=0.7", None),
        ("multipart/mixed;q=0", None),
        ("text/event-stream, multipart/mixed", Some(Form::Paths)),
        ("application/json", None),
    ] {
        assert_eq!(form_of(accept), expect, "{accept}");
    }
}
