//! The shop.

use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

const JSON: (&str, &str) = ("content-type", "application/json");

fn problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let body = answer.json();
    assert_eq!(body["status"], status);
    assert!(body["detail"].is_string() && body["title"].is_string() && body["type"] == "about:blank");
    body
}

#[test]
fn a_page_needs_calls_that_depend_on_each_other() {
    let server = Server::start(quick());
    let user = server.get("/shop/users/usr-7").json();
    let orders = server.get(&format!("/shop/users/{}/orders", user["id"].as_str().unwrap())).json();
    let order = &orders["items"][0];
    assert_eq!(order["user_id"], user["id"]);
    let product = order["items"][0]["product_id"].as_str().unwrap();
    for path in ["products", "stock", "prices"] {
        let answer = server.get(&format!("/shop/{path}/{product}"));
        assert_eq!(answer.status, 200, "{path}");
        let id = if path == "products" { "id" } else { "product_id" };
        assert_eq!(answer.json()[id], product);
    }
    let shipping = server.get(&format!("/shop/shipping/{}", order["id"].as_str().unwrap())).json();
    assert_eq!(shipping["order_id"], order["id"]);
    let liked = server.get("/shop/users/usr-7/recommendations").json();
    assert_eq!(liked["product_ids"].as_array().unwrap().len(), 5);
}

#[test]
fn data_follow_from_the_seed() {
    let one = Server::start(quick());
    let same = Server::start(quick());
    let other = Server::start(simulate::Config { seed: 2, ..quick() });
    for path in ["/shop/users?limit=50", "/shop/products?limit=100", "/shop/orders?limit=100"] {
        assert_eq!(one.get(path).body, same.get(path).body);
        assert_ne!(one.get(path).body, other.get(path).body);
    }
    for (path, total) in [("/shop/users", 50), ("/shop/products", 200), ("/shop/orders", 400)] {
        assert_eq!(one.get(path).json()["total"], total);
    }
}

#[test]
fn pages_join_to_the_whole() {
    let server = Server::start(quick());
    let mut next = Some("/shop/users?limit=17".to_owned());
    let mut ids = Vec::new();
    while let Some(path) = next {
        let answer = server.get(&path);
        let page = answer.json();
        ids.extend(page["items"].as_array().unwrap().iter().map(|user| user["id"].clone()));
        next = page["next"].as_str().map(str::to_owned);
        let link = next.as_ref().map(|next| format!("<{next}>; rel=\"next\""));
        assert_eq!(answer.header("link"), link.as_deref());
    }
    assert_eq!(ids.len(), 50);
    assert_eq!(ids[49], "usr-50");
    assert_eq!(server.get("/shop/users?offset=99999").json()["items"], json!([]));
    let some = server.get("/shop/orders?status=paid&user_id=usr-3&limit=1").json();
    assert!(some["items"].as_array().unwrap().iter().all(|order| order["user_id"] == "usr-3"));
}

#[test]
fn several_products_are_had_at_once_by_their_ids() {
    let server = Server::start(quick());
    let ids = |path: &str| -> Vec<String> {
        let page = server.get(path).json();
        page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        ids("/shop/products?ids=prd-9,prd-2%2Cprd-9,%20prd-999,x,"),
        ["prd-2", "prd-9"],
        "unknown ones are left out, what is named twice comes once"
    );
    assert_eq!(ids("/shop/products?ids="), Vec::<String>::new());
    let fifty: Vec<String> = (1..=50).map(|number| format!("prd-{number}")).collect();
    assert_eq!(ids(&format!("/shop/products?ids={}", fifty.join(","))), fifty, "one page has all");
    let page = server.get("/shop/products?ids=prd-3,prd-1,y,prd-2&limit=2").json();
    assert_eq!(page["next"], "/shop/products?ids=prd-3,prd-1,prd-2&limit=2&offset=2");
    assert_eq!(ids(page["next"].as_str().unwrap()), ["prd-3"]);
    let category = server.get("/shop/products/prd-1").json()["category"].clone();
    let of = ids(&format!("/shop/products?ids=prd-1,prd-2&category={}", category.as_str().unwrap()));
    assert!(of.contains(&"prd-1".to_owned()), "{of:?}");
    let many = server.get(&format!("/shop/products?ids={},prd-51", fifty.join(",")));
    assert_eq!(problem(&many, 400)["errors"][0]["pointer"], "ids");
}

#[test]
fn entity_tags_and_head_spare_the_body() {
    let server = Server::start(quick());
    let whole = server.get("/shop/products/prd-1");
    let tag = whole.header("etag").unwrap();
    for tags in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let again = server.send("GET", "/shop/products/prd-1", &[("if-none-match", &tags)], &[]);
        assert_eq!((again.status, again.body.len()), (304, 0));
        assert_eq!(again.header("etag"), Some(tag));
    }
    let changed = server.send("GET", "/shop/products/prd-1", &[("if-none-match", "\"x\"")], &[]);
    assert_eq!(changed.status, 200);
    let head = server.send("HEAD", "/shop/products/prd-1", &[], &[]);
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), Some(whole.body.len().to_string().as_str()));
    assert_eq!(head.header("etag"), Some(tag));
}

