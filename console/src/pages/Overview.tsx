import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useEffect, useState } from "react";
import { useGateway } from "~/api/gateway";
import { overviewQuery, sessionQuery } from "~/api/queries";
import type { Overview as Data } from "~/api/types";
import { useTitle } from "~/lib/hooks";
import { RANGE_KEYS, RANGES, stepOf } from "~/lib/range";
import { ConfigErrorBanner } from "~/shell/ConfigError";
import { CodeLine, Empty, ErrorNote, Lines, PageHeader, Segmented } from "~/ui/basics";
import { AttentionList } from "./overview/AttentionList";
import { ChartGrid } from "./overview/ChartGrid";
import { LatestCalls } from "./overview/LatestCalls";
import { Reasons, Tops } from "./overview/Tops";
import { TotalsRow } from "./overview/TotalsRow";

export default function Overview(): ReactElement {
  useTitle("Overview");
  const search = useSearch({ from: "/app/" });
  const navigate = useNavigate();
  const range = search.range ?? "1h";
  const { seconds, long } = RANGES[range];
  const { data: session } = useQuery(sessionQuery);
  const filters = { team: search.team, service: search.service, range_s: seconds, step: stepOf(seconds) };
  const { data, error, refetch, isPlaceholderData } = useQuery(
    overviewQuery(filters, seconds > 86_400 ? 60_000 : 10_000),
  );
  const teams = session?.teams ?? [];
  return (
    <>
      <PageHeader title="Overview" about={search.service ? `${long} · service ${search.service}` : long}>
        {teams.length > 1 && (
          <select
            aria-label="Team"
            className="input w-auto"
            value={search.team ?? ""}
            onChange={(event) =>
              void navigate({ to: "/", search: (old) => ({ ...old, team: event.target.value || undefined }) })
            }
          >
            <option value="">All teams</option>
            {teams.map((team) => (
              <option key={team}>{team}</option>
            ))}
          </select>
        )}
        <Segmented
          label="Time range"
          value={range}
          options={RANGE_KEYS.map((key) => ({
            value: key,
            label: RANGES[key].label,
            title: RANGES[key].long,
          }))}
          onChange={(next) =>
            void navigate({
              to: "/",
              search: (old) => ({ ...old, range: next === "1h" ? undefined : next }),
              replace: true,
            })
          }
        />
      </PageHeader>
      <div
        className={
          isPlaceholderData
            ? "min-h-0 flex-1 overflow-y-auto opacity-70 transition-opacity delay-200"
            : "min-h-0 flex-1 overflow-y-auto"
        }
      >
        {error && !data ? (
          <ErrorNote error={error} retry={() => void refetch()} />
        ) : data ? (
          <Body data={data} />
        ) : (
          <Lines />
        )}
      </div>
    </>
  );
}

function Body({ data }: { data: Data }): ReactElement {
  const quiet = data.totals.calls === 0 && (data.previous?.calls ?? 0) === 0;
  if (quiet) {
    return (
      <div className="mx-auto max-w-[1480px] p-5">
        <ConfigErrorBanner />
        <FirstCall />
      </div>
    );
  }
  return (
    <div className="mx-auto flex max-w-[1480px] flex-col gap-4 p-5">
      <ConfigErrorBanner />
      {data.attention.length > 0 && <AttentionList items={data.attention} />}
      <TotalsRow data={data} />
      <ChartGrid data={data} />
      <div className="grid gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <LatestCalls />
        <div className="flex min-w-0 flex-col gap-4">
          <Tops data={data} />
          {data.reasons.length > 0 && <Reasons data={data} />}
        </div>
      </div>
    </div>
  );
}

/** Nothing came yet: the line that changes that. */
function FirstCall(): ReactElement {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 30_000);
    return () => clearTimeout(timer);
  }, []);
  const gateway = useGateway();
  return (
    <Empty icon="stream" title="No calls in this time">
      <p>Send one, and it shows here within a second.</p>
      <CodeLine code={`curl -i ${gateway}/ -H 'authorization: Bearer KEY'`} />
      {late && <p>Still nothing? See Settings, System for the listeners' addresses.</p>}
    </Empty>
  );
}
