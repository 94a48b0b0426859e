use super::*;

fn compiled(inputs: &Value, components: &Value) -> Result<Inputs, String> {
    let document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "sourceDescriptions": [{"name": "x", "url": "x"}],
        "workflows": [
            {"workflowId": "w", "inputs": inputs, "steps": [{"stepId": "a", "operationId": "x"}]},
            {"workflowId": "v", "inputs": {"type": "object", "properties": {"z": {"type": "integer"}}}, "steps": [{"stepId": "a", "operationId": "x"}]},
        ],
        "components": {"inputs": components},
    });
    let document = Document::read(&document).unwrap();
    Inputs::compile(&document, &document.workflows[0])
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

fn checked(inputs: &Value, components: &Value, given: &Value) -> Result<Value, Vec<String>> {
    let values = compiled(inputs, components).unwrap().check(given.clone());
    let told = |mistakes: Vec<Mistake>| mistakes.iter().map(ToString::to_string).collect();
    values.map(Value::Object).map_err(told)
}

#[test]
fn every_mistake_is_told_with_its_place_and_without_its_value() {
    let inputs = json!({
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer", "minimum": 1}, "name": {"type": "string"}, "tags": {"items": {"maxLength": 3}}},
        "additionalProperties": false,
    });
    let given = json!({"id": 0, "tags": ["a", "secret"], "other": 1});
    let told = checked(&inputs, &json!({}), &given).unwrap_err();
    assert_eq!(told.len(), 4, "{told:#?}");
    for expect in ["/id: ", "\"name\" is a required property", "/tags/1: ", "'other'"] {
        assert!(told.iter().any(|one| one.contains(expect)), "{expect}: {told:#?}");
    }
    assert!(!told.iter().any(|one| one.contains("secret")), "{told:#?}");
    assert_eq!(
        checked(&inputs, &json!({}), &json!({"id": 2, "name": "n"})),
        Ok(json!({"id": 2, "name": "n"}))
    );
    assert!(checked(&inputs, &json!({}), &json!([])).is_err());
}

#[test]
fn what_says_nothing_of_its_inputs_takes_any_object() {
    let none = compiled(&Value::Bool(true), &json!({})).unwrap();
    assert_eq!(none.check(json!({"a": 1})), Ok(json!({"a": 1}).as_object().unwrap().clone()));
    assert_eq!(none.check(Value::Null), Ok(Map::new()));
    assert_eq!(none.check(json!("a")).unwrap_err()[0].message, "inputs are an object");
    assert!(checked(&Value::Bool(false), &json!({}), &json!({})).is_err());
}

/// "Resolving URI Fragments": pointers and plain names.
#[test]
fn schemas_refer_to_others_of_the_document() {
    let components = json!({
        "page": {"type": "object", "properties": {"size": {"$ref": "#size"}, "of": {"$ref": "#/components/inputs/store"}}},
        "store": {"type": "string"},
        "size": {"$anchor": "size", "type": "integer", "maximum": 100, "default": 10},
    });
    let page = json!({"$ref": "#/components/inputs/page"});
    assert!(checked(&page, &components, &json!({"size": 5, "of": "s"})).is_ok());
    let told = checked(&page, &components, &json!({"size": 500, "of": 1})).unwrap_err();
    assert_eq!(told.len(), 2, "{told:#?}");
    let other = json!({"properties": {"a": {"$ref": "#/workflows/1/inputs/properties/z"}, "b": {"$ref": "#here"}, "c": {"$anchor": "here", "type": "null"}}});
    let told = checked(&other, &components, &json!({"a": "x", "b": 1})).unwrap_err();
    assert_eq!(told.len(), 2, "{told:#?}");
    for nowhere in ["#/components/inputs/none", "#none", "https://a.example/schema.json", "other.json"] {
        let error = compiled(&json!({"$ref": nowhere}), &components).unwrap_err();
        assert!(error.starts_with("/workflows/0/inputs: `inputs` cannot be checked"), "{error}");
    }
    let error = compiled(&json!({"properties": {"a": {"type": "text"}}}), &components).unwrap_err();
    assert!(error.starts_with("/workflows/0/inputs/properties/a/type: "), "{error}");
    assert!(error.ends_with(": a type is `string`, `integer`, `number`, `boolean`, `object`, `array` or `null`, or a list of these"), "{error}");
}

#[test]
fn members_may_be_named_as_words_of_the_language_are() {
    let size = json!({"$ref": "#size"});
    let components = json!({
        "default": {"properties": {"enum": size}},
        "enum": {"$anchor": "size", "type": "integer", "maximum": 100, "default": 10},
    });
    let inputs = json!({
        // What is a value is not looked into, whatever it looks like.
        "examples": [{"properties": {"x": {"$anchor": "size", "default": 1}}}],
        "properties": {
            "default": size,
            "const": {"$ref": "#/workflows/0/inputs/$defs/example"},
            "page": {"$ref": "#/components/inputs/default"},
            "properties": {"properties": {"examples": size}},
        },
        "$defs": {"example": size},
    });
    let given = json!({"page": {}, "properties": {}});
    let expect = json!({"default": 10, "const": 10, "page": {"enum": 10}, "properties": {"examples": 10}});
    assert_eq!(checked(&inputs, &components, &given), Ok(expect));
}

