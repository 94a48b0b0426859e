//! Weir's extensions of Arazzo: members whose names begin with `x-weir-`. Other runners ignore them; other members that begin
//! with `x-` are ignored here. `docs/flow-extensions.md` tells what each means.

mod branch;
mod choice;
mod each;
mod formula;
mod kind;
mod nearest;
mod read;
mod response;
mod schema;
mod tries;
mod walk;

use std::time::Duration;

use expr::Pointer;
use serde_json::{Map, Value};

pub use branch::{Branch, Callee};
pub use choice::{Case, Fallback, Optional, Switch};
pub use each::{Batch, ForEach, OnError, Source};
pub use formula::{Formula, Named, Rule};
pub use kind::{Event, GraphQl, Kind, Model};
pub(crate) use nearest::of as nearest;
pub use response::{Response, Status};
pub use schema::schema;
pub use tries::{Cache, Cause, Hedge, Retry, While};

use crate::document::{Components, Object, Reference};
use crate::mistakes::Mistakes;
use read::Reader;
use walk::{Moment, Walk};

/// What stands before every name.
pub const PREFIX: &str = "x-weir-";

/// The extensions of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepExtensions {
    /// The step is made only if this holds; else it is skipped.
    pub when: Option<Rule>,
    /// It is made once for each of many elements.
    pub for_each: Option<ForEach>,
    /// The first target whose condition holds is called instead.
    pub switch: Option<Switch>,
    /// Its failure does not fail the workflow.
    pub optional: Option<Optional>,
    /// How long each attempt may take.
    pub timeout: Option<Duration>,
    /// How long it may take in all, with attempts, pauses and elements.
    pub deadline: Option<Duration>,
    /// So many bytes its answers have at most.
    pub max_body: Option<u64>,
    /// Further attempts after a failure.
    pub retry: Option<Retry>,
    /// Further attempts beside one that is slow.
    pub hedge: Option<Hedge>,
    /// Its outputs are kept for later runs.
    pub cache: Option<Cache>,
    /// What takes its place when it has failed.
    pub fallback: Option<Fallback>,
    /// All are called, and the first good answer counts.
    pub race: Vec<Branch>,
    /// It is made again as long as this holds.
    pub repeat: Option<While>,
    /// It begins so much later.
    pub delay: Option<Duration>,
    /// Outputs that are computed when it has come out.
    pub transform: Vec<Named>,
    /// What undoes it when a later step fails.
    pub compensate: Option<Box<Branch>>,
    /// What it does instead of calling an operation or a workflow.
    pub kind: Option<Kind>,
    /// Whether making it changes nothing, if that is said.
    pub safe: Option<bool>,
    /// Whether it may overtake unsafe steps.
    pub parallel: bool,
    /// Whether it may be made twice when a run is taken up again.
    pub repeatable: bool,
    /// Whether the caller's identity is passed on.
    pub as_caller: bool,
    /// The credentials that it uses, by their name.
    pub credentials: Option<Box<str>>,
}

/// The extensions of a workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkflowExtensions {
    /// How long the whole may take.
    pub timeout: Option<Duration>,
    /// So many steps are under way at the same time.
    pub concurrency: Option<usize>,
    /// What is answered, where the workflow is published.
    pub response: Option<Response>,
    /// So many bytes each answer has at most.
    pub max_body: Option<u64>,
    /// So many calls are made in all.
    pub max_calls: Option<u32>,
}

/// The names on steps; `tool` is refused by its own word.
pub(crate) const STEP: [&str; 25] = [
    "when",
    "for-each",
    "switch",
    "optional",
    "timeout",
    "deadline",
    "max-body",
    "retry",
    "hedge",
    "cache",
    "fallback",
    "race",
    "while",
    "delay",
    "transform",
    "compensate",
    "safe",
    "parallel",
    "repeatable",
    "model",
    "graphql",
    "event",
    "tool",
    "identity",
    "credentials",
];
/// The names on workflows.
const WORKFLOW: [&str; 5] = ["timeout", "concurrency", "response", "max-body", "max-calls"];
/// The names on source descriptions.
const SOURCE: [&str; 1] = ["service"];
/// What a step may have instead of a target.
const INSTEAD: [&str; 7] = ["model", "graphql", "event", "tool", "switch", "race", "transform"];

/// Whether a step that is being read has an extension that takes the place of its target.
pub(crate) fn replaces_target(step: &Object<'_, '_>) -> bool {
    INSTEAD.iter().any(|name| step.peek(&format!("{PREFIX}{name}")).is_some())
}

/// Tells of extensions where none is known: at the document itself.
pub(crate) fn none_known(extensions: &Map<String, Value>, mistakes: &mut Mistakes) {
    unknown(&Pointer::default(), extensions, &[], mistakes);
}

