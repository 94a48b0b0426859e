use std::fs;

use serde_json::json;

use super::*;
use crate::files::load;

const OPENAPI: &str =
    "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {operationId: a}}}\n";

fn arazzo(sources: &Value) -> String {
    let steps = json!([{"stepId": "a", "operationId": "a"}]);
    json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"}, "sourceDescriptions": sources,
        "workflows": [{"workflowId": "w", "steps": steps}],
    })
    .to_string()
}

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn flow<'f>(files: &'f Files, name: &str) -> &'f Flow {
    let found = files.documents.iter().find(|one| one.id.name.as_str() == name && one.id.kind == Kind::Flow);
    match &found.unwrap().spec {
        Spec::Flow(flow) => flow,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_are_put_in_and_what_is_wrong_in_them_has_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let shop =
        json!([{"name": "shop", "url": "../specs/shop.yaml", "type": "openapi", "x-weir-service": "shop"}]);
    write(at, "flows/one.yaml", &arazzo(&shop));
    write(at, "flows/two.yaml", &arazzo(&json!([{"name": "one", "url": "./one.yaml"}])));
    write(at, "specs/shop.yaml", OPENAPI);
    let url = "https://api.example/openapi.json?v=1";
    fs::create_dir_all(kept(at, url).unwrap().parent().unwrap()).unwrap();
    fs::write(kept(at, url).unwrap(), OPENAPI).unwrap();
    let sources =
        format!("{{rates: {{service: r, url: '{url}'}}, users: {{service: u, file: specs/shop.yaml}}}}");
    write(
        at,
        "weir.yaml",
        &format!(
            "kind: Flow\nname: one\nspec: {{arazzo: flows/one.yaml}}\n---\nkind: Flow\nname: two\nspec: {{arazzo: flows/two.yaml}}\n---\nkind: Flow\nname: three\nspec: {{arazzo: {}, sources: {sources}}}\n---\nkind: Service\nname: shop\nspec: {{backend: {{upstream: {{name: up}}}}}}\n",
            arazzo(&json!([{"name": "rates", "url": "x"}])),
        ),
    );
    let files = load(at).unwrap();
    assert!(files.mistakes.is_empty(), "{:?}", files.mistakes);
    assert_eq!(files.documents.len(), 4, "descriptions are no documents");
    assert_eq!(flow(&files, "one").sources["shop"].openapi.as_ref().unwrap()["openapi"], "3.1.0");
    assert_eq!(flow(&files, "two").flows["one"].as_str(), "one", "the flow whose document that file is");
    let three = flow(&files, "three");
    for name in ["rates", "users"] {
        let FlowSource { openapi, file, url, .. } = &three.sources[name];
        assert!(openapi.is_some() && file.is_none() && url.is_none(), "{name}");
    }
    assert_eq!(files.wanted, [url]);
    let used: Vec<_> =
        files.used.iter().map(|(file, ..)| file.file_name().unwrap().to_str().unwrap()).collect();
    assert!(used.contains(&"one.yaml") && used.contains(&"shop.yaml"), "{used:?}");
    let one = files.documents.iter().find(|one| one.id.name.as_str() == "one").unwrap();
    let mistake = files.locate(&one.id, "/spec/sources/shop/openapi/paths/~1a", "wrong");
    assert_eq!((mistake.place.line, mistake.path.as_str()), (3, "/paths/~1a"), "{mistake}");
    assert!(mistake.file.ends_with("specs/shop.yaml"), "{mistake}");
    // A single file has the folder that it lies in.
    assert!(load(&at.join("weir.yaml")).unwrap().mistakes.is_empty());
}

#[test]
fn files_that_are_not_there_or_lie_elsewhere_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("config");
    write(folder.path(), "secret.yaml", OPENAPI);
    write(&at, "broken.yaml", "openapi: [\n");
    fs::remove_file(at.join("broken.yaml")).unwrap();
    write(&at, "broken.json", "openapi: [\n");
    let shop = arazzo(&json!([{"name": "shop", "url": "https://api.example/a", "x-weir-service": "shop"}]));
    let sources = "{a: {service: s, file: ../secret.yaml}, b: {service: s, file: none.yaml}, c: {service: s, file: broken.json}, d: {service: s, url: 'https://api.example/b'}, e: {service: s, url: 'ftp://x'}, f: {service: s, url: 'https://x', file: x}}";
    write(
        &at,
        "weir.yaml",
        &format!(
            "kind: Flow\nname: one\nspec: {{arazzo: gone.yaml}}\n---\nkind: Flow\nname: two\nspec:\n  arazzo: {shop}\n  sources: {sources}\n---\nkind: Service\nname: shop\nspec: {{backend: {{upstream: {{name: up}}}}}}\n"
        ),
    );
    let files = load(&at).unwrap();
    let told: Vec<String> = files.mistakes.iter().map(ToString::to_string).collect();
    for (line, path, message) in [
        (3, "/spec/arazzo", "gone.yaml` cannot be read"),
        (
            8,
            "/spec/arazzo/sourceDescriptions/0/url",
            "`https://api.example/a` has not been fetched: `weir fetch ",
        ),
        (9, "/spec/sources/a/file", "lies outside the configuration's folder"),
        (9, "/spec/sources/b/file", "none.yaml` cannot be read"),
        (9, "/spec/sources/c/file", "this is not YAML"),
        (9, "/spec/sources/d/url", "`https://api.example/b` has not been fetched"),
        (9, "/spec/sources/e/url", "this is no address by http or https"),
        (9, "/spec/sources/f", "a source is described by one of"),
    ] {
        let place = format!("weir.yaml:{line}:");
        let stands = |one: &&String| {
            one.contains(&place) && one.contains(&format!("{path}: ")) && one.contains(message)
        };
        assert!(told.iter().any(|one| stands(&one)), "{path} {message}: {told:#?}");
    }
    assert_eq!(told.len(), 8, "{told:#?}");
}

