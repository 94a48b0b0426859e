//! OpenAI's models at Azure: the same bodies at other addresses. The model is a deployment, named in the path unless the
//! base address is that of the newer interface.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::openai_chat::ChatWire;
use super::{Headers, Provider, Target, Way};
use crate::dialect::openai_chat;
use crate::embed::EmbedFormat;
use crate::remote::Medium;
use crate::{ApiError, Dialect, Vendor, vendor};

/// Azure OpenAI.
#[derive(Debug)]
pub(crate) struct Azure;

/// The version of the interface that names the deployment in its path.
const VERSION: &str = "api-version=2024-10-21";

/// Where OpenAI's `path` is behind a base address, whichever of Azure's it is.
fn at(path: &str, target: &Target<'_>) -> Cow<'static, str> {
    let base = target.base.trim_end_matches('/');
    if base.ends_with("/openai/v1") {
        return path.to_owned().into();
    }
    let of_account = matches!(path, "/files" | "/batches");
    if of_account {
        let openai = if base.ends_with("/openai") { "" } else { "/openai" };
        return format!("{openai}{path}?{VERSION}").into();
    }
    if base.contains("/openai/deployments/") {
        return format!("{path}?{VERSION}").into();
    }
    let openai = if base.ends_with("/openai") { "" } else { "/openai" };
    let mut deployment = String::with_capacity(target.model.len());
    for byte in target.model.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            deployment.push(char::from(byte));
        } else if write!(deployment, "%{byte:02X}").is_err() {
            break;
        }
    }
    format!("{openai}/deployments/{deployment}{path}?{VERSION}").into()
}

impl Provider for Azure {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("api-key", key.to_owned())
    }

    fn way(&self, dialect: Dialect) -> Way {
        if dialect == Dialect::OpenAiChat { Way::Pass } else { Way::Convert(&ChatWire) }
    }

    fn path(&self, _: Option<Dialect>, target: &Target<'_>, _: bool) -> Cow<'static, str> {
        at("/chat/completions", target)
    }

    fn takes_detail(&self) -> bool {
        true
    }

    fn fetches(&self, medium: Medium, _: &str, _: &Target<'_>) -> bool {
        medium == Medium::Image
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn row(&self) -> Option<&'static Vendor> {
        vendor::find("azure_openai")
    }

    fn embeddings(&self, target: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        Some((EmbedFormat::OpenAi, at("/embeddings", target)))
    }

    fn passes(&self, path: &'static str, target: &Target<'_>) -> Option<Cow<'static, str>> {
        Some(at(path, target))
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        openai_chat::decode_error(status, headers, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_by_the_base_address() {
        let check = |base: &str, expect: &str| {
            assert_eq!(at("/chat/completions", &Target::new("gpt 5.1", None).at(base)), expect, "{base}");
        };
        let deployment = "/deployments/gpt%205.1/chat/completions?api-version=2024-10-21";
        for bare in ["", "https://x.openai.azure.com", "https://x.openai.azure.com/"] {
            check(bare, &format!("/openai{deployment}"));
        }
        check("https://x.openai.azure.com/openai", deployment);
        check("https://x.openai.azure.com/openai/v1/", "/chat/completions");
        check("/api/projects/p/openai/v1", "/chat/completions");
        let within = "https://x.openai.azure.com/openai/deployments/d";
        check(within, "/chat/completions?api-version=2024-10-21");
        let files = |base| at("/files", &Target::new("gpt", None).at(base));
        assert_eq!(files(""), "/openai/files?api-version=2024-10-21");
        assert_eq!(files("/openai"), "/files?api-version=2024-10-21");
        assert_eq!(files("/openai/v1"), "/files");
    }
}
