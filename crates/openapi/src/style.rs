//! How parameters are written (`OpenAPI` 3.1.1, "Style Values" and "Style Examples"; RFC 6570).

use serde_json::Value;

/// A style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `;name=value`, in paths.
    Matrix,
    /// `.value`, in paths.
    Label,
    /// `value`, in paths and header fields.
    Simple,
    /// `name=value`, in the query and in cookies.
    Form,
    /// `name=a b`, in the query.
    SpaceDelimited,
    /// `name=a|b`, in the query.
    PipeDelimited,
    /// `name[key]=value`, in the query.
    DeepObject,
}

/// A parameter's way of being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// The style.
    pub style: Style,
    /// Whether each item of a list and each member of an object stands for itself.
    pub explode: bool,
    /// Whether reserved characters (RFC 3986 §2.2) stay as they are, but for those that would end the value in its place; in a
    /// query also what is encoded by a percent sign already (RFC 6570 §3.2.3).
    pub reserved: bool,
    /// Whether it is encoded for an address; header fields are not.
    pub encoded: bool,
}

// === impl Style ===

impl Style {
    /// The style of a word of the specification.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "matrix" => Self::Matrix,
            "label" => Self::Label,
            "simple" => Self::Simple,
            "form" => Self::Form,
            "spaceDelimited" => Self::SpaceDelimited,
            "pipeDelimited" => Self::PipeDelimited,
            "deepObject" => Self::DeepObject,
            _ => return None,
        })
    }
}

// === impl Form ===

impl Form {
    /// Writes a value under its name. A list or an object within one is written as JSON: the specification leaves that open.
    pub fn write(self, name: &str, value: &Value) -> String {
        if let (Style::Simple, Value::String(text)) = (self.style, value) {
            return self.text(text);
        }
        let own = self.name(name);
        match value {
            Value::Array(items) => {
                self.list(&own, &items.iter().map(|item| self.scalar(item)).collect::<Vec<_>>())
            }
            Value::Object(members) => {
                let pairs: Vec<(String, String)> =
                    members.iter().map(|(key, value)| (self.name(key), self.scalar(value))).collect();
                self.object(&own, &pairs)
            }
            _ => self.one(&own, &self.scalar(value)),
        }
    }

    fn one(self, name: &str, value: &str) -> String {
        match self.style {
            Style::Matrix if value.is_empty() => format!(";{name}"),
            Style::Matrix => format!(";{name}={value}"),
            Style::Label => format!(".{value}"),
            Style::Simple => value.to_owned(),
            Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject => {
                format!("{name}={value}")
            }
        }
    }

    fn list(self, name: &str, items: &[String]) -> String {
        let each = |item: &String| format!("{name}={item}");
        match (self.style, self.explode) {
            (Style::Matrix, true) => {
                items.iter().map(|item| self.one(name, item)).collect::<Vec<_>>().concat()
            }
            (Style::Label, true) => [".", &items.join(".")].concat(),
            (Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject, true) => {
                items.iter().map(each).collect::<Vec<_>>().join("&")
            }
            _ => self.one(name, &items.join(self.between())),
        }
    }

    fn object(self, name: &str, pairs: &[(String, String)]) -> String {
        let joined = |between: &str| {
            let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            pairs.join(between)
        };
        match (self.style, self.explode) {
            (Style::DeepObject, _) => {
                let (open, close) = (self.name("["), self.name("]"));
                let pairs: Vec<String> =
                    pairs.iter().map(|(key, value)| format!("{name}{open}{key}{close}={value}")).collect();
                pairs.join("&")
            }
            (Style::Matrix, true) => [";", &joined(";")].concat(),
            (Style::Label, true) => [".", &joined(".")].concat(),
            (Style::Simple, true) => joined(","),
            (Style::Form | Style::SpaceDelimited | Style::PipeDelimited, true) => joined("&"),
            _ => {
                let flat: Vec<&str> =
                    pairs.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]).collect();
                self.one(name, &flat.join(self.between()))
            }
        }
    }

    fn between(self) -> &'static str {
        match self.style {
            Style::SpaceDelimited => "%20",
            Style::PipeDelimited => "%7C",
            _ => ",",
        }
    }

    fn scalar(self, value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::String(text) => self.text(text),
            other => self.text(&other.to_string()),
        }
    }

    /// A name has nothing in it that is not its own.
    fn name(self, name: &str) -> String {
        Self { reserved: false, ..self }.text(name)
    }

    fn text(self, text: &str) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !self.encoded || text.bytes().all(is_plain) {
            return text.to_owned();
        }
        let reserved: &[u8] = match self.style {
            _ if !self.reserved => b"",
            Style::Matrix | Style::Label | Style::Simple => b":@!$&'()*+,;=",
            Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject => {
                b":/?@!$'()*+,;="
            }
        };
        let mut out = String::with_capacity(text.len());
        for (at, byte) in text.bytes().enumerate() {
            let in_query = reserved.contains(&b'?');
            let encoded = || in_query && byte == b'%' && is_encoded(text.as_bytes().get(at + 1..at + 3));
            if is_plain(byte) || reserved.contains(&byte) || encoded() {
                out.push(char::from(byte));
            } else {
                out.push('%');
                for half in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
        out
    }
}

