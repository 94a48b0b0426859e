//! A file comes up: to the provider that is to keep it, as it comes, or onto Weir's own shelf.

use std::sync::Arc;
use std::time::Duration;

use base::RequestId;
use message::{Body, BodyError, Known, Method, Reason};
use net::{Reply, Response};
use serde_json::Value;
use snapshot::Provider;

use super::super::alias::Allowed;
use super::super::errand::{self, Errand, failed, unavailable, wrong};
use super::super::owner::Owner;
use super::super::page::parameter;
use super::form::{Form, Piece};
use super::incoming::{Incoming, Name, Outgoing, around, too_large};
use super::shelf::{File, Shelf, Title, Unkept, Writer};
use super::{answer, object};
use crate::Refusal;
use crate::exchange::Exchange;

/// The largest file, in bytes.
pub(crate) const LARGEST: u64 = 512 << 20;

/// What a file can be for.
const PURPOSES: [&str; 6] = ["assistants", "batch", "evals", "fine-tune", "user_data", "vision"];

/// How long a file can be asked to be kept, in seconds.
const KEEPING: std::ops::RangeInclusive<u64> = 3_600..=2_592_000;

/// What is told to who has as many files as may be.
pub(crate) const TOO_MANY: &str =
    "There are as many files as one may have: delete files that are no longer needed.";

/// The fields that came with a file.
#[derive(Debug, Default)]
struct Fields(Vec<(String, String)>);

/// Takes a file up.
pub(crate) async fn upload(x: &mut Exchange<'_>, allowed: &Allowed<'_>) -> Result<Reply, Refusal> {
    let content_type = x.head.fields.get_str(Known::ContentType).unwrap_or_default();
    let form = Form::of(content_type).ok_or_else(|| {
        failed(Reason::InvalidAiRequest, "a file is sent as a form: `multipart/form-data; boundary=x`")
    })?;
    let mut incoming = Incoming::new(std::mem::take(&mut x.body), form);
    let mut fields = Fields::default();
    let name = loop {
        match incoming.piece().await.map_err(|error| refused(&error))? {
            Some(Piece::Field(name, value)) => fields.0.push((name, value)),
            Some(Piece::File { name, filename, media_type }) if name == "file" => {
                break Name { filename, media_type };
            }
            Some(_) => return Err(wrong("file", "there is a file in the form that is not called `file`")),
            None => return Err(wrong("file", "`file` is required")),
        }
    };
    // SDKs that send the file first leave open what it is for, and so where it goes: it waits on the shelf.
    if let Some(purpose) = fields.get("purpose").map(str::to_owned) {
        if let Some(provider) = place(x, allowed, &fields, &purpose)? {
            return pass(x, &provider, incoming, &fields, &name).await;
        }
        let (writer, _) = take(x, incoming, &mut fields).await?;
        return keep(writer, &fields, &name, &purpose).await;
    }
    let (writer, shelf) = take(x, incoming, &mut fields).await?;
    let purpose = fields.get("purpose").ok_or_else(|| wrong("purpose", "`purpose` is required"))?.to_owned();
    match place(x, allowed, &fields, &purpose)? {
        Some(provider) => hand_on(x, &provider, (writer, &shelf), &fields, &name).await,
        None => keep(writer, &fields, &name, &purpose).await,
    }
}

/// Who is to keep a file; `None`: Weir. The input of batches stays here, since each of its lines names a model by an alias.
fn place(
    x: &Exchange<'_>,
    allowed: &Allowed<'_>,
    fields: &Fields,
    purpose: &str,
) -> Result<Option<Arc<Provider>>, Refusal> {
    if purpose == "batch" {
        return Ok(None);
    }
    let header = x.head.fields.get_named("x-weir-model").and_then(|value| std::str::from_utf8(value).ok());
    let asked = header.map(str::to_owned).or_else(|| parameter(x.head.query(), "model"));
    if let Some(model) = asked.or_else(|| fields.get("model").map(str::to_owned)) {
        let alias = allowed.find(&x.snapshot, &model)?;
        let mut providers = alias.targets.iter().map(|target| &target.provider);
        return Ok(providers.find(|provider| provider.files).cloned());
    }
    let mut keepers = errand::keepers(x, allowed);
    if keepers.len() > 1 {
        let names: Vec<&str> = keepers.iter().map(|provider| &*provider.label).collect();
        let message = format!(
            "several providers keep files ({}): say which by the name of a model that it serves, in the header \
             `x-weir-model` or in a field `model` before the file",
            names.join(", ")
        );
        return Err(wrong("model", message));
    }
    Ok(keepers.pop())
}

/// Sends a file on to its provider, as it comes.
async fn pass(
    x: &mut Exchange<'_>,
    provider: &Arc<Provider>,
    incoming: Incoming,
    fields: &Fields,
    name: &Name,
) -> Result<Reply, Refusal> {
    let boundary = boundary(x);
    let body = Outgoing::new(incoming, boundary.clone(), &fields.for_provider(), name, LARGEST);
    send(x, provider, &boundary, Body::stream(body)).await
}

