//! A query that is written down beforehand and answers calls that are not GraphQL's: its variables come from wherever the
//! caller of this says, each made what its type wants, and of the answer a part is taken.

use async_graphql_parser::types::VariableDefinition;
use async_graphql_parser::{Pos, Positioned};
use serde_json::{Map, Value, json};

use super::directives::{follow, pointer};
use super::model::Model;
use super::{Mistake, Schema, coerce, execute};
use crate::guard::{Admitted, Guard, Kind, Limits, digest_of};
use crate::http::Request;
use crate::{Error, Location};

/// The deepest query: who writes it down means it.
const DEPTH: u64 = 100;

/// A query that is written down.
#[derive(Debug)]
pub struct Stored {
    text: String,
    admitted: Admitted,
    root: Vec<String>,
    /// Without a schema.
    bare: Model,
}

/// A variable that has no good value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub message: String,
}

/// What an answer comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// What was asked for; without what the errors name.
    Value(Value, Vec<Value>),
    /// There is none.
    Nothing,
    /// It could not be found, because of these.
    Failed(Vec<Value>),
    /// The answer is not GraphQL's.
    Unreadable,
}

// === impl Stored ===

impl Stored {
    /// Reads a query: which of its operations is meant, and what of the data; with a schema it is checked against that.
    /// Every mistake is named.
    pub fn read(
        text: &str,
        (operation, root): (Option<&str>, &str),
        schema: Option<&Schema>,
    ) -> Result<Self, Vec<Mistake>> {
        let unbounded = Limits {
            length: usize::MAX,
            depth: DEPTH,
            cost: u64::MAX,
            aliases: u64::MAX,
            directives: u64::MAX,
            ..Limits::default()
        };
        let guard = Guard { limits: unbounded, ..Guard::default() };
        let operation_name = operation.map(str::to_owned);
        let mut request = Request { query: Some(text.to_owned()), operation_name, ..Request::default() };
        let admitted = guard.admit(&mut request).map_err(|error| vec![mistake(&error)])?;
        let top = Pos { line: 1, column: 1 };
        if admitted.kind == Kind::Subscription {
            return Err(vec![Mistake::at(top, "a subscription has no end, and a call has one answer")]);
        }
        if let Some(schema) = schema {
            let checked = schema.check(operation, &Map::new(), &admitted);
            checked.map_err(|errors| errors.iter().map(mistake).collect::<Vec<_>>())?;
        }
        let root = pointer(root, top).map_err(|mistake| vec![mistake])?;
        Ok(Self { text: text.to_owned(), admitted, root, bare: Model::bare() })
    }

    /// Whether it changes something.
    pub fn changes(&self) -> bool {
        self.admitted.kind == Kind::Mutation
    }

    /// As a guard would have let it pass.
    pub fn admitted(&self) -> &Admitted {
        &self.admitted
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.definitions().iter().map(|definition| definition.node.name.node.as_str())
    }