/// Whether what follows a percent sign makes an octet with it.
fn is_encoded(digits: Option<&[u8]>) -> bool {
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The table of the specification, "Style Examples": what `color` looks like when it is empty, a text, a list, an object.
    #[test]
    fn the_table_of_the_specification() {
        let values = [
            json!(""),
            json!("blue"),
            json!(["blue", "black", "brown"]),
            json!({"R": 100, "G": 200, "B": 150}),
        ];
        for (style, explode, expect) in [
            (
                Style::Matrix,
                false,
                [";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"],
            ),
            (
                Style::Matrix,
                true,
                [";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"],
            ),
            (Style::Label, false, [".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
            (Style::Label, true, [".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
            (Style::Simple, false, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
            (Style::Simple, true, ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
            (
                Style::Form,
                false,
                ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"],
            ),
            (
                Style::Form,
                true,
                ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
            ),
            (
                Style::SpaceDelimited,
                false,
                ["color=", "color=blue", "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"],
            ),
            (
                Style::PipeDelimited,
                false,
                ["color=", "color=blue", "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"],
            ),
            (
                Style::DeepObject,
                true,
                [
                    "color=",
                    "color=blue",
                    "color=blue&color=black&color=brown",
                    "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
                ],
            ),
        ] {
            let form = Form { style, explode, reserved: false, encoded: true };
            for (value, expect) in values.iter().zip(expect) {
                assert_eq!(form.write("color", value), expect, "{style:?} {explode} {value}");
            }
        }
    }

    #[test]
    fn nothing_breaks_out_of_its_place() {
        let form = Form { style: Style::Form, explode: true, reserved: false, encoded: true };
        assert_eq!(form.write("q", &json!("a&b=c d/é\r\n")), "q=a%26b%3Dc%20d%2F%C3%A9%0D%0A");
        assert_eq!(form.write("a b", &json!(["x,y"])), "a%20b=x%2Cy");
        let path = Form { style: Style::Simple, explode: false, reserved: false, encoded: true };
        assert_eq!(path.write("id", &json!("../admin?x#y")), "..%2Fadmin%3Fx%23y");
        let open = Form { reserved: true, ..form };
        assert_eq!(open.write("url", &json!("https://a.example/x y")), "url=https://a.example/x%20y");
        assert_eq!(open.write("q", &json!("a#b&c=d[e]%2f%zz%")), "q=a%23b%26c=d%5Be%5D%2f%25zz%25");
        assert_eq!(open.write("q", &json!({"k&x": "v", "l=": ["a&b"]})), "k%26x=v&l%3D=%5B%22a%26b%22%5D");
        let path = Form { reserved: true, ..path };
        assert_eq!(path.write("id", &json!("../a?b#c;d%2e")), "..%2Fa%3Fb%23c;d%252e");
        assert_eq!(form.write("deep", &json!([{"a": 1}])), "deep=%7B%22a%22%3A1%7D");
        assert_eq!(
            (form.write("n", &json!(1.5)), form.write("b", &json!(true)), form.write("z", &json!(null))),
            ("n=1.5".into(), "b=true".into(), "z=".into())
        );
        assert_eq!(Style::of_word("deepObject"), Some(Style::DeepObject));
        assert_eq!(Style::of_word("deep"), None);
    }
}