#[test]
fn defaults_are_filled_in_before_it_is_checked() {
    let components = json!({"size": {"type": "integer", "default": 10}, "self": {"properties": {"next": {"$ref": "#/components/inputs/self"}, "d": {"default": 1}}}});
    let inputs = json!({
        "required": ["size"],
        "allOf": [{"properties": {"sort": {"default": "up"}}}],
        "properties": {
            "size": {"$ref": "#/components/inputs/size"},
            "page": {"default": {}, "properties": {"from": {"default": 0}}},
            "all": {"items": {"properties": {"q": {"default": 1}}}},
            "list": {"$ref": "#/components/inputs/self"},
        },
    });
    let given = json!({"all": [{}, {"q": 2}], "list": {"next": {}}});
    let expect = json!({
        "size": 10, "sort": "up", "page": {"from": 0}, "all": [{"q": 1}, {"q": 2}], "list": {"d": 1, "next": {"d": 1}},
    });
    assert_eq!(checked(&inputs, &components, &given), Ok(expect));
    let wrong = json!({"properties": {"a": {"type": "integer", "default": "x"}}});
    assert!(checked(&wrong, &json!({}), &json!({})).is_err(), "a default must keep to the schema");
}

#[test]
fn hostile_schemas_and_texts_are_bounded() {
    let slow = json!({"properties": {"a": {"pattern": "^(?=a)(a+)+$"}}});
    let told = checked(&slow, &json!({}), &json!({"a": format!("{}!", "a".repeat(60))})).unwrap_err();
    assert_eq!(told.len(), 1);
    assert!(compiled(&json!({"pattern": "("}), &json!({})).is_err());
    assert!(compiled(&json!({"pattern": "((a{1000}){1000}){1000}"}), &json!({})).is_err());
    let many = json!({"additionalProperties": {"type": "string"}});
    let given: Map<String, Value> = (0..1000).map(|at| (format!("k{at}"), json!(1))).collect();
    assert_eq!(checked(&many, &json!({}), &Value::Object(given)).unwrap_err().len(), TOLD);
    let round = json!({"properties": {"a": {"$ref": "#/components/inputs/a"}}});
    let components = json!({"a": {"$ref": "#/components/inputs/b"}, "b": {"$ref": "#/components/inputs/a"}});
    let round = compiled(&round, &components).unwrap();
    let own = json!({"$ref": "#/components/inputs/own", "default": {}});
    let growing = json!({"own": {"properties": {"a": own, "b": own, "c": own}}});
    let growing = compiled(&json!({"$ref": "#/components/inputs/own"}), &growing).unwrap();
    assert!(growing.check(json!({})).is_ok(), "what defaults make of each other has an end");
    assert!(round.check(json!({"a": 1})).is_ok(), "schemas that are nothing but each other say nothing");
}

/// "Establishing the Base URI": the document's own address is the base of its references.
#[test]
fn schemas_refer_to_the_document_by_its_own_address() {
    let document = json!({
        "arazzo": "1.1.0", "$self": "https://a.example/flows/x", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "x", "url": "x"}],
        "workflows": [{
            "workflowId": "w", "steps": [{"stepId": "a", "operationId": "x"}],
            "inputs": {"$ref": "https://a.example/flows/x#/components/inputs/n"},
        }],
        "components": {"inputs": {
            "n": {"properties": {"v": {"$ref": "x#v"}, "d": {"$ref": "https://a.example/flows/x#/components/inputs/d"}, "f": {"$ref": "#/components/inputs/e/properties/a%20b"}}},
            "v": {"$anchor": "v", "type": "integer"}, "d": {"$ref": "#e"}, "e": {"properties": {"a b": {"$anchor": "e", "default": 4}}},
        }},
    });
    let document = Document::read(&document).unwrap();
    let inputs = Inputs::compile(&document, &document.workflows[0]).unwrap();
    let given = inputs.check(json!({"v": 1})).unwrap();
    assert_eq!(Value::Object(given), json!({"v": 1, "d": 4, "f": 4}));
    assert_eq!(inputs.read("v", json!("7"), Lists::Repeated), json!(7));
    assert!(inputs.check(json!({"v": "x"})).is_err());
}

