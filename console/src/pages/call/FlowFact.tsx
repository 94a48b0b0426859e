import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { documentQuery, jobsQuery } from "~/api/queries";
import type { CallDetail } from "~/api/types";
import { flowName } from "~/pages/documents/route";
import { microsOf } from "./within";

const LINK = "text-accent hover:underline";

/** The flow that answered a call, as its route says today. */
export function FlowFact({ call }: { call: CallDetail }): ReactElement {
  const team = call.team ?? "default";
  const { data } = useQuery({
    ...documentQuery({ kind: "Route", team, name: call.route ?? "" }),
    enabled: call.route !== null,
    retry: false,
  });
  const name = data && flowName(data.document);
  if (!name) return <>–</>;
  const [of, own] = name.includes("::") ? name.split("::", 2) : [team, name];
  return (
    <Link
      className={LINK}
      title={name}
      to="/$plural/$team/$name"
      params={{ plural: "flows", team: of ?? team, name: own ?? name }}
    >
      {name}
    </Link>
  );
}

/** The job that a call became: the one of its service that was taken in while it lasted. */
export function JobLink({ call }: { call: CallDetail }): ReactElement {
  const team = call.team ?? "default";
  const service = call.service ?? undefined;
  const { data } = useInfiniteQuery({
    ...jobsQuery(team, { service }),
    retry: false,
    refetchInterval: false,
  });
  const begin = microsOf(call.at);
  const near = (data?.pages[0]?.items ?? []).filter(({ created_at }) => {
    const at = microsOf(created_at);
    return at >= begin && at <= begin + call.duration_us;
  });
  const [job] = near;
  if (near.length !== 1 || !job)
    return (
      <Link className={LINK} to="/jobs" search={{ team, service }}>
        Jobs of {call.service}
      </Link>
    );
  return (
    <Link className={LINK} to="/jobs/$team/$id" params={{ team, id: job.id }} title={job.id}>
      {job.name}
    </Link>
  );
}
