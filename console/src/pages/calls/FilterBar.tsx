import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useEffect, useState } from "react";
import { words } from "~/lib/format";
import { useSettled } from "~/lib/hooks";
import { METHODS } from "~/lib/http";
import { RANGE_KEYS, RANGES, type RangeKey } from "~/lib/range";
import { CALL_FILTERS, type CallFilter, type CallsSearch } from "~/router";
import { Button } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { Menu } from "~/ui/menu";

const STATUSES = [
  { value: "", label: "Any status" },
  { value: "error", label: "Failed" },
  { value: "2xx", label: "2xx" },
  { value: "4xx", label: "4xx" },
  { value: "5xx", label: "5xx" },
];
const SLOW = [
  { value: 0, label: "Any duration" },
  { value: 100_000, label: "Over 100 ms" },
  { value: 500_000, label: "Over 500 ms" },
  { value: 1_000_000, label: "Over 1 s" },
  { value: 5_000_000, label: "Over 5 s" },
];
/** Those set by a chip rather than by a field of their own. */
const CHIPS: CallFilter[] = CALL_FILTERS.filter((name) => !["q", "status", "method"].includes(name));

/** Filters as fields and chips; all of them live in the URL. */
export function FilterBar(): ReactElement {
  const search = useSearch({ from: "/app/calls" });
  const navigate = useNavigate();
  const set = (change: Partial<CallsSearch>) =>
    void navigate({ to: "/calls", search: (old) => ({ ...old, ...change }), replace: true });
  const [adding, setAdding] = useState<CallFilter | null>(null);
  const active = CHIPS.filter((name) => search[name] !== undefined);
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-2 border-b border-line px-5 py-1.5">
      <SearchField value={search.q ?? ""} onChange={(q) => set({ q: q || undefined })} />
      <select
        aria-label="Status"
        className="input w-auto"
        value={search.status ?? ""}
        onChange={(event) => set({ status: event.target.value || undefined })}
      >
        {STATUSES.map((status) => (
          <option key={status.value} value={status.value}>
            {status.label}
          </option>
        ))}
        {search.status && !STATUSES.some((status) => status.value === search.status) && (
          <option>{search.status}</option>
        )}
      </select>
      <select
        aria-label="Method"
        className="input w-auto"
        value={search.method ?? ""}
        onChange={(event) => set({ method: event.target.value || undefined })}
      >
        <option value="">Any method</option>
        {METHODS.map((method) => (
          <option key={method}>{method}</option>
        ))}
      </select>
      <select
        aria-label="Duration"
        className="input w-auto"
        value={search.min_duration_us ?? 0}
        onChange={(event) => set({ min_duration_us: Number(event.target.value) || undefined })}
      >
        {SLOW.map((slow) => (
          <option key={slow.value} value={slow.value}>
            {slow.label}
          </option>
        ))}
      </select>
      <select
        aria-label="Time range"
        className="input w-auto"
        value={search.range ?? ""}
        onChange={(event) => set({ range: (event.target.value || undefined) as RangeKey | undefined })}
      >
        <option value="">Any time</option>
        {RANGE_KEYS.map((key) => (
          <option key={key} value={key}>
            {RANGES[key].long}
          </option>
        ))}
      </select>
      {active.map((name) => (
        <button
          key={name}
          type="button"
          title="Remove this filter"
          onClick={() => set({ [name]: undefined })}
          className="flex h-6.5 items-center gap-1.5 rounded-md bg-accent-soft pr-1.5 pl-2 text-xs text-accent hover:brightness-95"
        >
          <span className="opacity-70">{name.replaceAll("_", " ")}</span>
          <span className="font-medium">{search[name]}</span>
          <Icon name="close" size={12} />
        </button>
      ))}
      {adding ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const value = String(new FormData(event.currentTarget).get("value") ?? "").trim();
            setAdding(null);
            if (value) set({ [adding]: value });
          }}
        >
          <input
            name="value"
            // biome-ignore lint/a11y/noAutofocus: it was just asked for
            autoFocus
            aria-label={adding}
            placeholder={`${adding}…`}
            onBlur={() => setAdding(null)}
            onKeyDown={(event) => event.key === "Escape" && setAdding(null)}
            className="input w-40"
          />
        </form>
      ) : (
        <Menu
          align="start"
          trigger={
            <Button look="quiet" icon="filter">
              Filter
            </Button>
          }
          items={CHIPS.filter((name) => !active.includes(name)).map((name) => ({
            label: words(name),
            run: () => setTimeout(() => setAdding(name)),
          }))}
        />
      )}
    </div>
  );
}

function SearchField({
  value,
  onChange,
}: {
  value: string;
  onChange: (value: string) => void;
}): ReactElement {
  const [typed, setTyped] = useState(value);
  const settled = useSettled(typed, 250);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (settled !== value && settled === typed) onChange(settled);
  }, [settled]);
  return (
    <label className="relative max-sm:basis-full">
      <Icon name="search" size={14} className="absolute top-2 left-2.5 text-ink-3" />
      <input
        data-search=""
        type="search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        placeholder="Path, id or trace"
        aria-label="Search calls"
        className="input w-60 pl-8! max-sm:w-full"
      />
    </label>
  );
}
