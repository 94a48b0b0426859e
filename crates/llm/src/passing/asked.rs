//! What a request that only passes asks for, as far as it is paid.

use json::Value;

use super::{Picture, answer, sound};
use crate::Usage;
use crate::request::{Form, Peek};

/// See the module's description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    path: &'static str,
    /// Bytes of text that the model reads.
    prompt_bytes: usize,
    /// Characters to be spoken.
    characters: u64,
    /// Images to be made.
    images: u64,
    picture: Picture,
    /// How long a recording is, in milliseconds.
    millis: u64,
    queries: u64,
}

/// Documents that a query of a reranking may have.
const DOCUMENTS: u64 = 100;

// === impl Asked ===

impl Asked {
    /// Looks at a JSON request to one of OpenAI's paths, without `/v1`. `peek` must be of this very body.
    pub fn of_json(path: &'static str, body: &[u8], peek: &Peek) -> Self {
        let asked = Self { path, prompt_bytes: peek.prompt_bytes, ..Self::default() };
        if !matches!(path, "/audio/speech" | "/images/generations" | "/images/edits" | "/rerank") {
            return asked;
        }
        let text = std::str::from_utf8(body).unwrap_or_default();
        let body = Value::parse(text).unwrap_or(Value::NULL);
        let text = |name: &str| body.get(name).as_text().map(|text| text.decode().into_owned());
        let count = |name: &str| body.get(name).as_u64();
        match path {
            "/audio/speech" => {
                let characters = text("input").map_or(0, |text| text.chars().count());
                let characters = u64::try_from(characters).unwrap_or(u64::MAX);
                Self { characters, millis: sound::of_text(characters), ..asked }
            }
            "/rerank" => {
                let documents = u64::try_from(body.get("documents").items().len()).unwrap_or(u64::MAX);
                Self { queries: documents.div_ceil(DOCUMENTS).max(1), ..asked }
            }
            _ => Self { images: count("n").unwrap_or(1).max(1), picture: Picture::said(&body), ..asked },
        }
    }

    /// Looks at a form. `form` must be of this very body.
    pub fn of_form(path: &'static str, body: &[u8], form: &Form) -> Self {
        let text = |name: &str| form.text(body, name);
        let prompt_bytes = text("prompt").map_or(0, str::len);
        let asked = Self { path, prompt_bytes, ..Self::default() };
        if path.starts_with("/audio/") {
            return Self { millis: form.file(body).map_or(0, sound::of_file), ..asked };
        }
        Self {
            images: text("n").and_then(|n| n.parse().ok()).unwrap_or(1_u64).max(1),
            picture: Picture {
                size: text("size").map(str::to_owned),
                quality: text("quality").map(str::to_owned),
            },
            ..asked
        }
    }

    /// The path without `/v1`.
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// What a whole answer in JSON used.
    pub fn used_by(&self, body: &[u8]) -> Usage {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let body = Value::parse(text).unwrap_or(Value::NULL);
        let usage = self.used(answer::read(self.path, &body), answer::said(&body));
        match answer::images(self.path, &body) {
            0 => usage,
            images => Usage { images, ..usage },
        }
    }

    /// What an answer used that tells nothing, such as a recording.
    pub fn used_unsaid(&self) -> Usage {
        self.used(None, 0)
    }

    /// What was used: what the provider told, with what the request says; an estimate, so marked, if it told nothing.
    pub(crate) fn used(&self, told: Option<Usage>, output_bytes: usize) -> Usage {
        let told = told.map(|told| self.sorted(told));
        let usage = told.unwrap_or_else(|| Usage {
            images: self.images,
            queries: self.queries,
            ..Usage::estimate(self.prompt_bytes, output_bytes)
        });
        let millis = if usage.millis > 0 { usage.millis } else { self.millis };
        let queries = if usage.queries > 0 { usage.queries } else { self.queries };
        // What was told may leave out what the request says: a length that is our estimate is one then.
        let estimated = usage.estimated || (usage.millis == 0 && millis > 0 && usage.total() == 0);
        Usage { characters: self.characters, millis, queries, estimated, ..usage }
    }

    /// Whose tokens they are.
    fn sorted(&self, told: Usage) -> Usage {
        match self.path {
            "/audio/speech" => Usage { audio_out: told.output, ..told },
            path if path.starts_with("/images/") => {
                let image_out = if told.image_out > 0 { told.image_out } else { told.output };
                Usage { image_out, images: told.images.max(1), ..told }
            }
            _ => told,
        }
        .consistent()
    }

    /// The kind of image that a whole answer is; none if it is of no images.
    pub fn picture_of(&self, answer: &[u8]) -> Option<Picture> {
        let body = Value::parse(std::str::from_utf8(answer).ok()?).ok()?;
        self.picture(Picture::said(&body))
    }

    /// What was asked with what was told; none if images are not what was asked for.
    pub(crate) fn picture(&self, told: Picture) -> Option<Picture> {
        (self.images > 0).then(|| self.picture.clone().told(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Address, peek_passing};

    fn asked(path: &'static str, body: &str) -> Asked {
        Asked::of_json(path, body.as_bytes(), &peek_passing(body.as_bytes(), Address::default()).unwrap())
    }

    #[test]
    fn what_is_paid_by_the_piece_is_counted() {
        let speech = asked("/audio/speech", r#"{"model":"m","input":"héllo wörld, thirty char"}"#);
        let used = speech.used_unsaid();
        assert_eq!((used.characters, used.millis, used.input, used.estimated), (24, 1_600, 7, true));
        let documents = vec!["\"d\""; 101].join(",");
        let rerank = format!(r#"{{"model":"m","query":"q","documents":[{documents}]}}"#);
        assert_eq!(asked("/rerank", &rerank).used_unsaid().queries, 2);
        let told = br#"{"results":[],"meta":{"billed_units":{"search_units":3}}}"#;
        let used = asked("/rerank", &rerank).used_by(told);
        assert_eq!((used.queries, used.estimated), (3, false));
        let image = asked("/images/generations", r#"{"model":"m","prompt":"a cat","n":2}"#);
        assert_eq!(image.used_unsaid().images, 2);
        let used = image.used_by(
            br#"{"data":[{},{}],"usage":{"input_tokens":9,"output_tokens":200,"total_tokens":209,"input_tokens_details":{"text_tokens":4,"image_tokens":5}}}"#,
        );
        assert_eq!((used.images, used.image_in, used.image_out, used.estimated), (2, 5, 200, false));
        assert_eq!(asked("/moderations", r#"{"model":"m","input":"12345678"}"#).used_unsaid().input, 2);
    }
}
