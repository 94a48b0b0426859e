import { type ReactElement, useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useSize } from "~/lib/hooks";
import { resolveColor, useIsDark } from "~/lib/theme";

export interface Line {
  label: string;
  /** A CSS colour, which may be a `var(--…)`. */
  color: string;
  values: (number | null)[];
  fill?: boolean;
  bars?: boolean;
}

interface Props {
  at: string[];
  lines: Line[];
  format: (value: number) => string;
  height?: number;
  /** Charts of one page show the pointer at the same moment. */
  sync?: string;
  label: string;
}

const HOUR = 3600;

function timeLabel(seconds: number, span: number): string {
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return span > 26 * HOUR ? `${date.getDate()}.${date.getMonth() + 1}. ${time}` : time;
}

/** A time series. Drawn on a canvas, so that its colours are looked up again when the theme changes. */
export default function Series({
  at,
  lines,
  format,
  height = 120,
  sync = "page",
  label,
}: Props): ReactElement {
  const [box, size] = useSize<HTMLDivElement>();
  const chart = useRef<uPlot | null>(null);
  const dark = useIsDark();
  const data = useMemo(
    () =>
      [at.map((time) => Date.parse(time) / 1000), ...lines.map((line) => line.values)] as uPlot.AlignedData,
    [at, lines],
  );
  const formatRef = useRef(format);
  formatRef.current = format;
  const shape = lines.map((line) => `${line.label}|${line.color}|${line.fill}|${line.bars}`).join(";");

  // `shape` stands for the lines and `dark` for the tokens' values: a change of either draws anew, new data does not.
  useEffect(() => {
    if (!box.current || size.width === 0) return;
    const made = new uPlot(
      options({ width: size.width, height, lines, sync, format: formatRef }),
      data,
      box.current,
    );
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = null;
    };
  }, [size.width, height, shape, sync, dark]);

  useEffect(() => {
    chart.current?.setData(data);
  }, [data]);

  return <div ref={box} role="img" aria-label={label} style={{ height }} className="relative w-full" />;
}

interface Wanted {
  width: number;
  height: number;
  lines: Line[];
  sync: string;
  format: { current: (value: number) => string };
}

function options({ width, height, lines, sync, format }: Wanted): uPlot.Options {
  const ink = resolveColor("var(--ink-3)");
  const grid = resolveColor("var(--line)");
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return {
    width,
    height,
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: { sync: { key: sync }, points: { size: 6 }, drag: { x: false, y: false }, y: false },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        stroke: ink,
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 22,
        gap: 5,
        space: 70,
        values: (plot, splits) => {
          const { min = 0, max = 0 } = plot.scales.x ?? {};
          return splits.map((split) => timeLabel(split, (max ?? 0) - (min ?? 0)));
        },
      },
      {
        stroke: ink,
        font,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        size: (_plot, values) => 14 + Math.max(30, ...(values ?? []).map((value) => value.length * 6.2)),
        gap: 4,
        space: height < 150 ? 26 : 34,
        values: (_plot, splits) => splits.map((split) => (split === 0 ? "" : format.current(split))),
      },
    ],
    series: [{}, ...lines.map(seriesOf)],
    plugins: [tooltip(lines, format)],
  };
}

function seriesOf(line: Line): uPlot.Series {
  const color = resolveColor(line.color);
  const fill =
    line.fill || line.bars
      ? resolveColor(`color-mix(in oklab, ${line.color} ${line.bars ? 75 : 14}%, transparent)`)
      : undefined;
  const series: uPlot.Series = {
    label: line.label,
    stroke: color,
    width: line.bars ? 0 : 1.5,
    points: { show: !line.bars, filter: (plot, index) => lonely(plot.data[index]), size: 5, fill: color },
    spanGaps: false,
  };
  if (fill) series.fill = fill;
  if (line.bars && uPlot.paths.bars) series.paths = uPlot.paths.bars({ size: [0.8, 24] });
  return series;
}

/** Moments without a neighbour, through which no line goes: they are drawn as points. */
function lonely(values: ArrayLike<number | null | undefined> | undefined): number[] {
  const alone: number[] = [];
  for (let index = 0; index < (values?.length ?? 0); index += 1)
    if (values?.[index] != null && values[index - 1] == null && values[index + 1] == null) alone.push(index);
  return alone;
}

/** The values under the pointer, in a small card. */
function tooltip(lines: Line[], format: { current: (value: number) => string }): uPlot.Plugin {
  const card = document.createElement("div");
  card.className =
    "pointer-events-none absolute z-20 hidden whitespace-nowrap rounded-md border border-line-strong bg-raised px-2 py-1 text-2xs shadow-[0_4px_16px_var(--shadow)]";
  return {
    hooks: {
      init: (plot) => {
        plot.over.append(card);
      },
      setCursor: (plot) => {
        const { idx, left = -1 } = plot.cursor;
        const time = idx === null || idx === undefined ? undefined : plot.data[0][idx];
        // Only the chart under the pointer says it in words; the others show the line.
        if (left < 0 || time === undefined || !plot.over.matches(":hover")) {
          card.style.display = "none";
          return;
        }
        card.replaceChildren(row(timeLabel(time, 0), "", "var(--ink-3)"));
        lines.forEach((line, index) => {
          const value = plot.data[index + 1]?.[idx ?? 0];
          if (value !== null && value !== undefined)
            card.append(row(line.label, format.current(value), line.color));
        });
        card.style.display = "block";
        const right = left > plot.over.clientWidth / 2;
        card.style.left = right ? "auto" : `${left + 12}px`;
        card.style.right = right ? `${plot.over.clientWidth - left + 12}px` : "auto";
        card.style.top = "4px";
      },
    },
  };
}

function row(label: string, value: string, color: string): HTMLElement {
  const line = document.createElement("div");
  line.className = "flex items-center gap-2";
  const dot = document.createElement("span");
  dot.className = "size-1.5 rounded-full";
  dot.style.background = value === "" ? "transparent" : color;
  const name = document.createElement("span");
  name.className = "text-ink-2";
  name.textContent = label;
  const amount = document.createElement("span");
  amount.className = "ml-auto pl-3 font-medium text-ink";
  amount.textContent = value;
  line.append(dot, name, amount);
  return line;
}
