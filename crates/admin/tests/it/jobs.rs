//! Jobs and schedules, as whoever runs them tells of them.

use std::future::ready;

use admin::{Asked, JobDesk, JobListed, JobRead, ScheduleTimes};
use base::Micros;
use domain::DocId;
use serde_json::{Value, json};
use stateport::{JobLine, JobQuery, Scope, Stands};

use crate::support::{Who, api};

const AT: Micros = Micros(1_700_000_000_000_000);

/// Three jobs of the team `default`, and one of another's.
#[derive(Debug, Default)]
pub(crate) struct Desk {}

fn jobs() -> Vec<JobListed> {
    let of = |id: &str, scope: &str, state: &str| JobListed {
        line: JobLine {
            id: id.into(),
            scope: scope.into(),
            owner: "default/default/Application/shop".into(),
            name: "report".into(),
            created: AT,
            ended: (state != "running").then(|| (Micros(AT.0 + 2_000_000), state.to_owned())),
        },
        state: state.into(),
    };
    vec![
        of("4", "other/default/Service/reports", "running"),
        of("3", "default/default/Schedule/nightly", "succeeded"),
        of("2", "default/default/Service/reports", "failed"),
        of("1", "default/default/Service/reports", "running"),
    ]
}

impl JobDesk for Desk {
    fn list(&self, which: JobQuery) -> Asked<Vec<JobListed>> {
        let is = |job: &JobListed| match (&which.scope, &which.stands) {
            (Scope::One(scope), None) => job.line.scope == *scope,
            (Scope::Below(prefix), None) => job.line.scope.starts_with(prefix),
            (_, Some(Stands::Open)) => job.line.ended.is_none(),
            (_, Some(Stands::Ended(came))) => job.state == *came,
        };
        let behind = |job: &JobListed| which.before.as_ref().is_none_or(|before| job.line.id < *before);
        let found = jobs().into_iter().filter(|job| is(job) && behind(job)).take(which.limit).collect();
        Box::pin(ready(Ok(found)))
    }

    fn read(&self, id: String) -> Asked<Option<JobRead>> {
        let found = jobs().into_iter().find(|job| job.line.id == id);
        let told = |job: &JobListed| {
            json!({
                "id": job.line.id, "flow": job.line.name, "state": job.state, "href": "",
                "created_at": "2023-11-14T22:13:20.000000Z", "ended_at": "2023-11-14T22:13:22.000000Z",
                "expires_at": "2023-11-15T22:13:22.000000Z",
                "steps": {"total": 3, "done": 1, "now_ms": 9.25, "current": [
                    {"number": 1, "step": "write", "attempt": 1, "came": "under_way", "began_ms": 2.75, "after": [0, 2]},
                ]},
                "trail": [
                    {"number": 2, "step": "look", "attempt": 1, "came": "good", "began_ms": 0.5, "ended_ms": 1.0,
                     "status": 204, "after": []},
                    {"number": 0, "step": "read", "attempt": 1, "came": "good", "began_ms": 0.5, "ended_ms": 2.5,
                     "status": 200, "after": [], "request_id": "0190a5c1-0000-7000-8000-000000000000"},
                ],
                "result": {"status": 502, "href": "", "body": {"title": "it failed"}},
            })
        };
        let read = found.map(|job| JobRead {
            scope: job.line.scope.clone(),
            owner: job.line.owner.clone(),
            told: told(&job),
        });
        Box::pin(ready(Ok(read)))
    }

    fn cancel(&self, id: &str) -> bool {
        jobs().iter().any(|job| job.line.id == id && job.state == "running")
    }

    fn timetable(&self, below: String) -> Asked<Vec<ScheduleTimes>> {
        let id: DocId = format!("{below}Schedule/nightly").parse().unwrap();
        let times = ScheduleTimes { id, next: Some(AT), last: None, job: None };
        Box::pin(ready(Ok(vec![times])))
    }

    fn run(&self, _: DocId) -> Asked<Option<String>> {
        Box::pin(ready(Ok(None)))
    }
}

