//! The recipes: each in both forms, with cases and with its picture.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of the recipes that have a file in this folder whose name ends so.
fn names(folder: &str, end: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(name(entry).strip_suffix(end)?.to_owned())).collect();
    names.sort();
    names
}

fn weir(words: &[&str]) -> (bool, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(root())
        .arg("flow")
        .args(words)
        .output()
        .unwrap();
    (out.status.success(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
}

/// What comes of each case of a recipe, with every call and its time.
fn outcomes(cases: &Path) -> Value {
    let (good, told) = weir(&["test", "--json", cases.to_str().unwrap()]);
    assert!(good, "{told}");
    serde_json::from_str::<Value>(&told).unwrap()["files"][0]["cases"].take()
}

/// The plan as `explain` tells it, without the names of what is referred to.
fn plan(file: &str) -> Vec<String> {
    let (good, told) = weir(&["explain", file]);
    assert!(good, "{told}");
    let line = |line: &str| line.split_once("`: ").map_or(line, |(waits, _)| waits).trim_end().to_owned();
    told.lines().map(line).collect()
}

#[test]
fn the_short_form_does_what_the_arazzo_document_does() {
    let names = names("examples/flows", ".flow.yaml");
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        let (arazzo, short) = (format!("{name}.arazzo.yaml"), format!("{name}.flow.yaml"));
        assert_eq!(
            plan(&format!("examples/flows/{short}")),
            plan(&format!("examples/flows/{arazzo}")),
            "{name}"
        );
        let cases = root().join(format!("examples/flows/tests/{name}.yaml"));
        let folder = root().join("examples/flows").canonicalize().unwrap();
        let text = std::fs::read_to_string(&cases).unwrap();
        let other = text.replace(&format!("../{arazzo}"), folder.join(&short).to_str().unwrap());
        assert_ne!(other, text);
        let same = tempfile::tempdir().unwrap();
        let same = same.path().join("cases.yaml");
        std::fs::write(&same, other).unwrap();
        assert_eq!(outcomes(&same), outcomes(&cases), "{name}");
    }
}

#[test]
fn the_pictures_are_what_the_cases_give() {
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<String> = names("examples/flows/tests", ".yaml")
        .iter()
        .map(|name| format!("examples/flows/tests/{name}.yaml"))
        .collect();
    let mut words = vec!["test", "--svg", folder.path().to_str().unwrap()];
    words.extend(cases.iter().map(String::as_str));
    let (good, told) = weir(&words);
    assert!(good, "{told}");
    let mut drawn: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    drawn.sort();
    let kept = names("docs/screenshots/flows", ".svg");
    let names: Vec<&str> = drawn.iter().map(|file| file.file_stem().unwrap().to_str().unwrap()).collect();
    assert!(kept.len() >= 6 && names == kept, "`make flow-pictures` draws them: {names:?}, {kept:?}");
    for (file, name) in drawn.iter().zip(names) {
        let kept =
            std::fs::read_to_string(root().join(format!("docs/screenshots/flows/{name}.svg"))).unwrap();
        assert!(
            std::fs::read_to_string(file).unwrap() == kept,
            "{name}.svg is out of date: `make flow-pictures`"
        );
    }
}
