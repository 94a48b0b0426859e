//! Messages of Anthropic's, as clients speak them: passed to Anthropic, and translated for others.

mod answers;
mod passing;
mod requests;
mod state;

use llm::request::{self, Address, Peek};
use llm::{Context, Dialect, Encoded, ProviderKind, RequestError, Target};

use crate::support::context;

/// Where the requests of this dialect stand; those of the name are answers of the provider's.
const FOLDER: &str = "anthropic_messages";

fn peek(body: &[u8]) -> Result<Peek, RequestError> {
    request::peek(Dialect::Anthropic, body, Address::default())
}

fn asked() -> Context {
    Context { dialect: Dialect::Anthropic, ..context(true) }
}

fn encode(provider: ProviderKind, body: &[u8]) -> Result<Encoded, RequestError> {
    let peek = peek(body).unwrap();
    let target = Target { native_json_schema: true, ..Target::new(&peek.model, None) };
    let encoded = provider.encode_request(Dialect::Anthropic, body, &peek, &target);
    assert_eq!(provider.encode_request(Dialect::Anthropic, body, &peek, &target), encoded);
    encoded
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
