import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  useRef,
  useState,
} from "react";
import { cx } from "./basics";

export interface Column<T> {
  key: string;
  title: ReactNode;
  /** A track of CSS grid, such as `minmax(0,2fr)` or `96px`. */
  width: string;
  right?: boolean;
  cell: (row: T) => ReactNode;
}

interface ListProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  /** Within a card: its padding, and no heading that sticks. */
  inset?: boolean;
  /** The width in pixels under which the list scrolls sideways. */
  least?: number;
  /** Dims a row, for what is off. */
  dim?: (row: T) => boolean;
}

/** The width that columns need to be read: their least, and some letters where they say none. */
function leastOf<T>(columns: Column<T>[], usual: number): number {
  const widths = columns.map(({ width }) => Number(/(\d+)px/.exec(width)?.[1] ?? 70));
  return Math.max(
    usual,
    widths.reduce((sum, width) => sum + width + 12, 28),
  );
}

/** Whether a click was for a link or a button in the row, and not for the row itself. */
function isTaken(event: MouseEvent<HTMLElement>): boolean {
  return (
    event.defaultPrevented || (event.target instanceof Element && event.target.closest("a,button") !== null)
  );
}

/** Dense rows on one grid. Arrow keys or j and k move, Enter opens. */
export function List<T>({
  label,
  columns,
  rows,
  rowKey,
  onOpen,
  dim,
  inset = false,
  least = leastOf(columns, inset ? 560 : 760),
}: ListProps<T>): ReactElement {
  const body = useRef<HTMLDivElement>(null);
  // One row takes Tab, the arrows move among them.
  const [current, setCurrent] = useState<string | null>(null);
  const entry = rows.some((row) => rowKey(row) === current) ? current : rows[0] && rowKey(rows[0]);
  const template = columns.map((column) => column.width).join(" ");
  const move = (event: KeyboardEvent<HTMLElement>, row: T) => {
    if (event.target !== event.currentTarget) return;
    const step =
      event.key === "ArrowDown" || event.key === "j"
        ? 1
        : event.key === "ArrowUp" || event.key === "k"
          ? -1
          : 0;
    if (step !== 0) {
      event.preventDefault();
      const all = [...(body.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
      all[all.indexOf(event.currentTarget) + step]?.focus();
    } else if (event.key === "Enter" && onOpen) {
      event.preventDefault();
      onOpen(row);
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the rows are a CSS grid
    <div role="table" aria-label={label} className="text-sm" style={{ minWidth: least }} ref={body}>
      {/* biome-ignore lint/a11y/useSemanticElements: the rows are a CSS grid */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a heading row takes no focus */}
      <div
        role="row"
        className={cx(
          "row-line grid h-8 items-center gap-3 text-xs text-ink-3",
          inset ? "px-4" : "sticky top-0 z-10 bg-bg px-5",
        )}
        style={{ gridTemplateColumns: template }}
      >
        {columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: the rows are a CSS grid
          // biome-ignore lint/a11y/useFocusableInteractive: a heading takes no focus
          <span role="columnheader" key={column.key} className={cx("truncate", column.right && "text-right")}>
            {column.title}
          </span>
        ))}
      </div>
      {rows.map((row) => (
        // biome-ignore lint/a11y/useSemanticElements: the rows are a CSS grid
        <div
          role="row"
          data-row=""
          key={rowKey(row)}
          tabIndex={rowKey(row) === entry ? 0 : -1}
          onFocus={() => setCurrent(rowKey(row))}
          onKeyDown={(event) => move(event, row)}
          onClick={onOpen ? (event) => isTaken(event) || onOpen(row) : undefined}
          className={cx(
            "group row-line grid min-h-9 items-center gap-3",
            "focus-visible:bg-selected focus-visible:outline-offset-[-2px]",
            inset ? "px-4 last:border-0" : "px-5",
            onOpen && "cursor-default hover:bg-hover",
            dim?.(row) && "**:text-ink-3! saturate-50",
          )}
          style={{ gridTemplateColumns: template }}
        >
          {columns.map((column) => (
            // biome-ignore lint/a11y/useSemanticElements: the rows are a CSS grid
            <div
              role="cell"
              key={column.key}
              className={cx("min-w-0 truncate", column.right && "text-right")}
            >
              {column.cell(row)}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
