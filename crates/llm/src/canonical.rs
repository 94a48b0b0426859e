//! The form in the middle: what every dialect and provider can be read into and written from. It borrows
//! from the text it was read from; strings stay as they are written (see `json::Text`).

mod dropped;
mod event;
mod opaque;
mod request;
mod response;

pub(crate) use dropped::Dropped;
pub(crate) use event::{BlockStart, Delta, Event};
pub(crate) use opaque::{Opaque, Origin};
pub(crate) use request::{
    Content, Detail, Effort, Format, Message, Notes, Part, Request, Rest, Role, Source, Tool, ToolChoice,
    ToolNames, ToolResult, ToolUse,
};
pub(crate) use response::{Block, Citation, Response, Stop};
