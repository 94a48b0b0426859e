import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type ReactElement, type ReactNode, useState } from "react";
import { call } from "~/api/client";
import { linkTo } from "~/api/kinds";
import { jobQuery } from "~/api/queries";
import type { JobDetail, JobStep } from "~/api/types";
import { dateTime, duration, words } from "~/lib/format";
import { useNow, useTitle } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { Badge, Button, buttonClass, ErrorNote, Lines, PageHeader, Status } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { List } from "~/ui/list";
import { isOpen, lasted, toneOf, took } from "./jobs/state";

/** A job: its steps, and what came of it. */
export default function Job(): ReactElement {
  const { team, id } = useParams({ from: "/app/jobs/$team/$id" });
  const { data: job, error, refetch } = useQuery(jobQuery(team, id));
  useTitle(job ? `Job ${job.name}` : "Job");
  if (error) return <ErrorNote error={error} retry={() => void refetch()} />;
  if (!job) return <Lines />;
  return (
    <>
      <PageHeader
        back={
          <Link
            to="/jobs"
            search={{ team }}
            aria-label="Back to jobs"
            className="rounded-md p-1 text-ink-3 hover:bg-hover hover:text-ink"
          >
            <Icon name="chevron" className="rotate-180" />
          </Link>
        }
        title={job.name}
        about={`Job ${job.id}`}
      >
        <Badge tone={toneOf(job.state)}>{words(job.state)}</Badge>
        <Link to="/jobs" search={ofWhat(job, team)} className={buttonClass()}>
          All of {job.schedule ?? job.service}
        </Link>
        {isOpen(job.state) && <Cancel team={team} job={job} />}
      </PageHeader>
      <div className="min-h-0 flex-1 overflow-y-auto p-5">
        <div className="flex flex-col gap-4">
          <Facts job={job} />
          <Trail job={job} />
          <Result job={job} />
        </div>
      </div>
    </>
  );
}

function ofWhat(job: JobDetail, team: string) {
  return job.schedule ? { team, schedule: job.schedule } : { team, service: job.service ?? undefined };
}

function Cancel({ team, job }: { team: string; job: JobDetail }): ReactElement {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const cancel = async () => {
    setAsking(false);
    try {
      const path = `/api/v1/teams/${encodeURIComponent(team)}/jobs/${job.id}/cancel`;
      const { body } = await call<{ cancelled: boolean }>("POST", path, { body: {} });
      toast(body.cancelled ? "It is given up" : "It had ended before", body.cancelled ? "good" : "bad");
      await client.invalidateQueries({ queryKey: ["jobs"] });
    } catch (problem) {
      toast(problem instanceof Error ? problem.message : String(problem), "bad");
    }
  };
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Cancel
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Cancel this job?"
        about="Steps under way that change something come to their end; what was done is undone where the flow says how."
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Let it run</Button>
            <Button look="danger" onClick={() => void cancel()}>
              Cancel the job
            </Button>
          </>
        }
      />
    </>
  );
}

function Facts({ job }: { job: JobDetail }): ReactElement {
  const now = useNow(1_000);
  return (
    <dl className="card grid grid-cols-[repeat(auto-fit,minmax(140px,1fr))] gap-x-6 gap-y-3 px-4 py-3">
      <Fact name={job.schedule ? "Schedule" : "Service"}>{job.schedule ?? job.service}</Fact>
      {job.service && (
        <Fact name="Whose">
          <Owner id={job.owner} />
        </Fact>
      )}
      <Fact name="Taken in">{dateTime(job.created_at)}</Fact>
      <Fact name={job.ended_at ? "Lasted" : "So far"}>
        {job.ended_at ? duration(took(job)) : lasted(job, now)}
      </Fact>
      <Fact name="Steps">
        {job.done} of {job.total}
      </Fact>
      {job.expires_at && <Fact name="Found until">{dateTime(job.expires_at)}</Fact>}
    </dl>
  );
}

/** The application whose job it is, where it is one. */
function Owner({ id }: { id: string }): ReactElement {
  const [team, environment, kind, ...name] = id.split("/");
  if (kind !== "Application" || !team || !environment) return <span className="break-all">{id}</span>;
  return (
    <Link
      className="text-accent hover:underline"
      {...linkTo({ kind, team, environment, name: name.join("/") })}
    >
      {name.join("/")}
    </Link>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <div className="min-w-0">
      <dt className="text-2xs text-ink-3">{name}</dt>
      <dd className="text-xs">{children}</dd>
    </div>
  );
}

function Trail({ job }: { job: JobDetail }): ReactElement {
  const rows = [...job.trail, ...job.current];
  const now = useNow(1_000);
  // What is under way goes on until now; the gateway's own pauses count as well, so this is a guess.
  const soFar = isOpen(job.state) ? now - Date.parse(job.created_at) : 0;
  const end = Math.max(1, soFar, ...rows.map((step) => step.ended_ms ?? step.began_ms));
  return (
    <section aria-label="Steps" className="card overflow-x-auto">
      <h2 className="border-b border-line px-4 py-2 text-xs font-medium text-ink-2">Steps</h2>
      {rows.length === 0 ? (
        <p className="px-4 py-3 text-xs text-ink-3">None has begun.</p>
      ) : (
        <List
          inset
          label="Steps"
          rows={rows}
          rowKey={(step) => `${step.step} ${step.attempt} ${step.began_ms}`}
          columns={[
            { key: "step", title: "Step", width: "minmax(0,1fr)", cell: (step) => <StepName step={step} /> },
            {
              key: "came",
              title: "Outcome",
              width: "104px",
              cell: (step) => <Badge tone={toneOf(step.came)}>{words(step.came)}</Badge>,
            },
            {
              key: "status",
              title: "Status",
              width: "64px",
              cell: (step) => (step.status ? <Status status={step.status} /> : null),
            },
            {
              key: "bar",
              title: "When",
              width: "minmax(0,1.4fr)",
              cell: (step) => <Bar step={step} end={end} />,
            },
            {
              key: "took",
              title: "Took",
              width: "88px",
              right: true,
              cell: (step) =>
                step.ended_ms == null ? "…" : duration((step.ended_ms - step.began_ms) * 1_000),
            },
          ]}
        />
      )}
    </section>
  );
}

function StepName({ step }: { step: JobStep }): ReactElement {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="truncate font-medium">{step.step}</span>
      {step.attempt > 1 && <span className="text-2xs text-ink-3">attempt {step.attempt}</span>}
    </span>
  );
}

function Bar({ step, end }: { step: JobStep; end: number }): ReactElement {
  const left = (100 * step.began_ms) / end;
  const width = Math.max(0.5, (100 * ((step.ended_ms ?? end) - step.began_ms)) / end);
  return (
    <span aria-hidden className="relative block h-2 w-full rounded-sm bg-raised">
      <span
        className="absolute inset-y-0 rounded-sm bg-accent"
        style={{ left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }}
      />
    </span>
  );
}

function Result({ job }: { job: JobDetail }): ReactElement | null {
  if (job.status == null) return null;
  return (
    <section aria-label="Result" className="card">
      <h2 className="flex items-center gap-3 border-b border-line px-4 py-2 text-xs font-medium text-ink-2">
        Result <Status status={job.status} />
      </h2>
      <pre className="overflow-x-auto px-4 py-3 font-mono text-xs">
        {job.body == null
          ? "It is no JSON, or longer than 64 KiB: its caller has it whole."
          : JSON.stringify(job.body, null, 2)}
      </pre>
    </section>
  );
}
