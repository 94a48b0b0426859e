import type { ReactElement } from "react";

/** Sixteen-pixel line icons, drawn for this console. */
const PATHS = {
  overview: "M2.5 13.5v-4M6.2 13.5v-7M9.8 13.5V8.5M13.5 13.5v-11",
  calls: "M2 4h6M4.5 8H12M8 12h6",
  service: "M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.7 5.1 8 8.2l5.3-3.1M8 8.2v6",
  route:
    "M4 3.5a1.5 1.5 0 1 1 0 .01M12 12.5a1.5 1.5 0 1 1 0 .01M4 5v3.5a2 2 0 0 0 2 2h2.5a2 2 0 0 1 2 2M5.5 3.5H13",
  upstream: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  application: "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
  plan: "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
  flow: "M2.2 3.4h4.2M2.2 8h3M2.2 12.6h4.2M6.4 3.4c2.6 0 2.2 4.6 4.4 4.6M6.4 12.6c2.6 0 2.2-4.6 4.4-4.6h2.9M5.2 8h5.6",
  policy: "M8 1.8 13 3.7v4c0 3-2 5.3-5 6.5-3-1.2-5-3.5-5-6.5v-4z",
  webhook:
    "M8 9.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4M5 11a4.3 4.3 0 0 1 0-6M11 5a4.3 4.3 0 0 1 0 6M2.8 13.2a7.4 7.4 0 0 1 0-10.4M13.2 2.8a7.4 7.4 0 0 1 0 10.4",
  provider: "M4.5 12.5a3 3 0 0 1-.4-6A4 4 0 0 1 11.9 6a3.2 3.2 0 0 1-.4 6.5z",
  key: "M10.5 2.5a3 3 0 1 1-2.6 4.5L2.5 12.4v1.1H5v-1.8h1.8V9.9M11 5h.01",
  model: "M8 2v2M8 12v2M2 8h2M12 8h2M5 5h6v6H5zM3.8 3.8l1.2 1.2M11 11l1.2 1.2M12.2 3.8 11 5M5 11l-1.2 1.2",
  team: "M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6M1.8 13.2c.3-2.4 2-3.7 4.2-3.7s3.9 1.3 4.2 3.7M10.5 3.2a2.2 2.2 0 0 1 0 4.1M11.8 9.8c1.4.5 2.2 1.7 2.4 3.4",
  settings:
    "M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7M10.7 6.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4M5.3 13.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4",
  subscription:
    "M6.5 9.5 9.5 6.5M7 4.5l1.3-1.3a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.3 1.3a3.2 3.2 0 0 1-4.5-4.5L4.5 7",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M10.3 10.3l3.4 3.4",
  plus: "M8 3v10M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5 6.3 12 13 4.5",
  copy: "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
  chevron: "M6 3.5 10.5 8 6 12.5",
  down: "M3.5 6 8 10.5 12.5 6",
  up: "M3.5 10 8 5.5l4.5 4.5",
  pause: "M5.5 3v10M10.5 3v10",
  play: "M4.5 2.8v10.4L13 8z",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  moon: "M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6",
  screen: "M2 3h12v8H2zM6 13.5h4",
  trash: "M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9",
  history: "M2.5 8A5.5 5.5 0 1 0 4 4.2L2.5 5.7M2.5 2.7v3h3M8 5v3.2l2.2 1.3",
  external: "M9 2.5h4.5V7M13.5 2.5 8 8M6.5 3.5h-4v10h10v-4",
  warning: "M8 2.3 14.3 13H1.7zM8 6.5v3M8 11.2h.01",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 7.3v3.4M8 5.2h.01",
  user: "M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8M3 13.8c.4-2.7 2.3-4 5-4s4.6 1.3 5 4",
  logout: "M6.5 2.5h-4v11h4M6 8h7.5M10.5 5l3 3-3 3",
  drag: "M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01",
  filter: "M2 3.5h12M4.5 8h7M6.5 12.5h3",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  menu: "M2.5 4h11M2.5 8h11M2.5 12h11",
  explain: "M2 8h3l1.5-4.5L9 12.5 10.5 8H14",
  stream: "M2 5c2-2 4 2 6 0s4 2 6 0M2 10.5c2-2 4 2 6 0s4 2 6 0",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  size = 16,
  className,
}: {
  name: IconName;
  size?: number;
  className?: string;
}): ReactElement {
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "drag" || name === "more" ? 2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={className ? `shrink-0 ${className}` : "shrink-0"}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Water over a step: three lines arrive, one passes on. */
export function Logo({ size = 20 }: { size?: number }): ReactElement {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} fill="none" aria-hidden="true" className="shrink-0">
      <rect width="24" height="24" rx="6" fill="var(--accent)" />
      <g stroke="var(--accent-ink)" strokeWidth="1.9" strokeLinecap="round">
        <path d="M4.5 8.2h6.2c1.9 0 2.6 1.2 2.6 2.9v2.7c0 1.7.8 2.9 2.6 2.9h3.6" />
        <path d="M4.5 12h3.4M4.5 15.8h5.2" strokeOpacity=".6" />
      </g>
    </svg>
  );
}
