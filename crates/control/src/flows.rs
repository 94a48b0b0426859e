//! Flows as they would run: those that are live, and those that are still being written.

use std::sync::Arc;

use domain::{DocId, Permission, Spec};
use serde_json::Value;
use snapshot::{Change, Flow, Snapshot};

use crate::documents::{Lenient, read, told};
use crate::secrets::StoreSecrets;
use crate::{ControlError, Scoped};

/// A flow, live or still being written.
#[derive(Clone, Debug)]
pub enum Draft {
    /// That of this id, as it is live.
    Live(DocId),
    /// What this document would be were it written.
    Document(Value),
}

impl Scoped<'_> {
    /// The compiled flow, for somebody who has this right in its team; otherwise every mistake in it. Nothing is written.
    pub fn flow(&self, draft: &Draft, right: Permission) -> Result<Arc<Flow>, ControlError> {
        let (next, id) = self.drafted(draft, right)?;
        next.flow(&id).cloned().ok_or(ControlError::NotFound("flow"))
    }

    /// What a flow declares, written in the other form: an Arazzo document for the short form, and the short form for one.
    pub fn flow_turned(&self, draft: &Draft) -> Result<Spec, ControlError> {
        let (next, id) = self.drafted(draft, Permission::DocumentsRead)?;
        let turned = next.turned(&id).ok_or(ControlError::NotFound("flow"))?;
        Ok(Spec::Flow(Box::new(turned)))
    }

    /// The configuration with the flow in it, and its identity.
    fn drafted(&self, draft: &Draft, right: Permission) -> Result<(Arc<Snapshot>, DocId), ControlError> {
        let live = self.control.live.load();
        let document = match draft {
            Draft::Live(id) => {
                self.principal.require(id.team.as_str(), right, "flow")?;
                return Ok((live, id.clone()));
            }
            Draft::Document(value) => read(value)?,
        };
        let id = document.id.clone();
        self.principal.require(id.team.as_str(), right, "team")?;
        if id.kind != domain::Kind::Flow {
            return Err(ControlError::at("/kind", "only a Flow can be planned or run"));
        }
        let change = Change { id: id.clone(), document: Some(Arc::new(document)) };
        let secrets = Lenient(StoreSecrets { sealer: &self.control.sealer });
        let next = live.apply(&[change], live.revision(), &secrets).map_err(|mistakes| {
            let sees = |team: &str| self.principal.can(team, Permission::DocumentsRead);
            ControlError::Invalid(told(mistakes, Some(&id), &sees))
        })?;
        Ok((Arc::new(next), id))
    }
}
