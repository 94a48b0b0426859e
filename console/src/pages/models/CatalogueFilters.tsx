import type { ReactElement } from "react";
import type { CatalogueFacets } from "~/api/types";
import { exact, words } from "~/lib/format";
import type { ModelsSearch } from "~/router";
import { cx } from "~/ui/basics";
import { Icon } from "~/ui/icons";

/** Capabilities to filter by, in people's words; whatever else there is stands in a model's card. */
const CAN: [name: string, label: string][] = [
  ["tools", "Tools"],
  ["vision", "Vision"],
  ["reasoning", "Reasoning"],
  ["json_schema", "JSON schema"],
  ["pdf", "PDF"],
  ["audio_in", "Audio in"],
  ["audio_out", "Audio out"],
  ["prompt_cache", "Prompt cache"],
  ["web_search", "Web search"],
];

interface Props {
  facets: CatalogueFacets | undefined;
  /** The catalogue's names of the providers that are set up. */
  own: string[];
  typed: string;
  onType: (text: string) => void;
  provider: string;
  /** `any`: all of them. */
  mode: string;
  search: ModelsSearch;
  set: (change: Partial<Record<keyof ModelsSearch, string | undefined>>) => void;
}

export function CatalogueFilters({
  facets,
  own,
  typed,
  onType,
  provider,
  mode,
  search,
  set,
}: Props): ReactElement {
  const can = (search.can ?? "").split(",").filter(Boolean);
  const toggle = (name: string) => {
    const next = can.includes(name) ? can.filter((other) => other !== name) : [...can, name];
    set({ can: next.join(",") || undefined, provider, mode });
  };
  const known = new Set(facets?.capabilities.map((facet) => facet.name));
  const others = (facets?.providers ?? []).filter((facet) => !own.includes(facet.name));
  const models = (name: string) => facets?.providers.find((facet) => facet.name === name)?.models ?? 0;
  return (
    <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-5 py-1.5">
      <label className="relative max-sm:flex-1">
        <Icon name="search" size={14} className="absolute top-2 left-2.5 text-ink-3" />
        <input
          data-search=""
          type="search"
          className="input w-60 pl-8! max-sm:w-full"
          placeholder="Find a model"
          aria-label="Find a model"
          value={typed}
          onChange={(event) => onType(event.target.value)}
        />
      </label>
      <select
        aria-label="Provider"
        className="input w-auto max-w-52"
        value={provider}
        onChange={(event) => set({ provider: event.target.value, mode })}
      >
        <option value="all">All providers{facets && ` (${exact(facets.models)})`}</option>
        {own.length > 0 && (
          <optgroup label="Set up here">
            {own.map((name) => (
              <option key={name} value={name}>
                {name} ({exact(models(name))})
              </option>
            ))}
          </optgroup>
        )}
        <optgroup label="Others">
          {others.map((facet) => (
            <option key={facet.name} value={facet.name}>
              {facet.name} ({exact(facet.models)})
            </option>
          ))}
        </optgroup>
      </select>
      <select
        aria-label="For what"
        className="input w-auto"
        value={mode}
        onChange={(event) => set({ mode: event.target.value, provider })}
      >
        <option value="any">For anything</option>
        {facets?.modes
          .filter((facet) => facet.name !== "")
          .map((facet) => (
            <option key={facet.name} value={facet.name}>
              {words(facet.name)} ({exact(facet.models)})
            </option>
          ))}
      </select>
      <fieldset className="flex flex-wrap items-center gap-1" aria-label="That can do">
        {CAN.filter(([name]) => known.has(name)).map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={can.includes(name)}
            onClick={() => toggle(name)}
            className={cx(
              "h-6.5 rounded-md border px-2 text-xs font-medium",
              can.includes(name)
                ? "border-transparent bg-accent-soft text-accent"
                : "border-line text-ink-3 hover:bg-hover hover:text-ink",
            )}
          >
            {label}
          </button>
        ))}
      </fieldset>
      <span className="ml-auto truncate text-xs text-ink-3 max-sm:hidden">US dollars per million tokens</span>
    </div>
  );
}
