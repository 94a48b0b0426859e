import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { useGateway } from "~/api/gateway";
import { callsQuery, type Filters } from "~/api/queries";
import type { CallSummary } from "~/api/types";
import { exact } from "~/lib/format";
import { useHotkeys, useTitle } from "~/lib/hooks";
import { RANGES } from "~/lib/range";
import { CALL_FILTERS } from "~/router";
import { Button, CodeLine, cx, Dot, Empty, ErrorNote, Lines, PageHeader, Segmented } from "~/ui/basics";
import { CALL_GRID, CallCells, CallHead } from "./calls/CallRow";
import { FilterBar } from "./calls/FilterBar";
import { type Live, mergeCalls, useLive } from "./calls/useLive";

const ROW = 34;
/** By then a call that has ended is in the log. */
const WRITTEN_MS = 1_500;

export default function Calls(): ReactElement {
  useTitle("Calls");
  const search = useSearch({ from: "/app/calls" });
  const navigate = useNavigate();
  const paused = search.live === "off";
  const filters = useMemo<Filters>(
    () => ({
      ...Object.fromEntries(CALL_FILTERS.map((name) => [name, search[name]])),
      min_duration_us: search.min_duration_us,
    }),
    [search],
  );
  const from = useMemo(
    () =>
      search.range ? new Date(Date.now() - RANGES[search.range].seconds * 1000).toISOString() : undefined,
    [search.range],
  );
  const live = useLive(filters, !paused);
  const found = useInfiniteQuery(callsQuery({ ...filters, from }));
  // Records are written once a second: what ended just before the live view began is in neither at first.
  const { refetch } = found;
  useEffect(() => {
    if (live.state !== "live") return;
    const timer = setTimeout(() => void refetch(), WRITTEN_MS);
    return () => clearTimeout(timer);
  }, [live.state, filters, refetch]);
  const calls = useMemo(
    () => mergeCalls(live.calls, found.data?.pages.flatMap((page) => page.items) ?? []),
    [live.calls, found.data],
  );
  const toggle = () =>
    void navigate({
      to: "/calls",
      search: (old) => ({ ...old, live: paused ? undefined : "off" }),
      replace: true,
    });
  useHotkeys({ p: toggle });
  const same = search.scale !== "each";
  return (
    <>
      <PageHeader title="Calls" about={<LiveState live={live} shown={calls.length} />}>
        <Segmented
          label="Scale of the bars"
          value={same ? "same" : "each"}
          options={[
            { value: "same", label: "Same scale", title: "One scale for all: see which calls are slow" },
            {
              value: "each",
              label: "Own scale",
              title: "Each bar fills the column: see how its time divides",
            },
          ]}
          onChange={(scale) =>
            void navigate({
              to: "/calls",
              search: (old) => ({ ...old, scale: scale === "each" ? "each" : undefined }),
              replace: true,
            })
          }
        />
        <Button icon={paused ? "play" : "pause"} hint="P" onClick={toggle}>
          {paused ? "Resume" : "Pause"}
        </Button>
      </PageHeader>
      <FilterBar />
      {found.error && calls.length === 0 ? (
        <ErrorNote error={found.error} retry={() => void found.refetch()} />
      ) : found.isPending ? (
        <Lines rows={14} />
      ) : calls.length === 0 ? (
        <NoCalls
          filtered={Object.values(filters).some((value) => value !== undefined) || from !== undefined}
        />
      ) : (
        <CallTable
          calls={calls}
          same={same}
          more={found.hasNextPage}
          onMore={() => !found.isFetchingNextPage && void found.fetchNextPage()}
        />
      )}
    </>
  );
}

function LiveState({ live, shown }: { live: Live; shown: number }): ReactElement {
  const text = {
    off: "Paused",
    connecting: "Connecting",
    live: "Live",
    lost: "Connection lost, trying again",
  }[live.state];
  const tone = ({ off: "neutral", connecting: "neutral", live: "good", lost: "bad" } as const)[live.state];
  return (
    <span className="flex items-center gap-1.5">
      <Dot tone={tone} /> {text} · {exact(shown)} shown
      {live.dropped > 0 && <> · {exact(live.dropped)} passed by too fast to show</>}
    </span>
  );
}

function NoCalls({ filtered }: { filtered: boolean }): ReactElement {
  const gateway = useGateway();
  const navigate = useNavigate();
  if (filtered) {
    return (
      <Empty icon="filter" title="No call fits these filters">
        <Button onClick={() => void navigate({ to: "/calls", search: {} })}>Take the filters off</Button>
      </Empty>
    );
  }
  return (
    <Empty icon="stream" title="No calls yet">
      <p>Send one, and it shows here as it ends.</p>
      <CodeLine code={`curl -i ${gateway}/ -H 'authorization: Bearer KEY'`} />
    </Empty>
  );
}

interface TableProps {
  calls: CallSummary[];
  same: boolean;
  more: boolean;
  onMore: () => void;
}

function CallTable({ calls, same, more, onMore }: TableProps): ReactElement {
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<string | null>(null);
  const began = useRef(Date.now());
  const virtual = useVirtualizer({
    count: calls.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => calls[index]?.id ?? index,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= calls.length - 20) onMore();
  }, [last, calls.length, more, onMore]);
  const scale = useMemo(() => {
    if (!same) return undefined;
    const sorted = calls.map((call) => call.duration_us).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.95)];
  }, [calls, same]);
  const open = (call: CallSummary) => void navigate({ to: "/calls/$id", params: { id: call.id } });
  const onKey = (event: KeyboardEvent) => {
    const index = calls.findIndex((call) => call.id === focus);
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (step !== undefined) {
      const next = Math.min(calls.length - 1, Math.max(0, index + step));
      setFocus(calls[next]?.id ?? null);
      virtual.scrollToIndex(next);
    } else if (event.key === "Enter" && calls[index]) open(calls[index]);
    else return;
    event.preventDefault();
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-x-auto">
      <div className="flex min-h-0 md:min-w-[1040px] flex-1 flex-col">
        <CallHead />
        <div
          ref={scroller}
          role="listbox"
          aria-label="Calls"
          tabIndex={0}
          aria-activedescendant={focus ? `call-${focus}` : undefined}
          onKeyDown={onKey}
          className="min-h-0 flex-1 overflow-y-auto focus-visible:outline-none"
        >
          <div className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const call = calls[item.index];
              if (!call) return null;
              const fresh = Date.parse(call.at) > began.current;
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
                // biome-ignore lint/a11y/useFocusableInteractive: the list takes the focus
                <div
                  key={item.key}
                  id={`call-${call.id}`}
                  role="option"
                  aria-selected={call.id === focus}
                  onClick={() => open(call)}
                  className={cx(
                    CALL_GRID,
                    "row-line absolute inset-x-0",
                    fresh && "arrive",
                    call.id === focus ? "bg-selected" : "hover:bg-hover",
                  )}
                  style={{ top: item.start, height: ROW }}
                >
                  <CallCells call={call} scale_us={scale} />
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}
