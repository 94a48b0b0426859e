import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { healthQuery } from "~/api/queries";
import type { DocumentRef } from "~/api/types";
import { useNow } from "~/lib/hooks";
import { Badge, Dot, type Tone } from "~/ui/basics";

const TONES: Record<string, Tone> = { healthy: "good", probing: "warn", ejected: "bad" };
const WORDS: Record<string, string> = {
  healthy: "Healthy",
  probing: "On trial",
  ejected: "Ejected",
};

const toneOf = (state: string): Tone => TONES[state] ?? "neutral";

/** The targets as the gateway sees them now. */
export function HealthPanel({ of }: { of: DocumentRef }): ReactElement | null {
  const { data, error } = useQuery(healthQuery(of));
  const now = useNow(1000);
  if (error && !data) return <p className="card px-4 py-3 text-ink-3">{error.message}</p>;
  if (!data) return <div className="card h-[76px]" aria-busy="true" />;
  const total = data.targets.reduce((sum, target) => sum + target.weight, 0);
  return (
    <section className="card overflow-hidden">
      <h2 className="border-b border-line px-4 py-2.5 text-xs font-medium text-ink-2">Targets now</h2>
      {data.targets.map((target) => (
        <div
          key={target.target}
          className="grid items-center sm:grid-cols-[minmax(0,1.4fr)_110px_minmax(0,1fr)_130px] gap-3 border-b border-line px-4 py-2 last:border-0"
        >
          <span className="flex items-center gap-2 truncate font-mono text-xs">
            <Dot tone={toneOf(target.state)} /> {target.target}
          </span>
          <span>
            <Badge tone={toneOf(target.state)}>{WORDS[target.state] ?? target.state}</Badge>
          </span>
          <span className="truncate text-xs text-ink-3">
            {target.state === "ejected" && target.ejected_until
              ? `again in ${Math.max(0, Math.ceil((Date.parse(target.ejected_until) - now) / 1000))} s, ${target.consecutive_failures} failures in a row`
              : target.consecutive_failures > 0
                ? `${target.consecutive_failures} failures in a row`
                : ""}
          </span>
          <span className="flex items-center gap-2 text-xs text-ink-3" title={`Weight ${target.weight}`}>
            <span className="h-1 flex-1 overflow-hidden rounded-full bg-hover">
              <span
                className="block h-full rounded-full bg-accent"
                style={{ width: `${total === 0 ? 0 : (target.weight / total) * 100}%` }}
              />
            </span>
            {total === 0 ? 0 : Math.round((target.weight / total) * 100)} %
          </span>
        </div>
      ))}
    </section>
  );
}