/// The service that a source description names.
pub(crate) fn service_of(
    at: &Pointer,
    extensions: &Map<String, Value>,
    mistakes: &mut Mistakes,
) -> Option<Box<str>> {
    unknown(at, extensions, &SOURCE, mistakes);
    Reader { at, extensions, mistakes }.text("service")
}

/// Tells of names that are not known.
fn unknown(at: &Pointer, extensions: &Map<String, Value>, known: &[&str], mistakes: &mut Mistakes) {
    for key in extensions.keys() {
        let Some(name) = key.strip_prefix(PREFIX) else { continue };
        if known.contains(&name) {
            continue;
        }
        let elsewhere =
            [("steps", &STEP[..]), ("workflows", &WORKFLOW[..]), ("source descriptions", &SOURCE[..])];
        let place = elsewhere.iter().find(|(_, names)| names.contains(&name)).map(|(place, _)| *place);
        let hint = match (place, nearest(name, known)) {
            (Some(place), _) => format!("it belongs to {place}"),
            (None, Some(near)) => format!("did you mean `{PREFIX}{near}`?"),
            (None, None) if known.is_empty() => "extensions belong to workflows and steps".to_owned(),
            (None, None) => {
                let known: Vec<String> = known.iter().map(|name| format!("`{PREFIX}{name}`")).collect();
                format!("known here are {}", known.join(", "))
            }
        };
        mistakes.add(&at.join(key), format_args!("`{key}` is not known here: {hint}"));
    }
}

// === impl StepExtensions ===

impl StepExtensions {
    pub(crate) fn read(
        at: &Pointer,
        extensions: &Map<String, Value>,
        components: &Components<'_>,
        mistakes: &mut Mistakes,
    ) -> Self {
        unknown(at, extensions, &STEP, mistakes);
        let mut reader = Reader { at, extensions, mistakes };
        let for_each = reader.take("for-each").and_then(|member| ForEach::read(member, reader.mistakes));
        let race = reader.branches("race", components);
        let read = Self {
            when: reader.cel("when"),
            switch: reader.take("switch").and_then(|on| Switch::read(on, components, reader.mistakes)),
            optional: reader.take("optional").and_then(|member| Optional::read(member, reader.mistakes)),
            timeout: reader.span("timeout"),
            deadline: reader.span("deadline"),
            max_body: reader.size("max-body"),
            retry: reader.take("retry").and_then(|member| Retry::read(member, reader.mistakes)),
            hedge: reader.take("hedge").and_then(|member| Hedge::read(member, reader.mistakes)),
            cache: reader.take("cache").and_then(|member| Cache::read(member, reader.mistakes)),
            fallback: reader.take("fallback").and_then(|to| Fallback::read(to, components, reader.mistakes)),
            repeat: reader.take("while").and_then(|member| While::read(member, reader.mistakes)),
            delay: reader.span("delay"),
            transform: reader
                .take("transform")
                .map(|all| Named::cels(all, reader.mistakes))
                .unwrap_or_default(),
            compensate: reader
                .take("compensate")
                .and_then(|by| Branch::read(by, components, reader.mistakes))
                .map(Box::new),
            kind: Kind::read(&mut reader),
            safe: reader.flag("safe"),
            parallel: reader.flag("parallel").unwrap_or_default(),
            repeatable: reader.flag("repeatable").unwrap_or_default(),
            as_caller: reader.word("identity", "caller"),
            credentials: reader.text("credentials"),
            for_each,
            race,
        };
        read.check(at, extensions, mistakes);
        read
    }

    /// What goes together, and the names that expressions may use.
    fn check(&self, at: &Pointer, extensions: &Map<String, Value>, mistakes: &mut Mistakes) {
        let said = |name: &&&str| extensions.contains_key(&format!("{PREFIX}{name}"));
        let calls: Vec<&str> =
            INSTEAD.iter().filter(|name| **name != "transform").filter(said).copied().collect();
        if let [first, second, ..] = calls.as_slice() {
            let message = format!("`{PREFIX}{first}` and `{PREFIX}{second}` exclude each other");
            mistakes.add(&at.join(&format!("{PREFIX}{second}")), message);
        }
        for strange in self.walk().strange {
            let known: Vec<String> = strange.known.iter().map(|name| format!("`{name}`, ")).collect();
            let message = format!(
                "`{}` is not known here; known are {}`inputs`, `steps`, `outputs`, `workflows`, `request`, `response`, `statusCode`, `url` and `method`",
                strange.name,
                known.concat()
            );
            mistakes.add(&strange.at, message);
        }
    }

