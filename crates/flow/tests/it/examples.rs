//! The specification's example documents (`OAI/Arazzo-Specification`, `examples/1.0.0`), in their structure: each is read,
//! resolved and planned, or refused with the mistakes that it has by the grammar and by its `OpenAPI` description. What the
//! mistakes say to write instead makes it run.

use std::sync::Arc;

use flow::Document;
use flow::program::Program;
use flow::resolve::{Source, Sources};
use openapi::Description;
use serde_json::{Value, json};

use super::runner::{answer, run};
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

/// Runs a workflow of an example against these answers, by what the targets begin with.
#[track_caller]
fn runs(
    example: &Value,
    (workflow, inputs): (&str, &Value),
    answers: &[(&str, u16, Value)],
) -> (Vec<String>, Value) {
    let sources = sources(example);
    let (calls, ended) = run((&example["document"], &sources), workflow, inputs, |request| {
        let call = format!("{} {}", request.method, request.target);
        let found = answers.iter().find(|(begins, ..)| call.starts_with(begins));
        let (_, status, body) = found.unwrap_or_else(|| panic!("{call}"));
        answer(*status, body)
    });
    assert_eq!(ended.failure, None, "{calls:#?}");
    (calls, Value::Object(ended.outputs))
}

#[test]
fn oauth() {
    let example = yaml(include_str!("examples/oauth.yaml"));
    check(&example, &[]);
    let code = json!({"code": "C", "access_token": "none"});
    let token = json!({"access_token": "A", "refresh_token": "R", "expires_in": 60});
    let answers = [("GET /authorize", 200, code), ("POST /oauth/token", 200, token.clone())];
    let inputs =
        json!({"my_client_id": "me", "my_client_secret": "s", "my_redirect_uri": "https://b.example/"});
    let (calls, outputs) = runs(&example, ("refresh-token-flow", &inputs), &answers);
    assert_eq!(
        calls,
        [
            "GET /authorize?client_id=me&redirect_uri=https%3A%2F%2Fb.example%2F&response_type=code&scope=read&state=12345 ",
            "POST /oauth/token grant_type=authorization_code&code=C&redirect_uri=https%3A%2F%2Fb.example%2F&client_id=me&client_secret=s",
            "POST /oauth/token grant_type=refresh_token&refresh_token=R",
        ]
    );
    assert_eq!(outputs, token);
    let (_, outputs) = runs(
        &example,
        ("client-credentials-flow", &json!({"client_id": "me", "client_secret": "s"})),
        &answers,
    );
    assert_eq!(outputs, json!({"access_token": "A"}));
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
            "/workflows/0/steps/5/parameters/0/value: step `initiateBnplTransaction` gives `redirectAuthToken`, `loanTransactionResourceUrl`",
            "/workflows/0/steps/6/parameters/0/value: step `initiateBnplTransaction` gives `redirectAuthToken`, `loanTransactionResourceUrl`",
        ],
    );
    let token = "$steps.initiateBnplTransaction.outputs.redirectAuthToken";
    mend(&mut example, &step(4, "parameters/0/value"), json!(token));
    let outputs = json!({"redirectAuthToken": "$response.body#/redirectAuthToken", "loanTransactionId": "$response.body#/loanTransactionId"});
    mend(&mut example, &step(3, "outputs"), outputs);
    check(&example, &[]);
    // `$[?count(@.products) > 0]` asks each child of the body for its products: none has them.
    let inputs = json!({"customer": {"uri": "https://a.example/c/1"}, "products": [{"productCode": "p"}]});
    let eligible = json!({"products": [{"products": ["p"]}], "eligibilityCheckRequired": false, "totalAmount": 5, "more": {"products": []}});
    let transaction = json!({"loanTransactionId": "l 1", "links": {"self": "/l"}});
    let answers = [
        ("POST /products", 200, eligible),
        ("GET /terms", 200, json!(["be good"])),
        ("POST /loan-transactions", 202, transaction),
        ("GET /loan-transactions/l%201", 200, json!({"paymentSchedule": []})),
        ("PATCH /loan-transactions/l%201/status", 204, json!(null)),
    ];
    // What the other branch alone gives is not known in this one.
    mend(
        &mut example,
        &step(3, "requestBody/payload"),
        json!({"products": "$steps.checkLoanCanBeProvided.outputs.eligibleProducts"}),
    );
    let end = step(0, "onSuccess/0/criteria/1/condition");
    mend(&mut example, &end, json!("$response.body#/existingCustomerNotEligible == true"));
    let (calls, outputs) = runs(&example, ("ApplyForLoanAtCheckout", &inputs), &answers);
    let began: Vec<&str> = calls.iter().map(|call| call.split(' ').nth(1).unwrap()).collect();
    assert_eq!(
        began,
        [
            "/products",
            "/terms-and-conditions",
            "/loan-transactions",
            "/loan-transactions/l%201",
            "/loan-transactions/l%201/status"
        ]
    );
    assert_eq!(outputs, json!({"finalizedPaymentPlan": {"paymentSchedule": []}}));
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
        &[
            "/workflows/0/steps/1: the path `/pet/{petId}/coupons` needs parameter `petId`, `in: path`",
            "/workflows/0/steps/1/parameters/0: the path `/pet/{petId}/coupons` has no parameter `pet_id`",
        ],
    );
    mend(&mut example, "/workflows/0/steps/1/parameters/0/name", json!("petId"));
    check(&example, &[]);
    // A workflow has no status: a criterion that asks for it does not pass.
    for step in [at(0, 2, ""), at(1, 1, "")] {
        let step = example.pointer_mut(&format!("/document{step}")).unwrap();
        step.as_object_mut().unwrap().shift_remove("successCriteria");
    }
    let answers = [
        ("GET /pet/findBy", 200, json!([{"id": 4}, {"id": 5}])),
        ("GET /pet/4/coupons", 200, json!({"couponCode": "SUMMER"})),
        ("POST /store/order", 200, json!({"id": 11})),
    ];
    let inputs = json!({"my_pet_tags": ["puppy", "dalmatian"], "quantity": 1});
    let (calls, outputs) = runs(&example, ("apply-coupon", &inputs), &answers);
    assert_eq!(calls[0], "GET /pet/findByTags?pet_tags=puppy&pet_tags=dalmatian ");
    assert_eq!(outputs, json!({"apply_coupon_pet_order_id": 11}));
}

