use async_graphql_parser::parse_query;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::guard::Guard;
use crate::http::Request;
use crate::serve::Schema;

const SDL: &str = "
type Query { pet: Pet named: Named me: Person all: [Pet!] }
interface Named { name: String friend: Pet best(of: Int): Pet }
interface Pet implements Named { name: String friend: Pet best(of: Int): Pet age: Int }
type Dog implements Named & Pet { name: String friend: Pet best(of: Int): Pet age: Int size: Int! dog: Dog any: Any color: Color }
type Cat implements Named & Pet { name: String friend: Pet best(of: Int): Pet age: Int size: Int dog: [Dog] any: Any color: Shade }
type Person implements Named { name: String friend: Pet best(of: Int): Pet size: String }
union Any = Dog | Cat
enum Color { RED }
enum Shade { RED }
";

fn schema() -> Schema {
    Schema::foreign(SDL).unwrap()
}

fn told(text: &str) -> Vec<Error> {
    let document = parse_query(text).unwrap();
    check(&schema().model, &document).err().unwrap_or_default()
}

#[test]
fn what_conflicts_is_told_as_the_reference_tells_it() {
    let end = "Use different aliases on the fields to fetch both if this was intentional.";
    for (text, expect) in [
        ("{ pet { name name } }", ""),
        (
            "{ me { a: name a: size } }",
            "Fields \"a\" conflict because \"name\" and \"size\" are different fields. ",
        ),
        (
            "{ pet { best(of: 1) { name } best(of: 2) { name } } }",
            "Fields \"best\" conflict because they have differing arguments. ",
        ),
        ("{ pet { best(of: 1) { name } best(of: 1) { age } } }", ""),
        // What is below merged fields.
        (
            "{ pet { friend { a: name } } pet { friend { a: age } } }",
            "Fields \"pet\" conflict because subfields \"friend\" conflict because subfields \"a\" conflict because \"name\" and \"age\" are different fields. ",
        ),
        (
            "{ pet { a: name ...F } } fragment F on Dog { a: age }",
            "Fields \"a\" conflict because \"name\" and \"age\" are different fields. ",
        ),
        // Objects of different types do not meet, but their fields must have one shape.
        ("{ pet { ... on Dog { a: name } ... on Cat { a: name } } }", ""),
        ("{ pet { ... on Dog { best(of: 1) { age } } ... on Cat { best(of: 2) { age } } } }", ""),
        (
            "{ pet { ... on Dog { ... { a: name } } ... on Cat { a: age } } }",
            "Fields \"a\" conflict because they return conflicting types \"String\" and \"Int\". ",
        ),
        (
            "{ pet { ... on Dog { size } ... on Cat { size } } }",
            "Fields \"size\" conflict because they return conflicting types \"Int!\" and \"Int\". ",
        ),
        (
            "{ pet { ... on Dog { dog { age } } ... on Cat { dog { age } } } }",
            "Fields \"dog\" conflict because they return conflicting types \"Dog\" and \"[Dog]\". ",
        ),
        (
            "{ pet { ... on Dog { color } ... on Cat { color } } }",
            "Fields \"color\" conflict because they return conflicting types \"Color\" and \"Shade\". ",
        ),
        ("{ pet { ... on Dog { x: friend { age } } ... on Cat { x: any { ... on Cat { name } } } } }", ""),
        (
            "{ pet { ... on Dog { x: friend { a: age } } ... on Cat { x: any { ... on Cat { a: name } } } } }",
            "Fields \"x\" conflict because subfields \"a\" conflict because they return conflicting types \"Int\" and \"String\". ",
        ),
        (
            "{ pet { ... on Dog { a: __typename } a: name } }",
            "Fields \"a\" conflict because \"__typename\" and \"name\" are different fields. ",
        ),
        (
            "{ __schema { types { a: name } } __schema { types { a: kind } } }",
            "Fields \"__schema\" conflict because subfields \"types\" conflict because subfields \"a\" conflict because \"name\" and \"kind\" are different fields. ",
        ),
    ] {
        let found: Vec<_> = told(text).into_iter().map(|error| error.message.to_string()).collect();
        let expect: Vec<_> = Some(expect)
            .filter(|expect| !expect.is_empty())
            .map(|expect| format!("{expect}{end}"))
            .into_iter()
            .collect();
        assert_eq!(found, expect, "{text}");
    }
    let error = told("{ me {\n friend { a: name } }\n me { friend { a: age } } }").remove(0);
    assert_eq!(
        json!(error.locations),
        json!([
            {"line": 1, "column": 3}, {"line": 2, "column": 2}, {"line": 2, "column": 11},
            {"line": 3, "column": 2}, {"line": 3, "column": 7}, {"line": 3, "column": 16},
        ])
    );
}

