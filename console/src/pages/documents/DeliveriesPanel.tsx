import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { call, query } from "~/api/client";
import { type DeliveryState, deliveriesQuery, documentPath, sessionQuery } from "~/api/queries";
import type { DocumentView, WebhookDelivery } from "~/api/types";
import { single } from "~/lib/curl";
import { ago, dateTime, until } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { Badge, Button, CodeLine, cx, Segmented, Status, type Tone } from "~/ui/basics";

const TONES: Record<string, Tone> = { waiting: "warn", delivered: "good", dead: "bad" };
const WORDS: Record<string, string> = { waiting: "Waiting", delivered: "Delivered", dead: "Dead letter" };
const OFF: Record<string, string> = {
  gone: "Switched off: the receiver answered 410, it wants no more.",
  failing: "Switched off: nothing came through for long.",
};
const COLUMNS =
  "xl:grid-cols-[84px_minmax(0,1.2fr)_minmax(0,1.6fr)_88px_84px] max-xl:grid-cols-[84px_minmax(0,1fr)_auto]";

/** What became of the events that a webhook was sent; each can be sent again. */
export function DeliveriesPanel({ document }: { document: DocumentView }): ReactElement {
  const [state, setState] = useState<DeliveryState | "all">("all");
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    deliveriesQuery(document, state === "all" ? undefined : state),
  );
  const { data: session } = useQuery(sessionQuery);
  const may = session?.permissions[document.team]?.includes("documents_write") ?? true;
  const now = useNow(1000);
  const replay = useReplay(document);
  const first = data?.pages[0];
  const rows = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="card overflow-hidden">
      <header className="flex min-h-10 flex-wrap items-center justify-between gap-2 border-b border-line py-1.5 pr-2 pl-4">
        <h2 className="text-xs font-medium text-ink-2">Deliveries</h2>
        <Segmented
          label="State"
          value={state}
          options={[
            { value: "all", label: "All" },
            { value: "waiting", label: "Waiting" },
            { value: "delivered", label: "Delivered" },
            { value: "dead", label: "Dead" },
          ]}
          onChange={setState}
        />
      </header>
      {first && (first.off || first.failing_since) && (
        <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line bg-sunken px-4 py-2.5">
          <p className="flex items-center gap-2">
            <Badge tone={first.off ? "bad" : "warn"}>{first.off ? "Off" : "Failing"}</Badge>
            <span className="text-ink-2">
              {first.off
                ? (OFF[first.off] ?? first.off)
                : `Nothing has come through since ${dateTime(first.failing_since)}.`}
            </span>
          </p>
          {first.off && may && (
            <Button small onClick={() => void replay({ since: new Date().toISOString() }, "Switched on")}>
              Switch on
            </Button>
          )}
        </div>
      )}
      {state === "dead" && rows.length > 0 && may && (
        <div className="flex items-center justify-between gap-3 border-b border-line px-4 py-2">
          <p className="text-ink-3">What was given up. It is kept for 30 days.</p>
          <Button small onClick={() => void replay({ since: "1970-01-01T00:00:00Z" })}>
            Send all again
          </Button>
        </div>
      )}
      {!data && <p className="px-4 py-3 text-ink-3">{error?.message ?? "…"}</p>}
      {data && rows.length === 0 && (
        <div className="flex flex-col gap-2 px-4 py-3 text-ink-3">
          {state === "all" ? (
            <>
              <p>
                No event yet. Steps of flows send some, and so does the admin API, with a token from Settings:
              </p>
              <CodeLine code={sendLine(document)} />
            </>
          ) : (
            <p>{state === "dead" ? "No event is given up." : `No event is ${state}.`}</p>
          )}
        </div>
      )}
      {rows.length > 0 && (
        <div
          aria-hidden="true"
          className={cx(
            "grid gap-3 border-b border-line px-4 py-1.5 text-xs text-ink-3 max-xl:hidden",
            COLUMNS,
          )}
        >
          <span>State</span>
          <span>Event</span>
          <span>Last answer</span>
          <span>When</span>
        </div>
      )}
      {rows.map((row) => (
        <Row
          key={row.event}
          row={row}
          now={now}
          again={may ? () => void replay({ event: row.event }) : undefined}
        />
      ))}
      {hasNextPage && (
        <div className="border-t border-line px-4 py-2">
          <Button small look="quiet" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Older ones
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({
  row,
  now,
  again,
}: {
  row: WebhookDelivery;
  now: number;
  again: (() => void) | undefined;
}): ReactElement {
  const said = saidOf(row);
  const sends = row.state === "waiting" ? "Send now" : "Send again";
  return (
    <div
      className={cx(
        "grid min-h-11 items-center gap-3 border-b border-line px-4 py-1.5 last:border-0",
        COLUMNS,
      )}
    >
      <span>
        <Badge tone={TONES[row.state] ?? "neutral"}>{WORDS[row.state] ?? row.state}</Badge>
      </span>
      <span className="min-w-0">
        <span className="block truncate font-mono text-xs">{row.type}</span>
        <span className="block truncate font-mono text-2xs text-ink-3 max-xl:hidden" title={row.event}>
          {row.event}
        </span>
        <span className="block text-2xs text-ink-3 xl:hidden">
          {said}
          {row.due && `; ${nextTry(row.due, now)}`}
        </span>
      </span>
      <span className="flex min-w-0 items-center gap-2 text-xs text-ink-2 max-xl:hidden" title={said}>
        {row.last_status !== null && <Status status={row.last_status} />}
        <span className="line-clamp-2">
          {row.last_status === null ? said : ""}
          {row.attempts > 1 && <span className="text-ink-3"> {row.attempts} attempts</span>}
        </span>
      </span>
      <span
        className="truncate text-xs text-ink-3 max-xl:hidden"
        title={dateTime(row.due ?? row.last_at ?? row.began)}
      >
        {row.due ? nextTry(row.due, now) : ago(row.last_at ?? row.began, now)}
      </span>
      <span className="text-right">
        {again && (
          <Button small look="quiet" aria-label={`${sends} ${row.event}`} onClick={again}>
            {sends}
          </Button>
        )}
      </span>
    </div>
  );
}

/** What came of the last attempt, with the way out where there is one. */
function saidOf({ last_detail }: WebhookDelivery): string {
  if (last_detail === null) return "not tried yet";
  return last_detail.includes("public internet")
    ? `${last_detail}: set its reach to anywhere if it may be there`
    : last_detail;
}

/** A line for a shell that sends an event which this webhook wants. */
function sendLine({ team, environment, spec }: DocumentView): string {
  const wanted =
    Array.isArray(spec.events) && typeof spec.events[0] === "string" ? spec.events[0] : "order.created";
  const event = { type: wanted.replace("*", "test"), data: { id: 1 } };
  const path = `/api/v1/teams/${encodeURIComponent(team)}/events${query(environment === "default" ? {} : { environment })}`;
  return [
    `curl -X POST ${single(`${window.location.origin}${path}`)} -H "authorization: Bearer $TOKEN"`,
    `  -H 'content-type: application/json' -d ${single(JSON.stringify(event))}`,
  ].join(" \\\n");
}

/** When it is tried next, in words. */
function nextTry(due: string, now: number): string {
  const when = until(due, now);
  return when.startsWith("in ") ? `next ${when}` : when;
}

/** Sends again, and switches the webhook on. */
function useReplay(document: DocumentView): (which: object, done?: string) => Promise<void> {
  const client = useQueryClient();
  return async (which, done) => {
    try {
      const { body } = await call<{ count: number }>("POST", documentPath(document, "/replay"), {
        body: which,
      });
      if (done === undefined && body.count === 0) toast("There was nothing to send again");
      else toast(done ?? `${body.count} ${body.count === 1 ? "is" : "are"} sent again`, "good");
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    }
    await client.invalidateQueries({ queryKey: ["deliveries"] });
  };
}