    /// The request with these values, of which text is read as what its variable wants; every one that is wrong is named.
    pub fn request(
        &self,
        given: &Map<String, Value>,
        texts: &Map<String, Value>,
        schema: Option<&Schema>,
    ) -> Result<Request, Vec<Wrong>> {
        let model = schema.map_or(&self.bare, |schema| &schema.model);
        let (mut variables, mut wrong) = (Map::new(), Vec::new());
        for definition in self.definitions() {
            let (name, ty) = (definition.node.name.node.as_str(), &definition.node.var_type.node);
            let read = texts.get(name).map(|text| coerce::of_text(model, ty, text.clone()));
            match coerce::variable(model, &definition.node, read.as_ref().or(given.get(name))) {
                Ok(None) => {}
                Ok(Some(value)) => drop(variables.insert(name.to_owned(), value)),
                Err(message) => wrong.push(Wrong { name: name.to_owned(), message }),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let operation_name = self.admitted.operation.clone();
        Ok(Request { query: Some(self.text.clone()), operation_name, variables, extensions: Map::new() })
    }

    /// The same request by the hash of its text alone, for servers that know it.
    pub fn by_hash(&self, request: Request) -> Request {
        let persisted = json!({"version": 1, "sha256Hash": digest_of(&self.text)});
        let extensions = Map::from_iter([("persistedQuery".to_owned(), persisted)]);
        Request { query: None, extensions, ..request }
    }

    /// What an answer comes to.
    pub fn found(&self, answer: &[u8]) -> Found {
        let Ok(Value::Object(mut answer)) = serde_json::from_slice(answer) else { return Found::Unreadable };
        let errors = match answer.shift_remove("errors") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(errors)) => errors,
            Some(_) => return Found::Unreadable,
        };
        let data = match answer.shift_remove("data") {
            None | Some(Value::Null) if errors.is_empty() => return Found::Unreadable,
            None | Some(Value::Null) => return Found::Failed(errors),
            Some(data) => data,
        };
        match follow(&data, &self.root) {
            Some(value) if !value.is_null() => {
                let concerns = errors.into_iter().filter(|error| self.concerns(error)).collect();
                Found::Value(value.clone(), concerns)
            }
            _ if errors.iter().any(|error| self.concerns(error) && !is_nothing(error)) => {
                Found::Failed(errors)
            }
            _ => Found::Nothing,
        }
    }

    /// Whether an error is one of what is asked for, or of something around it.
    fn concerns(&self, error: &Value) -> bool {
        let Some(Value::Array(path)) = error.get("path") else { return true };
        path.iter().zip(&self.root).all(|(part, root)| match part {
            Value::String(part) => part == root,
            other => other.as_u64().is_some_and(|at| root.parse() == Ok(at)),
        })
    }

    fn definitions(&self) -> &[Positioned<VariableDefinition>] {
        execute::operation(&self.admitted).map(|one| &*one.variable_definitions).unwrap_or_default()
    }
}

/// Whether an error says that there is nothing, and no more.
fn is_nothing(error: &Value) -> bool {
    error.pointer("/extensions/code").and_then(Value::as_str) == Some("NOT_FOUND")
}

