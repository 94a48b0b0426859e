//! The messages of a Converse request beyond their shape: who speaks when, what calls wait for results, which
//! blocks go together.

use serde_json::Value;

use super::blocks::{self, Block};
use super::cache::Marks;
use super::error::ApiError;
use crate::script;
use crate::shape::{items, text};
use crate::talk::Heard;

/// Each message costs this many tokens besides its blocks.
const MESSAGE_TOKENS: u32 = 4;

/// What was said, and what its checks need to remember.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) heard: Heard,
    pub(super) marks: Marks,
    /// Whether any message calls a tool or answers such a call.
    pub(super) has_tools: bool,
    /// Where the last message is that called a tool, unless it began with a thought.
    pub(super) unthinking: Option<usize>,
    /// Whether the last message is the model's own.
    pub(super) ends_with_model: bool,
    /// The names of documents so far.
    pub(super) documents: Vec<String>,
    /// Calls of the last message that wait for their results: id and tool.
    open: Vec<(String, String)>,
    ids: Vec<String>,
    spoke: Option<String>,
}

// === impl Talk ===

impl Talk {
    pub(super) fn read(&mut self, body: &Value, seed: u64) -> Result<(), ApiError> {
        for (at, block) in items(body, "system").iter().enumerate() {
            blocks::system(self, at, block)?;
        }
        let messages = items(body, "messages");
        if messages.iter().find(|message| text(message, "role") != "system").map(|first| text(first, "role"))
            != Some("user")
        {
            return Err(ApiError::invalid(
                "A conversation must start with a user message. Try again with a conversation that starts with a \
                 user message.",
            ));
        }
        messages.iter().enumerate().try_for_each(|(at, message)| self.message(at, message, seed))?;
        if self.open.is_empty() { Ok(()) } else { Err(self.unanswered(messages.len(), &[])) }
    }

    fn message(&mut self, at: usize, message: &Value, seed: u64) -> Result<(), ApiError> {
        let role = text(message, "role");
        let content = items(message, "content");
        if content.is_empty() {
            return Err(ApiError::invalid(format!(
                "The content field in the Message object at messages.{at} is empty. Add a ContentBlock object to the \
                 content field and try again."
            )));
        }
        if role != "system" && self.spoke.replace(role.to_owned()).as_deref() == Some(role) {
            return Err(ApiError::invalid(
                "A conversation must alternate between user and assistant roles. Make sure the conversation \
                 alternates between user and assistant roles and try again.",
            ));
        }
        self.heard.count(MESSAGE_TOKENS);
        self.heard.add_media(role, 0);
        let place = blocks::Place { at, role, seed };
        let blocks = content.iter().enumerate();
        let blocks: Vec<Block> = blocks
            .map(|(number, block)| blocks::read(self, place, number, block))
            .collect::<Result<_, _>>()?;
        documents(at, &blocks)?;
        self.ends_with_model = role == "assistant";
        match role {
            "user" => self.heard_from_user(at, &blocks),
            "assistant" => self.calls(at, &blocks),
            _ => Ok(()),
        }
    }

    /// What the user says, and the results of all calls of the message before, no more and no fewer.
    fn heard_from_user(&mut self, at: usize, blocks: &[Block]) -> Result<(), ApiError> {
        let open = std::mem::take(&mut self.open);
        let mut results: Vec<(String, String)> = Vec::new();
        let mut given: Vec<&str> = Vec::new();
        for block in blocks {
            let Block::ToolResult { id, text } = block else { continue };
            if given.contains(&id.as_str()) {
                return Err(ApiError::invalid(format!(
                    "The toolResult blocks at messages.{at}.content contain duplicate Ids: {id}"
                )));
            }
            given.push(id);
            match open.iter().find(|(call, _)| call == id) {
                Some((_, name)) => results.push((name.clone(), text.clone())),
                None if given.len() > open.len() => {
                    return Err(ApiError::invalid(format!(
                        "The number of toolResult blocks at messages.{at}.content exceeds the number of toolUse \
                         blocks of previous turn."
                    )));
                }
                None => {
                    self.open = open;
                    return Err(self.unanswered(at, &[id]));
                }
            }
        }
        if results.len() < open.len() {
            self.open = open;
            return Err(self.unanswered(at, &given));
        }
        let said: Vec<_> = blocks.iter().filter_map(Block::text).collect();
        // What agents say beside a result ends no script that is being followed.
        let kept = !results.is_empty() && script::follows(&self.heard.user);
        if results.is_empty() || !said.is_empty() && !kept {
            self.heard.said(&said.join("\n"));
        }
        self.heard.returned += results.len();
        self.heard.results = results;
        Ok(())
    }

    /// The calls of a message of the model.
    fn calls(&mut self, at: usize, blocks: &[Block]) -> Result<(), ApiError> {
        for block in blocks {
            let Block::ToolUse { id, name } = block else { continue };
            if self.ids.contains(id) {
                return Err(ApiError::invalid(format!(
                    "The toolUse blocks at messages.{at}.content contain duplicate Ids: {id}"
                )));
            }
            self.ids.push(id.clone());
            self.open.push((id.clone(), name.clone()));
        }
        if !self.open.is_empty() {
            self.unthinking = (blocks.first() != Some(&Block::Thought)).then_some(at);
        }
        Ok(())
    }

    fn unanswered(&self, at: usize, found: &[&str]) -> ApiError {
        let ids: Vec<_> =
            self.open.iter().map(|(id, _)| id.as_str()).filter(|id| !found.contains(id)).collect();
        let ids = ids.join(", ");
        ApiError::invalid(format!(
            "Expected toolResult blocks at messages.{at}.content for the following Ids: {ids}"
        ))
    }
}

/// A document is told of in words beside it.
fn documents(at: usize, blocks: &[Block]) -> Result<(), ApiError> {
    if blocks.contains(&Block::Document) && !blocks.iter().any(|block| block.text().is_some()) {
        return Err(ApiError::invalid(format!(
            "The content field in the Message object at messages.{at} contains a document but no text. Add a text \
             block to the content field and try again."
        )));
    }
    Ok(())
}