    /// Every expression whose value must be known before the step begins.
    pub fn needs(&self) -> Vec<Reference<'_>> {
        self.of(Moment::Before)
    }

    /// Every expression that is looked at once the step was made; the step's own outputs may be among them.
    pub fn looks_at(&self) -> Vec<Reference<'_>> {
        self.of(Moment::After)
    }

    fn of(&self, wanted: Moment) -> Vec<Reference<'_>> {
        let found = self.walk().found.into_iter();
        found.filter(|(moment, _)| *moment == wanted).map(|(_, reference)| reference).collect()
    }

    /// The targets that it may call beside its own: of `switch`, `race` and `fallback`, in this order.
    pub fn alternatives(&self) -> impl Iterator<Item = &Branch> {
        let switch = self.switch.iter().flat_map(Switch::branches);
        switch.chain(&self.race).chain(self.fallback.iter().filter_map(Fallback::branch))
    }

    /// The outputs that it gives beside those that the step declares.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        let branches = self.alternatives().flat_map(|branch| &branch.outputs).map(|output| &*output.name);
        self.transform.iter().map(|one| &*one.name).chain(branches)
    }

    /// Tells of values for outputs that the step, with these of its own, does not have.
    pub(crate) fn check_outputs<'o>(
        &'o self,
        at: &Pointer,
        own: impl Iterator<Item = &'o str>,
        mistakes: &mut Mistakes,
    ) {
        let names: Vec<&str> = own.chain(self.outputs()).collect();
        let defaults = self.optional.iter().flat_map(|optional| &optional.default);
        let instead = self.fallback.iter().flat_map(Fallback::outputs);
        let defaults = defaults.map(|one| (one, at.join("x-weir-optional").join("default")));
        let instead = instead.map(|one| (one, at.join("x-weir-fallback").join("outputs")));
        for (one, place) in defaults.chain(instead).filter(|(one, _)| !names.contains(&&*one.name)) {
            let has: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let has = if has.is_empty() { "has none".to_owned() } else { format!("has {}", has.join(", ")) };
            let place = place.join(&one.name);
            mistakes.add(&place, format_args!("`{}` is no output of this step, which {has}", one.name));
        }
    }

    /// The services that its GraphQL queries ask, by the names that it gives them.
    pub fn asks(&self) -> impl Iterator<Item = &str> {
        let branches = self.alternatives().chain(self.compensate.as_deref());
        let kinds = branches.filter_map(|branch| match &branch.callee {
            Callee::Kind(kind) => Some(kind),
            Callee::Target(_) => None,
        });
        self.kind.iter().chain(kinds).filter_map(|kind| match kind {
            Kind::GraphQl(query) => Some(&*query.source),
            Kind::Model(_) | Kind::Event(_) => None,
        })
    }

    /// Everything that reads something.
    fn walk(&self) -> Walk<'_> {
        let each: &'static [&'static str] = if self.for_each.is_some() { &["item", "index"] } else { &[] };
        let mut walk = Walk::new();
        walk.when(Moment::Before, &[]);
        self.when.iter().for_each(|rule| walk.rule(rule));
        self.for_each.iter().for_each(|each| each.walk(&mut walk));
        walk.when(Moment::Before, each);
        self.switch.iter().for_each(|switch| switch.walk(&mut walk));
        self.race.iter().for_each(|branch| branch.walk(&mut walk));
        self.fallback.iter().for_each(|fallback| fallback.walk(&mut walk));
        self.kind.iter().for_each(|kind| kind.walk(&mut walk));
        self.cache.iter().filter_map(|cache| cache.key.as_ref()).for_each(|key| walk.rule(key));
        self.optional.iter().flat_map(|optional| &optional.default).for_each(|one| walk.formula(&one.value));
        walk.when(Moment::After, each);
        self.repeat.iter().for_each(|repeat| walk.rule(&repeat.condition));
        self.compensate.iter().for_each(|by| by.walk(&mut walk));
        walk.when(Moment::After, &[]);
        self.transform.iter().for_each(|one| walk.formula(&one.value));
        walk
    }
}

// === impl WorkflowExtensions ===

impl WorkflowExtensions {
    pub(crate) fn read(at: &Pointer, extensions: &Map<String, Value>, mistakes: &mut Mistakes) -> Self {
        unknown(at, extensions, &WORKFLOW, mistakes);
        let mut reader = Reader { at, extensions, mistakes };
        let read = Self {
            timeout: reader.span("timeout"),
            concurrency: reader.number("concurrency", 1..=256).and_then(|count| usize::try_from(count).ok()),
            response: reader.take("response").and_then(|member| Response::read(member, reader.mistakes)),
            max_body: reader.size("max-body"),
            max_calls: reader.number("max-calls", 1..=1_000_000).and_then(|count| u32::try_from(count).ok()),
        };
        for strange in read.walk().strange {
            mistakes.add(
                &strange.at,
                format_args!(
                    "`{}` is not known here; known are `inputs`, `steps` and `outputs`",
                    strange.name
                ),
            );
        }
        read
    }

    /// Every expression of the answer.
    pub fn references(&self) -> Vec<Reference<'_>> {
        self.walk().found.into_iter().map(|(_, reference)| reference).collect()
    }

    fn walk(&self) -> Walk<'_> {
        let mut walk = Walk::new();
        self.response.iter().for_each(|response| response.walk(&mut walk));
        walk
    }
}

#[cfg(test)]
mod tests;