#[test]
fn orders_can_be_written() {
    let server = Server::start(quick());
    let body =
        br#"{"user_id":"usr-3","items":[{"product_id":"prd-9"},{"product_id":"prd-10","quantity":2}]}"#;
    let made = server.send("POST", "/shop/orders", &[JSON], body);
    assert_eq!((made.status, made.header("location")), (201, Some("/shop/orders/ord-401")));
    let order = made.json();
    assert_eq!((&order["status"], &order["version"]), (&json!("pending"), &json!(1)));
    assert_eq!(order["items"][0], json!({"product_id": "prd-9", "quantity": 1}));
    assert_eq!(server.get("/shop/orders/ord-401").header("etag"), made.header("etag"));

    let patched = server.send("PATCH", "/shop/orders/ord-401", &[JSON], br#"{"status":"paid"}"#);
    assert_eq!(patched.json()["status"], "paid");
    assert_eq!(patched.json()["items"], order["items"]);
    let stale = [JSON, ("if-match", made.header("etag").unwrap())];
    problem(&server.send("PUT", "/shop/orders/ord-401", &stale, body), 412);
    let fresh = [JSON, ("if-match", patched.header("etag").unwrap())];
    let put = server.send("PUT", "/shop/orders/ord-401", &fresh, body);
    assert_eq!((&put.json()["status"], &put.json()["version"]), (&json!("pending"), &json!(3)));

    assert_eq!(server.send("DELETE", "/shop/orders/ord-401", &[], &[]).status, 204);
    problem(&server.get("/shop/orders/ord-401"), 404);
    problem(&server.send("DELETE", "/shop/orders/ord-401", &[], &[]), 404);
    let next = server.send("POST", "/shop/orders", &[JSON], body);
    assert_eq!(next.header("location"), Some("/shop/orders/ord-402"));
}

#[test]
fn every_mistake_of_an_order_is_told() {
    let server = Server::start(quick());
    let body =
        br#"{"user_id":"usr-99","items":[{"product_id":"x"},{"product_id":"prd-1","quantity":0}],"gift":1}"#;
    let told = problem(&server.send("POST", "/shop/orders", &[JSON], body), 400);
    let mut pointers: Vec<_> =
        told["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/gift", "/items/0/product_id", "/items/1/quantity", "/user_id"]);
    let cases: [(&[u8], u16); 5] =
        [(b"{", 400), (b"[]", 400), (b"{}", 400), (br#"{"user_id":1,"items":[]}"#, 400), (b"\xff", 400)];
    for (body, status) in cases {
        problem(&server.send("POST", "/shop/orders", &[JSON], body), status);
    }
    problem(&server.send("POST", "/shop/orders", &[("content-type", "text/plain")], b"{}"), 415);
    let small = Server::start(simulate::Config { body_limit: 10, ..quick() });
    problem(&small.send("POST", "/shop/orders", &[JSON], b"[1,2,3,4,5,6,7]"), 413);
}

#[test]
fn what_is_not_there_is_a_problem() {
    let server = Server::start(quick());
    for path in [
        "/shop/users/usr-51",
        "/shop/users/usr-0",
        "/shop/users/usr-01",
        "/shop/users/1",
        "/shop/users/usr-+1",
        "/shop/products/prd-201",
        "/shop/stock/x",
        "/shop/prices/prd-999",
        "/shop/orders/ord-401",
        "/shop/shipping/ord-401",
        "/shop/users/usr-51/orders",
        "/shop/nowhere",
        "/nowhere",
        "/",
    ] {
        problem(&server.get(path), 404);
    }
    for path in [
        "/shop/prices/prd-1?currency=XAU",
        "/shop/users?limit=0",
        "/shop/users?limit=101",
        "/shop/users?offset=-1",
        "/shop/orders?status=lost",
        "/shop/orders?user_id=usr-51",
        "/shop/products?category=x",
    ] {
        let told = problem(&server.get(path), 400);
        assert_eq!(told["errors"].as_array().unwrap().len(), 1, "{path}");
    }
    let refused = server.send("POST", "/shop/users", &[JSON], b"{}");
    problem(&refused, 405);
    assert_eq!(refused.header("allow"), Some("GET,HEAD"));
    problem(&server.send("DELETE", "/shop/stock/prd-1", &[], &[]), 405);
}

#[test]
fn the_description_fits_the_shop() {
    let server = Server::start(quick());
    let document = server.get("/shop/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let operation = &item["get"];
        let path =
            operation["parameters"].as_array().unwrap().iter().fold(path.clone(), |path, parameter| {
                let name = format!("{{{}}}", parameter["name"].as_str().unwrap_or_default());
                path.replace(&name, parameter["example"].as_str().unwrap_or_default())
            });
        let answer = server.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&document, schema, &answer.json(), &path);
        seen += 1;
    }
    assert_eq!(seen, 13);
    let orders = &document["paths"]["/shop/orders/{id}"];
    assert!(["get", "put", "patch", "delete"].iter().all(|method| orders[*method].is_object()));
    let told = server.get("/shop/prices/prd-1?currency=x").json();
    fits(&document, &json!({"$ref": "#/components/schemas/Problem"}), &told, "a problem");
}

/// The keywords that the description uses, and that nothing is answered which it does not name.
fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#')).expect("the reference leads somewhere");
        return fits(document, target, value, at);
    }
    if let Some(known) = schema["enum"].as_array() {
        assert!(known.contains(value), "{at}: {value}");
    }
    let types = match &schema["type"] {
        Value::Array(several) => several.clone(),
        one => vec![one.clone()],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
    };
    assert!(types.iter().any(|one| one.is_null() || one == kind), "{at}: {value} is no {types:?}");
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(!value[name.as_str().unwrap()].is_null() || name == "next", "{at}: {name} is missing");
    }
    if let (Some(properties), Some(map)) = (schema["properties"].as_object(), value.as_object()) {
        for (name, part) in map {
            let schema = properties.get(name).unwrap_or_else(|| panic!("{at}: {name} is not described"));
            fits(document, schema, part, &format!("{at}.{name}"));
        }
    }
    for (number, part) in value.as_array().into_iter().flatten().enumerate() {
        fits(document, &schema["items"], part, &format!("{at}[{number}]"));
    }
}