#[test]
fn fapi_par() {
    let mut example = yaml(include_str!("examples/fapi-par.yaml"));
    check(
        &example,
        &[
            "/workflows/0/steps/0/operationId: source `auth-api` has no operation `PAR`; it has `Par`, `Authorization`, `Token`",
        ],
    );
    mend(&mut example, "/workflows/0/steps/0/operationId", json!("$sourceDescriptions.auth-api.Par"));
    check(&example, &[]);
    let answers = [
        ("POST /as/par.oauth2", 200, json!({"request_uri": "urn:x:1"})),
        ("GET /as/authorize.oauth2?request_uri=urn%3Ax%3A1&client_id=me", 302, json!({"code": "C"})),
        ("POST /as/token.oauth2", 200, json!({"access_token": "A"})),
    ];
    let inputs = json!({
        "client_id": "me", "client_assertion": {"iss": "i"}, "redirect_uri": "r", "code_verifier": "v",
        "PARrequestBody": {"response_type": "code"}, "TokenRequestBody": {},
    });
    let (calls, outputs) = runs(&example, ("OIDC-PAR-AuthzCode", &inputs), &answers);
    assert!(
        calls[0].contains("&client_assertion=%7B%22iss%22%3A%22i%22%7D {\"response_type\":\"code\"}"),
        "{}",
        calls[0]
    );
    assert!(calls[2].contains("\"code\": \"C\""), "{}", calls[2]);
    assert_eq!(outputs, json!({"access_token": {"access_token": "A"}}));
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
    let answers = [
        ("GET /user/login", 200, json!("session")),
        ("GET /pet/findByStatus?status=available", 200, json!([1])),
    ];
    let inputs = json!({"username": "u", "password": "p&"});
    let (calls, outputs) = runs(&example, ("loginUserRetrievePet", &inputs), &answers);
    assert_eq!(calls[0], "GET /user/login?username=u&password=p%26 ");
    assert_eq!(outputs, json!({"available": [1]}));
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
    let sources = sources(&example);
    let mut headers = Vec::new();
    let (calls, ended) = run((&example["document"], &sources), "animal-workflow", &json!({}), |request| {
        headers.push(request.headers.clone());
        answer(200, &json!({}))
    });
    assert_eq!((calls.len(), ended.failure), (2, None));
    let header = |name: &str, value: &str| (name.into(), value.to_owned());
    let shared = header("workflowlevelparamtwo", "someValue");
    let cookies = "authentication=SUPER_SECRET; workflowLevelParamOne=someValue";
    assert_eq!(headers[0], [shared.clone(), header("cookie", cookies)]);
    assert_eq!(headers[1], [shared, header("cookie", "workflowLevelParamOne=someValue")]);
}
