//! A file of cases: the flow that it names, ready to run, and what each case is given and expects.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use config::FileMistake;
use flow::Program;
use flow::engine::Lost;
use openapi::Description;
use serde_json::{Map, Value, json};

use super::super::read::{self, Read, single};
use super::mock::bare;
use super::reader::{Item, Reader};

/// A file of cases.
pub(super) struct Suite {
    /// What the flow is called.
    pub(super) title: Box<str>,
    pub(super) program: Arc<Program>,
    /// The workflow that is tested, by its number in the program.
    pub(super) workflow: usize,
    /// The descriptions of the program's sources, as they are written and read.
    pub(super) described: HashMap<String, (Value, Description)>,
    pub(super) cases: Vec<Case>,
}

/// A case.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) inputs: Value,
    /// Answers by a step's id, an operation's id, or a request (`GET /users/7`), one call after another.
    pub(super) answers: BTreeMap<String, Vec<Answer>>,
    pub(super) expect: Expect,
    /// What a picture of it shows, if there is to be one.
    pub(super) picture: Option<Drawn>,
}

/// What the picture of a case shows beside its run.
#[derive(Default)]
pub(super) struct Drawn {
    /// How long a request of the client is on its way, there and back.
    pub(super) link: Duration,
    /// The client's own calls and how long they take, where they are others than those of the flow.
    pub(super) before: Option<Vec<(String, Duration)>>,
}

/// An answer to a call.
pub(super) struct Answer {
    pub(super) after: Option<Duration>,
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(Box<str>, String)>,
    pub(super) body: Option<Value>,
    pub(super) lost: Option<Lost>,
}

/// What is expected.
#[derive(Default)]
pub(super) struct Expect {
    /// Outputs and body have nothing else.
    pub(super) exactly: bool,
    pub(super) outputs: Option<Value>,
    /// `status`, `headers` and `body`.
    pub(super) answer: Option<Value>,
    /// `step`, `reason`, `status`.
    pub(super) failure: Option<Value>,
    /// In the order in which they begin.
    pub(super) calls: Option<Vec<String>>,
    /// The events that are sent, in their order.
    pub(super) events: Option<Value>,
    /// The optional steps that are missing.
    pub(super) absent: Option<Vec<String>>,
    /// The longest that the whole takes.
    pub(super) time: Option<Duration>,
}

// === impl Suite ===

impl Suite {
    /// Reads a file and the flow that it names; fails with everything that is wrong with either.
    pub(super) fn read(path: &Path) -> anyhow::Result<Result<Self, Vec<FileMistake>>> {
        let file = match single(path)? {
            Ok(file) => file,
            Err(mistake) => return Ok(Err(vec![*mistake])),
        };
        let value = file.to_json();
        let root = Item::root(&value);
        let mut reader = Reader::default();
        reader.object(&root, &["flow", "workflow", "sources", "cases"]);
        let folder = path.parent().unwrap_or(Path::new(""));
        let given = sources(&root, folder, &mut reader);
        let flow = root.get("flow").and_then(|flow| reader.text(&flow));
        if root.get("flow").is_none() {
            reader.wrong(&root.at, "`flow` is missing: the file of the flow that is tested");
        }
        let cases = cases(&root, &mut reader);
        let placed = |mistakes: &[(expr::Pointer, String)]| {
            let one = |(at, message): &(expr::Pointer, String)| file.locate(&at.to_string(), message);
            mistakes.iter().map(one).collect::<Vec<_>>()
        };
        let Some(flow) = flow.filter(|_| reader.mistakes.is_empty()) else {
            return Ok(Err(placed(&reader.mistakes)));
        };
        let flow = folder.join(flow);
        let read = match read::read(&flow, &given)? {
            Ok(read) => read,
            Err(mistakes) => return Ok(Err(mistakes)),
        };
        let program = match read.program() {
            Ok(program) => program,
            Err(mistakes) => return Ok(Err(mistakes)),
        };
        let described = described(&read, &flow, &given);
        let workflow = workflow(&root, &program, &read, &mut reader).unwrap_or_default();
        known(&root, &program, &described, &mut reader);
        if !reader.mistakes.is_empty() {
            return Ok(Err(placed(&reader.mistakes)));
        }
        let title = read.document.title.clone();
        Ok(Ok(Self { title, program: Arc::new(program), workflow, described, cases }))
    }
}

