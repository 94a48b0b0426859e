//! Schemas that are served from calls, with a shop in memory that counts its calls.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::guard::Guard;

const SHOP: &str = r#"
"The shop"
type Query {
  "One of them"
  user(id: ID!): User @rest(operation: "getUser")
  users(first: Int = 3): [User!]! @rest(operation: "listUsers", args: {limit: "$args.first"}, select: "/items")
  search(text: String!, kind: Sort = NAME): [Thing] @rest(operation: "search")
  broken: Strict @rest(operation: "broken")
  now: String @rest(operation: "now")
  page: Page @flow(name: "page")
}
type Mutation {
  rename(id: ID!, input: Rename!): User @rest(operation: "renameUser", args: {id: "$args.id", body: "$args.input"})
}
input Rename { name: String!, tags: [String!] = ["new"] }
enum Sort { NAME AGE }
interface Thing { id: ID! }
type User implements Thing {
  id: ID!
  name: String @deprecated(reason: "see `full`")
  full: String @value(path: "/names/full")
  age: Int
  orders(first: Int): [Order!] @rest(operation: "ordersOf", args: {users: "$parent.id", state: "open"}, batch: {argument: "users", by: "user", most: 100})
  friend: User @rest(operation: "getUser", args: {id: "$parent.friendId"})
}
type Order implements Thing {
  id: ID!
  items: [Item!]!
}
type Item {
  product: Product @rest(operation: "products", args: {ids: "$parent.productId"}, batch: {argument: "ids", by: "id"})
}
type Product { id: ID! title: String! }
type Strict { fine: Int must: Int! inner: Strict list: [Int!] }
type Page { title: String }
"#;

/// Answers from what it knows, and keeps what it was asked.
#[derive(Default)]
struct Shop(Mutex<Vec<(String, Value)>>);

impl Resolve for Shop {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Result<Value, CallError>> + Send + '_>> {
        let name = match &call.target {
            Target::Operation { operation, .. } => operation.clone(),
            Target::Flow(name) => format!("flow {name}"),
        };
        let arguments = Value::Object(call.arguments);
        self.0.lock().unwrap().push((name.clone(), arguments.clone()));
        Box::pin(async move { answer(&name, &arguments) })
    }
}

fn user(id: u64) -> Value {
    json!({"id": id, "name": format!("u{id}"), "names": {"full": format!("User {id}")}, "age": 20 + id, "friendId": if id == 1 { json!(2) } else { Value::Null }})
}

fn list(value: &Value) -> Vec<u64> {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap();
    value.as_array().unwrap().iter().map(number).collect()
}

fn answer(name: &str, asked: &Value) -> Result<Value, CallError> {
    Ok(match name {
        "getUser" => {
            match asked["id"].as_str().map_or_else(|| asked["id"].as_u64().unwrap(), |id| id.parse().unwrap())
            {
                404 => return Err(CallError::new("UPSTREAM_ERROR", "the user's service answered 404")),
                id => user(id),
            }
        }
        "listUsers" => json!({"items": (1..=asked["limit"].as_u64().unwrap()).map(user).collect::<Vec<_>>()}),
        // In another order than asked, and with one missing.
        "ordersOf" => {
            let users = list(&asked["users"]);
            let order = |(user, at): (u64, u64)| json!({"id": user * 10 + at, "user": user, "items": [{"productId": user}, {"productId": 7}]});
            users
                .iter()
                .rev()
                .filter(|user| **user != 3)
                .flat_map(|user| [(*user, 0), (*user, 1)])
                .map(order)
                .collect()
        }
        "products" => {
            list(&asked["ids"]).into_iter().map(|id| json!({"id": id, "title": format!("p{id}")})).collect()
        }
        "search" => {
            json!([{"__typename": "User", "id": 1, "age": 5}, {"__typename": "Order", "id": "o", "items": []}, {"id": 3}])
        }
        "broken" => json!({"fine": 1, "must": 1, "inner": {"must": null, "fine": 2}, "list": [1, null]}),
        "renameUser" => json!({"id": asked["id"], "name": asked["body"]["name"]}),
        "flow page" => json!({"title": "home"}),
        _ => Value::Null,
    })
}

struct Ran {
    body: Value,
    text: String,
    calls: Vec<(String, Value)>,
}

