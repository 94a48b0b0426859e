//! The stages of the pipeline, one file each.

pub(crate) mod authenticate;
pub(crate) mod cors;
pub(crate) mod limit;
pub(crate) mod route;
pub(crate) mod target;
pub(crate) mod transform;
pub(crate) mod verify;