#[test]
fn a_request_whose_fields_conflict_is_refused() {
    let text = "{ all { friend { a: name } } all { friend { a: age } } }";
    let mut request = Request { query: Some(text.into()), ..Request::default() };
    let admitted = Guard::default().admit(&mut request).unwrap();
    let refused = schema().start(&request, &admitted).err().unwrap();
    assert_eq!(refused.errors[0].code, Some("GRAPHQL_VALIDATION_FAILED"));
    let wrong = crate::serve::Stored::read(text, (None, ""), Some(&schema())).unwrap_err();
    assert!(wrong[0].message.starts_with("Fields \"all\" conflict"), "{wrong:?}");
}

#[test]
fn what_overlaps_in_too_many_ways_is_given_up() {
    // Each level is met by fields of two objects and of two interfaces.
    let mut set = "{ name }".to_owned();
    for _ in 0..5 {
        set = format!(
            "{{ ... on Dog {{ friend {set} }} ... on Cat {{ friend {set} }} ... on Pet {{ friend {set} }} ... on Named {{ friend {set} }} }}"
        );
    }
    // Written out, that is a thousand fields, each of which meets others at each level.
    assert_eq!(told(&format!("{{ pet {set} }}")), []);
    let many = "friend { name } ".repeat(MOST / 4);
    let errors = told(&format!("{{ pet {{ {many} }} }}"));
    assert_eq!(errors[0].code, Some("QUERY_TOO_EXPENSIVE"));
}

/// The specification's algorithm, pair by pair.
mod reference {
    use super::*;

