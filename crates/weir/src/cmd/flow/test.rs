//! `weir flow test`: cases of a flow with expectations, run against answers that stand in a file, those of the description, or
//! a server's, in simulated time: what waits for minutes takes none.

mod judge;
mod live;
mod mock;
mod play;
mod reader;
mod shown;
mod suite;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use config::FileMistake;
use serde_json::{Map, Value, json};

use crate::cli::FlowTestArgs;
use crate::cmd::{refused, say};
use judge::Difference;
use live::Servers;
use play::Played;
use suite::{Case, Suite};

/// How a case came out.
struct Outcome {
    name: String,
    played: Played,
    differences: Vec<Difference>,
}

pub(crate) fn run(args: &FlowTestArgs) -> anyhow::Result<ExitCode> {
    let (mut files, mut failed, mut count) = (Vec::new(), 0, 0);
    for path in &args.file {
        let nothing = |mistakes: Vec<FileMistake>| refused("the file", &mistakes, "nothing is tested");
        let suite = Suite::read(path)?.map_err(nothing)?;
        let live = Servers::new(&suite, args)?;
        let outcomes: Vec<Outcome> =
            suite.cases.iter().map(|case| try_case(&suite, case, live.as_ref())).collect();
        if let Some(folder) = &args.svg {
            shown::write(path, &suite, &outcomes, folder)?;
        }
        count += outcomes.len();
        failed += outcomes.iter().filter(|outcome| !outcome.is_good()).count();
        if args.json {
            files.push(told(path, &outcomes));
        } else {
            print(path, &outcomes);
        }
    }
    let passed = count - failed;
    if args.json {
        say(&json!({"passed": passed, "failed": failed, "files": files}).to_string());
    } else {
        say(&format!("{passed} passed, {failed} failed"));
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn try_case(suite: &Suite, case: &Case, live: Option<&Servers>) -> Outcome {
    let played = play::play(suite, case, live);
    let differences = judge::differences(&case.expect, &played);
    Outcome { name: case.name.clone(), played, differences }
}

fn print(path: &Path, outcomes: &[Outcome]) {
    say(&path.display().to_string());
    for outcome in outcomes {
        let word = if outcome.is_good() { "ok  " } else { "FAIL" };
        let calls = outcome.played.calls.len();
        let plural = if calls == 1 { "" } else { "s" };
        let time = outcome.played.lasted;
        say(&format!("  {word}  {} ({calls} call{plural}, {time:?})", outcome.name));
        for difference in &outcome.differences {
            say(&format!("        {difference}"));
        }
    }
}

fn told(path: &Path, outcomes: &[Outcome]) -> Value {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let one = |outcome: &Outcome| {
        let calls = outcome.played.calls.iter().map(|call| {
            json!({
                "step": call.step, "operation": call.operation, "request": call.request, "status": call.status,
                "start_us": micros(call.began), "duration_us": call.ended.map(|ended| micros(ended.saturating_sub(call.began))),
            })
        });
        json!({
            "name": outcome.name, "passed": outcome.is_good(), "duration_us": micros(outcome.played.lasted),
            "differences": outcome.differences.iter().map(Difference::to_json).collect::<Vec<_>>(),
            "calls": calls.collect::<Vec<_>>(), "came": came(&outcome.played),
        })
    };
    json!({"file": path.display().to_string(), "cases": outcomes.iter().map(one).collect::<Vec<_>>()})
}

/// What came of the run.
fn came(played: &Played) -> Value {
    let Some(ended) = &played.ended else { return json!({"refused": played.refused}) };
    let answer = ended.answer.as_ref().map(|answer| {
        let fields = answer.headers.iter().map(|(name, value)| (name.to_string(), value.as_str().into()));
        json!({"status": answer.status, "headers": fields.collect::<Map<String, Value>>(), "body": answer.body})
    });
    let failure = ended.failure.as_ref().map(judge::failed);
    let absent: Vec<&str> = ended.absent.iter().map(|failure| &*failure.step).collect();
    json!({"outputs": ended.outputs, "answer": answer, "failure": failure, "absent": absent})
}

// === impl Outcome ===

impl Outcome {
    fn is_good(&self) -> bool {
        self.differences.is_empty()
    }
}
