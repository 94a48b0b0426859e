//! `weir serve` over files.

use serde_json::Value;

use crate::support::{Weir, ask};

const SHOP: &str = "kind: Upstream\nname: shop\nspec:\n  targets:\n    - {host: 127.0.0.1, port: 9000}\n";

#[test]
fn the_installation_tells_where_it_listens() {
    let weir = Weir::start(SHOP, &[]);
    let cookie = weir.sign_up();
    let listener = &weir.system(&cookie)["listeners"][0];
    assert_eq!(listener["protocol"], "http");
    assert_eq!(listener["address"], weir.gateway.to_string());
}

#[test]
fn the_type_of_an_error_can_be_followed() {
    let weir = Weir::start(SHOP, &[]);
    let problem = ask(weir.gateway, "GET /", "", "");
    assert_eq!(problem.reason(), "no_route");
    let link = problem.json()["type"].as_str().unwrap().to_owned();
    assert_eq!(link, format!("http://{}/docs/errors#no_route", weir.admin));
    let page = ask(weir.admin, "GET /docs/errors", "", "");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<section id=\"no_route\">"), "{}", page.body);

    let weir = Weir::start(SHOP, &["--docs-url", "https://weir.example.com/ops/"]);
    let problem = ask(weir.gateway, "GET /", "", "").json();
    assert_eq!(problem["type"], "https://weir.example.com/ops/docs/errors#no_route");
}

#[test]
fn a_refused_configuration_shows_until_one_is_taken() {
    let mut weir = Weir::start(SHOP, &[]);
    let cookie = weir.sign_up();
    assert_eq!(weir.system(&cookie)["last_config_error"], Value::Null);

    weir.configure(&SHOP.replace("9000", "none"));
    assert!(weir.complains("configuration refused").contains("1 mistake;"));
    let system = weir.system(&cookie);
    let shown = system["last_config_error"].as_str().unwrap();
    let place = format!("{}:5:25: /spec/targets/0/port: ", weir.config.display());
    assert!(shown.starts_with(&place), "{shown}");
    assert_eq!((&system["snapshot_revision"], &system["documents"]), (&1.into(), &1.into()));

    weir.configure(&format!("{SHOP}---\nkind: Plan\nname: gold\n"));
    weir.says("configuration 2 with 2 documents is live");
    let system = weir.system(&cookie);
    assert_eq!((&system["last_config_error"], &system["documents"]), (&Value::Null, &2.into()));
}

#[test]
fn a_query_in_a_file_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("weir.yaml");
    let file = folder.path().join("a.graphql");
    std::fs::write(&file, "query($id: ID!) { a(id: $id) }").unwrap();
    let route = "---\nkind: Service\nname: s\nspec: {backend: {upstream: {name: shop}}, access: {mode: public}}\n---\nkind: Route\nname: r\nspec:\n  service: s\n  paths: [/a]\n  graphql: {query_file: a.graphql}\n";
    std::fs::write(&config, format!("{SHOP}{route}")).unwrap();
    let mut weir = Weir::over_files(folder, &[]);
    // What a query lacks is told before anything is asked.
    let lacking = |weir: &Weir| ask(weir.gateway, "GET /a", "", "").json()["errors"].clone();
    assert_eq!(
        lacking(&weir),
        serde_json::json!([{"pointer": "#/id", "detail": "it is of type `ID!` and is not given"}])
    );
    let new = file.with_extension("new");
    std::fs::write(&new, "query($key: ID!, $other: Int!) { a(id: $key) }").unwrap();
    std::fs::rename(&new, &file).unwrap();
    weir.says("configuration 2 with 3 documents is live");
    assert_eq!(lacking(&weir)[1]["pointer"], "#/other");
    std::fs::remove_file(&file).unwrap();
    let told = weir.complains("a.graphql");
    assert!(told.contains("weir.yaml:") && told.contains("/spec/graphql/query_file: "), "{told}");
    assert_eq!(lacking(&weir)[1]["pointer"], "#/other", "the last that was right stays");
}

#[test]
fn metrics_tell_how_full_limiter_and_access_log_are() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let documents = format!(
        "{SHOP}---\nkind: Service\nname: s\nspec:\n  backend: {{upstream: {{name: shop}}}}\n  access: {{mode: public}}\n  \
         policies: [{{rate_limit: {{requests: 1, window: 1h}}}}]\n---\nkind: Route\nname: r\nspec: {{service: s, paths: [/*]}}\n"
    );
    let weir = Weir::start(&documents, &["--access-log", log.path().to_str().unwrap()]);
    let lines = |weir: &Weir| ask(weir.admin, "GET /metrics", "", "").body;
    let has =
        |body: &str, line: &str| assert!(body.lines().any(|each| each == line), "no `{line}` in {body}");
    has(&lines(&weir), "gateway_rate_limit_keys 0");
    ask(weir.gateway, "GET /", "", "");
    assert_eq!(ask(weir.gateway, "GET /", "", "").status, 429);
    let body = lines(&weir);
    has(&body, "# TYPE gateway_rate_limit_keys gauge");
    has(&body, "gateway_rate_limit_keys 1");
    has(&body, "gateway_rate_limit_evicted_total 0");
    has(&body, "gateway_access_log_dropped_total 0");
}

#[test]
fn help_says_what_the_program_does_and_how_to_begin() {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_weir")).arg("--help").output().unwrap();
    let help = String::from_utf8(out.stdout).unwrap();
    assert!(help.starts_with("Puts one address in front of REST services and AI models"), "{help}");
    let places = [
        "serve --quickstart",
        "\n  serve",
        "\n  check",
        "\n  explain",
        "\n  simulate",
        "\n  key",
        "\n  schema",
    ];
    let places = places.map(|part| help.find(part).unwrap_or_else(|| panic!("no `{part}` in {help}")));
    assert!(places.is_sorted(), "{help}");
}
