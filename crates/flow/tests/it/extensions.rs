//! What `docs/flow-extensions.md` and `docs/flows.md` show is read, and good by the schema.

use flow::extension::schema;
use flow::short;
use serde_json::{Value, json};

use super::{mistakes, yaml};

const EXTENSIONS: &str = include_str!("../../../../docs/flow-extensions.md");

/// The examples of a page.
fn examples(page: &str) -> impl Iterator<Item = &str> {
    page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("\n```").next())
}

#[test]
fn every_example_of_the_page_is_good() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut count = 0;
    for text in examples(EXTENSIONS) {
        let mut workflow = json!({"workflowId": "w", "steps": [{"stepId": "s", "operationId": "s"}]});
        match yaml(text) {
            Value::Array(steps) => workflow["steps"] = steps.into(),
            Value::Object(members) if members.contains_key("x-weir-response") => {
                workflow.as_object_mut().unwrap().extend(members);
            }
            Value::Object(members) => workflow["steps"][0].as_object_mut().unwrap().extend(members),
            other => panic!("{other}"),
        }
        let document = json!({
            "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
            "sourceDescriptions": [{"name": "api", "url": "x"}], "workflows": [workflow],
        });
        assert_eq!(mistakes(&document), [], "{text}");
        let wrong: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{text}: {wrong:?}");
        count += 1;
    }
    assert!(count >= 15, "{count}");
}

#[test]
fn the_short_form_of_the_page_declares_its_sources() {
    let page = include_str!("../../../../docs/flows.md");
    let example = examples(page).find(|example| example.starts_with("flow: product-page")).unwrap();
    let declared = short::declared(&yaml(example)).unwrap();
    assert_eq!((&*declared.sources[0].name, &*declared.sources[0].url), ("shop", "shop.openapi.json"));
}
