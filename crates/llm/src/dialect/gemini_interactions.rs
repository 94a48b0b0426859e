//! Google's Interactions of the Gemini API: a conversation is a list of steps, which the vendor keeps unless it is told
//! not to. Weir keeps them itself, whoever answers, so that a request is whole when it is read.

mod assembly;
mod collect;
mod error;
mod events;
mod pass;
mod path;
mod replay;
mod request;
mod response;
mod shell;
mod sources;
mod state;
mod stream;
mod usage;

pub use self::replay::{NoSuchEvent, replay_interaction};
use super::gemini::Gemini;
use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Request, Response};
use crate::provider::{Headers, Provider, Wired};
use crate::request::{Member, Peek};
use crate::{ApiError, Context, RequestError, ResponseError, Target, Translated, Usage};

/// Google's Interactions.
#[derive(Debug)]
pub(crate) struct GeminiInteractions;

/// Why an agent cannot be asked.
const NO_AGENTS: &str = "`agent` cannot be served: agents run at Google alone; name a `model`";

/// The members that a scan looks at, each at most once in a request.
const MEMBERS: [(&str, Member); 9] = [
    ("agent", Member::Refused(NO_AGENTS)),
    ("model", Member::Model),
    ("input", Member::Prompt),
    ("stream", Member::Stream),
    ("previous_interaction_id", Member::Previous),
    ("system_instruction", Member::Prompt),
    ("tools", Member::Schema),
    ("response_format", Member::Schema),
    ("generation_config", Member::Limits("max_output_tokens")),
];

/// The header that says which of the API's forms a client speaks, and the first with steps.
const REVISION: &str = "api-revision";
const STEPS: &str = "2026-05-20";

impl Client for GeminiInteractions {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    /// Nothing: a conversation that is kept may be all that a request has.
    fn required(&self) -> &'static str {
        ""
    }

    fn own_headers(&self) -> &'static [&'static str] {
        &[REVISION]
    }

    fn check_headers(&self, _: &Peek, headers: Headers<'_>) -> Result<(), RequestError> {
        let older = headers(REVISION).is_some_and(|revision| revision.as_str() < STEPS);
        if older {
            let message = "the legacy schema of interactions is no longer supported; upgrade the SDK to its second version or newer, which knows `steps`";
            return Err(RequestError::body(message));
        }
        Ok(())
    }

    fn vendor_keeps(&self) -> bool {
        false
    }

    fn own_name(&self, name: String) -> String {
        path::of(&name).unwrap_or(name)
    }

    fn decode_request<'a>(&self, text: &'a str) -> Result<Request<'a>, RequestError> {
        request::decode(text)
    }

    fn encode_response(&self, response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
        response::encode(response, ctx, out)
    }

    fn encode_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        error::encode(error, out);
    }

    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        Gemini.encode_model(model, out);
    }

    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
        Gemini.encode_models(models, out);
    }

    fn stream(&self, ctx: &Context) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::new(ctx))
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        error::event(error, out);
    }

    fn stream_media_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn pass_request(&self, body: &[u8], _: &Peek, target: &Target<'_>) -> Result<Wired, RequestError> {
        pass::request(body, target)
    }

    fn pass_response(
        &self,
        text: &str,
        ctx: &Context,
        _: &dyn Provider,
    ) -> Result<Translated, ResponseError> {
        pass::response(text, ctx)
    }

    fn pass_stream(&self, ctx: &Context) -> Box<dyn PassStream> {
        Box::new(pass::Stream::new(ctx))
    }
}
