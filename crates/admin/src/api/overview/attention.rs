//! What needs attention: a few rules over what is known already.

use calllog::{Overview, QueueStats, Totals};
use control::Principal;
use domain::{Kind, Permission, Spec};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;

/// A week in microseconds: keys that end within it are told.
const SOON_US: i64 = 7 * 86_400 * 1_000_000;
/// Entries at most of one rule.
const MOST: usize = 5;
/// Calls below which a share of errors says nothing.
const FEW: u64 = 20;

/// Something that needs attention.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub(super) struct Attention {
    /// How bad it is.
    severity: Severity,
    /// Which rule says so.
    code: &'static str,
    /// In a few words.
    title: String,
    /// In a sentence.
    detail: String,
    /// Where in the console to look.
    link: Option<String>,
}

/// How bad something is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Severity {
    /// Calls fail or are lost.
    Critical,
    /// They soon may.
    Warning,
    /// Worth knowing.
    Info,
}

pub(super) fn of(app: &App, principal: &Principal, found: &Overview, stats: &QueueStats) -> Vec<Attention> {
    let mut all = Vec::new();
    errors(&found.totals, &mut all);
    slower(&found.totals, &found.previous, &mut all);
    unpriced(&found.totals, &mut all);
    if principal.can_system(Permission::SystemRead) {
        installation(app, stats, &mut all);
    }
    ejected(app, principal, &mut all);
    expiring(app, principal, &mut all);
    all.sort();
    all
}

fn errors(totals: &Totals, all: &mut Vec<Attention>) {
    if totals.calls < FEW || totals.errors_5xx * 100 < totals.calls {
        return;
    }
    let share = totals.errors_5xx * 1_000 / totals.calls;
    let severity = if share >= 50 { Severity::Critical } else { Severity::Warning };
    all.push(Attention {
        severity,
        code: "error_rate",
        title: format!("{}.{} % of calls fail", share / 10, share % 10),
        detail: format!("{} of {} calls got a 5xx or no answer", totals.errors_5xx, totals.calls),
        link: Some("/calls?status=5xx".into()),
    });
}

fn slower(now: &Totals, before: &Totals, all: &mut Vec<Attention>) {
    let comparable = now.calls >= FEW && before.calls >= FEW && before.p95_us > 0;
    if !comparable || now.p95_us < before.p95_us.saturating_mul(2) || now.p95_us < 50_000 {
        return;
    }
    all.push(Attention {
        severity: Severity::Warning,
        code: "slower",
        title: "Calls have become slower".into(),
        detail: format!("p95 is {} ms; it was {} ms before", now.p95_us / 1_000, before.p95_us / 1_000),
        link: Some("/calls".into()),
    });
}

fn unpriced(totals: &Totals, all: &mut Vec<Attention>) {
    if totals.unknown_cost_calls == 0 {
        return;
    }
    all.push(Attention {
        severity: Severity::Info,
        code: "unknown_price",
        title: "Some models have no price".into(),
        detail: format!(
            "{} AI calls are not in the cost; give their model alias a price",
            totals.unknown_cost_calls
        ),
        link: Some("/models".into()),
    });
}

fn installation(app: &App, stats: &QueueStats, all: &mut Vec<Attention>) {
    let lost = stats.dropped + stats.failed;
    if lost > 0 {
        all.push(Attention {
            severity: Severity::Warning,
            code: "records_lost",
            title: "Records of calls were lost".into(),
            detail: format!("{} dropped, {} not written, since the start", stats.dropped, stats.failed),
            link: Some("/system".into()),
        });
    }
    if let Some(error) = (app.admin.config_error)() {
        all.push(Attention {
            severity: Severity::Critical,
            code: "configuration",
            title: "The configuration could not be taken".into(),
            detail: error,
            link: Some("/system".into()),
        });
    }
}

fn ejected(app: &App, principal: &Principal, all: &mut Vec<Attention>) {
    let snapshot = app.admin.control.live().load();
    let ids = snapshot.documents().map(|document| &document.id);
    let own = ids
        .filter(|id| id.kind == Kind::Upstream && principal.can(id.team.as_str(), Permission::DocumentsRead));
    for id in own {
        let Some(upstream) = snapshot.upstream(id) else { continue };
        let targets = (app.admin.health)(upstream);
        let out: Vec<&str> = targets
            .iter()
            .filter(|target| target["state"] == "ejected")
            .filter_map(|target| target["target"].as_str())
            .collect();
        if out.is_empty() {
            continue;
        }
        let severity = if out.len() == targets.len() { Severity::Critical } else { Severity::Warning };
        all.push(Attention {
            severity,
            code: "ejected",
            title: format!("{} of {} targets of `{}` are out", out.len(), targets.len(), id.name),
            detail: format!("{} failed too often and get no requests for a while", out.join(", ")),
            link: Some(format!("/upstreams/{}/{}", id.team, id.name)),
        });
        if all.len() >= MOST * 4 {
            return;
        }
    }
}

fn expiring(app: &App, principal: &Principal, all: &mut Vec<Attention>) {
    let now = app.admin.control.clock().wall().0;
    let snapshot = app.admin.control.live().load();
    let mut found: Vec<(i64, Attention)> = Vec::new();
    for document in snapshot.documents() {
        let Spec::Credential(credential) = &document.spec else { continue };
        let end = credential.expires.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let Some(end) = end.map(jiff::Timestamp::as_microsecond) else { continue };
        let near = !credential.revoked && end - now < SOON_US && end > now - SOON_US;
        if !near || !principal.can(document.id.team.as_str(), Permission::DocumentsRead) {
            continue;
        }
        let name = &document.id.name;
        let (severity, title) = if end <= now {
            (Severity::Warning, format!("The key `{name}` has ended"))
        } else {
            (Severity::Info, format!("The key `{name}` ends soon"))
        };
        let detail = format!("it ends on {}", credential.expires.as_deref().unwrap_or_default());
        let link = Some(format!("/applications/{}/{}", document.id.team, credential.application));
        found.push((end, Attention { severity, code: "key_expiry", title, detail, link }));
    }
    found.sort();
    all.extend(found.into_iter().take(MOST).map(|(_, attention)| attention));
}