fn ask(text: &str, variables: &Value) -> Ran {
    let schema = Schema::read(SHOP).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let variables = variables.as_object().cloned().unwrap_or_default();
    let mut request = Request { query: Some(text.into()), variables, ..Request::default() };
    let admitted = Guard::default().admit(&mut request).unwrap();
    let shop = Shop::default();
    let response = match schema.start(&request, &admitted) {
        Ok(execution) => {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(run(execution, &shop))
        }
        Err(refused) => refused,
    };
    let text = String::from_utf8(response.to_json()).unwrap();
    Ran { body: serde_json::from_str(&text).unwrap(), text, calls: shop.0.into_inner().unwrap() }
}

fn names(ran: &Ran) -> Vec<&str> {
    ran.calls.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_nested_list_costs_its_levels() {
    let ran = ask("{ users(first: 50) { name orders { id items { product { title } } } } }", &json!({}));
    assert_eq!(ran.body.get("errors"), None, "{}", ran.text);
    assert_eq!(names(&ran), ["listUsers", "ordersOf", "products"]);
    assert_eq!(ran.calls[0].1, json!({"limit": 50}));
    assert_eq!(list(&ran.calls[1].1["users"]), (1..=50).collect::<Vec<_>>());
    assert_eq!(ran.calls[1].1["state"], "open");
    // Each product is asked for once, though many want it.
    assert_eq!(list(&ran.calls[2].1["ids"]).len(), 49);
    let users = &ran.body["data"]["users"];
    assert_eq!(
        users[0]["orders"][1],
        json!({"id": "11", "items": [{"product": {"title": "p1"}}, {"product": {"title": "p7"}}]})
    );
    assert_eq!(users[2], json!({"name": "u3", "orders": []}));
    assert_eq!(users[49]["orders"][0]["items"][0]["product"]["title"], "p50");
}

#[test]
fn so_many_keys_go_into_a_call_and_no_more() {
    let ran = ask("{ users(first: 250) { orders { id } } }", &json!({}));
    let asked: Vec<usize> = ran.calls.iter().skip(1).map(|(_, asked)| list(&asked["users"]).len()).collect();
    assert_eq!(asked, [100, 100, 50]);
    assert_eq!(ran.body["data"]["users"][249]["orders"][0]["id"], "2500");
}

#[test]
fn equal_calls_are_made_once_and_what_is_null_asks_for_nothing() {
    let ran = ask(
        "{ a: user(id: 2) { id } b: user(id: \"2\") { name friend { id } } user(id: 1) { friend { full age } } }",
        &json!({}),
    );
    assert_eq!(names(&ran), ["getUser", "getUser", "getUser"]);
    // The friend of 1 is 2, by a number where the query has a text: another question to the service.
    let calls: Vec<&Value> = ran.calls.iter().map(|(_, asked)| &asked["id"]).collect();
    assert_eq!(calls, [&json!("2"), &json!("1"), &json!(2)]);
    assert_eq!(
        ran.text,
        r#"{"data":{"a":{"id":"2"},"b":{"name":"u2","friend":null},"user":{"friend":{"full":"User 2","age":22}}}}"#
    );
}

#[test]
fn members_stand_in_the_order_of_the_query_and_fragments_are_merged() {
    let text = "query($yes: Boolean!) { user(id: 1) { ...F age id @skip(if: $yes) ... on Thing { ... on Order { items { __typename } } } ... on Thing { __typename } } user(id: 1) { name @include(if: $yes) } } fragment F on User { full age }";
    let ran = ask(text, &json!({"yes": true}));
    assert_eq!(ran.text, r#"{"data":{"user":{"full":"User 1","age":21,"__typename":"User","name":"u1"}}}"#);
    assert_eq!(ran.calls.len(), 1);
}

#[test]
fn a_mutation_s_fields_come_one_after_another_and_nothing_is_remembered_over_them() {
    let text = "mutation($to: Rename!) { a: rename(id: 1, input: $to) { name friend { id } } b: rename(id: 1, input: {name: \"y\", tags: \"t\"}) { id } c: rename(id: 1, input: {name: \"y\", tags: \"t\"}) { id } }";
    let ran = ask(text, &json!({"to": {"name": "x"}}));
    assert_eq!(names(&ran), ["renameUser", "renameUser", "renameUser"]);
    assert_eq!(ran.calls[0].1, json!({"id": "1", "body": {"name": "x", "tags": ["new"]}}));
    assert_eq!(ran.calls[2].1, json!({"id": "1", "body": {"name": "y", "tags": ["t"]}}));
    assert_eq!(ran.body["data"]["a"], json!({"name": "x", "friend": null}));
}

#[test]
fn a_failed_call_is_an_error_with_a_path_and_the_rest_stands() {
    let ran = ask("{ good: user(id: 1) { id }\n bad: user(id: 404) { id } page { title } }", &json!({}));
    assert_eq!(ran.body["data"], json!({"good": {"id": "1"}, "bad": null, "page": {"title": "home"}}));
    let error = json!({"message": "the user's service answered 404", "locations": [{"line": 2, "column": 2}], "path": ["bad"], "extensions": {"code": "UPSTREAM_ERROR"}});
    assert_eq!(ran.body["errors"], json!([error]));
}

#[test]
fn null_goes_up_to_what_may_be_null() {
    let ran = ask("{ broken { fine must list inner { fine must } } }", &json!({}));
    assert_eq!(ran.body["data"], json!({"broken": {"fine": 1, "must": 1, "list": null, "inner": null}}));
    let mut paths: Vec<String> =
        ran.body["errors"].as_array().unwrap().iter().map(|error| error["path"].to_string()).collect();
    paths.sort();
    assert_eq!(paths, [r#"["broken","inner","must"]"#, r#"["broken","list",1]"#]);
    // The list of users must not be null, nor anything of it: all the data goes.
    let ran = ask("{ users { id } now: user(id: 404) { id } }", &json!({}));
    assert_eq!(ran.body["data"]["users"].as_array().unwrap().len(), 3);
    let ran = ask("{ search(text: \"x\") { id ... on User { age } __typename } }", &json!({}));
    assert_eq!(
        ran.body["data"]["search"],
        json!([{"id": "1", "age": 5, "__typename": "User"}, {"id": "o", "__typename": "Order"}, null])
    );
    assert!(ran.body["errors"][0]["message"].as_str().unwrap().contains("`__typename` is missing"));
}

#[test]
fn what_cannot_be_run_has_no_data() {
    for (text, variables, message) in [
        ("{ nothing }", json!({}), "Unknown field \"nothing\" on type \"Query\""),
        ("{ user { id } }", json!({}), "Field \"user\" argument \"id\""),
        (
            "query($id: ID!) { __typename user(id: $id) { id } }",
            json!({"id": null}),
            "variable `$id`: it is of type `ID!` and must not be null",
        ),
        (
            "query($id: ID!) { __typename @skip(if: false) user(id: $id) { id } }",
            json!({}),
            "variable `$id`: it is of type `ID!` and is not given",
        ),
        (
            "query($to: Rename!) { __typename @include(if: true) a: __typename }",
            json!({"to": {"name": 1}}),
            "Variable \"$to\" is not used",
        ),
        ("{ search(text: \"a\", kind: \"SIZE\") { id } }", json!({}), "Invalid value for argument \"kind\""),
        ("{ search(text: \"a\", kind: \"AGE\") { id } }", json!({}), "`kind`: \"AGE\" is no `Sort`"),
        ("query($n: String) { users(first: $n) { id } }", json!({}), "variable `$n` is of type `String`"),
        ("query($n: Int) { users(first: $n) { id } }", json!({"n": "a"}), "variable `$n`: \"a\" is no `Int`"),
        ("{ users { id(x: 1) } }", json!({}), "Unknown argument \"x\" on field \"id\""),
        ("{ user(id: 1) }", json!({}), "Field \"user\" of type \"User\" must have a selection"),
        ("subscription { a }", json!({}), "this schema has no subscriptions"),
        ("{ search(text: \"a\", kind: SIZE) { id } }", json!({}), "Invalid value for argument \"kind\""),
    ] {
        let ran = ask(text, &variables);
        assert_eq!((ran.body.get("data"), ran.calls.len()), (None, 0), "{text}: {}", ran.text);
        let told = ran.body["errors"][0]["message"].as_str().unwrap();
        assert!(told.contains(message), "{text}: {told}");
    }
}

#[test]
fn variables_are_made_what_their_types_say() {
    let text = "query($n: Int, $k: Sort = AGE, $t: String = \"d\") { users(first: $n) { id } search(text: $t, kind: $k) { id } }";
    let ran = ask(text, &json!({"n": 1.0}));
    assert_eq!(ran.calls[0].1, json!({"limit": 1}), "{}", ran.text);
    assert_eq!(ran.calls[1].1, json!({"text": "d", "kind": "AGE"}));
    // What has no value leaves the argument's own default.
    assert_eq!(ask("query($n: Int) { users(first: $n) { id } }", &json!({})).calls[0].1, json!({"limit": 3}));
    let wrong = ask("query($id: ID!) { user(id: $id) { id } }", &json!({"id": 1.5}));
    assert_eq!(wrong.body.get("data"), None, "{}", wrong.text);
}

#[test]
fn the_schema_is_told_beside_what_it_serves() {
    let text = "{ user(id: 1) { id } __schema { queryType { name } mutationType { fields { name } } } t: __type(name: \"User\") { kind interfaces { name } fields(includeDeprecated: true) { name isDeprecated deprecationReason } } }";
    let ran = ask(text, &json!({}));
    assert_eq!(ran.body["data"]["user"]["id"], "1", "{}", ran.text);
    assert_eq!(
        ran.body["data"]["__schema"],
        json!({"queryType": {"name": "Query"}, "mutationType": {"fields": [{"name": "rename"}]}})
    );
    assert_eq!(ran.body["data"]["t"]["interfaces"], json!([{"name": "Thing"}]));
    assert_eq!(
        ran.body["data"]["t"]["fields"][1],
        json!({"name": "name", "isDeprecated": true, "deprecationReason": "see `full`"})
    );
    assert_eq!(ran.calls.len(), 1);
    let whole = ask(include_str!("../../testdata/introspection.graphql"), &json!({}));
    assert_eq!(whole.body.get("errors"), None, "{}", whole.text);
    let sdl = Schema::read(SHOP).unwrap().sdl();
    assert!(sdl.contains("search(text: String!") && !sdl.contains("@rest"), "{sdl}");
}

#[test]
fn too_many_calls_are_refused_before_they_are_made() {
    let schema = Schema::read(SHOP).unwrap();
    let text: Vec<String> = (0..20).map(|at| format!("a{at}: user(id: {at}) {{ id }}")).collect();
    let text = text.join(" ");
    let mut request = Request { query: Some(format!("{{ {text} }}")), ..Request::default() };
    let admitted = Guard::default().admit(&mut request).unwrap();
    let mut execution = schema.start(&request, &admitted).unwrap();
    assert_eq!(execution.take().len(), 20);
    // A list of 2000 whose items each need a call of their own.
    let mut request =
        Request { query: Some("{ users(first: 2000) { friend { id } } }".into()), ..Request::default() };
    let admitted = Guard::default().admit(&mut request).unwrap();
    let mut execution = schema.start(&request, &admitted).unwrap();
    let (id, _) = execution.take().remove(0);
    let users: Vec<Value> = (0..2000).map(|at| json!({"id": at, "friendId": at})).collect();
    execution.answered(id, Ok(json!({"items": users})));
    assert_eq!(execution.take().len(), 999);
    let response = execution.finish();
    assert!(response.errors.iter().all(|error| error.code == Some("TOO_MANY_CALLS")));
    assert_eq!(response.errors.len(), 1001);
}

#[test]
fn each_mistake_of_a_schema_has_its_place() {
    let sdl = "type Query {\n  a: Nope\n  b(x: User): Int\n  c: Int @rest(opertion: \"x\")\n  d: Int @rest(operation: \"x\", args: {id: \"$args.id\"})\n  e: Int @rest(operation: \"x\") @value(path: \"/y\")\n  f: Int @value(path: \"y\")\n  g: Int @rest(operation: \"x\", batch: {argument: \"ids\", by: \"id\"})\n  a: Int\n}\ntype User implements Thing { id: ID }\nunion U = Thing\n";
    let mistakes = Schema::read(sdl).unwrap_err();
    let told: Vec<(usize, &str)> = mistakes.iter().map(|one| (one.line, one.message.as_str())).collect();
    for (line, message) in [
        (2, "the field `a` is of type `Nope`, which is not there"),
        (3, "`x` is of type `User`, which is not there as one of inputs"),
        (4, "`@rest` has no argument `opertion`"),
        (5, "the field `d` has no argument `id`, which its call takes"),
        (6, "the field `e` comes from two places"),
        (7, "`y` is no JSON Pointer"),
        (8, "`batch` joins `ids`, which is not among `args`"),
        (9, "the field `a` is there twice in `Query`"),
        (11, "`User` implements `Thing`, which is no interface"),
        (12, "the union `U` has `Thing`, which is no object"),
    ] {
        assert!(
            told.iter().any(|(at, told)| *at == line && told.starts_with(message)),
            "{line}: {message}: {told:?}"
        );
    }
    let unreadable = Schema::read("type Query {\n a: }").unwrap_err();
    assert_eq!((unreadable.len(), unreadable[0].line), (1, 2));
    assert!(
        Schema::read("type Query { a: Int } type Subscription { b: Int }").unwrap_err()[0]
            .message
            .contains("subscriptions")
    );
    for (sdl, expect) in [
        ("type Query { a(x: Int, x: Int): Int }", "1:24: `x` is there twice in `a`"),
        ("type Query { a(i: I): Int } input I { b: Int b: Int }", "1:46: `b` is there twice in `I`"),
        ("type Query { a: E } enum E { A A }", "1:21: `A` is there twice in `E`"),
        ("type Query { a: Int } union U = Query | Query", "1:23: `Query` is there twice in `U`"),
        ("type Query { a: Int } input I", "1:23: `I` has no fields"),
        ("type Query { a: Int } enum E", "1:23: `E` has no values"),
        (
            "type Query { a: [[[[[[[[[[[Int]]]]]]]]]]] }",
            "1:14: the type of `a` has 11 lists within each other, at most 10 may be",
        ),
        ("type Query { a: Int } union U", "1:23: `U` has no members"),
        ("type Query { a(x: Int = \"a\"): Int }", "1:16: the default of `x`: \"a\" is no `Int`"),
        (
            "type Query { a(x: Int! = null): Int }",
            "1:16: the default of `x`: it is of type `Int!` and must not be null",
        ),
        (
            "type Query { a(x: I = {}): Int } input I { b: Int! }",
            "1:16: the default of `x`: `b` is of type `Int!` and is not given",
        ),
        (
            "type Query { a(x: I): Int } input I { b: I = {} }",
            "1:39: the default of `b`: with the defaults within it, it has no end, or far too many values",
        ),
    ] {
        let mistakes = Schema::read(sdl).unwrap_err();
        assert_eq!(mistakes[0].to_string(), expect, "{sdl}");
        assert_eq!(Schema::foreign(sdl).unwrap_err().len(), 1, "{sdl}");
    }
    // What is added to a schema's roots leaves the others as they are.
    let added = "schema { query: Q } type Q { a: Int } type M { a: Int } extend schema @link(url: \"u\") extend schema { mutation: M }";
    assert!(Schema::read(added).unwrap().sdl().contains("mutation: M"));
    assert!(Schema::foreign("extend schema @link(url: \"u\") type Query { a: Int }").is_ok());
    for (roots, word, column) in [
        ("schema { query: Q } extend schema { query: M }", "query", 44),
        ("schema { query: Q } extend schema { mutation: M } extend schema { mutation: M }", "mutation", 77),
        ("extend schema { query: Q } extend schema { query: Q }", "query", 51),
    ] {
        let mistakes = Schema::read(&format!("{roots} type Q {{ a: Int }} type M {{ a: Int }}")).unwrap_err();
        assert_eq!(mistakes.len(), 1, "{roots}: {mistakes:?}");
        assert_eq!(mistakes[0].message, format!("`{word}` is there twice"), "{roots}");
        assert_eq!(mistakes[0].column, column, "{roots}");
    }
    let more = "type Query { a(i: I): S } input I { a: Int } scalar S extend input I @oneOf { b: Int } extend scalar S @specifiedBy(url: \"u\") extend scalar S @x";
    let model = sdl::read(more, sdl::Whose::Own).unwrap();
    assert!(
        matches!(model.kind("I"), Some(model::Kind::Input { one_of: true, fields }) if fields.len() == 2)
    );
    assert!(matches!(model.kind("S"), Some(model::Kind::Scalar { specified_by: Some(url) }) if url == "u"));
    let shop = Schema::read(SHOP).unwrap();
    let told = |need: Need<'_>| format!("{:?} {}:{}", need.target, need.field.line, need.field.column);
    let targets: Vec<String> = shop.needs().map(told).collect();
    assert!(targets.iter().any(|target| target.starts_with("Flow(\"page\") 10:3")), "{targets:?}");
}

#[test]
fn a_description_becomes_a_schema() {
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Shop", "version": "1"},
        "components": {"schemas": {
            "User": {"type": "object", "required": ["id", "name"], "properties": {
                "id": {"type": "integer", "format": "int64"}, "name": {"type": "string"}, "e-mail": {"type": ["string", "null"]},
                "state": {"type": "string", "enum": ["ACTIVE", "GONE"]}, "boss": {"anyOf": [{"$ref": "#/components/schemas/User"}, {"type": "null"}]},
                "any": {}, "tags": {"type": "array", "items": {"type": "string"}}, "address": {"type": "object", "properties": {"zip": {"type": "string"}}},
            }},
        }},
        "paths": {
            "/users": {
                "get": {"operationId": "listUsers", "summary": "All \"users\"", "parameters": [{"name": "page-size", "in": "query", "schema": {"type": "integer"}}],
                    "responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/User"}}}}}}},
                "post": {"operationId": "addUser", "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}},
                    "responses": {"204": {}}},
            },
            "/users/{id}": {"get": {"operationId": "getUser", "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}},
                    "links": {"company": {"operationId": "get-company", "parameters": {"id": "$response.body#/address/zip"}}}}}}},
            "/companies/{id}": {"get": {"operationId": "get-company", "parameters": [{"name": "id", "in": "path", "required": true}],
                "responses": {"200": {"content": {"application/json": {"schema": {"properties": {"title": {"type": "string"}}}}}}}}},
        },
    });
    let sdl = sdl_of(&document, "shop").unwrap();
    for line in [
        "  \"All \\\"users\\\"\"\n",
        "  listUsers(pageSize: Int): [User] @rest(source: \"shop\", operation: \"listUsers\", args: [{name: \"page-size\", value: \"$args.pageSize\"}])\n",
        "  getUser(id: String!): User @rest(source: \"shop\", operation: \"getUser\")\n",
        "  getCompany(id: String!): GetCompanyResult @rest(source: \"shop\", operation: \"get-company\")\n",
        "type Mutation {\n  addUser(body: UserInput!): JSON @rest(source: \"shop\", operation: \"addUser\")\n}\n",
        "  eMail: String @value(path: \"/e-mail\")\n",
        "  state: UserState\n",
        "  boss: User\n",
        "  address: UserAddress\n",
        "  company: GetCompanyResult @rest(source: \"shop\", operation: \"get-company\", args: [{name: \"id\", value: \"$parent.address.zip\"}])\n",
        "enum UserState {\n  ACTIVE\n  GONE\n}\n",
        "input UserInput {\n",
        "scalar JSON\n",
    ] {
        assert!(sdl.contains(line), "{line}\n{sdl}");
    }
    let schema = Schema::read(&sdl).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{sdl}"));
    assert_eq!(schema.needs().count(), 5);
}

