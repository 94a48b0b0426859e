//! `Weir-Completed`: an answer lacks something, as an item with parameters (RFC 9651).

use message::ResponseHead;

/// So much of what is missing is told by its name.
const TOLD: usize = 50;

/// Says of an answer what is missing, if anything is; `more` counts what is not named.
pub(crate) fn tell(head: &mut ResponseHead, missing: &[String]) {
    if missing.is_empty() {
        return;
    }
    // What its strings may have, but for what would have to be escaped.
    let keep = |c: &char| (c.is_ascii_graphic() || *c == ' ') && !"\"\\".contains(*c);
    let (told, more) = missing.split_at(missing.len().min(TOLD));
    let told: String = told.join(", ").chars().filter(keep).collect();
    let more = if more.is_empty() { String::new() } else { format!(";more={}", more.len()) };
    head.fields.push_named(b"weir-completed", format!("?0;missing=\"{told}\"{more}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_by_its_name_as_far_as_a_field_can_hold() {
        let of = |missing: &[String]| {
            let mut head = ResponseHead::new(200);
            tell(&mut head, missing);
            head.fields.get_named("weir-completed").map(|line| String::from_utf8(line.to_vec()).unwrap())
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["a (\"status\")".to_owned()]).unwrap(), "?0;missing=\"a (status)\"");
        let many: Vec<String> = (0..1_000).map(|n| format!("step-{n} (status)")).collect();
        assert!(of(&many[..50]).unwrap().ends_with("step-49 (status)\""));
        let told = of(&many).unwrap();
        assert!(told.ends_with(", step-49 (status)\";more=950"), "{told}");
        assert!(told.len() < 2_000, "{}", told.len());
    }
}