fn mistake(error: &Error) -> Mistake {
    let Location { line, column } =
        error.locations.first().copied().unwrap_or(Location { line: 1, column: 1 });
    Mistake { line, column, message: error.message.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDL: &str = "schema { query: Root subscription: Sub }
        directive @key(fields: String) on OBJECT
        scalar Date
        enum Sort { NAME PRICE }
        input Range { from: Int! to: Int = 9 }
        type Root { product(id: ID!): Product products(first: Int, sort: Sort, in: Range, tags: [String!]): [Product] }
        type Product @key(fields: \"id\") { id: ID! name: String made: Date }
        type Sub { n: Int }";

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn variables_are_what_their_types_say_and_every_wrong_one_is_named() {
        let schema = Schema::foreign(SDL).unwrap();
        let text = "query Q($first: Int! = 3, $sort: Sort, $in: Range, $tags: [String!]) { products(first: $first, sort: $sort, in: $in, tags: $tags) { id } }";
        let stored = Stored::read(text, (None, "/products"), Some(&schema)).unwrap();
        assert_eq!(stored.variables().collect::<Vec<_>>(), ["first", "sort", "in", "tags"]);
        let ask = |given: Value, texts: Value, schema| {
            let request = stored.request(&map(&given), &map(&texts), schema);
            request.map(|request| Value::Object(request.variables)).map_err(|wrong| {
                wrong
                    .into_iter()
                    .map(|wrong| format!("{}: {}", wrong.name, wrong.message))
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(ask(json!({}), json!({}), Some(&schema)).unwrap(), json!({"first": 3}));
        let texts = json!({"first": "7", "sort": "NAME", "in": "{\"from\": 1}", "tags": "a"});
        let made = json!({"first": 7, "sort": "NAME", "in": {"from": 1, "to": 9}, "tags": ["a"]});
        assert_eq!(ask(json!({"first": 1}), texts.clone(), Some(&schema)).unwrap(), made);
        let lists =
            Stored::read("query($l: [[Int]]) { products(ids: $l) { id } }", (None, ""), None).unwrap();
        for (text, expect) in [("[[1, 2], [3]]", json!([[1, 2], [3]])), ("4", json!([[4]]))] {
            let request = lists.request(&Map::new(), &map(&json!({"l": text})), None).unwrap();
            assert_eq!(request.variables["l"], expect, "{text}");
        }
        // Without a schema only what every schema has is known.
        let known = ask(json!({"in": {"from": 1}}), json!({"first": "7", "sort": "NO"}), None).unwrap();
        assert_eq!(known, json!({"first": 7, "sort": "NO", "in": {"from": 1}}));
        let wrong =
            ask(json!({"in": {"to": 1}, "tags": [1]}), json!({"first": "x", "sort": "no"}), Some(&schema));
        assert_eq!(
            wrong.unwrap_err(),
            [
                "first: \"x\" is no `Int`",
                "sort: \"no\" is no value of `Sort`, which has NAME, PRICE",
                "in: `from` is of type `Int!` and is not given",
                "tags: 1 is no `String`",
            ]
        );
    }

    #[test]
    fn mistakes_of_a_query_have_their_places() {
        let schema = Schema::foreign(SDL).unwrap();
        for (text, root, expect) in [
            ("{ product(id: 1) {\n nothing } }", "", "2:2: Unknown field \"nothing\" on type \"Product\"."),
            ("subscription { n }", "", "1:1: a subscription has no end, and a call has one answer"),
            ("query A { a } query B { b }", "", "1:1: the document has several operations"),
            ("{ product(", "", "1:11: the query cannot be parsed"),
            ("{ product(id: 1) { id } }", "product", "1:1: `product` is no JSON Pointer"),
        ] {
            let mistakes = Stored::read(text, (None, root), Some(&schema)).unwrap_err();
            assert!(mistakes[0].to_string().starts_with(expect), "{text}: {mistakes:?}");
        }
        assert!(Stored::read("query A { a } query B { b }", (Some("B"), ""), None).is_ok());
    }

    #[test]
    fn an_answer_is_a_part_of_the_data_nothing_or_errors() {
        let stored = Stored::read("{ product(id: 1) { id } }", (None, "/product"), None).unwrap();
        let found = |answer: Value| stored.found(answer.to_string().as_bytes());
        let error = |path: Value| json!({"message": "m", "path": path});
        let product = json!({"id": 1});
        assert_eq!(found(json!({"data": {"product": product}})), Found::Value(product.clone(), vec![]));
        let errors = json!([error(json!(["product", "name"])), error(json!(["other"]))]);
        let partly = found(json!({"data": {"product": product}, "errors": errors}));
        assert_eq!(partly, Found::Value(product, vec![errors[0].clone()]));
        assert_eq!(found(json!({"data": {"product": null}})), Found::Nothing);
        assert_eq!(
            found(json!({"data": {"product": null}, "errors": [error(json!(["other"]))]})),
            Found::Nothing
        );
        let gone = json!({"message": "m", "path": ["product"], "extensions": {"code": "NOT_FOUND"}});
        assert_eq!(found(json!({"data": {"product": null}, "errors": [gone]})), Found::Nothing);
        let failed = json!([error(json!(["product"]))]);
        assert_eq!(
            found(json!({"data": {"product": null}, "errors": failed})),
            Found::Failed(vec![failed[0].clone()])
        );
        assert_eq!(found(json!({"errors": failed})), Found::Failed(vec![failed[0].clone()]));
        for unreadable in [json!([]), json!({}), json!({"data": null}), json!({"data": {}, "errors": 1})] {
            assert_eq!(found(unreadable), Found::Unreadable);
        }
    }

    #[test]
    fn a_text_can_be_sent_as_its_hash() {
        let stored = Stored::read("{__typename}", (None, ""), None).unwrap();
        let request = stored.by_hash(stored.request(&Map::new(), &Map::new(), None).unwrap());
        let hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
        let body: Value = serde_json::from_slice(&request.to_body()).unwrap();
        assert_eq!(body, json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}}));
    }
}
