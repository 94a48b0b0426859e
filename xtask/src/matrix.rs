//! The page of what is carried between each dialect and each provider, made from the snapshots that the tests compare
//! (`crates/llm/testdata/matrix`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, bail};

const FOLDER: &str = "crates/llm/testdata/matrix";

const HEAD: &str = "# What is carried between each dialect and each provider

Made from the snapshots in `crates/llm/testdata/matrix`, which the tests compare: each is a request as clients of a dialect send it, and what every
provider is sent for it. A request either *passes* (the provider speaks the dialect: the same bytes but for the model's name), is *carried* whole, is carried
*without* something (which the answer's `weir-dropped-params` header names), or is *refused*, since without that part it would be another question.
How each is converted stands in the pages of the [dialects](dialects) and [providers](providers).
";

/// What becomes of one request with one provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Passes,
    Carried,
    Without(Vec<String>),
    Refused(String),
}

/// One dialect's cases, each with its providers in the order of the snapshot.
type Cases = BTreeMap<String, Vec<(String, Fate)>>;

pub(crate) fn page(root: &Path) -> anyhow::Result<String> {
    let mut dialects = BTreeMap::new();
    for folder in std::fs::read_dir(root.join(FOLDER)).with_context(|| format!("cannot read {FOLDER}"))? {
        let folder = folder?;
        let mut cases = Cases::new();
        for file in std::fs::read_dir(folder.path())? {
            let path = file?.path();
            let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path)?;
            cases.insert(case, fates(&text).with_context(|| format!("in {}", path.display()))?);
        }
        dialects.insert(folder.file_name().to_string_lossy().into_owned(), cases);
    }
    let mut page = HEAD.to_owned();
    summary(&mut page, &dialects);
    for (dialect, cases) in &dialects {
        table(&mut page, dialect, cases);
        details(&mut page, cases);
    }
    Ok(page)
}

/// What a snapshot says of each provider.
fn fates(text: &str) -> anyhow::Result<Vec<(String, Fate)>> {
    let (_, parts) = text.split_once("\n--- ").context("no provider's part")?;
    let fate = |part: &str| {
        let (provider, part) = part.split_once('\n').context("an empty part")?;
        if let Some(why) = part.strip_prefix("refused: ") {
            // The path stands before the sentence, and again within.
            let why = why.lines().next().unwrap_or_default();
            let sentence = why.split_once(": ").map_or(why, |(_, sentence)| sentence);
            return Ok((provider.to_owned(), Fate::Refused(sentence.to_owned())));
        }
        let Some(dropped) = part.lines().find_map(|line| line.strip_prefix("dropped: ")) else {
            bail!("{provider}: neither refused nor sent");
        };
        let dropped: Vec<String> = serde_json::from_str(dropped).context("what is dropped")?;
        let passes = part.lines().any(|line| line == "passed");
        let fate = match (dropped.is_empty(), passes) {
            (false, _) => Fate::Without(dropped),
            (true, true) => Fate::Passes,
            (true, false) => Fate::Carried,
        };
        Ok((provider.to_owned(), fate))
    };
    parts.split("\n--- ").map(fate).collect()
}

/// How many cases of each pair come to what. Writing to a string cannot fail, here and below.
fn summary(page: &mut String, dialects: &BTreeMap<String, Cases>) {
    page.push_str("\nOf the cases of each pair: carried whole or passing / without something / refused.\n\n");
    let mut headed = false;
    for (dialect, cases) in dialects {
        let mut counts: Vec<(&str, [usize; 3])> = Vec::new();
        for (at, (provider, fate)) in cases.values().flat_map(|row| row.iter().enumerate()) {
            if counts.len() <= at {
                counts.push((provider, [0; 3]));
            }
            let column = match fate {
                Fate::Passes | Fate::Carried => 0,
                Fate::Without(_) => 1,
                Fate::Refused(_) => 2,
            };
            if let Some(count) = counts.get_mut(at).and_then(|(_, counts)| counts.get_mut(column)) {
                *count += 1;
            }
        }
        if !headed {
            head(page, "dialect", counts.iter().map(|(provider, _)| *provider));
            headed = true;
        }
        write!(page, "| [{dialect}](#{dialect}) |").unwrap_or_default();
        for (_, [whole, without, refused]) in counts {
            write!(page, " {whole} / {without} / {refused} |").unwrap_or_default();
        }
        page.push('\n');
    }
}

fn head<'p>(page: &mut String, first: &str, columns: impl Iterator<Item = &'p str> + Clone) {
    write!(page, "| {first} |").unwrap_or_default();
    columns.clone().for_each(|column| write!(page, " {column} |").unwrap_or_default());
    page.push_str("\n| --- |");
    columns.for_each(|_| page.push_str(" --- |"));
    page.push('\n');
}

fn table(page: &mut String, dialect: &str, cases: &Cases) {
    write!(page, "\n## {dialect}\n\n").unwrap_or_default();
    let Some(first) = cases.values().next() else { return };
    head(page, "case", first.iter().map(|(provider, _)| provider.as_str()));
    for (case, row) in cases {
        write!(page, "| {case} |").unwrap_or_default();
        for (_, fate) in row {
            let word = match fate {
                Fate::Passes => "passes",
                Fate::Carried => "carried",
                Fate::Without(_) => "without",
                Fate::Refused(_) => "refused",
            };
            write!(page, " {word} |").unwrap_or_default();
        }
        page.push('\n');
    }
}

/// What is left out, and why something is refused; providers that do the same together.
fn details(page: &mut String, cases: &Cases) {
    let mut headed = false;
    for (case, row) in cases {
        let mut alike: BTreeMap<&Fate, Vec<&str>> = BTreeMap::new();
        for (provider, fate) in row.iter().filter(|(_, fate)| *fate > Fate::Carried) {
            alike.entry(fate).or_default().push(provider);
        }
        for (fate, providers) in alike {
            if !headed {
                page.push_str("\n| case | providers | what is not carried |\n| --- | --- | --- |\n");
                headed = true;
            }
            let told = match fate {
                Fate::Without(paths) => {
                    paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ")
                }
                Fate::Refused(why) => format!("refused: {why}"),
                Fate::Passes | Fate::Carried => continue,
            };
            writeln!(page, "| {case} | {} | {told} |", providers.join(", ")).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_tells_the_fate_with_each_provider() {
        let text = "---\nsource: a\n---\n--- one\nPOST /x\ndropped: []\npassed\n--- two\nPOST /y\ndropped: [\"seed\"]\n{\n}\n\
                    --- three\nrefused: a[0]: `a[0]` is bad\n--- four\nPOST /z\ndropped: []\n{\n}\n";
        let found = fates(text).unwrap();
        let fates: Vec<Fate> = found.into_iter().map(|(_, fate)| fate).collect();
        let expected = [
            Fate::Passes,
            Fate::Without(vec!["seed".to_owned()]),
            Fate::Refused("`a[0]` is bad".to_owned()),
            Fate::Carried,
        ];
        assert_eq!(fates, expected);
    }
}