#[test]
fn a_query_stands_in_a_file_and_its_mistakes_have_their_lines_there() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("config");
    let route = |name: &str, graphql: &str| {
        format!(
            "---\nkind: Route\nname: {name}\nspec:\n  service: s\n  paths: [/{name}]\n  graphql: {graphql}\n"
        )
    };
    let query = "query One {\n  product { name }\n}\n";
    write(&at, "queries/one.graphql", query);
    write(folder.path(), "secret.graphql", query);
    fs::write(at.join("bytes.graphql"), b"\xff").unwrap();
    let good = route("one", "{query_file: queries/one.graphql}");
    write(&at, "weir.yaml", &good);
    let files = load(&at).unwrap();
    assert!(files.mistakes.is_empty(), "{:?}", files.mistakes);
    let Spec::Route(one) = &files.documents[0].spec else { panic!() };
    let graphql = one.graphql.as_ref().unwrap();
    assert_eq!((graphql.query.as_str(), &graphql.query_file), (query, &None));
    assert!(files.used.iter().any(|(file, length, _)| file.ends_with("one.graphql") && *length > 0));
    let id = &files.documents[0].id;
    let mistake = files.locate(id, "/spec/graphql/query", "2:3: Unknown field");
    assert!(mistake.to_string().ends_with("queries/one.graphql:2:3: Unknown field"), "{mistake}");
    let others = [
        route("gone", "{query_file: none.graphql}"),
        route("out", "{query_file: ../secret.graphql}"),
        route("bytes", "{query_file: bytes.graphql}"),
        route("both", "{query: '{a}', query_file: queries/one.graphql}"),
    ];
    write(&at, "weir.yaml", &others.concat());
    let files = load(&at).unwrap();
    let told: Vec<String> = files.mistakes.iter().map(ToString::to_string).collect();
    for (at, (line, message)) in [
        (7, "none.graphql` cannot be read: No such file"),
        (14, "lies outside the configuration's folder"),
        (21, "bytes.graphql:0:0: this is not UTF-8"),
        (28, "not in both"),
    ]
    .into_iter()
    .enumerate()
    {
        let place = format!("weir.yaml:{line}:");
        let one = &told[at];
        assert!(
            one.contains(&place) && one.contains("/spec/graphql/query_file: ") && one.contains(message),
            "{one}"
        );
    }
    assert_eq!(told.len(), 4);
}

#[test]
fn the_short_form_keeps_the_order_of_its_steps_and_its_mistakes_have_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let steps = "steps:\n  second: GET /b\n  first:\n    call: GET /a\n";
    write(at, "flows/page.yaml", &format!("flow: page\nsources: {{shop: ../specs/shop.yaml}}\n{steps}"));
    write(at, "specs/shop.yaml", OPENAPI);
    let inside = steps.replace('\n', "\n    ");
    let service = "{shop: {service: shop}}";
    write(
        at,
        "weir.yaml",
        &format!(
            "kind: Flow\nname: one\nspec: {{flow: flows/page.yaml, sources: {service}}}\n---\nkind: Flow\nname: two\nspec:\n  flow:\n    {inside}\n---\nkind: Service\nname: shop\nspec: {{backend: {{upstream: {{name: up}}}}}}\n"
        ),
    );
    let files = load(at).unwrap();
    assert!(files.mistakes.is_empty(), "{:?}", files.mistakes);
    assert_eq!(files.documents.len(), 3, "a short form is no document");
    let listed = json!([{"second": "GET /b"}, {"first": {"call": "GET /a"}}]);
    for (name, file, line, path) in [
        ("one", "flows/page.yaml", 6, "/steps/first/call"),
        ("two", "weir.yaml", 12, "/spec/flow/steps/first/call"),
    ] {
        assert_eq!(flow(&files, name).flow.as_ref().unwrap()["steps"], listed, "{name}");
        let id = &files.documents.iter().find(|one| one.id.name.as_str() == name).unwrap().id;
        let mistake = files.locate(id, "/spec/flow/steps/1/first/call", "wrong");
        assert_eq!((mistake.place.line, mistake.path.as_str()), (line, path), "{mistake}");
        assert!(mistake.file.ends_with(file), "{mistake}");
        assert!(files.locate(id, "/spec/flow/steps/1", "wrong").path.ends_with("/steps"));
    }
    let shop = &flow(&files, "one").sources["shop"];
    assert!(shop.openapi.is_some(), "what its sources lead to describes them");
}
