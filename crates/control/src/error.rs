//! Everything that a use-case can fail with: one closed table of codes and statuses.

use serde::Serialize;
use store::StoreError;
use store::seal::SealError;

/// Why a use-case failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// There is no such thing, or the caller may not know of it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The caller may see it, but not do this.
    #[error("this needs the permission `{0}`")]
    Forbidden(&'static str),
    /// The caller is not signed in.
    #[error("sign in, or send an API token")]
    Unauthenticated,
    /// Address and password do not belong together.
    #[error("the address or the password is wrong")]
    WrongLogin,
    /// Too many tries.
    #[error("too many tries; wait {0} seconds")]
    Throttled(u64),
    /// The installation has its first administrator already.
    #[error("the installation is set up already; sign in")]
    SetUpAlready,
    /// The link's token is not the one that was printed.
    #[error("the set-up link is not valid; a new one is printed when weir starts")]
    WrongSetupToken,
    /// The document is there already.
    #[error("`{0}` exists already")]
    Exists(String),
    /// The documents come from files.
    #[error("the documents come from configuration files; change them there")]
    ManagedByFiles,
    /// The document is not at the revision that the caller saw.
    #[error("`{id}` has changed; it is at revision {revision} now")]
    Changed {
        /// Which.
        id: String,
        /// Its revision.
        revision: u64,
    },
    /// The input is wrong; each mistake with its place.
    #[error("the input has {} mistakes", .0.len())]
    Invalid(Vec<FieldError>),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// The call log failed.
    #[error("the call log failed")]
    Log(#[from] calllog::CallLogError),
    /// The key file is gone: no secret can be sealed.
    #[error("the key that seals secrets is gone")]
    KeyLost(#[source] SealError),
    /// A secret could not be sealed.
    #[error("a secret could not be sealed")]
    Seal(#[source] SealError),
    /// Something that cannot happen did.
    #[error("{0}")]
    Internal(&'static str),
}

/// One mistake in what was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FieldError {
    /// The document, where it is not the one that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// A JSON Pointer into it.
    pub path: String,
    /// What is wrong and the way out.
    pub message: String,
}

impl ControlError {
    /// The public code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Unauthenticated => "unauthenticated",
            Self::WrongLogin => "wrong_login",
            Self::Throttled(_) => "throttled",
            Self::SetUpAlready => "set_up_already",
            Self::WrongSetupToken => "wrong_setup_token",
            Self::Exists(_) => "exists",
            Self::ManagedByFiles => "managed_by_files",
            Self::Changed { .. } => "changed",
            Self::Invalid(_) => "invalid",
            Self::KeyLost(_) => "key_lost",
            Self::Store(_) | Self::Log(_) | Self::Seal(_) | Self::Internal(_) => "internal",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound(_) => 404,
            Self::Forbidden(_) | Self::WrongSetupToken => 403,
            Self::Unauthenticated | Self::WrongLogin => 401,
            Self::Throttled(_) => 429,
            Self::SetUpAlready | Self::Exists(_) | Self::ManagedByFiles => 409,
            Self::Changed { .. } => 412,
            Self::Invalid(_) => 422,
            Self::KeyLost(_) => 503,
            Self::Store(_) | Self::Log(_) | Self::Seal(_) | Self::Internal(_) => 500,
        }
    }

    /// One mistake at a place.
    pub(crate) fn at(path: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { document: None, path: path.to_owned(), message: message.into() }])
    }
}

impl From<SealError> for ControlError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Lost(_) => Self::KeyLost(error),
            error => Self::Seal(error),
        }
    }
}

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { id, found: Some(revision) } => {
                Self::Changed { id: id.to_string(), revision }
            }
            StoreError::Conflict { found: None, .. } => Self::NotFound("document"),
            StoreError::EmailTaken(_) => Self::at("/email", "another user has this address"),
            error => Self::Store(error),
        }
    }
}
