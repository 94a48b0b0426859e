//! Documents: read, written, rolled back, each change checked as a whole before it is stored and live
//! before the call returns.

use std::sync::Arc;

use base::Micros;
use domain::{DocId, Document, Kind, Permission};
use serde::Serialize;
use serde_json::Value;
use snapshot::{Change, Explain, ExplainRequest, Mistake};
use store::{Action, Expected, Filter, Page, StoreError, Stored, Write};

use crate::secrets::{self, StoreSecrets};
use crate::{ControlError, DocumentView, FieldError, Inner, Scoped, Source};

/// What is listed.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Of this team alone.
    pub team: Option<String>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this environment.
    pub environment: Option<String>,
    /// Whose name or title contains this.
    pub contains: Option<String>,
    /// From where an earlier part ended.
    pub cursor: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// What someone who validates documents means to do with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Intent {
    /// Write each, new or in the place of the one that is there.
    #[default]
    Write,
    /// Write new ones.
    Create,
    /// Change those that are there.
    Replace,
}

/// A part of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Listing {
    /// The documents.
    pub items: Vec<DocumentView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// One past state.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryEntry {
    /// The revision.
    pub revision: u64,
    /// When.
    pub at: Micros,
    /// Who.
    pub by: String,
    /// What was done.
    pub action: Action,
    /// The document from then on, secrets masked; `None`: deleted.
    pub document: Option<Value>,
}

/// A part of a history.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryPage {
    /// Newest first.
    pub items: Vec<HistoryEntry>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