#[test]
fn text_becomes_what_the_schema_wants() {
    let inputs = json!({
        "$ref": "#/components/inputs/All",
        "properties": {
            "n": {"type": "integer"}, "f": {"type": "number"}, "b": {"type": "boolean"}, "s": {"type": "string"},
            "some": {"type": ["integer", "null"]}, "ns": {"type": "array", "items": {"type": "integer"}},
            "os": {"items": {"type": "object"}, "type": "array"}, "o": {"type": "object"},
            "one": {"$ref": "#/components/inputs/Id"}, "of": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "all": {"allOf": [{"minimum": 1}, {"type": "integer"}]}, "listed": {"enum": [1, 2]}, "is": {"const": 7},
            "either": {"type": ["integer", "object"]}, "open": {}, "said": {"type": "string", "anyOf": [{"type": "integer"}]},
        },
    });
    let components = json!({
        "Id": {"type": "integer"},
        "All": {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/components/inputs/Id"}}}},
    });
    let compiled = compiled(&inputs, &components).unwrap();
    let check = |name: &str, given: Value, lists: Lists, expect: Value| {
        assert_eq!(compiled.read(name, given, lists), expect, "{name}");
    };
    for (name, text, expect) in [
        ("n", "5", json!(5)),
        ("n", "18446744073709551615", json!(u64::MAX)),
        ("n", "5.5", json!("5.5")),
        ("f", "1e2", json!(100.0)),
        ("f", "2", json!(2)),
        ("b", "true", json!(true)),
        ("b", "TRUE", json!("TRUE")),
        ("s", "5", json!("5")),
        ("some", "null", json!(null)),
        ("ns", "5", json!([5])),
        ("ns", "x", json!(["x"])),
        ("o", "{\"x\": 1}", json!({"x": 1})),
        ("o", "[1]", json!("[1]")),
        ("one", "5", json!(5)),
        ("of", "null", json!(null)),
        ("of", "5", json!(5)),
        ("all", "5", json!(5)),
        ("listed", "2", json!(2)),
        ("is", "7", json!(7)),
        ("either", "5", json!(5)),
        ("either", "{}", json!({})),
        ("open", "5", json!("5")),
        ("said", "5", json!("5")),
        ("below", "5", json!([5])),
        ("unknown", "5", json!("5")),
    ] {
        check(name, text.into(), Lists::Repeated, expect);
    }
    check("ns", json!(["1", "2"]), Lists::Repeated, json!([1, 2]));
    check("os", json!(["{}", "{\"a\": 1}"]), Lists::Repeated, json!([{}, {"a": 1}]));
    check("ns", json!("1,2"), Lists::Repeated, json!(["1,2"]));
    check("ns", json!("1, 2"), Lists::Commas, json!([1, 2]));
    check("s", json!("1,2"), Lists::Commas, json!("1,2"));
    check("n", json!(["1", "2"]), Lists::Repeated, json!(["1", "2"]));
}

#[test]
fn text_is_wrapped_in_a_list_once() {
    let tree = json!({"type": ["integer", "array"], "items": {"$ref": "#/components/inputs/tree"}});
    let inputs = json!({"properties": {"n": {"$ref": "#/components/inputs/tree"}}});
    let compiled = compiled(&inputs, &json!({"tree": tree})).unwrap();
    for (text, lists, expect) in [
        ("x", Lists::Repeated, json!(["x"])),
        ("5", Lists::Repeated, json!(5)),
        ("1,x", Lists::Commas, json!([1, "x"])),
    ] {
        assert_eq!(compiled.read("n", text.into(), lists), expect, "{text}");
    }
    assert_eq!(compiled.read("n", json!(["1", "x"]), Lists::Repeated), json!([1, "x"]));
}

#[test]
fn schemas_that_are_made_of_too_many_say_nothing_of_text() {
    let next = |name: String| json!({"$ref": format!("#/components/inputs/{name}")});
    let many = |of: &str, at: usize| json!({of: vec![next(format!("{of}{}", at + 1)); 10]});
    let of = ["allOf", "anyOf"].into_iter().flat_map(|of| (0..16).map(move |at| (of, at)));
    let mut components: Map<String, Value> = of.map(|(of, at)| (format!("{of}{at}"), many(of, at))).collect();
    components.insert("allOf16".into(), json!({"properties": {"deep": {"type": "integer"}}}));
    components.insert("anyOf16".into(), json!({"type": "integer"}));
    let inputs = json!({
        "properties": {
            "few": {"type": "integer"}, "list": {"type": "array", "items": next("anyOf0".into())}, "many": next("anyOf0".into()),
        },
        "allOf": [next("allOf0".into())],
    });
    let compiled = compiled(&inputs, &components.into()).unwrap();
    assert_eq!(compiled.read("few", "5".into(), Lists::Repeated), json!(5));
    for name in ["list", "many", "deep", "unknown"] {
        assert_eq!(compiled.read(name, "5".into(), Lists::Repeated), json!("5"), "{name}");
    }
}
