import { type PointerEvent, type ReactElement, useState } from "react";
import { tick } from "~/lib/format";
import { useSize } from "~/lib/hooks";
import type { View } from "./layout";

/** The room that a mark's words need, in pixels. */
const LABEL = 44;

/** The marks of a time axis; dragged over, it zooms. */
export function Ruler({
  view,
  marks,
  title,
  onZoom,
}: {
  view: View;
  marks: { at_us: number }[];
  title: string;
  onZoom: (view: View) => void;
}): ReactElement {
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const at = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const span = view.to_us - view.from_us;
  const [box, size] = useSize<HTMLDivElement>();
  // What would be cut off at the end is not written.
  const last = size.width > 0 ? 100 - (LABEL / size.width) * 100 : 94;
  const finish = () => {
    if (drag && Math.abs(drag.to - drag.from) > 0.01) {
      const [a, b] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
      onZoom({ from_us: view.from_us + a * span, to_us: view.from_us + b * span });
    }
    setDrag(null);
  };
  return (
    <div
      ref={box}
      className="relative h-7 cursor-col-resize touch-none overflow-hidden select-none"
      title={title}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: at(event), to: at(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: at(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(null)}
    >
      {marks.map((mark) => {
        const left = ((mark.at_us - view.from_us) / span) * 100;
        return (
          <span
            key={mark.at_us}
            className="absolute top-0 h-full border-l border-line pl-1 text-2xs leading-7 whitespace-nowrap text-ink-3"
            style={{ left: `${left}%` }}
          >
            {left <= last && (mark.at_us === 0 ? "0" : tick(mark.at_us))}
          </span>
        );
      })}
      {drag && (
        <div
          className="absolute inset-y-0 border-x border-accent bg-accent/15"
          style={{
            left: `${Math.min(drag.from, drag.to) * 100}%`,
            width: `${Math.abs(drag.to - drag.from) * 100}%`,
          }}
        />
      )}
    </div>
  );
}
