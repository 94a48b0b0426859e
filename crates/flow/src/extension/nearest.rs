//! The known name that is nearest to one that is not.

/// The nearest one, if it is near.
pub(crate) fn of<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let name: String = name.chars().take(40).collect::<String>().to_lowercase().replace('_', "-");
    let near = known.iter().map(|known| (distance(&name, known), *known)).min()?;
    (near.0 <= 1 + name.len() / 4).then_some(near.1)
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, a) in left.chars().enumerate() {
        let mut corner = above;
        let mut last = above + 1;
        for (b, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let changed = corner + usize::from(a != *b);
            corner = *cell;
            last = changed.min(*cell + 1).min(last + 1);
            *cell = last;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