/// Sends a file on to its provider from the shelf, and takes it away there.
async fn hand_on(
    x: &mut Exchange<'_>,
    provider: &Arc<Provider>,
    (writer, shelf): (Writer, &Shelf),
    fields: &Fields,
    name: &Name,
) -> Result<Reply, Refusal> {
    let title = Title { filename: &name.filename, purpose: "", keep: Some(Duration::from_hours(1)) };
    let file = writer.finish(title).await.map_err(unkept)?;
    let boundary = boundary(x);
    let (start, end) = around(&boundary, &fields.for_provider(), name);
    let body = super::joined(start, shelf.content(&file), end);
    let sent = send(x, provider, &boundary, body).await;
    shelf.forget(&file).await.map_err(unavailable)?;
    sent
}

async fn send(
    x: &mut Exchange<'_>,
    provider: &Arc<Provider>,
    boundary: &str,
    body: Body,
) -> Result<Reply, Refusal> {
    let target = errand::at(provider);
    let errand = Errand {
        method: Method::Post,
        path: "/files",
        below: String::new(),
        content_type: Some(format!("multipart/form-data; boundary={boundary}")),
        body,
    };
    let Response { mut body, .. } = errand::run(x, &target, errand).await?;
    let mut told = object(&mut body).await?;
    let owner = Owner::of(x);
    let id = told.get("id").and_then(Value::as_str).map(str::to_owned);
    let sealed = id.and_then(|id| x.shared().seal.seal(&owner, &target, &id));
    let sealed = sealed.ok_or_else(|| failed(Reason::ProviderMalformed, "the file has no id"))?;
    told.insert("id".into(), sealed.into());
    Shelf::of(x).list(told.clone()).await.map_err(unavailable)?;
    Ok(answer(&Value::Object(told)))
}

/// Takes the file and what follows it onto the shelf.
async fn take(
    x: &mut Exchange<'_>,
    mut incoming: Incoming,
    fields: &mut Fields,
) -> Result<(Writer, Shelf), Refusal> {
    let shelf = Shelf::of(x);
    let keep = fields.keep()?;
    let mut writer = shelf.write(new_id(x), LARGEST, keep).await.map_err(unkept)?;
    loop {
        match incoming.piece().await.map_err(|error| refused(&error))? {
            Some(Piece::Data(data)) => writer.add(data).await.map_err(unkept)?,
            Some(Piece::Field(name, value)) => fields.0.push((name, value)),
            Some(Piece::File { .. }) => return Err(wrong("file", "there is more than one file")),
            Some(Piece::FileEnd | Piece::End) => {}
            None => {
                x.ledger.body_in = Some(incoming.read());
                return Ok((writer, shelf));
            }
        }
    }
}

/// Ends a file that stays here.
async fn keep(writer: Writer, fields: &Fields, name: &Name, purpose: &str) -> Result<Reply, Refusal> {
    if !PURPOSES.contains(&purpose) {
        return Err(wrong("purpose", format!("'{purpose}' is not one of {PURPOSES:?}")));
    }
    if writer.bytes() == 0 {
        return Err(wrong("file", "the file is empty"));
    }
    let title = Title { filename: &name.filename, purpose, keep: fields.keep()? };
    let File { told, .. } = writer.finish(title).await.map_err(unkept)?;
    Ok(answer(&Value::Object(told)))
}

fn boundary(x: &Exchange<'_>) -> String {
    x.core.with_rng(|rng| format!("weir-{:016x}{:016x}", rng.next_u64(), rng.next_u64()))
}

/// An id for a file that Weir makes.
pub(crate) fn new_id(x: &Exchange<'_>) -> String {
    let now = x.shared().config.clock.wall();
    let id = x.core.with_rng(|rng| RequestId::new(now, rng));
    format!("file-{}", id.to_string().replace('-', ""))
}

/// A body that failed while it was read.
fn refused(error: &BodyError) -> Refusal {
    failed(error.reason, &error.detail)
}

fn unkept(error: Unkept) -> Refusal {
    match error {
        Unkept::TooLarge(limit) => refused(&too_large(limit)),
        Unkept::TooMany => wrong("file", TOO_MANY),
        Unkept::State(error) => unavailable(error),
    }
}

// === impl Fields ===

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Those that the provider is to see.
    fn for_provider(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| name != "model").cloned().collect()
    }

    /// How long the file is to be kept, where that is said.
    fn keep(&self) -> Result<Option<Duration>, Refusal> {
        let (anchor, seconds) = (self.get("expires_after[anchor]"), self.get("expires_after[seconds]"));
        if anchor.is_some_and(|anchor| anchor != "created_at") {
            return Err(wrong("expires_after.anchor", "`expires_after.anchor` must be `created_at`"));
        }
        let Some(seconds) = seconds else { return Ok(None) };
        let seconds = seconds.parse().ok().filter(|seconds| KEEPING.contains(seconds)).ok_or_else(|| {
            let message =
                format!("`expires_after.seconds` must be from {} to {}", KEEPING.start(), KEEPING.end());
            wrong("expires_after.seconds", message)
        })?;
        Ok(Some(Duration::from_secs(seconds)))
    }
}
