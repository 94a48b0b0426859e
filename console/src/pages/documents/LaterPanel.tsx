import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { documentsQuery } from "~/api/queries";
import type { DocumentView, Json } from "~/api/types";
import { isObject } from "~/forms/schema";
import { Badge } from "~/ui/basics";
import { reachedAt } from "./reach";

/** Where the jobs and batches of a service are reached, or why they are not. */
export function LaterPanel({ document }: { document: DocumentView }): ReactElement | null {
  const { name, team, environment, spec } = document;
  const { data } = useInfiniteQuery(documentsQuery("Route", { team, environment }));
  const { jobs, batch } = spec;
  if (!data || !(isObject(jobs) || isObject(batch))) return null;
  const routes = data.pages.flatMap((page) => page.items).filter((route) => route.spec.service === name);
  const pathOf = (of: Json | undefined, usual: string) =>
    isObject(of) && typeof of.path === "string" ? of.path : usual;
  const jobsPath = pathOf(jobs, "/jobs");
  const batchPath = pathOf(batch, "/batch");
  const jobsAt = reachedAt(routes, jobsPath, "GET");
  const batchAt = reachedAt(routes, batchPath, "POST");
  return (
    <section aria-label="Jobs and batches" className="card divide-y divide-line">
      {isObject(jobs) && (
        <Fact title="Jobs" good={jobsAt !== undefined}>
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
        <Fact title="Batches" good={batchAt !== undefined}>
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
  good,
  children,
}: {
  title: string;
  good: boolean;
  children: ReactNode;
}): ReactElement {
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5">
      <h2 className="w-20 text-xs font-medium text-ink-2">{title}</h2>
      <p className="min-w-0 flex-1 basis-60 text-ink-2">{children}</p>
      {!good && <Badge tone="warn">Not reached</Badge>}
    </div>
  );
}
