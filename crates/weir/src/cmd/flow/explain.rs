//! `weir flow explain`: the plan of a workflow.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use config::FileMistake;
use flow::document::{Step, Workflow};
use flow::plan::{Shape, Traits, Wait, Why};
use flow::resolve::{self, Call};
use flow::{Plan, short};

use super::read::{Read, read};
use super::recorded::{self, Times};
use crate::cli::FlowExplainArgs;
use crate::cmd::{refused, say};

/// How long a step takes of which nothing is said, where nothing is said of any.
const STEP: Duration = Duration::from_millis(1);

/// A workflow with its plan.
struct Planned<'d> {
    workflow: &'d Workflow,
    calls: Vec<Call>,
    traits: Vec<Traits>,
    plan: Plan,
}

/// How long the steps of a workflow take.
struct Expected {
    /// Of each, with where that is from; nothing where it is given.
    steps: Vec<(Duration, String)>,
    /// Whether it is known of any.
    is_known: bool,
}

pub(crate) fn run(args: &FlowExplainArgs) -> anyhow::Result<ExitCode> {
    let nothing = |mistakes: &[FileMistake]| refused("the document", mistakes, "there is nothing to explain");
    let read = read(&args.file, &args.source)?.map_err(|mistakes| nothing(&mistakes))?;
    let wanted = |workflow: &&Workflow| args.workflow.as_deref().is_none_or(|id| *workflow.id == *id);
    let workflows: Vec<&Workflow> = read.document.workflows.iter().filter(wanted).collect();
    if workflows.is_empty() {
        let names: Vec<&str> = read.document.workflows.iter().map(|workflow| &*workflow.id).collect();
        bail!(
            "there is no workflow `{}`; there are {}",
            args.workflow.as_deref().unwrap_or_default(),
            names.join(", ")
        );
    }
    // Beside the plan, everything else that would keep it from running.
    read.program().map_err(|mistakes| nothing(&mistakes))?;
    let planned = workflows.into_iter().map(|workflow| plan(&read, workflow));
    let planned: Vec<Planned<'_>> =
        planned.collect::<Result<_, _>>().map_err(|found| nothing(&read.placed(&found)))?;
    let recorded = recorded::times(&read, args)?;
    for (at, one) in planned.iter().enumerate() {
        if at > 0 {
            say("");
        }
        let expected = Expected::new(one.workflow, &args.latency, &recorded)?;
        print(&read, one, &expected);
    }
    Ok(ExitCode::SUCCESS)
}

fn plan<'d>(read: &Read, workflow: &'d Workflow) -> Result<Planned<'d>, Vec<flow::Mistake>> {
    let calls = resolve::calls(&read.document, workflow, &read.sources)?;
    let traits: Vec<Traits> =
        workflow.steps.iter().zip(&calls).map(|(step, call)| resolve::traits(step, call)).collect();
    let plan = Plan::new(workflow, &traits)?;
    Ok(Planned { workflow, calls, traits, plan })
}

