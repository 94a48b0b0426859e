import type { ReactElement, ReactNode } from "react";
import type { Line } from "./Series";

/** A chart's heading and, where it has several lines, which colour is which. */
export function Titled({
  title,
  lines = [],
  children,
}: {
  title: string;
  lines?: Line[];
  children: ReactNode;
}): ReactElement {
  return (
    <div className="min-w-0">
      <header className="mb-1 flex items-center gap-3 pl-1">
        <h3 className="text-xs font-medium text-ink-2">{title}</h3>
        {lines.length > 1 && (
          <ul className="flex gap-3">
            {lines.map((line) => (
              <li key={line.label} className="flex items-center gap-1.5 text-2xs text-ink-3">
                <span className="h-0.5 w-2.5 rounded-full" style={{ backgroundColor: line.color }} />
                {line.label}
              </li>
            ))}
          </ul>
        )}
      </header>
      {children}
    </div>
  );
}
