//! The models that are there, by the names that Bedrock gives them.

use super::error::{ApiError, Kind};

/// Whose models are there.
const MAKERS: [&str; 11] = [
    "ai21",
    "amazon",
    "anthropic",
    "cohere",
    "deepseek",
    "google",
    "meta",
    "mistral",
    "openai",
    "qwen",
    "sim",
];

/// The profiles that send a request to several regions.
const PROFILES: [&str; 6] = ["us", "eu", "apac", "global", "jp", "us-gov"];

/// A model that a request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// As its maker calls it, without maker, profile and version: `claude-sonnet-4-5-20250929`.
    pub(super) name: String,
    /// The version that its name ends in.
    pub(super) version: Option<u32>,
    /// Whose it is.
    pub(super) maker: &'static str,
}

// === impl Model ===

impl Model {
    /// Reads `anthropic.claude-sonnet-4-5-20250929-v1:0`, with or without a profile before it, or the name of
    /// a resource that ends in one; a fault may follow.
    pub(super) fn resolve(id: &str) -> Result<Self, ApiError> {
        let bare = id.split('+').next().unwrap_or_default();
        let invalid = || ApiError::invalid("The provided model identifier is invalid.");
        let name = if bare.starts_with("arn:") {
            let (kind, name) = bare.rsplit(':').find_map(|part| part.split_once('/')).ok_or_else(invalid)?;
            let kinds = [
                "foundation-model",
                "inference-profile",
                "application-inference-profile",
                "provisioned-model",
            ];
            if !kinds.contains(&kind) {
                return Err(invalid());
            }
            // The version's colon divides too; what follows it is of no matter.
            name
        } else {
            bare
        };
        let plain =
            name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b));
        let (first, rest) = name.split_once('.').filter(|_| plain).ok_or_else(invalid)?;
        let (first, rest) =
            if PROFILES.contains(&first) { rest.split_once('.').ok_or_else(invalid)? } else { (first, rest) };
        let maker = MAKERS.iter().find(|maker| **maker == first).ok_or_else(invalid)?;
        if rest.starts_with("none") {
            return Err(ApiError::new(
                Kind::NotFound,
                "This model version has reached the end of its life. Please refer to the AWS documentation for more \
                 details.",
            ));
        }
        let name = rest.split(':').next().unwrap_or_default();
        let dated =
            name.rsplit_once("-v").and_then(|(before, version)| Some((before, version.parse().ok()?)));
        let (name, version) = dated.map_or((name, None), |(before, version)| (before, Some(version)));
        Ok(Self { name: name.to_owned(), version, maker })
    }

    pub(super) fn is_claude(&self) -> bool {
        self.maker == "anthropic"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_profiles_and_resources_name_the_same_model() {
        let profile =
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-v1:0";
        for id in ["anthropic.claude-haiku-4-5-v1:0", "us.anthropic.claude-haiku-4-5-v1:0+garbage", profile] {
            let model = Model::resolve(id).unwrap();
            assert_eq!((model.name.as_str(), model.is_claude()), ("claude-haiku-4-5", true), "{id}");
        }
        assert_eq!(Model::resolve("openai.gpt-oss-120b-1:0").unwrap().name, "gpt-oss-120b-1");
        for id in ["gpt-4o", "nobody.model-v1:0", "us.anthropic", "anthropic.cl aude", "arn:aws:s3:::x/y", ""]
        {
            assert!(Model::resolve(id).is_err(), "{id}");
        }
    }
}
