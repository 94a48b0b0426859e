//! `weir flow explain`: the plan of a workflow.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use config::FileMistake;
use flow::document::{Step, Target, Workflow};
use flow::plan::{Shape, Wait, Why};
use flow::program::{Act, Compiled, Node, Spread};
use flow::{Program, short};

use super::read::{Read, read};
use super::recorded::{self, Times};
use crate::cli::FlowExplainArgs;
use crate::cmd::{refused, say};

/// How long a step takes of which nothing is said, where nothing is said of any.
const STEP: Duration = Duration::from_millis(1);

/// A workflow with its plan, and those with theirs that share its graph.
struct Planned<'p> {
    program: &'p Program,
    workflow: &'p Workflow,
    spread: Spread,
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
    let program = read.program().map_err(|mistakes| nothing(&mistakes))?;
    let planned: Vec<Planned<'_>> =
        workflows.into_iter().filter_map(|workflow| Planned::new(&program, &workflow.id)).collect();
    let recorded = recorded::times(&read, args)?;
    for (at, one) in planned.iter().enumerate() {
        if at > 0 {
            say("");
        }
        let expected = Expected::new(one, &args.latency, &recorded)?;
        print(&read, one, &expected);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(read: &Read, planned: &Planned<'_>, expected: &Expected) {
    let Planned { workflow, spread: Spread { plan, nodes }, .. } = planned;
    let name = |node: usize| nodes.get(node).map_or("", |node| &*node.name);
    let durations: Vec<Duration> = expected.steps.iter().map(|(time, _)| *time).collect();
    let shape = Shape::new(plan, &durations);
    let levels = shape.levels.iter().max().map_or(0, |deepest| deepest + 1);
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let within = match nodes.len() - workflow.steps.len() {
        0 => String::new(),
        count => format!(" and {count} within them"),
    };
    let steps = plural(workflow.steps.len(), "step");
    say(&format!("{}: {steps}{within} on {}", workflow.id, plural(levels, "level")));
    let wide = nodes.iter().map(|node| node.name.len()).max().unwrap_or_default();
    for level in 0..levels {
        say("");
        for (at, node) in nodes.iter().enumerate().filter(|(at, _)| shape.levels.get(*at) == Some(&level)) {
            let Some((compiled, step)) = planned.step(node) else { continue };
            let critical = if shape.critical.contains(&at) { "*" } else { " " };
            let mut notes = Vec::new();
            if compiled.traits.get(node.step).is_some_and(|traits| !traits.safe) {
                notes.push("unsafe".to_owned());
            }
            if plan.barriers.get(at) == Some(&true) {
                notes.push("may end the workflow or go elsewhere: later steps wait".to_owned());
            }
            if node.shares {
                notes.push("over when the steps within it are".to_owned());
            } else {
                notes.extend(expected.words(at, shape.slack.get(at).copied().unwrap_or_default()));
            }
            let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) };
            let call = planned.called(compiled, node.step, step);
            say(&format!("{:>3} {critical} {:<wide$}  {call}{notes}", level + 1, node.name));
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
        let is_call = |node: &usize| nodes.get(*node).is_some_and(|node| !node.shares);
        let (row, all) = (shape.critical.iter().filter(|node| is_call(node)), 0..nodes.len());
        let (row, all) = (row.count(), all.filter(is_call).count());
        say(&format!("calls in a row: {row} instead of {all}"));
    }
    for remark in read.placed(&plan.remarks) {
        say(&format!("note: {remark}"));
    }
}

// === impl Planned ===

impl<'p> Planned<'p> {
    fn new(program: &'p Program, id: &str) -> Option<Self> {
        let at = program.workflow(id)?;
        let workflow = &program.workflows.get(at)?.workflow;
        Some(Self { program, workflow, spread: program.spread(at)? })
    }

    /// The step that a node is.
    fn step(&self, node: &Node) -> Option<(&'p Compiled, &'p Step)> {
        let compiled = self.program.workflows.get(node.workflow)?;
        Some((compiled, compiled.workflow.steps.get(node.step)?))
    }

    /// What a step calls, in a few words.
    fn called(&self, compiled: &Compiled, at: usize, step: &Step) -> String {
        match (compiled.acts.get(at), &step.target) {
            (Some(Act::Operation(source, operation)), _) => {
                let source = self.program.sources.get(*source).map_or("", |source| &**source);
                format!("{} {source} {}", operation.method, operation.path)
            }
            (Some(Act::Workflow(_)), Target::Workflow(written)) => {
                format!("workflow {}", written.trim_start_matches("$sourceDescriptions."))
            }
            _ => "by its extensions".to_owned(),
        }
    }
}

// === impl Expected ===

impl Expected {
    /// Times that are given, else those that are recorded, else the shortest that is given.
    fn new(planned: &Planned<'_>, given: &[(String, Duration)], recorded: &Times) -> anyhow::Result<Self> {
        let Planned { workflow, spread: Spread { nodes, .. }, .. } = planned;
        for (name, _) in given {
            match nodes.iter().find(|node| *node.name == **name) {
                Some(node) if node.shares => {
                    bail!("`--latency {name}=…`: what is within it takes its time; say `{name}/STEP=…`")
                }
                Some(_) => {}
                None => bail!("`--latency {name}=…`: workflow `{}` has no such step", workflow.id),
            }
        }
        let least = given.iter().map(|(_, time)| *time).min().unwrap_or(STEP);
        let key = |node: &Node| {
            let (compiled, step) = planned.step(node)?;
            Some((compiled.workflow.id.to_string(), step.id.to_string()))
        };
        let time = |node: &Node| {
            let given = given.iter().find(|(name, _)| **name == *node.name);
            match (given, key(node).and_then(|key| recorded.get(&key))) {
                _ if node.shares => (Duration::ZERO, String::new()),
                (Some((_, time)), _) => (*time, String::new()),
                (None, Some((time, from))) => (*time, from.clone()),
                (None, None) => (least, "assumed".to_owned()),
            }
        };
        let is_recorded = nodes.iter().filter_map(key).any(|key| recorded.contains_key(&key));
        Ok(Self { is_known: !given.is_empty() || is_recorded, steps: nodes.iter().map(time).collect() })
    }

    /// How long a step takes and could take, if that is known of any.
    fn words(&self, step: usize, slack: Duration) -> Option<String> {
        let (time, from) = self.steps.get(step).filter(|_| self.is_known)?;
        let from = if from.is_empty() { String::new() } else { format!(" {from}") };
        let slack = if slack.is_zero() { String::new() } else { format!(", {slack:?} to spare") };
        Some(format!("{time:?}{from}{slack}"))
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
        Why::Input(name) => format!("$inputs.{name}"),
        Why::Within => "it is within it".to_owned(),
    }
}