impl Scoped<'_> {
    /// Documents of the teams that the principal may read.
    pub fn list(&self, query: &Query) -> Result<Listing, ControlError> {
        if let Some(team) = &query.team {
            self.principal.require(team, Permission::DocumentsRead, "team")?;
        }
        let teams = query
            .team
            .clone()
            .map(|team| vec![team])
            .or_else(|| self.principal.teams(Permission::DocumentsRead));
        let after = query.cursor.as_deref().map(str::parse).transpose();
        let filter = Filter {
            teams,
            kind: query.kind,
            environment: query.environment.clone(),
            contains: query.contains.clone().filter(|text| !text.is_empty()),
            after: after.map_err(|_| ControlError::at("/cursor", "this is not a cursor of this list"))?,
            limit: query.limit,
        };
        let page = match self.control.source {
            Source::Store => self.control.store.list(&filter)?,
            Source::Files => self.control.list_live(&filter),
        };
        let last = page.items.last().filter(|_| page.more).map(|stored| stored.document.id.to_string());
        Ok(Listing { items: page.items.into_iter().map(Into::into).collect(), next_cursor: last })
    }

    /// One document.
    pub fn get(&self, id: &DocId) -> Result<DocumentView, ControlError> {
        self.principal.require(id.team.as_str(), Permission::DocumentsRead, "document")?;
        Ok(self.control.stored(id)?.into())
    }

    /// Writes a new document.
    pub fn create(&self, value: &Value) -> Result<DocumentView, ControlError> {
        let document = read(value)?;
        self.may_write(&document.id)?;
        if self.control.store.get(&document.id)?.is_some() {
            return Err(ControlError::Exists(document.id.to_string()));
        }
        let id = document.id.clone();
        self.write(vec![write(document, Expected::Absent)])?;
        Ok(self.control.stored(&id)?.into())
    }

    /// Writes a document again, at the revision that the principal saw.
    pub fn update(&self, id: &DocId, value: &Value, revision: u64) -> Result<DocumentView, ControlError> {
        self.may_write(id)?;
        self.control.stored(id)?;
        let document = read(value)?;
        if document.id != *id {
            return Err(ControlError::at(
                "/name",
                "kind, team, environment and name of a document stay; make a new one",
            ));
        }
        self.write(vec![write(document, Expected::Revision(revision))])?;
        Ok(self.control.stored(id)?.into())
    }

    /// Deletes a document, at the revision that the principal saw.
    pub fn delete(&self, id: &DocId, revision: u64) -> Result<(), ControlError> {
        self.may_write(id)?;
        self.control.stored(id)?;
        let write =
            Write { id: id.clone(), document: None, expected: Expected::Revision(revision), rollback: false };
        self.write(vec![write])
    }

    /// A document's past, newest first.
    pub fn history(
        &self,
        id: &DocId,
        cursor: Option<u64>,
        limit: usize,
    ) -> Result<HistoryPage, ControlError> {
        self.principal.require(id.team.as_str(), Permission::DocumentsRead, "document")?;
        // What the store keeps is not what counts.
        self.control.writable()?;
        let page = self.control.store.history(id, cursor, limit)?;
        if page.items.is_empty() && cursor.is_none() {
            return Err(ControlError::NotFound("document"));
        }
        let next_cursor = page.items.last().filter(|_| page.more).map(|entry| entry.revision.to_string());
        let items = page.items.into_iter().map(|mut entry| HistoryEntry {
            revision: entry.revision,
            at: entry.at,
            by: entry.by,
            action: entry.action,
            document: entry.document.as_mut().map(|document| {
                secrets::mask(document);
                document.to_json()
            }),
        });
        Ok(HistoryPage { items: items.collect(), next_cursor })
    }

    /// Writes a document again as it was at an earlier revision; one that was deleted comes back.
    pub fn roll_back(&self, id: &DocId, to: u64, seen: Option<u64>) -> Result<DocumentView, ControlError> {
        self.may_write(id)?;
        // What comes back was another's to write.
        self.principal.require(id.team.as_str(), Permission::DocumentsRead, "document")?;
        let entry = self.control.store.at_revision(id, to)?.ok_or(ControlError::NotFound("revision"))?;
        let document = entry
            .document
            .ok_or_else(|| ControlError::at("/revision", "the document was deleted at this revision"))?;
        let expected = seen.map_or(Expected::Absent, Expected::Revision);
        let write = Write { rollback: true, ..write(document, expected) };
        self.write(vec![write])?;
        self.get(id)
    }

    /// Every mistake that writing these documents would make; nothing is written.
    pub fn validate(&self, values: &[Value], intent: Intent) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut changes: Vec<Change> = Vec::new();
        let mut unkept = Vec::new();
        for (at, value) in values.iter().enumerate() {
            match config::check_document(value) {
                Ok(document) if !self.principal.can(document.id.team.as_str(), Permission::DocumentsRead) => {
                    let message = format!("there is no Team `{}`", document.id.team);
                    errors.push(FieldError {
                        document: Some(document.id.to_string()),
                        path: "/team".into(),
                        message,
                    });
                }
                Ok(mut document) => {
                    let old = self.control.stored(&document.id).ok().map(|stored| stored.document);
                    let missing = secrets::keep(&mut document, old.as_ref()).into_iter();
                    unkept.extend(missing.map(|path| (document.id.clone(), path)));
                    let twice = changes.iter().any(|change| change.id == document.id);
                    errors.extend(self.unintended(&document.id, intent, twice));
                    changes.push(Change { id: document.id.clone(), document: Some(Arc::new(document)) });
                }
                Err(faults) => errors.extend(faults.into_iter().map(|fault| FieldError {
                    document: Some(format!("#{at}")),
                    path: fault.path,
                    message: fault.message,
                })),
            }
        }
        let secrets = Lenient(StoreSecrets { sealer: &self.control.sealer });
        let mut mistakes = self.control.live.load().check(&changes, &[], &secrets);
        mistakes.retain(|mistake| {
            !unkept.iter().any(|(id, path)| *id == mistake.document && *path == mistake.path)
        });
        errors.extend(unkept.into_iter().map(|(id, path)| FieldError {
            document: Some(id.to_string()),
            path: path.into(),
            message: secrets::NOTHING_KEPT.into(),
        }));
        errors.extend(told(mistakes, None, &|team| self.principal.can(team, Permission::DocumentsRead)));
        errors
    }

    /// Why a document that is sent is not the one that was meant.
    fn unintended(&self, id: &DocId, intent: Intent, twice: bool) -> Option<FieldError> {
        let there = self.control.stored(id).is_ok();
        let message = match intent {
            _ if twice => "it stands twice in what was sent",
            Intent::Create if there => {
                "it exists already; choose another name, or change the one that is there"
            }
            Intent::Replace if !there => "there is no such document to change",
            _ => return None,
        };
        Some(FieldError { document: Some(id.to_string()), path: "/name".into(), message: message.into() })
    }

    /// What would happen to a request. Other teams' routes are as good as not there.
    pub fn explain(&self, request: &ExplainRequest) -> Result<Explain, ControlError> {
        let explain = self.control.live.load().explain(request);
        match &explain.team {
            Some(team) => self.principal.require(team, Permission::DocumentsRead, "route").map(|()| explain),
            None => Ok(explain),
        }
    }

    /// Writes in the principal's name.
    pub(crate) fn write(&self, batch: Vec<Write>) -> Result<(), ControlError> {
        let sees = |team: &str| self.principal.can(team, Permission::DocumentsRead);
        self.control.write(batch, &self.principal.label(), &sees)
    }

    pub(crate) fn may_write(&self, id: &DocId) -> Result<(), ControlError> {
        // A team's own document is the installation's to give.
        let team = if id.kind == Kind::Team { domain::SYSTEM_TEAM } else { id.team.as_str() };
        self.principal.require(team, Permission::DocumentsWrite, "document")?;
        self.control.writable()
    }
}

