//! The picture of a case: its run in simulated time, which is the same each time.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use gateway::recorded;
use trace::FlowRecord;

use super::super::picture::{self, Picture};
use super::Outcome;
use super::play::Played;
use super::suite::{Drawn, Suite};

/// Draws the cases of a file that say so; the file's name is the picture's, and of a second one its number too.
pub(super) fn write(path: &Path, suite: &Suite, outcomes: &[Outcome], folder: &Path) -> anyhow::Result<()> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let cases = suite.cases.iter().zip(outcomes);
    let drawn = cases.filter_map(|(case, outcome)| Some((case.picture.as_ref()?, &outcome.played)));
    for (number, (drawn, played)) in drawn.enumerate() {
        let number = if number == 0 { String::new() } else { format!("-{}", number + 1) };
        let file = folder.join(format!("{name}{number}.svg"));
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        std::fs::write(&file, svg(&suite.title, drawn, played))
            .with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    Ok(())
}

fn svg(title: &str, drawn: &Drawn, played: &Played) -> String {
    let record = FlowRecord { steps: recorded(played.trail.clone(), played.lasted) };
    let called = |at: usize| Some(played.calls.iter().find(|call| call.passage == at)?.request.clone());
    let before = match &drawn.before {
        Some(before) => before.iter().map(|(name, time)| (name.clone(), micros(*time))).collect(),
        None => picture::own_calls(&record, called),
    };
    let (end_us, link_us) = (micros(played.lasted), micros(drawn.link));
    Picture { title, record: &record, end_us, link_us, before }.svg()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
