//! Random bytes, and random orders of what configuration is made of.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::entry;

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "kind: ",
        "Upstream",
        "Service",
        "Plan",
        "\n",
        "name: a\n",
        "spec:\n",
        "  ",
        "- ",
        "targets: [{host: a, port: 80}]\n",
        "{kind: Plan, name: p, spec: {policies: [{rate_limit: {requests: 5, window: 1m}}]}}\n",
        "[",
        "]",
        "{",
        "}",
        ": ",
        ", ",
        "---\n",
        "...\n",
        "&x ",
        "*x ",
        "<<: ",
        "!!int ",
        "\"",
        "'",
        "|\n",
        "# c\n",
        "\t",
        "1e999",
        "0x7f",
        "~",
        "\u{feff}",
        "é",
    ]);
    vec(pieces, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_file_is_read_or_its_mistakes_are_told(
        text in prop_oneof![3 => pieces(), 1 => vec(any::<u8>(), 0..200)],
    ) {
        entry::yaml(&text);
    }
}
