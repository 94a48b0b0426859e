import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { call } from "~/api/client";
import { documentPath, jobsQuery, sessionQuery, timetableQuery } from "~/api/queries";
import type { DocumentView } from "~/api/types";
import { ago, dateTime, until, words } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { lasted, toneOf } from "~/pages/jobs/state";
import { Badge, Button } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";

/** How many of the latest runs are shown. */
const LATEST = 8;

/** When a schedule runs next, its latest runs, and a run beside its times. */
export function SchedulePanel({ document }: { document: DocumentView }): ReactElement {
  const { team, name, environment } = document;
  const now = useNow(1_000);
  const { data: session } = useQuery(sessionQuery);
  const may = session?.permissions[team]?.includes("documents_write") ?? true;
  const { data: times } = useQuery(timetableQuery(team, environment));
  const { data, error } = useInfiniteQuery({
    ...jobsQuery(team, { schedule: name, ...(environment === "default" ? {} : { environment }) }),
    enabled: may,
  });
  const next = times?.items.find((item) => item.name === name)?.next;
  const rows = (data?.pages[0]?.items ?? []).slice(0, LATEST);
  return (
    <section className="card overflow-hidden">
      <header className="flex min-h-10 flex-wrap items-center justify-between gap-2 border-b border-line py-1.5 pr-2 pl-4">
        <h2 className="text-xs font-medium text-ink-2">Runs</h2>
        <span className="ml-auto text-xs text-ink-3" title={next ? dateTime(next) : undefined}>
          {document.spec.suspended === true ? "Suspended" : next ? `Next ${until(next, now)}` : ""}
        </span>
        {may && <RunNow document={document} />}
      </header>
      {!may ? (
        <p className="px-4 py-3 text-ink-3">To see runs one needs the right to write documents.</p>
      ) : !data ? (
        <p className="px-4 py-3 text-ink-3">{error?.message ?? "…"}</p>
      ) : rows.length === 0 ? (
        <p className="px-4 py-3 text-ink-3">It has not run yet.</p>
      ) : (
        <ul>
          {rows.map((job) => (
            <li key={job.id} className="border-b border-line last:border-0">
              <Link
                to="/jobs/$team/$id"
                params={{ team, id: job.id }}
                className="flex items-center gap-3 px-4 py-2 hover:bg-hover"
              >
                <Badge tone={toneOf(job.state)}>{words(job.state)}</Badge>
                <span className="min-w-0 flex-1 truncate text-ink-2" title={dateTime(job.created_at)}>
                  {ago(job.created_at, now)}
                </span>
                <span className="tabular-nums">{lasted(job, now)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {rows.length > 0 && (
        <p className="border-t border-line px-4 py-2 text-xs">
          <Link to="/jobs" search={{ team, schedule: name }} className="text-accent hover:underline">
            All its runs
          </Link>
        </p>
      )}
    </section>
  );
}

/** Runs the schedule's flow at once, after one has been asked, and leads to the job that it is. */
function RunNow({ document }: { document: DocumentView }): ReactElement {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      const { body } = await call<{ job: string }>("POST", documentPath(document, "/run"), { body: {} });
      toast("It runs", "good");
      await client.invalidateQueries({ queryKey: ["jobs"] });
      await navigate({ to: "/jobs/$team/$id", params: { team: document.team, id: body.job } });
    } catch (problem) {
      toast(problem instanceof Error ? problem.message : String(problem), "bad");
    } finally {
      setBusy(false);
      setAsking(false);
    }
  };
  return (
    <>
      <Button small onClick={() => setAsking(true)}>
        Run now
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Run ${document.name} now?`}
        about={`Its flow ${String(document.spec.flow)} runs at once with the schedule's inputs, as a job. Its times stay as they are.`}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Not now</Button>
            <Button look="primary" disabled={busy} onClick={() => void run()}>
              Run it
            </Button>
          </>
        }
      />
    </>
  );
}