#[test]
fn an_answer_to_joined_calls_that_has_no_keys_is_an_error() {
    let sdl = "type Query { users: [U] @rest(operation: \"users\") }
        type U { id: Int b: B @rest(operation: \"b\", args: {ids: \"$parent.id\"}, batch: {argument: \"ids\", by: \"k\"}) }
        type B { k: Int }";
    let schema = Schema::read(sdl).unwrap();
    let mut request = Request { query: Some("{ users { b { k } } }".into()), ..Request::default() };
    let admitted = Guard::default().admit(&mut request).unwrap();
    let no_list = "the answer to joined calls is no list";
    let no_key = "none of the items in the answer to joined calls has its key, `k`";
    for (answer, found, message) in [
        (json!([{"k": 2}]), json!([{"b": null}, {"b": {"k": 2}}]), None),
        (json!([]), json!([{"b": null}, {"b": null}]), None),
        (json!(null), json!([{"b": null}, {"b": null}]), None),
        (json!({"k": 1}), json!([{"b": null}, {"b": null}]), Some(no_list)),
        (json!(5), json!([{"b": null}, {"b": null}]), Some(no_list)),
        (json!([{"id": 1}, null]), json!([{"b": null}, {"b": null}]), Some(no_key)),
    ] {
        let mut run = schema.start(&request, &admitted).unwrap();
        for answer in [json!([{"id": 1}, {"id": 2}]), answer.clone()] {
            let (id, _) = run.take().pop().unwrap();
            run.answered(id, Ok(answer));
        }
        assert!(run.take().is_empty());
        let told = serde_json::to_value(run.finish()).unwrap();
        assert_eq!(told["data"]["users"], found, "{answer}");
        assert_eq!(told["errors"][1]["message"].as_str(), message, "{answer}");
    }
}
