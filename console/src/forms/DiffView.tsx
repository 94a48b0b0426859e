import { type ReactElement, useMemo } from "react";
import type { DocumentBody } from "~/api/types";
import { diffLines, hunks } from "~/lib/diff";
import { cx } from "~/ui/basics";
import { toText } from "./text";

/** Two versions of a document, line by line. */
export default function DiffView({
  before,
  after,
}: {
  before: DocumentBody | null;
  after: DocumentBody | null;
}): ReactElement {
  const lines = useMemo(
    () => hunks(diffLines(before ? toText(before, "yaml") : "", after ? toText(after, "yaml") : "")),
    [before, after],
  );
  if (lines.every((line) => line === null || line.kind === "same"))
    return <p className="py-4 text-ink-3">Nothing differs.</p>;
  return (
    <pre className="overflow-x-auto rounded-md border border-line bg-sunken py-1.5 font-mono text-xs leading-5">
      {lines.map((line, index) =>
        line === null ? (
          <div key={index} className="px-3 text-ink-3">
            ⋯
          </div>
        ) : (
          <div
            key={index}
            className={cx(
              "px-3",
              line.kind === "added" && "bg-good-soft text-good",
              line.kind === "removed" && "bg-bad-soft text-bad",
              line.kind === "same" && "text-ink-2",
            )}
          >
            <span className="inline-block w-4 select-none">
              {{ added: "+", removed: "−", same: " " }[line.kind]}
            </span>
            {line.text}
          </div>
        ),
      )}
    </pre>
  );
}
