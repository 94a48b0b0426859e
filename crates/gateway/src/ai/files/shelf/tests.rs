use base::Micros;
use stateport::Memory;

use super::*;

fn shelf(owner: &str, memory: &Arc<Memory>, clock: &Clock) -> Shelf {
    Shelf::new(Arc::clone(memory) as Arc<dyn StatePort>, owner, clock.clone())
}

const TITLE: Title<'_> = Title { filename: "a.jsonl", purpose: "batch", keep: None };

#[tokio::test]
async fn content_comes_back_as_it_went_in() {
    let clock = Clock::manual(Micros(0));
    let memory = Arc::new(Memory::new(clock.clone(), 16 << 20));
    let shelf = shelf("a", &memory, &clock);
    for length in [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
        let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut writer = shelf.write("file-1".into(), 4 << 20, None).await.unwrap();
        for part in content.chunks(700_001) {
            writer.add(Bytes::copy_from_slice(part)).await.unwrap();
        }
        let file = writer.finish(TITLE).await.unwrap();
        assert_eq!(file.bytes(), length as u64);
        let mut body = shelf.content(&file);
        assert_eq!(body.remaining(), Some(length as u64));
        assert!(body.collect(8 << 20).await.unwrap() == content);
        shelf.forget(&file).await.unwrap();
        assert!(shelf.content(&file).collect(8 << 20).await.is_err());
    }
    assert!(shelf.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_not_finished_leaves_nothing() {
    let clock = Clock::manual(Micros(0));
    let memory = Arc::new(Memory::new(clock.clone(), 16 << 20));
    let shelf = shelf("a", &memory, &clock);
    let mut writer = shelf.write("file-1".into(), 2 << 20, None).await.unwrap();
    writer.add(vec![7; PIECE + 1].into()).await.unwrap();
    assert_eq!(writer.add(vec![7; PIECE].into()).await, Err(Unkept::TooLarge(2 << 20)));
    drop(writer);
    assert!(memory.list("file pieces", "a").await.unwrap().is_empty());
    assert_eq!(shelf.find("file-1").await.unwrap(), None);
}

#[tokio::test]
async fn files_are_their_owners_and_end() {
    let clock = Clock::manual(Micros(0));
    let memory = Arc::new(Memory::new(clock.clone(), 16 << 20));
    let (mine, theirs) = (shelf("a", &memory, &clock), shelf("b", &memory, &clock));
    let hour = Duration::from_hours(1);
    for (id, keep) in [("file-1", None), ("file-2", Some(hour))] {
        let mut writer = mine.write(id.into(), 10, keep).await.unwrap();
        writer.add(Bytes::from_static(b"x")).await.unwrap();
        writer.finish(Title { keep, ..TITLE }).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    let ids = async || -> Vec<String> {
        mine.all().await.unwrap().iter().map(|file| file.id().to_owned()).collect()
    };
    assert_eq!(ids().await, ["file-2", "file-1"]);
    assert!(theirs.all().await.unwrap().is_empty() && theirs.find("file-1").await.unwrap().is_none());
    clock.advance(hour);
    assert_eq!(ids().await, ["file-1"]);
    // The content goes with it, a little later.
    let (one, two) = (mine.piece("file-1", 0), mine.piece("file-2", 0));
    assert!(memory.get(&two).await.unwrap().is_some());
    clock.advance(hour);
    assert!(memory.get(&two).await.unwrap().is_none() && memory.get(&one).await.unwrap().is_some());
}
