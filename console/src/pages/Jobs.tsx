import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { jobsQuery, sessionQuery } from "~/api/queries";
import type { JobItem } from "~/api/types";
import { ago, dateTime, words } from "~/lib/format";
import { useNow, useTitle } from "~/lib/hooks";
import { JOB_STATES, type JobsSearch } from "~/router";
import { Badge, Button, buttonClass, Empty, PageHeader, Segmented } from "~/ui/basics";
import { Found } from "~/ui/found";
import { Icon } from "~/ui/icons";
import { List } from "~/ui/list";
import { lasted, toneOf } from "./jobs/state";

/** Calls that are answered later, and runs of schedules, of one team at a time. */
export default function Jobs(): ReactElement {
  useTitle("Jobs");
  const search = useSearch({ from: "/app/jobs" });
  const navigate = useNavigate();
  const now = useNow(2_000);
  const { data: session } = useQuery(sessionQuery);
  const teams = session?.teams ?? [];
  const team = search.team ?? (teams.includes("default") ? "default" : teams[0]) ?? "default";
  const { team: _, ...filters } = search;
  const found = useInfiniteQuery(jobsQuery(team, filters));
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const of = search.service ?? search.schedule;
  const change = (changed: Partial<typeof search>) =>
    void navigate({ to: "/jobs", search: { ...search, ...changed }, replace: true });
  return (
    <>
      <PageHeader title="Jobs" about="Calls that are answered later, and the runs of schedules.">
        <Link to="/$plural" params={{ plural: "schedules" }} className={buttonClass()}>
          <Icon name="history" size={14} /> Schedules
        </Link>
      </PageHeader>
      <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-5 py-1.5">
        <Segmented
          label="State"
          value={search.state ?? "all"}
          options={[
            { value: "all", label: "All" },
            { value: "open", label: "Open" },
            { value: "succeeded", label: "Succeeded" },
            { value: "failed", label: "Failed" },
            { value: "cancelled", label: "Cancelled" },
          ]}
          onChange={(state) => change({ state: JOB_STATES.find((known) => known === state) })}
        />
        {teams.length > 1 && (
          <select
            aria-label="Team"
            className="input w-auto"
            value={team}
            onChange={(event) => change({ team: event.target.value })}
          >
            {teams.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
        {of !== undefined && (
          <Button icon="close" onClick={() => change({ service: undefined, schedule: undefined })}>
            {search.service ? "Service" : "Schedule"} {of}
          </Button>
        )}
        <span className="ml-auto text-xs text-ink-3 max-sm:hidden">
          {found.data &&
            `${rows.length}${found.hasNextPage ? "+" : ""} ${rows.length === 1 ? "job" : "jobs"}`}
        </span>
      </div>
      <Found
        found={found}
        count={rows.length}
        empty={
          <NoJobs
            search={search}
            onClear={() => change({ state: undefined, service: undefined, schedule: undefined })}
          />
        }
      >
        <List
          label="Jobs"
          rows={rows}
          rowKey={(job) => job.id}
          onOpen={(job) => void navigate({ to: "/jobs/$team/$id", params: { team, id: job.id } })}
          columns={[
            {
              key: "state",
              title: "State",
              width: "104px",
              cell: (job) => <Badge tone={toneOf(job.state)}>{words(job.state)}</Badge>,
            },
            { key: "name", title: "Job", width: "minmax(0,1.6fr)", cell: (job) => <Name job={job} /> },
            {
              key: "of",
              title: "Of",
              width: "minmax(0,1fr)",
              cell: (job) => (
                <span className="truncate text-ink-2">
                  <span className="text-ink-3">{job.schedule ? "schedule" : "service"}</span>{" "}
                  {job.schedule ?? job.service}
                </span>
              ),
            },
            { key: "lasted", title: "Lasted", width: "88px", right: true, cell: (job) => lasted(job, now) },
            {
              key: "created",
              title: "Began",
              width: "96px",
              right: true,
              cell: (job) => (
                <span className="text-ink-3" title={dateTime(job.created_at)}>
                  {ago(job.created_at, now)}
                </span>
              ),
            },
          ]}
        />
      </Found>
    </>
  );
}

/** Why there is nothing to see, and the way on. */
function NoJobs({ search, onClear }: { search: JobsSearch; onClear: () => void }): ReactElement {
  const { state, service, schedule } = search;
  if (state !== undefined || service !== undefined || schedule !== undefined)
    return (
      <Empty icon="history" title={state === undefined ? "No such jobs" : `No ${state} jobs`}>
        <Button onClick={onClear}>Take the filters off</Button>
      </Empty>
    );
  return (
    <Empty icon="history" title="No jobs">
      <p>
        A service with <code>jobs</code> answers a call later that says <code>Prefer: respond-async</code>; a
        schedule runs its flow at given times.
      </p>
    </Empty>
  );
}

function Name({ job }: { job: JobItem }): ReactElement {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="truncate font-medium">{job.name}</span>
      <span className="shrink-9999 truncate font-mono text-2xs text-ink-3 max-sm:hidden">{job.id}</span>
    </span>
  );
}
