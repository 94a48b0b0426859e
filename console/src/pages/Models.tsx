import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useEffect, useState } from "react";
import { KIND_INFO } from "~/api/kinds";
import { catalogueQuery, documentsQuery } from "~/api/queries";
import type { CatalogueModel } from "~/api/types";
import { count, words } from "~/lib/format";
import { useHotkeys, useSettled, useTitle } from "~/lib/hooks";
import { Badge, Button, buttonClass, Empty, ErrorNote, Lines, PageHeader, Tabs } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { type Column, List } from "~/ui/list";
import { DocumentList } from "./Documents";

export default function Models(): ReactElement {
  useTitle("Models");
  const { tab = "aliases" } = useSearch({ from: "/app/models" });
  const navigate = useNavigate({ from: "/models" });
  useHotkeys({ c: () => void navigate({ to: "/$plural/new", params: { plural: "model-aliases" } }) });
  return (
    <>
      <PageHeader title="Models" about={KIND_INFO.ModelAlias.about}>
        <Link to="/$plural/new" params={{ plural: "model-aliases" }} className={buttonClass("primary")}>
          <Icon name="plus" size={14} /> New model alias
        </Link>
      </PageHeader>
      <Tabs
        label="Models"
        value={tab}
        options={[
          { value: "aliases", label: "Aliases" },
          { value: "catalogue", label: "Catalogue" },
        ]}
        onChange={(next) => void navigate({ search: next === "catalogue" ? { tab: next } : {} })}
      />
      {tab === "catalogue" ? <Catalogue /> : <DocumentList kind="ModelAlias" />}
    </>
  );
}

/** Dollars per million tokens, as vendors quote them. */
function price(micros: number | null | undefined): string {
  if (micros === null || micros === undefined) return "–";
  const dollars = micros / 1e6;
  if (micros === 0) return "$0";
  return `$${dollars >= 100 ? dollars.toFixed(0) : dollars.toFixed(dollars < 0.1 ? 3 : 2)}`;
}

const right = (text: string) => <span className="text-ink-2">{text}</span>;

const COLUMNS: Column<CatalogueModel>[] = [
  {
    key: "id",
    title: "Model",
    width: "minmax(0,1.8fr)",
    cell: (row) => (
      <span className="font-mono text-xs" title={row.id}>
        {row.id}
      </span>
    ),
  },
  {
    key: "provider",
    title: "Provider",
    width: "110px",
    cell: (row) => <span className="text-ink-2">{row.provider}</span>,
  },
  { key: "mode", title: "Mode", width: "140px", cell: (row) => <Badge>{words(row.mode) || "–"}</Badge> },
  {
    key: "window",
    title: "Context",
    width: "76px",
    right: true,
    cell: (row) => right(count(row.max_input_tokens)),
  },
  {
    key: "output",
    title: "Max output",
    width: "80px",
    right: true,
    cell: (row) => right(count(row.max_output_tokens)),
  },
  { key: "in", title: "Input", width: "72px", right: true, cell: (row) => price(row.prices.input) },
  { key: "out", title: "Output", width: "72px", right: true, cell: (row) => price(row.prices.output) },
  {
    key: "cached",
    title: "Cached",
    width: "72px",
    right: true,
    cell: (row) => right(price(row.prices.cache_read)),
  },
  {
    key: "can",
    title: "Capabilities",
    width: "minmax(0,1.2fr)",
    cell: (row) => (
      <span
        className="text-xs text-ink-3"
        title={row.capabilities.map((name) => name.replaceAll("_", " ")).join(", ")}
      >
        {row.capabilities.map((name) => name.replaceAll("_", " ")).join(", ")}
      </span>
    ),
  },
  {
    key: "add",
    title: "",
    width: "64px",
    right: true,
    cell: (row) => (
      <Link
        to="/$plural/new"
        params={{ plural: "model-aliases" }}
        search={{ from: row.id, as: "model" }}
        className="text-xs text-accent opacity-0 group-hover:opacity-100 group-focus-within:opacity-100"
      >
        Make alias
      </Link>
    ),
  },
];

/** Vendors to choose from besides those that providers are set up for; any other is found by its models' names. */
const VENDORS = [
  "openai",
  "anthropic",
  "azure",
  "bedrock",
  "cohere",
  "deepseek",
  "gemini",
  "groq",
  "mistral",
  "together",
  "vertex",
  "xai",
];

/** The wire formats of the providers that are set up; undefined until that is known. */
function useConfiguredVendors(): string[] | undefined {
  const { data, error } = useInfiniteQuery(documentsQuery("Provider"));
  if (error) return [];
  return (
    data &&
    [...new Set(data.pages.flatMap((page) => page.items).map((item) => String(item.spec.api)))]
      .sort()
      .reverse()
  );
}

function Catalogue(): ReactElement {
  const search = useSearch({ from: "/app/models" });
  const navigate = useNavigate({ from: "/models" });
  const [typed, setTyped] = useState(search.q ?? "");
  const q = useSettled(typed, 180);
  useEffect(() => {
    if (q !== (search.q ?? ""))
      void navigate({ search: (old) => ({ ...old, q: q || undefined }), replace: true });
  }, [q]);
  const configured = useConfiguredVendors();
  // What one has providers for comes first: the whole catalogue is thousands of models in the order of their names.
  const vendor = search.provider ?? (q === "" ? configured?.[0] : undefined) ?? "all";
  const found = useInfiniteQuery({
    ...catalogueQuery({ ...(q ? { q } : {}), ...(vendor === "all" ? {} : { provider: vendor }) }),
    enabled: configured !== undefined,
  });
  const vendors = [...new Set([...(configured ?? []), ...VENDORS, ...(vendor === "all" ? [] : [vendor])])];
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
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
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <select
          aria-label="Vendor"
          className="input w-auto"
          value={vendor}
          onChange={(event) =>
            void navigate({ search: (old) => ({ ...old, provider: event.target.value }), replace: true })
          }
        >
          <option value="all">All vendors</option>
          {vendors.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <span className="ml-auto truncate text-xs text-ink-3 max-sm:hidden">
          Prices in US dollars per million tokens
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {found.error && rows.length === 0 ? (
          <ErrorNote error={found.error} />
        ) : found.isPending ? (
          <Lines />
        ) : rows.length === 0 ? (
          <Empty icon="model" title="The catalogue knows no such model" />
        ) : (
          <List
            label="Catalogue"
            least={1120}
            columns={COLUMNS}
            rows={rows}
            rowKey={(row) => `${row.provider}/${row.id}`}
          />
        )}
        {found.hasNextPage && (
          <div className="p-4 text-center">
            <Button onClick={() => void found.fetchNextPage()}>Show more</Button>
          </div>
        )}
      </div>
    </>
  );
}
