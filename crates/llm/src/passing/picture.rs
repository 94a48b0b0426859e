//! The kind of image that a call makes, as far as its price depends on it.

use json::Value;

use crate::catalogue::Catalogue;

/// A size and a quality, as far as they are said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    pub(super) size: Option<String>,
    pub(super) quality: Option<String>,
}

// === impl Picture ===

impl Picture {
    /// What a request or an answer says.
    pub(super) fn said(body: &Value<'_>) -> Self {
        let word = |name: &str| body.get(name).as_text().map(|text| text.decode().into_owned());
        Self { size: word("size"), quality: word("quality") }
    }

    /// With what an answer says in place of what was asked, which may leave it to the model.
    pub(super) fn told(self, answer: Self) -> Self {
        Self { size: answer.size.or(self.size), quality: answer.quality.or(self.quality) }
    }

    /// What such an image costs by the catalogue, in micro-dollars a million; none if it has no price for it.
    pub fn price(&self, model: &str, provider: Option<&str>) -> Option<i64> {
        let known = |word: &Option<String>| word.clone().filter(|word| word != "auto");
        let size = known(&self.size)?.replace('x', "-x-");
        let quality = known(&self.quality).map(|quality| format!("{quality}/{size}/{model}"));
        let names = [quality, Some(format!("{size}/{model}"))];
        names.into_iter().flatten().find_map(|name| {
            let found = Catalogue::builtin().lookup(&name, provider)?;
            found.prices.per_image
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> Picture {
        Picture::said(&Value::parse(body).unwrap())
    }

    #[test]
    fn images_have_the_price_of_their_size_and_quality() {
        let price = |picture: &Picture| picture.price("gpt-image-1", Some("openai"));
        let told = said(r#"{"size":"1024x1024","quality":"medium","data":[]}"#);
        assert_eq!(price(&told), Some(42_000_000_000));
        let asked = said(r#"{"size":"1024x1536","quality":"low"}"#);
        assert_eq!(price(&asked), Some(16_000_000_000));
        assert_eq!(price(&asked.told(told)), Some(42_000_000_000));
        for unknown in [r"{}", r#"{"size":"auto","quality":"low"}"#, r#"{"size":"7x7"}"#, r#"{"size":1}"#] {
            assert_eq!(price(&said(unknown)), None, "{unknown}");
        }
    }
}
