use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use base::{Clock, Micros, Secret};
use domain::{DocId, SecretSource};
use snapshot::{Change, Live, Secrets, Snapshot, key_hash};
use trace::CallRecord;

use super::*;
use crate::{Config, Sink};

struct Queue(SyncSender<CallRecord>);

impl Sink for Queue {
    fn record(&self, record: Box<CallRecord>) {
        self.0.send(*record).unwrap();
    }
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn resolve(&self, _: &DocId, _: &SecretSource) -> Result<Secret<String>, String> {
        Err("there is no such secret".into())
    }
}

fn compile(credential: &str) -> Snapshot {
    let hash = key_hash(b"the-key");
    let yaml = format!(
        "kind: Application\nname: shop\nspec: {{}}\n---\nkind: Credential\nname: shop-key\n\
         spec: {{application: shop, key_hash: \"{hash}\"{credential}}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{}}}}, access: {{mode: application}}, policies: [{{rate_limit: {{requests: 2, window: 1h}}}}]}}\n\
         ---\nkind: Route\nname: models\nspec: {{service: models, paths: [\"/ai/*\"], strip_prefix: /ai}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weir.yaml");
    std::fs::write(&path, yaml).unwrap();
    let files = config::load(&path).unwrap();
    assert!(files.mistakes.is_empty(), "{:?}", files.mistakes);
    let change = |document: &domain::Document| Change {
        id: document.id.clone(),
        document: Some(document.clone().into()),
    };
    let changes: Vec<Change> = files.documents.iter().map(change).collect();
    Snapshot::empty().apply(&changes, 1, &NoSecrets).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn core() -> (Core, Live, Receiver<CallRecord>) {
    let live = Live::new(compile(""));
    let (sender, records) = sync_channel(100);
    let clock = Clock::manual(Micros(1_767_225_600_000_000));
    let config = Config {
        live: live.clone(),
        sink: Arc::new(Queue(sender)),
        clock: clock.clone(),
        trusted: Arc::new(|_| true),
        pseudonym: "weir-test".into(),
        reasons_at: "https://docs.example/errors#".into(),
        body_limit: None,
        events: Arc::new(stateport::MemoryEvents::default()),
        seal_key: Secret::new([7; 32]),
        ai_body_limit: 1 << 20,
        state: Arc::new(stateport::Memory::new(clock.clone(), 1 << 20)),
        files: Arc::new(stateport::Memory::new(clock.clone(), 1 << 20)),
        jobs: Arc::new(stateport::MemoryJobs::new(clock, 1 << 20)),
    };
    (config.build().core(0), live, records)
}

/// The origin of a call with the key.
fn origin(core: &Core) -> Origin {
    let mut head = RequestHead::new(Method::Post, "api.example", "/ai/v1/batches");
    head.fields.push(Known::Authorization, b"Bearer the-key");
    let started = core.shared.config.clock.now();
    let peer = "192.0.2.7:1".parse().unwrap();
    let listener = Arc::from("test");
    let conn = ConnInfo { id: 1, peer, local: peer, listener, tls: None, opened: started };
    let call = Call {
        head,
        body: Body::empty(),
        conn: Arc::new(conn),
        started,
        upgrade: None,
        interim: Interim::default(),
        core: 0,
    };
    let mut x = Exchange::new(core, call);
    crate::stage::route::apply(&mut x).unwrap();
    assert!(crate::stage::authenticate::apply(&mut x).unwrap());
    Origin::of(&x)
}

fn models() -> Inner {
    Inner { method: Method::Get, ..Inner::post("/v1/models", Bytes::new()) }
}

#[tokio::test]
async fn a_call_made_inside_is_the_callers_with_limits_and_record() {
    let (core, _live, records) = core();
    let origin = origin(&core);
    let outer = records.recv().unwrap();
    let kept = serde_json::to_string(&origin).unwrap();
    assert!(!kept.contains("the-key"), "{kept}");
    let origin: Origin = serde_json::from_str(&kept).unwrap();
    for _ in 0..2 {
        let mut reply = origin.call(&core, models()).await;
        assert_eq!(reply.head.status, 200);
        let body = reply.body.collect(1_000).await.unwrap();
        assert!(body.starts_with(b"{\"object\":\"list\""), "{body:?}");
        let record = records.recv().unwrap();
        assert_eq!(&*record.caller.unwrap().application, "shop");
        assert_eq!((record.status, record.client, &*record.path), (200, outer.client, "/ai/v1/models"));
        assert_eq!((record.trace_id, record.parent_span_id), (outer.trace_id, Some(outer.span_id)));
    }
    let refused = origin.call(&core, models()).await;
    assert_eq!(refused.head.status, 429);
    drop(refused);
    assert_eq!(records.recv().unwrap().reason.as_deref(), Some("rate_limited"));
    // What goes on from a call that was counted is not counted again.
    let rest = origin.call(&core, Inner { charged: Some(Vec::new()), ..models() }).await;
    assert_eq!(rest.head.status, 200);
}

#[tokio::test]
async fn a_caller_that_may_no_longer_gets_nowhere_inside_either() {
    let (core, live, records) = core();
    let origin = origin(&core);
    drop(records.recv().unwrap());
    live.publish(Arc::new(compile(", revoked: true")));
    let reply = origin.call(&core, models()).await;
    assert_eq!(reply.head.status, 401);
    drop(reply);
    assert_eq!(records.recv().unwrap().reason.as_deref(), Some("credential_invalid"));
}