    type Known<'d> = (&'d Field, &'d str, Option<&'d TypeRef>);

    fn fields<'d>(
        (model, document): (&'d Model, &'d ExecutableDocument),
        sets: &[(&'d str, &'d SelectionSet)],
        visited: &mut HashSet<&'d str>,
        into: &mut Vec<Known<'d>>,
    ) {
        for (parent, item) in
            sets.iter().flat_map(|(parent, set)| set.items.iter().map(move |item| (*parent, item)))
        {
            match &item.node {
                Selection::Field(field) => {
                    let ty = match field.node.name.node.as_str() {
                        "__typename" => Some(&*TYPENAME),
                        name => model.kind(parent).and_then(|kind| kind.field(name)).map(|field| &field.ty),
                    };
                    into.push((&field.node, parent, ty));
                }
                Selection::InlineFragment(inner) => {
                    let on = inner.node.type_condition.as_ref().map_or(parent, |on| on.node.on.node.as_str());
                    fields((model, document), &[(on, &inner.node.selection_set.node)], visited, into);
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = &document.fragments[&spread.node.fragment_name.node].node;
                    if visited.insert(spread.node.fragment_name.node.as_str()) {
                        let on = fragment.type_condition.node.on.node.as_str();
                        fields((model, document), &[(on, &fragment.selection_set.node)], visited, into);
                    }
                }
            }
        }
    }

    fn pairs<'d>(
        of: (&'d Model, &'d ExecutableDocument),
        sets: &[(&'d str, &'d SelectionSet)],
    ) -> Vec<(Known<'d>, Known<'d>)> {
        let mut all = Vec::new();
        fields(of, sets, &mut HashSet::new(), &mut all);
        let alike = |(first, other): &(Known<'d>, Known<'d>)| {
            first.0.response_key().node == other.0.response_key().node
        };
        let all = &all;
        (0..all.len())
            .flat_map(|at| (at + 1..all.len()).map(move |beside| (all[at], all[beside])))
            .filter(alike)
            .collect()
    }

    fn below<'d>(pair: &(Known<'d>, Known<'d>)) -> [(&'d str, &'d SelectionSet); 2] {
        [pair.0, pair.1].map(|(field, _, ty)| (ty.map_or("", named), &field.selection_set.node))
    }

    fn same_shape(of: (&Model, &ExecutableDocument), pair: &(Known<'_>, Known<'_>)) -> bool {
        let (Some(mut first), Some(mut other)) = (pair.0.2, pair.1.2) else { return true };
        loop {
            if first.nullable != other.nullable {
                return false;
            }
            match (&first.base, &other.base) {
                (BaseType::List(one), BaseType::List(two)) => (first, other) = (one, two),
                (BaseType::Named(one), BaseType::Named(two)) => {
                    let leaf = |name: &str| of.0.kind(name).is_some_and(Kind::is_input);
                    if leaf(one) || leaf(two) {
                        return one == two;
                    }
                    return pairs(of, &below(pair)).iter().all(|pair| same_shape(of, pair));
                }
                _ => return false,
            }
        }
    }

    pub(super) fn can_merge(of: (&Model, &ExecutableDocument), sets: &[(&str, &SelectionSet)]) -> bool {
        let object = |name: &str| matches!(of.0.kind(name), None | Some(Kind::Object { .. }));
        pairs(of, sets).iter().all(|pair| {
            let ((first, parent, _), (other, beside, _)) = pair;
            let apart = parent != beside && object(parent) && object(beside);
            let arguments = |field: &Field| {
                let mut all: Vec<_> =
                    field.arguments.iter().map(|(name, value)| format!("{name} {value}")).collect();
                all.sort();
                all
            };
            same_shape(of, pair)
                && (apart
                    || first.name.node == other.name.node
                        && arguments(first) == arguments(other)
                        && can_merge(of, &below(pair)))
        }) && fields_of(of, sets)
            .into_iter()
            .all(|(field, _, ty)| can_merge(of, &[(ty.map_or("", named), &field.selection_set.node)]))
    }

    fn fields_of<'d>(
        of: (&'d Model, &'d ExecutableDocument),
        sets: &[(&'d str, &'d SelectionSet)],
    ) -> Vec<Known<'d>> {
        let mut all = Vec::new();
        fields(of, sets, &mut HashSet::new(), &mut all);
        all
    }
}

/// A selection set of a type, as text.
fn set(depth: u32) -> BoxedStrategy<String> {
    let alias = prop_oneof![3 => Just(""), 1 => Just("a: "), 1 => Just("name: ")];
    let leaf = (alias.clone(), prop::sample::select(vec!["name", "age", "size", "color", "__typename"]))
        .prop_map(|(alias, name)| format!("{alias}{name}"));
    let item = if depth == 0 {
        leaf.boxed()
    } else {
        let names = vec!["friend", "best(of: 1)", "best(of: 2)", "dog", "any"];
        let inner = (alias, prop::sample::select(names), set(depth - 1))
            .prop_map(|(alias, name, set)| format!("{alias}{name} {set}"));
        let on = prop::sample::select(vec!["", "on Dog", "on Cat", "on Pet", "on Named", "on Person"]);
        let fragment = (on, set(depth - 1)).prop_map(|(on, set)| format!("... {on} {set}"));
        let spread = prop::sample::select(vec!["...F", "...G"]).prop_map(str::to_owned);
        prop_oneof![2 => leaf, 3 => inner, 3 => fragment, 1 => spread].boxed()
    };
    prop::collection::vec(item, 1..4).prop_map(|items| format!("{{ {} }}", items.join(" "))).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn it_refuses_what_the_reference_refuses_and_nothing_else(pet in set(3), other in set(2), f in set(0), g in set(0)) {
        let schema = schema();
        let text = format!("{{ pet {pet} pet {other} }} fragment F on Dog {f} fragment G on Pet {g}");
        let document = parse_query(&text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let sets = [("Query", &operation.node.selection_set.node)];
        let merges = reference::can_merge((&schema.model, &document), &sets);
        prop_assert_eq!(check(&schema.model, &document).is_ok(), merges, "{}", text);
    }
}
