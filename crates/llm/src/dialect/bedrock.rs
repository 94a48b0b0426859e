//! Converse of Amazon Bedrock, as clients speak it. Model and way of answering are in the address.

mod error;
mod pass;
mod prepare;
mod request;
mod response;
mod stream;
mod usage;

use std::borrow::Cow;

use json::Object;

use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Request, Response};
use crate::provider::{Framing, Provider, Wired};
use crate::request::{Member, Peek};
use crate::{ApiError, Context, RequestError, ResponseError, Target, Translated, Usage};

/// Converse.
#[derive(Debug)]
pub(crate) struct Bedrock;

/// The members that a scan looks at, each at most once in a request.
const MEMBERS: [(&str, Member); 5] = [
    ("messages", Member::Messages),
    ("system", Member::Prompt),
    ("inferenceConfig", Member::Limits("maxTokens")),
    ("toolConfig", Member::Schema),
    ("outputConfig", Member::Schema),
];

impl Client for Bedrock {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        "messages"
    }

    fn own_name(&self, name: String) -> String {
        let own = match name.as_str() {
            "messages[].cache_control" => "messages[].content[].cachePoint",
            "messages[].content[].file.filename" => "messages[].content[].document.name",
            "messages[].is_error" => "messages[].content[].toolResult.status",
            "messages[].reasoning" => "messages[].content[].reasoningContent",
            "reasoning_effort" => "additionalModelRequestFields.thinking",
            "response_format" | "response_format.json_schema.strict" => "outputConfig.textFormat",
            "response_format.json_schema.description" => {
                "outputConfig.textFormat.structure.jsonSchema.description"
            }
            "service_tier" => "serviceTier",
            "stop" => "inferenceConfig.stopSequences",
            "max_tokens" => "inferenceConfig.maxTokens",
            "temperature" => "inferenceConfig.temperature",
            "tool_choice" => "toolConfig.toolChoice",
            "top_p" => "inferenceConfig.topP",
            "top_k" | "seed" | "presence_penalty" | "frequency_penalty" => {
                return format!("additionalModelRequestFields.{name}");
            }
            tool if tool.starts_with("tools[") => {
                let tool = tool.replace(".function.strict", ".toolSpec.strict");
                return format!("toolConfig.{}", tool.replace(".cache_control", ".cachePoint"));
            }
            _ => return name,
        };
        own.to_owned()
    }

    fn prepare<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, RequestError> {
        Ok(prepare::inline_schema(text))
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

    fn error_status(&self, error: &ApiError) -> u16 {
        error::words(error.kind).1
    }

    fn error_headers(&self, error: &ApiError) -> Vec<(&'static str, String)> {
        vec![("x-amzn-errortype", error::words(error.kind).0.to_owned())]
    }

    fn request_id_header(&self) -> &'static str {
        "x-amzn-requestid"
    }

    /// As the control plane lists foundation models.
    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        let mut details = body.object("modelDetails");
        summary(model, &mut details);
        details.end();
        body.end();
    }

    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        let mut list = body.array("modelSummaries");
        for model in models {
            let mut entry = list.object();
            summary(&model, &mut entry);
            entry.end();
        }
        list.end();
        body.end();
    }

    fn stream(&self, _: &Context) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::default())
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        stream::write_error(error, out);
    }

    fn stream_media_type(&self) -> &'static str {
        "application/vnd.amazon.eventstream"
    }

    /// Frames have no comments, and clients fail at an event that they do not know.
    fn keep_alive(&self) -> &'static [u8] {
        b""
    }

    fn pass_request(&self, body: &[u8], _: &Peek, _: &Target<'_>) -> Result<Wired, RequestError> {
        Ok(pass::request(body))
    }

    fn pass_response(
        &self,
        text: &str,
        ctx: &Context,
        _: &dyn Provider,
    ) -> Result<Translated, ResponseError> {
        pass::response(text, ctx)
    }

    fn pass_framing(&self) -> Framing {
        Framing::Own
    }

    fn pass_stream(&self, ctx: &Context) -> Box<dyn PassStream> {
        Box::new(pass::Stream::new(ctx))
    }
}

fn summary(model: &ModelEntry<'_>, entry: &mut Object<'_>) {
    let arn = format!("arn:aws:bedrock:::foundation-model/{}", model.id);
    entry.string("modelArn", &arn).string("modelId", model.id).string("modelName", model.id);
    entry.string("providerName", model.owned_by).raw("responseStreamingSupported", "true");
}
