import type { ReactElement } from "react";
import type { CallSummary } from "~/api/types";
import { duration } from "~/lib/format";
import { miniBars, phaseOf } from "./layout";
import { colorOf } from "./phases";

/** A call's waterfall in one line. `scale_us` is what the full width stands for, so that rows can be compared. */
export function MiniBars({ call, scale_us }: { call: CallSummary; scale_us?: number }): ReactElement {
  const scale = Math.max(scale_us ?? call.duration_us, 1);
  const bars = miniBars(call);
  const whole = Math.min(100, (call.duration_us / scale) * 100);
  const title = bars.map((bar) => `${bar.name} ${duration(bar.duration_us)}`).join(" · ");
  return (
    <div className="relative h-3.5 w-full" title={title}>
      <div
        className="absolute inset-y-[5px] left-0 min-w-0.5 rounded-full bg-line-strong/70"
        style={{ width: `${whole}%` }}
      />
      {bars.map((bar, index) => {
        const left = (bar.start_us / scale) * 100;
        if (left > 100) return null;
        return (
          <div
            key={`${bar.name}-${index}`}
            className={
              phaseOf(bar.name) === "queued"
                ? "hatched absolute inset-y-0.5 rounded-[2px]"
                : "absolute inset-y-0.5 rounded-[2px]"
            }
            style={{
              left: `${left}%`,
              width: `max(1.5px, ${Math.min(100 - left, (bar.duration_us / scale) * 100)}%)`,
              backgroundColor: colorOf(bar.name),
            }}
          />
        );
      })}
    </div>
  );
}