/// Takes masks for good; where no secret is kept in their place is told apart.
pub(crate) struct Lenient<'a>(pub(crate) StoreSecrets<'a>);

impl snapshot::Secrets for Lenient<'_> {
    fn resolve(&self, owner: &DocId, source: &domain::SecretSource) -> Result<base::Secret<String>, String> {
        match source {
            domain::SecretSource::Sealed(text) if text == secrets::MASK => {
                Ok(base::Secret::new("masked".into()))
            }
            source => self.0.resolve(owner, source),
        }
    }
}

impl Inner {
    pub(crate) fn stored(&self, id: &DocId) -> Result<Stored, ControlError> {
        let stored = match self.source {
            Source::Store => self.store.get(id)?,
            Source::Files => {
                let live = self.live.load();
                live.document(id).map(|document| from_file(document, live.revision()))
            }
        };
        stored.ok_or(ControlError::NotFound("document"))
    }

    /// Refuses where the documents, and their past, are those of files.
    fn writable(&self) -> Result<(), ControlError> {
        match self.source {
            Source::Store => Ok(()),
            Source::Files => Err(ControlError::ManagedByFiles),
        }
    }

    /// What [`store::Documents::list`] gives, of documents that came from files.
    fn list_live(&self, filter: &Filter) -> Page<Stored> {
        let live = self.live.load();
        let wanted = |document: &&Arc<Document>| {
            let DocId { team, environment, kind, name } = &document.id;
            let text = filter.contains.as_ref().map(|text| text.to_lowercase());
            let title = document.meta.title.as_deref().unwrap_or_default().to_lowercase();
            filter.teams.as_ref().is_none_or(|teams| teams.iter().any(|wanted| wanted == team.as_str()))
                && filter.kind.is_none_or(|wanted| wanted == *kind)
                && filter.environment.as_ref().is_none_or(|wanted| wanted == environment.as_str())
                && text
                    .is_none_or(|text| name.as_str().to_lowercase().contains(&text) || title.contains(&text))
        };
        let order = |id: &DocId| (id.team.clone(), id.environment.clone(), id.kind.as_str(), id.name.clone());
        let after = filter.after.as_ref().map(order);
        let mut found: Vec<_> =
            live.documents().filter(wanted).map(|document| (order(&document.id), document)).collect();
        found.retain(|(key, _)| after.as_ref().is_none_or(|after| key > after));
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        let more = found.len() > filter.limit;
        let items =
            found.into_iter().take(filter.limit).map(|(_, document)| from_file(document, live.revision()));
        Page { items: items.collect(), more }
    }

    /// Writes new documents in one batch.
    pub(crate) fn write_new(&self, values: &[Value], by: &str) -> Result<(), ControlError> {
        let documents = values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let batch = documents.into_iter().map(|document| write(document, Expected::Absent));
        self.write(batch.collect(), by, &|_| true)
    }

