import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { catalogueQuery, documentsQuery, facetsQuery } from "~/api/queries";
import type { CatalogueModel } from "~/api/types";
import { count, exact, words } from "~/lib/format";
import { useSettled } from "~/lib/hooks";
import type { ModelsSearch } from "~/router";
import { Badge, Button, cx, Empty, ErrorNote, Lines } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { CatalogueFilters } from "./CatalogueFilters";
import { ModelCard } from "./ModelCard";
import { type Override, overridesOf, perPiece, priceText } from "./prices";

const ROW = 36;
const GRID = "minmax(210px,2fr) 104px 66px 76px 72px 72px 68px 76px 112px minmax(130px,1fr)";
const WIDTH = 1160;

const keyOf = (model: CatalogueModel) => `${model.provider}/${model.id}`;

/** The catalogue of models: thousands of rows, of which only those in sight are drawn. */
export function Catalogue(): ReactElement {
  const search = useSearch({ from: "/app/models" });
  const navigate = useNavigate({ from: "/models" });
  const set = (change: Partial<Record<keyof ModelsSearch, string | undefined>>) =>
    void navigate({ search: (old) => ({ ...old, ...change }) as ModelsSearch, replace: true });
  const [typed, setTyped] = useState(search.q ?? "");
  const q = useSettled(typed, 180);
  useEffect(() => {
    if (q !== (search.q ?? "")) set({ q: q || undefined });
  }, [q]);
  const { data: facets } = useQuery(facetsQuery);
  const own = useOwn();
  // What one has providers for comes first: the whole catalogue is thousands of models in the order of their names.
  const provider =
    search.provider ?? (q === "" && !search.can && !search.mode ? own.names?.[0] : undefined) ?? "all";
  // And what chats: that is what most come for.
  const mode = search.mode ?? (q === "" && search.provider === undefined ? "chat" : "any");
  const found = useInfiniteQuery({
    ...catalogueQuery({
      ...(q ? { q } : {}),
      ...(provider === "all" ? {} : { provider }),
      ...(mode === "any" ? {} : { mode }),
      ...(search.can ? { can: search.can } : {}),
      ...(search.sort ? { sort: search.sort } : {}),
    }),
    enabled: own.names !== undefined,
  });
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const open = rows.find((row) => keyOf(row) === search.open);
  const clear = () => {
    setTyped("");
    set({ q: undefined, provider: "all", mode: "any", can: undefined });
  };
  return (
    <>
      <CatalogueFilters
        facets={facets}
        own={own.names ?? []}
        typed={typed}
        onType={setTyped}
        provider={provider}
        mode={mode}
        search={search}
        set={set}
      />
      {found.error && rows.length === 0 ? (
        <ErrorNote error={found.error} retry={() => void found.refetch()} />
      ) : found.isPending ? (
        <Lines />
      ) : rows.length === 0 ? (
        <Empty icon="model" title="No model of the catalogue fits">
          <p>{facets && `There are ${exact(facets.models)}, of ${facets.providers.length} providers.`}</p>
          <Button onClick={clear}>Take the filters off</Button>
        </Empty>
      ) : (
        <div className="flex min-h-0 flex-1 max-lg:flex-col">
          <Table
            rows={rows}
            overrides={own.overrides}
            mixed={mode === "any"}
            open={open && keyOf(open)}
            onOpen={(key) => set({ open: key })}
            sort={search.sort}
            onSort={(sort) => set({ sort })}
            more={found.hasNextPage}
            onMore={() => void (!found.isFetchingNextPage && found.fetchNextPage())}
          />
          {open && (
            <ModelCard
              model={open}
              overrides={own.overrides.get(keyOf(open)) ?? []}
              providers={own.byCatalogue.get(open.provider) ?? []}
              onClose={() => set({ open: undefined })}
            />
          )}
        </div>
      )}
    </>
  );
}

/** What is set up: the providers' names in the catalogue, undefined until known, and the prices that aliases set. */
function useOwn() {
  const providers = useInfiniteQuery(documentsQuery("Provider"));
  const aliases = useInfiniteQuery(documentsQuery("ModelAlias"));
  return useMemo(() => {
    const all = providers.data?.pages.flatMap((page) => page.items);
    const named = aliases.data?.pages.flatMap((page) => page.items) ?? [];
    const byCatalogue = new Map<string, string[]>();
    for (const { spec, name } of all ?? []) {
      const catalogue = String(spec.catalogue ?? spec.vendor ?? spec.api ?? "openai");
      byCatalogue.set(catalogue, [...(byCatalogue.get(catalogue) ?? []), name]);
    }
    const names = all && [...byCatalogue.keys()].sort().reverse();
    return { names: providers.error ? [] : names, byCatalogue, overrides: overridesOf(named, all ?? []) };
  }, [providers.data, providers.error, aliases.data]);
}

interface TableProps {
  rows: CatalogueModel[];
  overrides: Map<string, Override[]>;
  mixed: boolean;
  open: string | undefined;
  onOpen: (key: string | undefined) => void;
  sort: ModelsSearch["sort"];
  onSort: (sort: ModelsSearch["sort"]) => void;
  more: boolean;
  onMore: () => void;
}

