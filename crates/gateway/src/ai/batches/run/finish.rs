//! The end of a batch: its outcomes become files.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::super::super::files::shelf::{File, Title, Writer};
use super::super::lines::Lines;
use super::super::outcome::Outcome;
use super::{Counts, Ended, Runner, Stop, no_room};

/// The largest file of output, in bytes.
const LARGEST: u64 = 512 << 20;

impl Runner {
    /// Writes the files and ends the batch.
    pub(super) async fn finish(&self, input: &File, ended: Option<Ended>) -> Result<(), Stop> {
        match ended {
            Some(Ended::Cancelled) if self.number("cancelling_at") == 0 => self.enter("cancelling").await?,
            Some(Ended::Full) => {
                self.wrong(&[no_room()]);
                self.enter("finalizing").await?;
            }
            Some(_) => {}
            None => self.enter("finalizing").await?,
        }
        let mut output = self.writer("0").await?;
        let mut errors = self.writer("1").await?;
        let mut lines = Lines::of(self.desk.shelf.content(input));
        let mut counts = Counts { total: self.total(), ..Counts::default() };
        for at in 0..counts.total {
            let Some((_, line)) = lines.next().await? else { break };
            let outcome = match (self.desk.done(&self.id, at).await?, ended) {
                (Some(kept), _) => Outcome::of_kept(kept),
                (None, Some(Ended::Expired)) => match self.work.line(&line) {
                    Ok(line) => Outcome::expired(&self.request_id(), &line.custom_id),
                    Err(_) => continue,
                },
                (None, _) => continue,
            };
            let writer = if outcome.good { &mut output } else { &mut errors };
            if writer.room() <= outcome.told.len() as u64 {
                // Other files took the room meanwhile: what there is room for is told all the same.
                self.wrong(&[no_room()]);
                continue;
            }
            counts.add(outcome.good);
            writer.add(outcome.told).await?;
            writer.add(Bytes::from_static(b"\n")).await?;
        }
        self.count(counts);
        self.close(output, "output").await?;
        self.close(errors, "error").await?;
        let status = match ended {
            Some(Ended::Cancelled) => "cancelled",
            Some(Ended::Expired) => "expired",
            Some(Ended::Full) => "failed",
            None if self.is_wrong() => "failed",
            None => "completed",
        };
        self.enter(status).await?;
        for at in 0..counts.total {
            self.desk.forget(&self.id, at).await?;
        }
        Ok(())
    }

    /// A file of this batch. Its id follows from the batch's, so that one that was begun before is written over.
    pub(super) async fn writer(&self, which: &str) -> Result<Writer, Stop> {
        let id = self.id.trim_start_matches("batch_");
        Ok(self.desk.shelf.write(format!("file-{id}{which}"), LARGEST, self.keeping()).await?)
    }

    async fn close(&self, writer: Writer, what: &str) -> Result<(), Stop> {
        if writer.bytes() == 0 {
            return Ok(());
        }
        let filename = format!("{}_{what}.jsonl", self.id);
        let title = Title { filename: &filename, purpose: "batch_output", keep: self.keeping() };
        let file = writer.finish(title).await?;
        self.set(&format!("{what}_file_id"), Value::from(file.id()));
        Ok(())
    }

    /// How long what comes out is kept, where that is asked for.
    fn keeping(&self) -> Option<Duration> {
        self.run.keep.map(Duration::from_secs)
    }

    /// Whether the batch has told a mistake.
    fn is_wrong(&self) -> bool {
        self.running.told.lock().get("errors").is_some_and(|errors| !errors.is_null())
    }
}
