import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import type { DocumentView, Json } from "~/api/types";
import { isObject } from "~/forms/schema";
import { Badge } from "~/ui/basics";
import { reachedAt } from "./reach";
import { useRoutesOf } from "./useBeside";

/** Where the jobs and batches of a service are reached, or why they are not. */
export function LaterPanel({ document }: { document: DocumentView }): ReactElement | null {
  const { name, team, spec } = document;
  const { routes, known } = useRoutesOf(document);
  const { jobs, batch } = spec;
  if (known === "not yet" || !(isObject(jobs) || isObject(batch))) return null;
  const pathOf = (of: Json | undefined, usual: string) =>
    isObject(of) && typeof of.path === "string" ? of.path : usual;
  const jobsPath = pathOf(jobs, "/jobs");
  const batchPath = pathOf(batch, "/batch");
  const jobsAt = reachedAt(routes, jobsPath, "GET");
  const batchAt = reachedAt(routes, batchPath, "POST");
  return (
    <section aria-label="Jobs and batches" className="card divide-y divide-line">
      {isObject(jobs) && (
        <Fact title="Jobs" at={jobsAt} known={known === "all"}>
          {jobsAt === undefined ? (
            <>
              No route of it leads to <Path>{jobsPath}</Path>, where its jobs would be found: every call is
              answered at once.
            </>
          ) : (
            <>
              A call that says <Path>Prefer: respond-async</Path> is answered later; its job is at{" "}
              <Path>{`${jobsAt}/ID`}</Path>.{" "}
              <Link to="/jobs" search={{ team, service: name }} className="text-accent hover:underline">
                All its jobs
              </Link>
            </>
          )}
        </Fact>
      )}
      {isObject(batch) && (
        <Fact title="Batches" at={batchAt} known={known === "all"}>
          {batchAt === undefined ? (
            <>
              No route of it that takes POST leads to <Path>{batchPath}</Path>: nobody can send a batch.
            </>
          ) : (
            <>
              Many requests in one, by <Path>{`POST ${batchAt}`}</Path>.
            </>
          )}
        </Fact>
      )}
    </section>
  );
}

const Path = ({ children }: { children: string }) => (
  <code className="font-mono text-xs whitespace-nowrap text-ink">{children}</code>
);

function Fact({
  title,
  at,
  known,
  children,
}: {
  title: string;
  /** Where it is reached. */
  at: string | undefined;
  /** Whether all routes are known. */
  known: boolean;
  children: ReactNode;
}): ReactElement {
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5">
      <h2 className="w-20 text-xs font-medium text-ink-2">{title}</h2>
      <p className="min-w-0 flex-1 basis-60 text-ink-2">
        {at !== undefined || known
          ? children
          : "Where it is reached is not known: not all routes of the team could be looked through."}
      </p>
      {at === undefined && known && <Badge tone="warn">Not reached</Badge>}
    </div>
  );
}
