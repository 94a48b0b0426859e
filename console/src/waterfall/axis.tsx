import type { ReactElement, ReactNode } from "react";
import { cx } from "~/ui/basics";
import type { View } from "./layout";

/** What every waterfall is drawn of: rows of one height, bars, the critical path under them, slack behind them, a legend. */

export const ROW = 26;

/** A stretch of the axis, in percent. */
export interface Stretch {
  left: number;
  width: number;
}

/** A stretch that is seen however short it is. */
export function box(at: Stretch): { left: string; width: string } {
  return { left: `min(${at.left}%, calc(100% - 2px))`, width: `max(2px, ${at.width}%)` };
}

/** The marks of the axis behind a row. */
export function Grid({ view, marks }: { view: View; marks: number[] }): ReactElement {
  const width = view.to_us - view.from_us;
  return (
    <>
      {marks.map((mark) => (
        <span
          key={mark}
          className="absolute inset-y-0 w-px bg-line"
          style={{ left: `${((mark - view.from_us) / width) * 100}%` }}
        />
      ))}
    </>
  );
}

export function Bar({
  at,
  color,
  hatched = false,
  faint = false,
}: {
  at: Stretch;
  color: string;
  hatched?: boolean;
  faint?: boolean;
}): ReactElement {
  return (
    <span
      className={cx("absolute top-[6px] h-3.5 rounded-[3px]", hatched && "hatched", faint && "opacity-60")}
      style={{ ...box(at), backgroundColor: color }}
    />
  );
}

/** The line under what is on the critical path. */
export function Critical({ at }: { at: Stretch }): ReactElement {
  return <span className="absolute bottom-[2px] h-[2px] rounded-full bg-ink" style={box(at)} />;
}

/** By how much something could have taken longer. */
export function Slack({ at }: { at: Stretch }): ReactElement | null {
  if (at.width <= 0.2) return null;
  return (
    <span
      className="absolute top-1/2 h-px border-t border-dashed border-ink-3/60"
      style={{ left: `${at.left}%`, width: `${at.width}%` }}
    />
  );
}

/** What the colours of a waterfall say; the critical path and slack are the same in each. */
export function LegendLine({ children }: { children: ReactNode }): ReactElement {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3 py-1.5 text-2xs text-ink-3">
      {children}
      <span className="ml-auto flex items-center gap-1.5">
        <span className="h-[2px] w-4 rounded-full bg-ink" /> Critical path
      </span>
      <span className="flex items-center gap-1.5">
        <span className="w-4 border-t border-dashed border-ink-3" /> Slack
      </span>
    </div>
  );
}

export function Swatch({
  color,
  hatched = false,
  title,
  children,
}: {
  color: string;
  hatched?: boolean;
  title?: string;
  children: ReactNode;
}): ReactElement {
  return (
    <span className="flex items-center gap-1.5" title={title}>
      <span className={cx("size-2 rounded-[2px]", hatched && "hatched")} style={{ backgroundColor: color }} />{" "}
      {children}
    </span>
  );
}
