//! What will happen to one request: its script, over the simulator's configuration, with the dice thrown.

use std::time::Duration;

use base::Rng;
use http::{HeaderMap, StatusCode};

use crate::areas::{AreaId, Refusal};
use crate::dice;
use crate::distribution::Distribution;
use crate::pace::{Pacing, Trouble};
use crate::script::{Script, ScriptError};
use crate::world::World;

/// The plan of one request.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The request's number in its area.
    pub(crate) number: u64,
    /// What was asked for.
    pub(crate) script: Script,
    /// Before anything is said.
    pub(crate) latency: Duration,
    /// An error instead of an answer.
    pub(crate) refusal: Option<Refusal>,
    /// How the answer comes.
    pub(crate) pacing: Pacing,
}

/// Where a cut by chance falls: after fewer than this many tokens or bytes.
const CUT_BEFORE: u64 = 16;

/// Reads the `x-simulate` headers; several are one list.
pub(crate) fn header_script(headers: &HeaderMap) -> Result<Script, ScriptError> {
    let values: Vec<&str> = headers.get_all("x-simulate").iter().filter_map(|value| value.to_str().ok()).collect();
    Script::from_header(&values.join(","))
}

/// A plan for the next request of an area, whose answers take `latency` unless the script says otherwise.
pub(crate) fn plan(world: &World, area: AreaId, script: Script, latency: Distribution) -> Plan {
    let number = world.next_number(area);
    let mut rng = world.dice.rng("plan", number.wrapping_mul(16).wrapping_add(area.index() as u64));
    // Always the same draws in the same order, so that one script does not shift the fate of later requests.
    let fails = dice::unit(&mut rng) < world.config.error_rate.get();
    let accident = dice::pick(&mut rng, &area.area().accidents).copied();
    let cuts = dice::unit(&mut rng) < world.config.cut_rate.get();
    let cut_after = rng.below(CUT_BEFORE);
    let status = script.status.or(accident.filter(|_| fails));
    let latency = script.latency.unwrap_or(latency).sample(&mut rng);
    let trouble = trouble(&script).or_else(|| cuts.then_some((cut_after, Trouble::Cut)));
    Plan {
        number,
        latency,
        refusal: status.and_then(|status| refusal(status, &script)),
        pacing: pacing(world, &script, trouble, rng),
        script,
    }
}

fn pacing(world: &World, script: &Script, trouble: Option<(u64, Trouble)>, mut rng: Rng) -> Pacing {
    Pacing {
        first: script.first_token.unwrap_or(world.config.first_token).sample(&mut rng),
        gap: script.token_gap.unwrap_or(world.config.token_gap),
        trouble,
        rng,
    }
}

/// The trouble that comes first.
fn trouble(script: &Script) -> Option<(u64, Trouble)> {
    let wishes = [
        (script.cut, Trouble::Cut),
        (script.stall, Trouble::Stall),
        (script.fail, Trouble::Fail),
        (script.end, Trouble::End),
    ];
    wishes.into_iter().filter_map(|(after, trouble)| Some((after?, trouble))).min_by_key(|(after, _)| *after)
}

fn refusal(status: u16, script: &Script) -> Option<Refusal> {
    let status = StatusCode::from_u16(status).ok()?;
    let limited = status == StatusCode::TOO_MANY_REQUESTS && !script.quota;
    Some(Refusal {
        status,
        message: message(status, script.quota).to_owned(),
        retry_after: script.retry_after.or(limited.then_some(1)),
        quota: script.quota,
    })
}

/// What an error says of itself.
fn message(status: StatusCode, quota: bool) -> &'static str {
    match status.as_u16() {
        401 => "Incorrect API key provided.",
        403 => "Your key may not do this.",
        404 => "There is no such thing.",
        408 | 504 => "The request took too long.",
        413 => "The request is too large.",
        429 if quota => "You exceeded your current quota, please check your plan and billing details.",
        429 => "Rate limit reached. Please try again later.",
        503 => "The service is overloaded. Please try again later.",
        529 => "Overloaded",
        500..=599 => "The server had an error while processing your request.",
        _ => "The simulator was asked to refuse this request.",
    }
}

#[cfg(test)]
mod tests {
    use base::{Clock, Micros};

    use super::*;
    use crate::config::Config;

    fn fates(seed: u64) -> Vec<(Option<u16>, bool)> {
        let config = Config {
            seed,
            error_rate: "0.3".parse().unwrap(),
            cut_rate: "0.3".parse().unwrap(),
            ..Config::default()
        };
        let world = World::new(config, Clock::manual(Micros(0)));
        let fate = |_| {
            let plan = plan(&world, AreaId::OpenAi, Script::default(), Distribution::ZERO);
            (plan.refusal.map(|refusal| refusal.status.as_u16()), plan.pacing.trouble.is_some())
        };
        (0..200).map(fate).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_fates_at_the_rates_asked_for() {
        assert_eq!(fates(1), fates(1));
        assert_ne!(fates(1), fates(2));
        let errors = fates(1).iter().filter(|fate| fate.0.is_some()).count();
        let cuts = fates(1).iter().filter(|fate| fate.1).count();
        assert!((40..80).contains(&errors), "{errors}");
        assert!((40..80).contains(&cuts), "{cuts}");
    }

    #[test]
    fn the_earliest_trouble_wins() {
        let script = Script::from_header("cut=9,stall=3,fail=5").unwrap();
        assert_eq!(trouble(&script), Some((3, Trouble::Stall)));
    }
}
