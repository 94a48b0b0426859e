//! The specification's example documents (`OAI/Arazzo-Specification`, `examples/1.0.0`), in their structure: each is read,
//! resolved and planned, or refused with the mistakes that it has by the grammar and by its `OpenAPI` description. What the
//! mistakes say to write instead makes it run.

use std::sync::Arc;

use flow::Document;
use flow::program::Program;
use flow::resolve::{Source, Sources};
use openapi::Description;
use serde_json::{Value, json};

use super::yaml;

fn sources(example: &Value) -> Sources {
    let api = Source::OpenApi(Arc::new(Description::read(&example["api"]).unwrap()));
    let name = example["document"]["sourceDescriptions"][0]["name"].as_str().unwrap();
    [(name.into(), api)].into()
}

/// What is wrong with an example, when it is read, else when it is compiled.
fn wrong(example: &Value) -> Vec<String> {
    let found = Document::read(&example["document"])
        .and_then(|document| Program::new(&document, &sources(example)).map(drop));
    found.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check(example: &Value, expect: &[&str]) {
    let found = wrong(example);
    assert_eq!(found.len(), expect.len(), "{found:#?}");
    for (found, expect) in found.iter().zip(expect) {
        let (at, says) = expect.split_once(": ").unwrap();
        assert!(found.starts_with(&format!("{at}: ")) && found.contains(says), "{found}\nis not: {expect}");
    }
}

/// Puts a value where there is another.
#[track_caller]
fn mend(example: &mut Value, at: &str, value: Value) {
    let place = example.pointer_mut(&format!("/document{at}"));
    *place.unwrap_or_else(|| panic!("there is no {at}")) = value;
}

#[test]
fn oauth() {
    check(&yaml(include_str!("examples/oauth.yaml")), &[]);
}

#[test]
fn bnpl() {
    let mut example = yaml(include_str!("examples/bnpl.yaml"));
    check(
        &example,
        &["/workflows/0/steps/4/outputs/redirectUrl: `$response.`: here must follow `header.`, `query.`"],
    );
    let step = |at: usize, rest: &str| format!("/workflows/0/steps/{at}/{rest}");
    mend(&mut example, &step(4, "outputs/redirectUrl"), json!("$response.header.Location"));
    check(
        &example,
        &[
            "/workflows/0/steps/4/parameters/0/value: step `authenticateCustomerAndAuthorizeLoan` gives `redirectUrl`",
            "/workflows/0/steps/4/parameters/0/value: step `authenticateCustomerAndAuthorizeLoan` refers to its own output",
            "/workflows/0/steps/5/parameters/0/value: step `initiateBnplTransaction` gives `loanTransactionResourceUrl`, `redirectAuthToken`",
            "/workflows/0/steps/6/parameters/0/value: step `initiateBnplTransaction` gives `loanTransactionResourceUrl`, `redirectAuthToken`",
        ],
    );
    let token = "$steps.initiateBnplTransaction.outputs.redirectAuthToken";
    mend(&mut example, &step(4, "parameters/0/value"), json!(token));
    let outputs = json!({"redirectAuthToken": "$response.body#/redirectAuthToken", "loanTransactionId": "$response.body#/loanTransactionId"});
    mend(&mut example, &step(3, "outputs"), outputs);
    check(&example, &[]);
}

/// As it was published at first.
#[test]
fn bnpl_as_it_was() {
    let mut example = yaml(include_str!("examples/bnpl.yaml"));
    let parameters = json!([{"name": "products", "in": "body", "value": "$inputs.products"}]);
    example["document"]["workflows"][0]["steps"][0]["parameters"] = parameters;
    let action = json!([{"name": "Required", "type": "goto", "stepId": "createCustomer", "condition": "$response.body.token != null"}]);
    mend(&mut example, "/workflows/0/steps/3/onSuccess", action);
    let plan = "$steps.retrieveFinalizedPaymentPlan.finalizedPaymentPlan";
    mend(&mut example, "/workflows/0/outputs/finalizedPaymentPlan", json!(plan));
    check(
        &example,
        &[
            "/workflows/0/steps/0/parameters/0/in: a body is no parameter: it stands in `requestBody`",
            "/workflows/0/steps/3/onSuccess/0/condition: a condition stands in `criteria`: `criteria: [{condition: …}]`",
            "/workflows/0/steps/4/outputs/redirectUrl: here must follow `header.`",
            "/workflows/0/outputs/finalizedPaymentPlan: here must follow `.outputs.` and an output's name",
        ],
    );
}

#[test]
fn pet_coupons() {
    let mut example = yaml(include_str!("examples/pet-coupons.yaml"));
    let (pet, order) = ("/outputs/my_pet_id", "/outputs/my_order_id");
    let at = |workflow: usize, step: usize, rest: &str| format!("/workflows/{workflow}/steps/{step}{rest}");
    let part = "a part of a value is named by a pointer, as in `$response.body#/0/id`";
    let output = "what a workflow gives is `$outputs.NAME`";
    let (part, output) = (format!(": {part}"), format!(": {output}"));
    check(
        &example,
        &[
            &*(at(0, 0, pet) + &part),
            &*(at(0, 2, order) + &output),
            &*(at(1, 0, pet) + &part),
            &*(at(1, 1, order) + &output),
        ],
    );
    for (workflow, last) in [(0, 2), (1, 1)] {
        mend(&mut example, &at(workflow, 0, pet), json!("$response.body#/0/id"));
        mend(&mut example, &at(workflow, last, order), json!("$outputs.workflow_order_id"));
    }
    check(
        &example,
        &["/workflows/0/steps/1: the path `/pet/{petId}/coupons` needs parameter `petId`, `in: path`"],
    );
    mend(&mut example, "/workflows/0/steps/1/parameters/0/name", json!("petId"));
    check(&example, &[]);
}

#[test]
fn fapi_par() {
    let mut example = yaml(include_str!("examples/fapi-par.yaml"));
    check(
        &example,
        &[
            "/workflows/0/steps/0/operationId: source `auth-api` has no operation `PAR`; it has `Authorization`, `Par`, `Token`",
        ],
    );
    mend(&mut example, "/workflows/0/steps/0/operationId", json!("$sourceDescriptions.auth-api.Par"));
    check(&example, &[]);
}

#[test]
fn login_and_retrieve_pets() {
    let mut example = yaml(include_str!("examples/login-and-retrieve-pets.yaml"));
    check(
        &example,
        &[
            "/workflows/0/steps/1/operationPath: a way to an operation ends with its method: `/paths/~1pet~1findByStatus/get`",
        ],
    );
    let way = "{$sourceDescriptions.petStoreDescription.url}#/paths/~1pet~1findByStatus/get";
    mend(&mut example, "/workflows/0/steps/1/operationPath", json!(way));
    check(&example, &[]);
}

#[test]
fn extended_parameters() {
    let mut example = yaml(include_str!("examples/extended-parameters.yaml"));
    check(
        &example,
        &[
            "/workflows/0/steps/0/operationId: it has `postAnimal`, `getRandomAnimal`: write `$sourceDescriptions.animals.postAnimal`",
        ],
    );
    mend(&mut example, "/workflows/0/steps/0/operationId", json!("postAnimal"));
    check(&example, &[]);
}