fn print(read: &Read, planned: &Planned<'_>, expected: &Expected) {
    let Planned { workflow, calls, traits, plan } = planned;
    let name = |step: usize| workflow.steps.get(step).map_or("", |step| &*step.id);
    let durations: Vec<Duration> = expected.steps.iter().map(|(time, _)| *time).collect();
    let shape = Shape::new(plan, &durations);
    let levels = shape.levels.iter().max().map_or(0, |deepest| deepest + 1);
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    say(&format!("{}: {} on {}", workflow.id, plural(workflow.steps.len(), "step"), plural(levels, "level")));
    let wide = workflow.steps.iter().map(|step| step.id.len()).max().unwrap_or_default();
    for level in 0..levels {
        say("");
        for (at, step) in
            workflow.steps.iter().enumerate().filter(|(at, _)| shape.levels.get(*at) == Some(&level))
        {
            let critical = if shape.critical.contains(&at) { "*" } else { " " };
            let mut notes = Vec::new();
            if traits.get(at).is_some_and(|traits| !traits.safe) {
                notes.push("unsafe".to_owned());
            }
            if plan.barriers.get(at) == Some(&true) {
                notes.push("may end the workflow or go elsewhere: later steps wait".to_owned());
            }
            notes.extend(expected.words(at, shape.slack.get(at).copied().unwrap_or_default()));
            let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) };
            let call = calls.get(at).map(called).unwrap_or_default();
            say(&format!("{:>3} {critical} {:<wide$}  {call}{notes}", level + 1, step.id));
            for wait in plan.waits.get(at).into_iter().flatten() {
                say(&format!("      {:wide$}  waits for `{}`: {}", "", name(wait.on), why(read, step, wait)));
            }
        }
    }
    say("");
    let way: Vec<&str> = shape.critical.iter().map(|step| name(*step)).collect();
    say(&format!("critical path (*): {}", way.join(" → ")));
    if expected.is_known {
        let alone: Duration = durations.iter().sum();
        let times = alone.as_secs_f64() / shape.total.as_secs_f64().max(f64::MIN_POSITIVE);
        say(&format!(
            "expected: {:?} instead of {alone:?} one after the other, {times:.1} times sooner",
            shape.total
        ));
    } else {
        say(&format!("calls in a row: {} instead of {}", shape.critical.len(), workflow.steps.len()));
    }
    for remark in read.placed(&plan.remarks) {
        say(&format!("note: {remark}"));
    }
}

// === impl Expected ===

impl Expected {
    /// Times that are given, else those that are recorded, else the shortest that is given.
    fn new(workflow: &Workflow, given: &[(String, Duration)], recorded: &Times) -> anyhow::Result<Self> {
        for (step, _) in given {
            if !workflow.steps.iter().any(|known| *known.id == **step) {
                bail!("`--latency {step}=…`: workflow `{}` has no such step", workflow.id);
            }
        }
        let least = given.iter().map(|(_, time)| *time).min().unwrap_or(STEP);
        let time = |step: &Step| {
            let given = given.iter().find(|(name, _)| **name == *step.id);
            let key = (workflow.id.to_string(), step.id.to_string());
            match (given, recorded.get(&key)) {
                (Some((_, time)), _) => (*time, String::new()),
                (None, Some((time, from))) => (*time, from.clone()),
                (None, None) => (least, "assumed".to_owned()),
            }
        };
        let is_known = !given.is_empty() || recorded.keys().any(|(id, _)| **id == *workflow.id);
        Ok(Self { steps: workflow.steps.iter().map(time).collect(), is_known })
    }

    /// How long a step takes and could take, if that is known of any.
    fn words(&self, step: usize, slack: Duration) -> Option<String> {
        let (time, from) = self.steps.get(step).filter(|_| self.is_known)?;
        let from = if from.is_empty() { String::new() } else { format!(" {from}") };
        let slack = if slack.is_zero() { String::new() } else { format!(", {slack:?} to spare") };
        Some(format!("{time:?}{from}{slack}"))
    }
}

/// What a step calls, in a few words.
fn called(call: &Call) -> String {
    match call {
        Call::Operation { source, operation } => format!("{} {source} {}", operation.method, operation.path),
        Call::Workflow(workflow) => format!("workflow {workflow}"),
        Call::Foreign { source, workflow } => format!("workflow {source}.{workflow}"),
        Call::Extension { .. } => "by its extensions".to_owned(),
    }
}

fn why(read: &Read, step: &Step, wait: &Wait) -> String {
    match &wait.why {
        Why::Output(place, expression) => {
            let (place, step) = (read.place(place).to_string(), read.place(&step.at).to_string());
            let place = place.strip_prefix(&step).unwrap_or(&place).trim_start_matches('/');
            let at = if place.is_empty() { String::new() } else { format!(" at {place}") };
            if read.is_short() {
                format!("{}{at}", short::reference(expression))
            } else {
                format!("{expression}{at}")
            }
        }
        Why::DependsOn(_) => "dependsOn".to_owned(),
        Why::Order => "both change something, and keep their order".to_owned(),
        Why::OwnWrites => "it reads what that may have written; x-weir-parallel: true lifts this".to_owned(),
        Why::Barrier => "that may end the workflow or go elsewhere".to_owned(),
    }
}
