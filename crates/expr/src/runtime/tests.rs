use proptest::prelude::*;

use super::*;

fn named(name: &str, pointer: &str) -> Named {
    Named { name: name.into(), pointer: Pointer::parse(pointer).unwrap() }
}

fn body(pointer: &str) -> Source {
    Source::Body(Pointer::parse(pointer).unwrap())
}

#[test]
fn every_form_of_the_grammar_is_read_and_written() {
    let step = |step: &str, output| Expression::Step { step: step.into(), output };
    let workflow = |name: &str, side, field| Expression::Workflow { workflow: name.into(), side, field };
    let source = |source: &str, reference: &str| Expression::SourceDescription {
        source: source.into(),
        reference: reference.into(),
    };
    for (text, expect) in [
        ("$url", Expression::Url),
        ("$method", Expression::Method),
        ("$statusCode", Expression::StatusCode),
        ("$self", Expression::Own),
        ("$request.header.accept", Expression::Request(Source::Header("accept".into()))),
        ("$request.path.id", Expression::Request(Source::Path("id".into()))),
        ("$request.query.a b[c]", Expression::Request(Source::Query("a b[c]".into()))),
        ("$request.query.", Expression::Request(Source::Query("".into()))),
        ("$request.body#/user/uuid", Expression::Request(body("/user/uuid"))),
        ("$response.body", Expression::Response(body(""))),
        ("$response.body#/items/0/id", Expression::Response(body("/items/0/id"))),
        ("$response.body#/a~1b/~0", Expression::Response(body("/a~1b/~0"))),
        ("$response.body#/with space/$x", Expression::Response(body("/with space/$x"))),
        (
            "$message.payload#/status",
            Expression::Message(Source::Payload(Pointer::parse("/status").unwrap())),
        ),
        ("$message.header.server", Expression::Message(Source::Header("server".into()))),
        ("$inputs.username", Expression::Input(named("username", ""))),
        ("$inputs.x-api-key", Expression::Input(named("x-api-key", ""))),
        ("$inputs.a.b_c#/0", Expression::Input(named("a.b_c", "/0"))),
        ("$outputs.bar", Expression::Output(named("bar", ""))),
        ("$steps.some-Step_1.outputs.pets#/0/id", step("some-Step_1", named("pets", "/0/id"))),
        ("$steps.s.outputs.a.b", step("s", named("a.b", ""))),
        ("$steps.s.outputs", step("s", named("", ""))),
        ("$steps.s.outputs#/a", step("s", named("", "/a"))),
        ("$workflows.foo.inputs.username", workflow("foo", Side::Inputs, named("username", ""))),
        ("$workflows.foo.outputs.mapped#/name", workflow("foo", Side::Outputs, named("mapped", "/name"))),
        (
            "$workflows.foo.steps.s.outputs.id#/0",
            Expression::WorkflowStep { workflow: "foo".into(), step: "s".into(), output: named("id", "/0") },
        ),
        ("$sourceDescriptions.petstore.getPetById", source("petstore", "getPetById")),
        ("$sourceDescriptions.petstore.get /pets.v1", source("petstore", "get /pets.v1")),
        (
            "$components.successActions.a.b",
            Expression::Component { kind: ComponentKind::SuccessActions, name: "a.b".into() },
        ),
    ] {
        let read = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read, expect, "{text}");
        assert_eq!(read.to_string(), text);
    }
    for (text, expect) in [
        ("$response.body.status", "$response.body#/status"),
        ("$message.payload.a.b-c", "$message.payload#/a/b-c"),
        ("$response.body#", "$response.body"),
    ] {
        assert_eq!(Expression::parse(text).unwrap().to_string(), expect);
    }
    assert_eq!(
        Expression::parse("$response.header.X-Rate-Limit").unwrap().to_string(),
        "$response.header.x-rate-limit"
    );
}

#[test]
fn a_mistake_names_its_place_and_what_must_follow() {
    for (text, expect) in [
        ("$response", "`$response` is no runtime expression"),
        ("response.body", "is no runtime expression"),
        ("$Inputs.a", "is no runtime expression"),
        ("$statuscode", "is no runtime expression"),
        ("$url/x", "`$url`: here must follow the end"),
        ("$response.status", "`$response.`: here must follow `header.`"),
        ("$response.bodyx", "`$response.body`: here must follow the end"),
        ("$response.body#x", "`$response.body#x`: a JSON Pointer begins with `/`"),
        ("$response.body#/a~", "in a JSON Pointer `~` is written `~0`"),
        ("$response.header.", "must follow a header field's name"),
        ("$inputs.", "must follow a name of letters"),
        ("$inputs.a b", "`$inputs.a`: here must follow the end"),
        ("$steps.a.output.b", "`$steps.a`: here must follow `.outputs.` and an output's name"),
        ("$steps..outputs.b", "must follow a step's id"),
        ("$workflows.a.step.b", "must follow `.inputs.` or `.outputs.`"),
        ("$workflows.a.steps.b", "must follow `.outputs.` and an output"),
        ("$sourceDescriptions.a", "must follow `.` and an operation"),
        ("$sourceDescriptions.a.", "must follow an operation"),
        ("$components.inputs.a", "must follow `parameters`"),
        ("$inputs.a{b}", "must follow the end"),
    ] {
        let error = Expression::parse(text).unwrap_err().to_string();
        assert!(error.contains(expect), "{text}: {error}");
    }
}

#[test]
fn a_name_with_dots_can_be_read_as_a_value_and_its_members() {
    let readings: Vec<String> = named("a.b.c", "")
        .readings()
        .map(|(name, members)| format!("{name} {:?}", members.collect::<Vec<_>>()))
        .collect();
    assert_eq!(readings, ["a.b.c []", r#"a.b ["c"]"#, r#"a ["b", "c"]"#]);
}

#[test]
fn in_a_condition_an_expression_ends_at_a_space_a_bracket_or_an_operator() {
    for (text, expect, rest) in [
        ("$statusCode == 200", "$statusCode", " == 200"),
        ("$statusCode==200", "$statusCode", "==200"),
        ("$response.body#/0 == null", "$response.body#/0", " == null"),
        ("$response.body.data != null", "$response.body#/data", " != null"),
        ("$response.body.items[0].id", "$response.body#/items", "[0].id"),
        ("$steps.a.outputs.b#/c[0]", "$steps.a.outputs.b#/c", "[0]"),
        ("$response.body[0].a", "$response.body", "[0].a"),
        ("$response.header.X-A>3)", "$response.header.x-a", ">3)"),
        ("$inputs.a.b&&true", "$inputs.a.b", "&&true"),
    ] {
        let (expression, left) = in_condition(text).unwrap();
        assert_eq!((expression.to_string().as_str(), left), (expect, rest), "{text}");
    }
    assert!(in_condition("$response.bodies == 1").is_err());
}

proptest! {
    #[test]
    fn what_is_read_is_written_and_read_again(text in r"\$(inputs|steps\.a\.outputs|response\.body|request\.query|self)[.#/a-z~0-9 ]{0,12}") {
        if let Ok(expression) = Expression::parse(&text) {
            let written = expression.to_string();
            prop_assert_eq!(Expression::parse(&written), Ok(expression), "{} as {}", text, written);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_in_words(text in any::<String>()) {
        for text in [text.clone(), format!("$response.{text}"), format!("$steps.{text}")] {
            if let Err(error) = Expression::parse(&text) {
                prop_assert!(!error.to_string().is_empty());
            }
            in_condition(&text).ok();
        }
    }
}
