//! `weir serve` over files.

use serde_json::Value;

use crate::support::Weir;

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
