import { lazy, type ReactElement, Suspense, useMemo } from "react";
import type { Overview, SeriesPoint } from "~/api/types";
import type { Line } from "~/charts/Series";
import { Titled } from "~/charts/Titled";
import { count, money, tick } from "~/lib/format";

const Series = lazy(() => import("~/charts/Series"));

interface Chart {
  title: string;
  lines: Line[];
  format: (value: number) => string;
}

function chartsOf(points: SeriesPoint[], step_s: number): Chart[] {
  const per = (of: (point: SeriesPoint) => number | null) => points.map((point) => of(point));
  const rate = (of: (point: SeriesPoint) => number) => points.map((point) => of(point) / step_s);
  // Where nothing was called there is no latency, not one of zero.
  const time = (point: SeriesPoint, us: number) => (point.calls > 0 ? us : null);
  const clean = (value: number) => count(Math.round(value * 100) / 100);
  return [
    {
      title: "Calls per second",
      format: clean,
      lines: [{ label: "Calls", color: "var(--accent)", fill: true, values: rate((p) => p.calls) }],
    },
    {
      title: "Latency",
      format: tick,
      lines: [
        { label: "p50", color: "var(--ph-wait)", values: per((p) => time(p, p.p50_us)) },
        { label: "p95", color: "var(--ph-receive)", values: per((p) => time(p, p.p95_us)) },
        { label: "p99", color: "var(--ph-tls)", values: per((p) => time(p, p.p99_us)) },
      ],
    },
    {
      title: "Errors",
      format: clean,
      lines: [
        { label: "4xx", color: "var(--ph-queued)", bars: true, values: per((p) => p.errors_4xx) },
        { label: "5xx", color: "var(--bad)", bars: true, values: per((p) => p.errors_5xx) },
      ],
    },
    {
      title: "Tokens",
      format: (value) => count(Math.round(value)),
      lines: [
        { label: "Input", color: "var(--ph-send)", fill: true, values: per((p) => p.input_tokens) },
        { label: "Output", color: "var(--ph-tls)", fill: true, values: per((p) => p.output_tokens) },
        { label: "Input from cache", color: "var(--ph-wait)", values: per((p) => p.cache_read_tokens) },
      ],
    },
    {
      title: "Model cost",
      format: money,
      lines: [{ label: "Cost", color: "var(--accent)", bars: true, values: per((p) => p.cost_micros) }],
    },
  ];
}

export function ChartGrid({ data }: { data: Overview }): ReactElement {
  const charts = useMemo(() => chartsOf(data.series, data.step_s), [data]);
  const at = useMemo(() => data.series.map((point) => point.at), [data]);
  return (
    <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-6">
      {charts.map((chart, index) => (
        <section
          key={chart.title}
          className={
            index < 2
              ? "card min-w-0 px-3 pt-2.5 pb-2 xl:col-span-3"
              : "card min-w-0 px-3 pt-2.5 pb-2 xl:col-span-2"
          }
        >
          <Titled title={chart.title} lines={chart.lines}>
            <Suspense fallback={<div style={{ height: index < 2 ? 176 : 132 }} />}>
              <Series
                at={at}
                lines={chart.lines}
                format={chart.format}
                height={index < 2 ? 176 : 132}
                label={chart.title}
              />
            </Suspense>
          </Titled>
        </section>
      ))}
    </div>
  );
}