    /// Seals, checks, stores and publishes a batch. `sees` says of which teams' documents one may be told.
    fn write(
        &self,
        mut batch: Vec<Write>,
        by: &str,
        sees: &dyn Fn(&str) -> bool,
    ) -> Result<(), ControlError> {
        self.writable()?;
        let _writing = self.writing.lock();
        for write in &mut batch {
            let old = self.store.get(&write.id)?.map(|stored| stored.document);
            if let Some(document) = &mut write.document {
                secrets::seal(&self.sealer, document, old.as_ref())?;
            }
        }
        let changes: Vec<Change> = batch.iter().map(change).collect();
        let live = self.live.load();
        let secrets = StoreSecrets { sealer: &self.sealer };
        let next = live
            .apply(&changes, live.revision() + 1, &secrets)
            .map_err(|mistakes| invalid(&changes, mistakes, sees))?;
        let written = self.store.write(&batch, by, self.clock.wall());
        let revision = written.map_err(|error| conflict(error, &batch))?;
        tracing::info!(revision, documents = batch.len(), by, "configuration changed");
        let next = Arc::new(next.at_revision(revision));
        self.live.publish(Arc::clone(&next));
        for change in &changes {
            // What another receiver has shown says nothing of the one that is there now.
            let (before, after) = (live.webhook(&change.id), next.webhook(&change.id));
            if before.is_some_and(|before| after.is_none_or(|after| after.url != before.url))
                && let Err(error) = self.forget_endpoint(&change.id)
            {
                tracing::error!("what is known of `{}` is not forgotten: {}", change.id, base::chain(&error));
            }
        }
        Ok(())
    }
}

/// A new document that another was quicker to write is there already.
fn conflict(error: StoreError, batch: &[Write]) -> ControlError {
    let new = |id: &DocId| {
        let mut all = batch.iter();
        all.any(|write| write.id == *id && write.expected == Expected::Absent && !write.rollback)
    };
    match error {
        StoreError::Conflict { id, found: Some(_) } if new(&id) => ControlError::Exists(id.to_string()),
        error => error.into(),
    }
}

fn invalid(changes: &[Change], mistakes: Vec<Mistake>, sees: &dyn Fn(&str) -> bool) -> ControlError {
    let only = match changes {
        [change] => Some(&change.id),
        _ => None,
    };
    ControlError::Invalid(told(mistakes, only, sees))
}

/// Mistakes in the words for whoever sent documents. One in the `only` document that was sent needs no
/// name, and documents of teams that they may not see have none.
pub(crate) fn told(
    mistakes: Vec<Mistake>,
    only: Option<&DocId>,
    sees: &dyn Fn(&str) -> bool,
) -> Vec<FieldError> {
    let field = |mistake: Mistake| {
        let Mistake { document, path, mut message, other } = mistake;
        if Some(&document) != only && !sees(document.team.as_str()) {
            let message = "documents of other teams, which you may not see, rely on what would change";
            return FieldError { document: None, path: String::new(), message: message.into() };
        }
        if let Some(other) = other.filter(|other| !sees(other.team.as_str())) {
            message = message.replace(&format!("`{other}`"), "of another team");
        }
        let document = (Some(&document) != only).then(|| document.to_string());
        FieldError { document, path, message }
    };
    let mut fields: Vec<_> = mistakes.into_iter().map(field).collect();
    fields.dedup();
    fields
}

/// A document of a file, as the store would give it. When it was written, the file alone knows.
fn from_file(document: &Document, revision: u64) -> Stored {
    let unknown = Micros(0);
    Stored {
        document: document.clone(),
        revision,
        created_at: unknown,
        updated_at: unknown,
        updated_by: "file".into(),
    }
}

/// What a write changes.
pub(crate) fn change(write: &Write) -> Change {
    Change { id: write.id.clone(), document: write.document.clone().map(Arc::new) }
}

fn write(document: Document, expected: Expected) -> Write {
    Write { id: document.id.clone(), document: Some(document), expected, rollback: false }
}

pub(crate) fn read(value: &Value) -> Result<Document, ControlError> {
    config::check_document(value).map_err(|faults| {
        let field =
            |fault: config::Fault| FieldError { document: None, path: fault.path, message: fault.message };
        ControlError::Invalid(faults.into_iter().map(field).collect())
    })
}