/// Files of sources, from the folder of the file of cases.
fn sources(root: &Item<'_>, folder: &Path, reader: &mut Reader) -> Vec<(String, PathBuf)> {
    let Some(sources) = root.get("sources") else { return Vec::new() };
    let names = reader.members(&sources).into_iter().flatten();
    let items: Vec<(String, Item<'_>)> =
        names.filter_map(|(name, _)| Some((name.clone(), sources.get(name)?))).collect();
    items.into_iter().filter_map(|(name, item)| Some((name, folder.join(reader.text(&item)?)))).collect()
}

/// The workflow that is named, else the one that no other calls.
fn workflow(root: &Item<'_>, program: &Program, read: &Read, reader: &mut Reader) -> Option<usize> {
    let Some(named) = root.get("workflow") else { return program.main(&read.document) };
    let id = reader.text(&named)?;
    let found = program.workflow(id);
    if found.is_none() {
        let ids: Vec<&str> = read.document.workflows.iter().map(|workflow| &*workflow.id).collect();
        reader.wrong(&named.at, format!("there is no workflow `{id}`; there are {}", ids.join(", ")));
    }
    found
}

fn described(read: &Read, flow: &Path, given: &[(String, PathBuf)]) -> HashMap<String, (Value, Description)> {
    let written = read::written(&read.document, flow, given);
    let one = |(name, value): (String, Value)| {
        let description = Description::read(&value).ok()?;
        Some((name, (value, description)))
    };
    written.into_iter().filter_map(one).collect()
}

fn cases(root: &Item<'_>, reader: &mut Reader) -> Vec<Case> {
    let Some(list) = root.get("cases") else {
        reader.wrong(&root.at, "`cases` is missing");
        return Vec::new();
    };
    let items = reader.items(&list);
    if items.is_empty() {
        reader.wrong(&list.at, "there is no case");
    }
    items.iter().filter_map(|item| case(item, reader)).collect()
}

fn case(item: &Item<'_>, reader: &mut Reader) -> Option<Case> {
    reader.object(item, &["name", "inputs", "answers", "expect", "picture"])?;
    let name = item.get("name").and_then(|name| reader.text(&name));
    if item.get("name").is_none() {
        reader.wrong(&item.at, "`name` is missing: what the case shows");
    }
    let mut answers = BTreeMap::new();
    if let Some(given) = item.get("answers") {
        for key in reader.members(&given).into_iter().flatten().map(|(key, _)| key) {
            let Some(member) = given.get(key) else { continue };
            let several = if member.value.is_array() { reader.items(&member) } else { vec![member] };
            answers.insert(key.clone(), several.iter().filter_map(|one| answer(one, reader)).collect());
        }
    }
    let expect = item.get("expect").and_then(|expect| self::expect(&expect, reader)).unwrap_or_default();
    Some(Case {
        name: name?.to_owned(),
        inputs: item.get("inputs").map_or_else(|| json!({}), |inputs| inputs.value.clone()),
        answers,
        expect,
        picture: item.get("picture").and_then(|picture| drawn(&picture, reader)),
    })
}

fn drawn(item: &Item<'_>, reader: &mut Reader) -> Option<Drawn> {
    reader.object(item, &["link", "before"])?;
    let before = item.get("before").map(|before| {
        let calls = reader.items(&before);
        calls.iter().filter_map(|call| own_call(call, reader)).collect()
    });
    let link = item.get("link").and_then(|link| reader.time(&link)).unwrap_or_default();
    Some(Drawn { link, before })
}

/// `GET /products/7: 15ms`.
fn own_call(item: &Item<'_>, reader: &mut Reader) -> Option<(String, Duration)> {
    let members = reader.members(item)?;
    let Some((name, _)) = members.iter().next().filter(|_| members.len() == 1) else {
        reader.wrong(&item.at, "a call is one member: what it is called, and how long it takes");
        return None;
    };
    Some((name.clone(), reader.time(&item.get(name)?)?))
}

fn answer(item: &Item<'_>, reader: &mut Reader) -> Option<Answer> {
    reader.object(item, &["status", "headers", "body", "after", "lost"])?;
    let lost = item.get("lost").and_then(|lost| match reader.text(&lost)? {
        "timeout" => Some(Lost::Timeout),
        "unreachable" => Some(Lost::Unreachable("nobody listens".into())),
        other => {
            reader.wrong(&lost.at, format!("`{other}` is neither `timeout` nor `unreachable`"));
            None
        }
    });
    if lost.is_some() && ["status", "headers", "body"].iter().any(|name| item.get(name).is_some()) {
        reader.wrong(&item.at, "what is lost has no `status`, `headers` and `body`");
    }
    Some(Answer {
        after: item.get("after").and_then(|after| reader.time(&after)),
        status: item.get("status").and_then(|status| reader.status(&status)),
        headers: item.get("headers").map(|headers| fields(&headers, reader)).unwrap_or_default(),
        body: item.get("body").map(|body| body.value.clone()),
        lost,
    })
}

/// Header fields, their names in lower case.
fn fields(item: &Item<'_>, reader: &mut Reader) -> Vec<(Box<str>, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let members = reader.members(item).into_iter().flatten();
    members.map(|(name, value)| (name.to_ascii_lowercase().into(), text(value))).collect()
}

fn expect(item: &Item<'_>, reader: &mut Reader) -> Option<Expect> {
    reader.object(item, &["outputs", "exactly", "answer", "failure", "calls", "events", "absent", "time"])?;
    let exactly = item.get("exactly").is_some_and(|exactly| {
        let word = exactly.value.as_bool();
        if word.is_none() {
            reader.wrong(&exactly.at, "`true` or `false` is expected");
        }
        word.unwrap_or_default()
    });
    let object = |name: &str, known: Option<&[&str]>, reader: &mut Reader| {
        let item = item.get(name)?;
        match known {
            Some(known) => reader.object(&item, known)?,
            None => reader.members(&item)?,
        };
        Some(item.value.clone())
    };
    let mut answer = object("answer", Some(&["status", "headers", "body"]), reader);
    if let Some(headers) = answer.as_mut().and_then(|answer| answer.get_mut("headers")) {
        let place = Item { value: &headers.clone(), at: item.at.join("answer").join("headers") };
        let fields = fields(&place, reader).into_iter().map(|(name, value)| (name.into(), value.into()));
        *headers = Value::Object(fields.collect::<Map<String, Value>>());
    }
    Some(Expect {
        exactly,
        outputs: object("outputs", None, reader),
        answer,
        failure: object("failure", Some(&["step", "reason", "status", "detail", "attempts"]), reader),
        calls: item.get("calls").map(|calls| reader.texts(&calls)),
        events: item.get("events").map(|events| {
            reader.items(&events);
            events.value.clone()
        }),
        absent: item.get("absent").map(|absent| reader.texts(&absent)),
        time: item.get("time").and_then(|time| reader.time(&time)),
    })
}

/// Notes answers that are of no step, no operation and no request.
fn known(
    root: &Item<'_>,
    program: &Program,
    described: &HashMap<String, (Value, Description)>,
    reader: &mut Reader,
) {
    let steps = || program.workflows.iter().flat_map(|compiled| &compiled.workflow.steps);
    let is_step = |id: &str| steps().any(|step| *step.id == *id);
    let is_operation = |id: &str| described.values().any(|(_, description)| description.by_id(id).is_some());
    for case in root.get("cases").iter().flat_map(|cases| Reader::default().items(cases)) {
        let Some(answers) = case.get("answers") else { continue };
        for key in answers.value.as_object().into_iter().flat_map(Map::keys) {
            let bare = bare(key);
            let last = bare.trim_end_matches("/undo").rsplit('/').next().unwrap_or_default();
            if !key.contains(' ') && !is_step(last) && !is_operation(key) {
                let message =
                    format!("there is no step and no operation `{key}`; a request is written `GET /path`");
                reader.wrong(&answers.at.join(key), message);
            }
        }
    }
}
