//! Answers piece by piece: each call is answered when the test says so.

use serde_json::{Value, json};

use crate::Error;
use crate::guard::{Admitted, Guard};
use crate::http::{Form, Request};
use crate::serve::{Call, CallError, Execution, Schema, Target};

const SDL: &str = r#"
type Query {
  user(id: ID!): User @rest(operation: "user")
  users: [User] @rest(operation: "users")
}
type Mutation { rename(id: ID!): User @rest(operation: "rename") }
type User { id: ID! name: String must: Int! friend: User @rest(operation: "friend") orders: [Order!]! @rest(operation: "orders") }
type Order { id: ID! item: Item @rest(operation: "item") }
type Item { title: String }
"#;

/// A request that is run, and the calls that it has made.
struct Run<'s> {
    execution: Execution<'s>,
    calls: Vec<(usize, Call)>,
    form: Form,
}

impl Run<'_> {
    /// The pieces that there are now, as JSON.
    fn pieces(&mut self) -> Vec<Value> {
        let mut pieces = Vec::new();
        loop {
            self.calls.extend(self.execution.take());
            let Some(piece) = self.execution.piece() else { return pieces };
            pieces.push(serde_json::from_slice(&self.form.json(&piece)).unwrap());
        }
    }

    /// A call is answered; gives what is told then.
    fn answer(&mut self, name: &str, value: Value) -> Vec<Value> {
        let is =
            |call: &Call| matches!(&call.target, Target::Operation { operation, .. } if operation == name);
        let at = self
            .calls
            .iter()
            .position(|(_, call)| is(call))
            .unwrap_or_else(|| panic!("{name}: {:?}", self.calls));
        let (id, _) = self.calls.remove(at);
        let result =
            if value == json!("fails") { Err(CallError::new("CALL_FAILED", "it fails")) } else { Ok(value) };
        self.execution.answered(id, result);
        self.pieces()
    }
}

fn admit(text: &str, variables: &Value) -> (Request, Admitted) {
    let variables = variables.as_object().cloned().unwrap_or_default();
    let mut request = Request { query: Some(text.into()), variables, ..Request::default() };
    let admitted = Guard::default().admit(&mut request).unwrap();
    (request, admitted)
}

