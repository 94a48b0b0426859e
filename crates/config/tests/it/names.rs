//! Names that would make identities and references ambiguous.

use serde_json::json;

#[test]
fn what_divides_stands_in_no_team_environment_or_reference() {
    let faults = |document| {
        let found = config::check_document(&document).err().unwrap_or_default();
        found.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
    };
    let plan = |team: &str, environment: &str, name: &str| json!({ "kind": "Plan", "team": team, "environment": environment, "name": name });
    assert!(faults(plan("acme", "default", "a:b/c@2")).is_empty());
    assert_eq!(faults(plan("acme/eu", "st:aging", "a::b")), ["/team", "/environment", "/name"]);
    assert_eq!(faults(json!({ "kind": "Team", "name": "a@b" })), ["/name"]);
}
