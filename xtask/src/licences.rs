//! Every dependency's licence must be one of those that `deny.toml` allows.

use std::path::Path;

use anyhow::Context;

use crate::metadata;

pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let deny = std::fs::read_to_string(root.join("deny.toml")).context("cannot read deny.toml")?;
    let allowed: Vec<&str> = deny
        .split("allow = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next())
        .context("deny.toml has no list of allowed licences")?
        .split(',')
        .map(|item| item.trim().trim_matches('"'))
        .filter(|item| !item.is_empty())
        .collect();
    let all = metadata::read(root, &[])?;
    let mut found = Vec::new();
    for package in metadata::list(&all, "packages") {
        let licence = package["license"].as_str().unwrap_or_default();
        if !allows(&allowed, licence) {
            found.push(format!("{} {}: licence `{licence}`", package["name"], package["version"]));
        }
    }
    crate::report("licences that are not allowed", &found)
}

/// An expression is allowed if one of its alternatives is, with all of that one's parts.
fn allows(allowed: &[&str], expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    // With `A AND (B OR C)` flattened, one allowed alternative per part is asked for instead.
    let parts: Vec<&str> = plain.split(" AND ").collect();
    !plain.is_empty() && parts.iter().all(|part| part.split(" OR ").any(|one| allowed.contains(&one.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_by_alternatives() {
        let allowed = ["MIT", "Apache-2.0", "ISC"];
        for good in ["MIT", "MIT OR GPL-3.0", "MIT/Apache-2.0", "ISC AND (Apache-2.0 OR ISC)"] {
            assert!(allows(&allowed, good), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0"] {
            assert!(!allows(&allowed, bad), "{bad}");
        }
    }
}