fn with(form: Form, text: &str, variables: &Value, test: impl FnOnce(&mut Run<'_>)) {
    let schema = Schema::read(SDL).unwrap();
    let (request, admitted) = admit(text, variables);
    let execution = schema.start_in_parts(&request, &admitted).unwrap();
    test(&mut Run { execution, calls: Vec::new(), form });
}

#[test]
fn the_first_piece_does_not_wait_for_what_comes_later() {
    let text = "{ user(id: 1) { id ... @defer(label: \"O\") { orders { id ...I @defer } } friend { name } } } fragment I on Order { item { title } }";
    with(Form::Paths, text, &json!({}), |run| {
        assert!(run.pieces().is_empty());
        // All calls that can be made are made, whenever their answers are told.
        assert!(run.answer("user", json!({"id": 1})).is_empty());
        assert_eq!(run.calls.len(), 2);
        let first = run.answer("friend", json!({"name": "f"}));
        assert_eq!(first, [json!({"data": {"user": {"id": "1", "friend": {"name": "f"}}}, "hasNext": true})]);
        let orders = run.answer("orders", json!([{"id": 7}]));
        let piece = json!({"data": {"orders": [{"id": "7"}]}, "path": ["user"], "label": "O"});
        assert_eq!(orders, [json!({"incremental": [piece], "hasNext": true})]);
        let items = run.answer("item", json!({"title": "t"}));
        let piece = json!({"data": {"item": {"title": "t"}}, "path": ["user", "orders", 0]});
        assert_eq!(items, [json!({"incremental": [piece], "hasNext": false})]);
    });
}

#[test]
fn what_is_there_before_the_first_piece_is_told_behind_it() {
    let text = "{ user(id: 1) { friend { name } ... @defer { name } } }";
    with(Form::Ids, text, &json!({}), |run| {
        run.pieces();
        run.answer("user", json!({"name": "n"}));
        let told = run.answer("friend", Value::Null);
        let pending = json!([{"id": "1", "path": ["user"]}]);
        let first = json!({"data": {"user": {"friend": null}}, "pending": pending, "hasNext": true});
        let second = json!({"incremental": [{"id": "1", "data": {"name": "n"}}], "completed": [{"id": "1"}], "hasNext": false});
        assert_eq!(told, [first, second]);
    });
}

#[test]
fn what_fails_later_is_told_with_its_part_and_what_is_within_null_never() {
    let text = "{ users { id ... @defer { must orders { id } } } }";
    let users = json!([{"id": 1, "must": 1}, {"id": null, "must": 1}, {"id": 3, "must": 3}]);
    for form in [Form::Paths, Form::Ids] {
        with(form, text, &json!({}), |run| {
            run.pieces();
            let first = run.answer("users", users.clone()).remove(0);
            assert_eq!(first["data"], json!({"users": [{"id": "1"}, null, {"id": "3"}]}));
            assert_eq!(first["errors"][0]["path"], json!(["users", 1, "id"]));
            // Equal calls are one.
            assert_eq!(run.calls.len(), 1);
            let later = run.answer("orders", json!("fails")).remove(0);
            assert_eq!(later["hasNext"], false);
            let errors = if form == Form::Paths { &later["incremental"] } else { &later["completed"] };
            assert_eq!(errors.as_array().unwrap().len(), 2);
            assert_eq!(errors[1]["errors"][0]["path"], json!(["users", 2, "orders"]));
            if form == Form::Paths {
                assert_eq!((&errors[0]["data"], &errors[0]["path"]), (&Value::Null, &json!(["users", 0])));
            } else {
                assert_eq!(later.get("incremental"), None);
            }
        });
    }
}

#[test]
fn whether_something_comes_later_may_depend_on_a_variable() {
    let text = "query($later: Boolean! = true) { user(id: 1) { id ... @defer(if: $later) { name } ... @defer(if: false) { must } } }";
    let user = json!({"id": 1, "name": "n", "must": 1});
    for (later, pieces) in [(json!({}), 2), (json!({"later": true}), 2), (json!({"later": false}), 1)] {
        with(Form::Paths, text, &later, |run| {
            run.pieces();
            let told = run.answer("user", user.clone());
            assert_eq!(told.len(), pieces, "{told:?}");
            assert_eq!(told[0]["data"]["user"]["must"], 1);
        });
    }
    // Where nobody takes pieces, all comes at once.
    let schema = Schema::read(SDL).unwrap();
    let (request, admitted) = admit("{ user(id: 1) { ... @defer { name } } }", &json!({}));
    let mut execution = schema.start(&request, &admitted).unwrap();
    let (id, _) = execution.take().remove(0);
    execution.answered(id, Ok(user));
    let whole: Value = serde_json::from_slice(&execution.finish().to_json()).unwrap();
    assert_eq!(whole, json!({"data": {"user": {"name": "n"}}}));
}

#[test]
fn what_has_not_come_in_time_has_failed() {
    let text = "mutation { rename(id: 1) { id ... @defer { friend { name } } } }";
    with(Form::Paths, text, &json!({}), |run| {
        run.pieces();
        assert_eq!(run.answer("rename", json!({"id": 1})).len(), 1);
        run.execution.give_up(&Error::new("late"));
        let piece =
            json!({"data": null, "path": ["rename"], "errors": [{"message": "late", "path": ["rename"]}]});
        assert_eq!(run.pieces(), [json!({"incremental": [piece], "hasNext": false})]);
    });
}

#[test]
fn marks_that_are_wrong_are_refused_with_their_places() {
    let schema = Schema::read(SDL).unwrap();
    for (text, expect) in [
        ("{ user(id: 1) @defer { id } }", "Unknown directive"),
        ("{ users @stream { id } }", "`@stream` is not there"),
        ("{ ... @defer(if: 1) { __typename } }", "`@defer`: `if` is a Boolean"),
        ("query($v: String) { ... @defer(label: $v) { __typename } }", "`@defer`: `label` is a string"),
        ("{ ... @defer(if: $v) { __typename } }", "`@defer`: there is no variable `$v`"),
        ("{ ... @defer(to: 1) { __typename } }", "`@defer` has no argument `to`"),
        (
            "{ a: __typename ... @defer(label: \"A\") { __typename } ... @defer(label: \"A\") { __typename } }",
            "`@defer`: the label \"A\" is there twice",
        ),
        ("{ ... @defer @defer { __typename } }", "`@defer` stands once"),
        ("query($v: Int) { ... @defer(if: $v) { __typename } }", ""),
    ] {
        let (request, admitted) = admit(text, &json!({"v": 1}));
        let refused = schema.start_in_parts(&request, &admitted).unwrap_err();
        assert!(refused.errors[0].message.starts_with(expect), "{text}: {:?}", refused.errors);
        assert_eq!(refused.errors[0].locations.len(), 1, "{text}");
    }
}

#[test]
fn the_schema_says_that_fragments_may_come_later() {
    let schema = Schema::read(SDL).unwrap();
    let text = "{ s: __schema { d: directives { name args { name type { kind ofType { name } } } } ...L } } fragment L on __Schema { directives { __typename locations } }";
    let (request, admitted) = admit(text, &json!({}));
    let told = schema.start(&request, &admitted).unwrap().finish().data.unwrap();
    let told = serde_json::to_value(told).unwrap();
    let last = |key: &str| told["s"][key].as_array().unwrap().last().unwrap().clone();
    let types = json!([
        {"name": "if", "type": {"kind": "NON_NULL", "ofType": {"name": "Boolean"}}},
        {"name": "label", "type": {"kind": "SCALAR", "ofType": null}},
    ]);
    assert_eq!(last("d"), json!({"name": "defer", "args": types}));
    assert_eq!(
        last("directives"),
        json!({"__typename": "__Directive", "locations": ["FRAGMENT_SPREAD", "INLINE_FRAGMENT"]})
    );
}
