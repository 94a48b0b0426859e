import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { call } from "~/api/client";
import { bodyOf, documentPath, historyQuery, type Loaded } from "~/api/queries";
import type { DocumentBody, Revision } from "~/api/types";
import { ago, dateTime } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { Button, cx, Dot, ErrorNote, Lines } from "~/ui/basics";

const DiffView = lazy(() => import("~/forms/DiffView"));
const WORDS = {
  created: "Created",
  updated: "Changed",
  deleted: "Deleted",
  rolled_back: "Rolled back",
} as const;

/** The document of a past state; a deletion has none. */
function stateOf(revision: Revision | undefined): DocumentBody | null {
  return revision?.document ? bodyOf(revision.document as unknown as DocumentBody) : null;
}

/** Who changed what and when; any earlier state can be had back. */
export function HistoryTab({
  loaded,
  may,
  onDone,
}: {
  loaded: Loaded;
  may: boolean;
  onDone: () => Promise<void>;
}): ReactElement {
  const { document, etag } = loaded;
  const { data, error } = useQuery(historyQuery(document));
  const [picked, setPicked] = useState<Revision["revision"] | null>(null);
  const now = useNow();
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Lines />;
  const index = Math.max(
    0,
    data.items.findIndex((item) => item.revision === picked),
  );
  const item = data.items[index];
  const before = data.items[index + 1];
  const rollBack = async (revision: Revision["revision"]) => {
    try {
      await call("POST", documentPath(document, "/rollback"), {
        body: { revision },
        headers: { "if-match": etag },
      });
      toast(`Back at revision ${revision}`, "good");
      await onDone();
      setPicked(null);
    } catch (problem) {
      toast(problem instanceof Error ? problem.message : String(problem), "bad");
    }
  };
  return (
    <div className="mx-auto grid max-w-[1480px] gap-4 p-5 lg:grid-cols-[300px_minmax(0,1fr)]">
      <ol className="card self-start overflow-hidden">
        {data.items.map((entry) => (
          <li key={entry.revision} className="border-b border-line last:border-0">
            <button
              type="button"
              aria-pressed={entry === item}
              onClick={() => setPicked(entry.revision)}
              className={cx(
                "flex w-full items-start gap-2.5 px-3.5 py-2.5 text-left",
                entry === item ? "bg-selected" : "hover:bg-hover",
              )}
            >
              <span className="pt-[5px]">
                <Dot
                  tone={entry.action === "deleted" ? "bad" : entry === data.items[0] ? "accent" : "neutral"}
                />
              </span>
              <span className="min-w-0 flex-1">
                <span className="block font-medium">
                  {WORDS[entry.action]} <span className="font-normal text-ink-3">r{entry.revision}</span>
                </span>
                <span className="block truncate text-xs text-ink-3" title={dateTime(entry.at)}>
                  {ago(entry.at, now)} by {entry.by ?? "Weir"}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
      {item && (
        <section className="min-w-0">
          <header className="mb-2 flex items-center justify-between gap-3">
            <h2 className="font-medium">
              {before ? `From r${before.revision} to r${item.revision}` : `First state, r${item.revision}`}
            </h2>
            {may && item.document && index > 0 && (
              <Button icon="history" onClick={() => void rollBack(item.revision)}>
                Roll back to this
              </Button>
            )}
          </header>
          <Suspense fallback={<Lines />}>
            <DiffView before={stateOf(before)} after={stateOf(item)} />
          </Suspense>
        </section>
      )}
    </div>
  );
}
