import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type ReactElement, type ReactNode, useState } from "react";
import { call } from "~/api/client";
import { linkTo } from "~/api/kinds";
import { jobQuery } from "~/api/queries";
import type { JobDetail, Kind } from "~/api/types";
import { isObject } from "~/forms/schema";
import { dateTime, words } from "~/lib/format";
import { useNow, useTitle } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { Badge, Button, buttonClass, CopyButton, ErrorNote, Lines, PageHeader, Status } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { FlowBars } from "~/waterfall/FlowBars";
import { isOpen, lasted, toneOf } from "./jobs/state";

/** A job: its steps, and what came of it. */
export default function Job(): ReactElement {
  const { team, id } = useParams({ from: "/app/jobs/$team/$id" });
  const { data: job, error, refetch } = useQuery(jobQuery(team, id));
  useTitle(job ? `Job ${job.name}` : "Job");
  const back = (
    <Link
      to="/jobs"
      search={{ team }}
      aria-label="Back to jobs"
      className="rounded-md p-1 text-ink-3 hover:bg-hover hover:text-ink"
    >
      <Icon name="chevron" className="rotate-180" />
    </Link>
  );
  if (!job)
    return (
      <>
        <PageHeader back={back} title="Job" about={id} />
        {error ? <ErrorNote error={error} retry={() => void refetch()} /> : <Lines />}
      </>
    );
  return (
    <>
      <PageHeader
        back={back}
        title={
          <span className="flex items-center gap-2.5">
            <span className="truncate">{job.name}</span>
            <Badge tone={toneOf(job.state)}>{words(job.state)}</Badge>
          </span>
        }
        about={`Job ${job.id}`}
      >
        <CopyButton text={job.id} what="job id" />
        <Link to="/jobs" search={ofWhat(job, team)} className={buttonClass()}>
          All jobs of {job.schedule ?? job.service}
        </Link>
        {isOpen(job.state) && <Cancel team={team} job={job} />}
      </PageHeader>
      <div className="min-h-0 flex-1 overflow-y-auto p-5">
        <div className="flex flex-col gap-4">
          {error && (
            <p role="alert" className="rounded-md bg-warn-soft px-4 py-2.5 text-warn">
              This is how it stood last: {error.message}
            </p>
          )}
          <Facts job={job} team={team} />
          <Failure job={job} />
          <Steps job={job} />
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

/** What it does is a flow's name, or a call such as `POST /reports`. */
const isFlow = (job: JobDetail) => !job.name.includes(" ");

/** A link to a document; `team::name` where it is another team's. */
function Named({ kind, team, name }: { kind: Kind; team: string; name: string }): ReactElement {
  const [of, own] = name.includes("::") ? name.split("::", 2) : [team, name];
  return (
    <Link
      className="text-accent hover:underline"
      {...linkTo({ kind, team: of ?? team, environment: "default", name: own ?? name })}
    >
      {name}
    </Link>
  );
}

function Facts({ job, team }: { job: JobDetail; team: string }): ReactElement {
  const now = useNow(1_000);
  return (
    <dl className="card grid grid-cols-[repeat(auto-fit,minmax(140px,1fr))] gap-x-6 gap-y-3 px-4 py-3">
      {isFlow(job) && (
        <Fact name="Flow">
          <Named kind="Flow" team={team} name={job.name} />
        </Fact>
      )}
      <Fact name={job.schedule ? "Schedule" : "Service"}>
        <Named
          kind={job.schedule ? "Schedule" : "Service"}
          team={team}
          name={job.schedule ?? job.service ?? ""}
        />
      </Fact>
      {job.service && (
        <Fact name="Whose">
          <Owner id={job.owner} />
        </Fact>
      )}
      <Fact name="Taken in">{dateTime(job.created_at)}</Fact>
      <Fact name={job.ended_at ? "Lasted" : "So far"}>{lasted(job, now)}</Fact>
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

/** What it did, as a run's page has it. */
function Steps({ job }: { job: JobDetail }): ReactElement {
  return (
    <section aria-label="Steps" className="card flex flex-col gap-2 p-3">
      <h2 className="px-1 text-xs font-medium text-ink-2">Steps</h2>
      {job.steps.length === 0 ? (
        <p className="px-1 text-xs text-ink-3">None has begun.</p>
      ) : (
        <FlowBars steps={job.steps} total={job.duration_us} />
      )}
    </section>
  );
}

/** Why it failed, in the problem document's own words. */
function Failure({ job }: { job: JobDetail }): ReactElement | null {
  const { body, state } = job;
  const detail = isObject(body) ? (body.detail ?? body.title) : undefined;
  if (state !== "failed" || typeof detail !== "string") return null;
  return (
    <p role="alert" className="rounded-md bg-bad-soft px-4 py-2.5 text-bad">
      {detail}
    </p>
  );
}

function Result({ job }: { job: JobDetail }): ReactElement | null {
  if (job.status == null) return null;
  const text = job.body == null ? undefined : JSON.stringify(job.body, null, 2);
  return (
    <section aria-label="Result" className="card">
      <header className="flex min-h-10 items-center gap-3 border-b border-line py-1 pr-2 pl-4">
        <h2 className="text-xs font-medium text-ink-2">Result</h2>
        <span className="mr-auto text-xs">
          <Status status={job.status} />
        </span>
        {text !== undefined && <CopyButton text={text} what="result" />}
      </header>
      {text === undefined ? (
        <p className="px-4 py-3 text-ink-3">
          {job.status === 204
            ? "It has no body."
            : "It is no JSON, or longer than 64 KiB: its caller has it whole."}
        </p>
      ) : (
        <pre className="max-h-[60vh] overflow-auto px-4 py-3 font-mono text-xs">{text}</pre>
      )}
    </section>
  );
}