function Table({
  rows,
  overrides,
  mixed,
  open,
  onOpen,
  sort,
  onSort,
  more,
  onMore,
}: TableProps): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - 20) onMore();
  }, [more, last, rows.length]);
  const at = rows.findIndex((row) => keyOf(row) === open);
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (step !== undefined) {
      const next = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step));
      const row = rows[next];
      if (row) onOpen(keyOf(row));
      virtual.scrollToIndex(next);
    } else if (event.key === "Escape" && at >= 0) onOpen(undefined);
    else return;
    event.preventDefault();
  };
  const sorted = (by: NonNullable<ModelsSearch["sort"]>, text: string) => (
    <button
      type="button"
      onClick={() => onSort(sort === by ? undefined : by)}
      aria-pressed={sort === by}
      title={by === "context" ? "The longest first" : "The cheapest first"}
      className={cx(
        "flex w-full items-center justify-end gap-0.5 hover:text-ink",
        sort === by && "font-medium text-ink",
      )}
    >
      {text}
      {sort === by && <Icon name="down" size={10} />}
    </button>
  );
  return (
    <div className="min-h-0 min-w-0 flex-1 overflow-auto" ref={scroller}>
      <div style={{ minWidth: WIDTH }}>
        <div
          className="row-line sticky top-0 z-10 grid h-8 items-center gap-3 bg-bg px-5 text-xs text-ink-3 *:truncate"
          style={{ gridTemplateColumns: GRID }}
        >
          <span>Model</span>
          <span>Provider</span>
          <span>{sorted("context", "Context")}</span>
          <span className="text-right">Max output</span>
          <span>{sorted("input", "Input")}</span>
          <span>{sorted("output", "Output")}</span>
          <span className="text-right">Cached</span>
          <span className="text-right">Cache write</span>
          <span className="text-right">Batch in, out</span>
          <span>Capabilities</span>
        </div>
        <div
          role="listbox"
          aria-label="Catalogue"
          aria-activedescendant={open && `model-${open}`}
          tabIndex={0}
          onKeyDown={onKey}
          className="relative text-sm focus-visible:outline-offset-[-2px]"
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const key = keyOf(row);
            return (
              <Row
                key={key}
                row={row}
                top={item.start}
                selected={key === open}
                overridden={overrides.has(key)}
                mixed={mixed}
                onOpen={() => onOpen(key === open ? undefined : key)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Row({
  row,
  top,
  selected,
  overridden,
  mixed,
  onOpen,
}: {
  row: CatalogueModel;
  top: number;
  selected: boolean;
  overridden: boolean;
  /** Whether rows may be for different things. */
  mixed: boolean;
  onOpen: () => void;
}): ReactElement {
  const piece = perPiece(row);
  const { input, output, cache_read, cache_write, batch_input, batch_output } = row.prices;
  const dash = <span className="text-ink-3">–</span>;
  // Unknown is not nothing: it is said where a price would be charged.
  const token = (micros: number | null | undefined, must: boolean) =>
    micros === null || micros === undefined ? (
      must && !piece ? (
        <span className="text-xs text-warn">unknown</span>
      ) : (
        dash
      )
    ) : (
      priceText({ micros, unit: "1M tokens" })
    );
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
    <div
      role="option"
      id={`model-${keyOf(row)}`}
      aria-selected={selected}
      tabIndex={-1}
      onClick={onOpen}
      className={cx(
        "row-line absolute inset-x-0 grid cursor-default items-center gap-3 px-5 *:truncate",
        selected ? "bg-selected" : "hover:bg-hover",
        row.deprecated && "text-ink-3",
      )}
      style={{ top, height: ROW, gridTemplateColumns: GRID }}
    >
      <span className="flex min-w-0 items-center gap-2">
        <span className="truncate font-mono text-xs" title={row.id}>
          {row.id}
        </span>
        {mixed && row.mode !== "chat" && row.mode !== "" && <Badge>{words(row.mode)}</Badge>}
        {overridden && (
          <Badge tone="accent" title="A model alias sets prices of its own">
            own price
          </Badge>
        )}
        {row.deprecated && (
          <Badge tone="warn" title={`Taken away on ${row.deprecated}`}>
            ends
          </Badge>
        )}
      </span>
      <span className="text-ink-2">{row.provider}</span>
      <span className="text-right text-ink-2">{count(row.max_input_tokens)}</span>
      <span className="text-right text-ink-2">{count(row.max_output_tokens)}</span>
      {piece && (input ?? null) === null && (output ?? null) === null ? (
        <span className="col-span-2 text-right">
          {priceText(piece)} <span className="text-2xs text-ink-3">/ {piece.unit}</span>
        </span>
      ) : (
        <>
          <span className="text-right">{token(input, true)}</span>
          <span className="text-right">{token(output, row.mode === "chat")}</span>
        </>
      )}
      <span className="text-right text-ink-2">{token(cache_read, false)}</span>
      <span className="text-right text-ink-2">{token(cache_write, false)}</span>
      <span className="text-right text-ink-2">
        {(batch_input ?? batch_output ?? null) === null ? (
          dash
        ) : (
          <>
            {token(batch_input, false)}, {token(batch_output, false)}
          </>
        )}
      </span>
      <span className="text-xs text-ink-3" title={row.capabilities.map(words).join(", ")}>
        {row.capabilities.map((name) => name.replaceAll("_", " ")).join(", ")}
      </span>
    </div>
  );
}
