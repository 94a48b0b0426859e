//! The critical path method on an executed run: given what waited for what, how much longer each piece
//! could have taken without the whole taking longer.

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// When it ended, in microseconds after the start of the whole.
    pub end_us: u64,
    /// The pieces it waited for, by place in the list; each earlier than itself.
    pub after: Vec<usize>,
    /// The whole waited for its end.
    pub last: bool,
}

/// The slack of every node, in microseconds, by place in the list; `end_us` is the end of the whole.
///
/// A piece starts as soon as the last of those it waits for is done, plus a delay of its own that
/// does not depend on them; so its slack is what it may grow before it becomes the last, plus the
/// slack of what waits for it. What nothing waits for may grow until the end of the whole.
pub fn slacks(nodes: &[Node], end_us: u64) -> Vec<u64> {
    let mut slack: Vec<Option<u64>> = vec![None; nodes.len()];
    let end_of = |index: &usize| nodes.get(*index).map_or(0, |node| node.end_us);
    let finish = nodes.iter().filter(|node| node.last).map(|node| node.end_us).max();
    for (index, node) in nodes.iter().enumerate().rev() {
        let own = slack.get(index).copied().flatten();
        let at_end = match finish {
            Some(finish) if node.last => Some(finish.saturating_sub(node.end_us)),
            _ if own.is_none() => Some(end_us.saturating_sub(node.end_us)),
            _ => None,
        };
        let own = own.into_iter().chain(at_end).min().unwrap_or(0);
        if let Some(place) = slack.get_mut(index) {
            *place = Some(own);
        }
        let latest = node.after.iter().map(end_of).max().unwrap_or(0);
        for before in node.after.iter().filter(|before| **before < index) {
            let through = own.saturating_add(latest - end_of(before));
            if let Some(place) = slack.get_mut(*before) {
                *place = Some(place.map_or(through, |present| present.min(through)));
            }
        }
    }
    slack.into_iter().map(Option::unwrap_or_default).collect()
}