#[tokio::test]
async fn jobs_are_the_teams_own_and_told_in_parts() {
    let api = api();
    let admin = api.admin().await;
    let ids = async |who: &Who, query: &str| {
        let list = api.get(who, &format!("/api/v1/teams/default/jobs{query}")).await.expect(200).json();
        let ids = list["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), list["next_cursor"].clone())
    };
    assert_eq!(ids(&admin, "").await, (vec!["3".into(), "2".into(), "1".into()], json!(null)));
    assert_eq!(ids(&admin, "?limit=2").await, (vec!["3".into(), "2".into()], json!("2")));
    assert_eq!(ids(&admin, "?limit=2&cursor=2").await, (vec!["1".into()], json!(null)));
    assert_eq!(ids(&admin, "?schedule=nightly").await.0, ["3"]);
    assert_eq!(ids(&admin, "?service=reports").await.0, ["2", "1"]);
    assert_eq!(ids(&admin, "?state=failed").await.0, ["2"]);
    let list = api.get(&admin, "/api/v1/teams/default/jobs?limit=1").await.expect(200).json();
    let expect = json!({
        "id": "3", "service": null, "schedule": "nightly", "name": "report", "state": "succeeded",
        "created_at": "2023-11-14T22:13:20.000000Z", "ended_at": "2023-11-14T22:13:22.000000Z",
    });
    assert_eq!(list["items"][0], expect);
    for wrong in ["?state=lost", "?service=a&schedule=b", "?limit=0"] {
        let answer = api.get(&admin, &format!("/api/v1/teams/default/jobs{wrong}")).await;
        assert_eq!(answer.problem(400), "invalid_request", "{wrong}");
    }
}

#[tokio::test]
async fn a_job_is_told_with_its_steps_and_cancelled() {
    let api = api();
    let admin = api.admin().await;
    let job = api.get(&admin, "/api/v1/teams/default/jobs/2").await.expect(200).json();
    assert_eq!((&job["service"], &job["total"], &job["status"]), (&json!("reports"), &json!(3), &json!(502)));
    assert_eq!(job["created_at"], "2023-11-14T22:13:20.000000Z");
    assert_eq!(job["duration_us"], 9_250);
    let steps: Vec<Value> = job["steps"].as_array().unwrap().clone();
    let all = |member: &str| steps.iter().map(|step| step[member].clone()).collect::<Vec<_>>();
    assert_eq!(all("step"), ["read", "write", "look"], "in the order in which they began");
    assert_eq!(all("after"), [json!([]), json!([0, 2]), json!([])]);
    assert_eq!(
        (all("critical"), all("slack_us")),
        (vec![json!(true), json!(true), json!(false)], vec![json!(0), json!(0), json!(1_500)])
    );
    assert_eq!((&steps[1]["end"], &steps[1]["duration_us"]), (&json!("under_way"), &json!(6_500)));
    assert_eq!(steps[0]["call"], "0190a5c1-0000-7000-8000-000000000000");
    assert_eq!(job["body"], json!({"title": "it failed"}));
    for other in ["4", "5"] {
        let answer = api.get(&admin, &format!("/api/v1/teams/default/jobs/{other}")).await;
        assert_eq!(answer.problem(404), "not_found");
        let answer = api.post(&admin, &format!("/api/v1/teams/default/jobs/{other}/cancel"), json!({})).await;
        assert_eq!(answer.problem(404), "not_found");
    }
    for (id, cancelled) in [("1", true), ("2", false)] {
        let answer = api.post(&admin, &format!("/api/v1/teams/default/jobs/{id}/cancel"), json!({})).await;
        assert_eq!(answer.expect(200).json(), json!({"cancelled": cancelled}));
    }
}

#[tokio::test]
async fn schedules_have_their_times_and_are_run_beside_them() {
    let api = api();
    let admin = api.admin().await;
    let times = api.get(&admin, "/api/v1/teams/default/timetable").await.expect(200).json();
    let expect =
        json!([{"name": "nightly", "next": "2023-11-14T22:13:20.000000Z", "last": null, "job": null}]);
    assert_eq!(times["items"], expect);
    // It is a document that must be there.
    let none = api.post(&admin, "/api/v1/teams/default/schedules/nightly/run", json!({})).await;
    assert_eq!(none.problem(404), "not_found");
}
