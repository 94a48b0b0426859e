import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactElement, useRef, useState } from "react";
import { vendorsQuery } from "~/api/queries";
import type { Vendor } from "~/api/types";
import { count } from "~/lib/format";
import { useTitle } from "~/lib/hooks";
import { buttonClass, Empty, ErrorNote, Lines, PageHeader } from "~/ui/basics";
import { Icon } from "~/ui/icons";

/** Stands for a provider that is none of the vendors'. */
export const OWN = "own";

/** The vendors that there are, to make a provider of. */
export function VendorPicker(): ReactElement {
  useTitle("New provider");
  const { data, error, refetch } = useQuery(vendorsQuery);
  const [typed, setTyped] = useState("");
  const grid = useRef<HTMLDivElement>(null);
  const wanted = typed.trim().toLowerCase();
  const found = (data ?? []).filter((vendor) =>
    `${vendor.title} ${vendor.id} ${vendor.base_url ?? ""}`.toLowerCase().includes(wanted),
  );
  const native = found.filter((vendor) => vendor.api !== null);
  const others = found.filter((vendor) => vendor.api === null);
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const all = [...(grid.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (step === undefined || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    all[Math.max(0, at + step)]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows are a shortcut among links that Tab reaches too
    <div className="flex min-h-0 flex-1 flex-col" onKeyDown={onKey}>
      <PageHeader title="New provider" about="Choose a vendor, or describe one of your own.">
        <Link
          to="/$plural/new"
          params={{ plural: "providers" }}
          search={{ vendor: OWN }}
          className={buttonClass()}
        >
          A provider of one’s own
        </Link>
      </PageHeader>
      <div className="flex min-h-11 shrink-0 items-center gap-3 border-b border-line px-5 py-1.5">
        <label className="relative max-sm:flex-1">
          <Icon name="search" size={14} className="absolute top-2 left-2.5 text-ink-3" />
          <input
            data-search=""
            type="search"
            // biome-ignore lint/a11y/noAutofocus: who comes here looks for a vendor
            autoFocus
            className="input w-72 pl-8! max-sm:w-full"
            placeholder="Find a vendor"
            aria-label="Find a vendor"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <span className="ml-auto text-xs whitespace-nowrap text-ink-3">
          {data && `${found.length} of ${data.length}`}
        </span>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto" ref={grid}>
        {error ? (
          <ErrorNote error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Lines />
        ) : found.length === 0 ? (
          <Empty icon="provider" title="No vendor of this name">
            <p>Most others speak one of the known formats: give the format and the address yourself.</p>
            <Link
              to="/$plural/new"
              params={{ plural: "providers" }}
              search={{ vendor: OWN }}
              className={buttonClass("primary")}
            >
              A provider of one’s own
            </Link>
          </Empty>
        ) : (
          <div className="mx-auto flex max-w-[1480px] flex-col gap-5 p-5">
            <Group title="With a format of their own" vendors={native} />
            <Group title="Speaking OpenAI’s chat completions, each in its own way" vendors={others} />
          </div>
        )}
      </div>
    </div>
  );
}

function Group({ title, vendors }: { title: string; vendors: Vendor[] }): ReactElement | null {
  if (vendors.length === 0) return null;
  return (
    <section>
      <h2 className="mb-2 text-xs font-medium text-ink-2">{title}</h2>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(250px,100%),1fr))] gap-2">
        {vendors.map((vendor) => (
          <li key={vendor.id} className="min-w-0">
            <Link
              to="/$plural/new"
              params={{ plural: "providers" }}
              search={{ vendor: vendor.id }}
              className="card block px-3.5 py-2.5 hover:border-line-strong hover:bg-hover"
            >
              <span className="flex items-center gap-2">
                <span className="min-w-0 flex-1 truncate font-medium">{vendor.title}</span>
                {vendor.models > 0 && (
                  <span className="text-2xs whitespace-nowrap text-ink-3" title="In the catalogue">
                    {count(vendor.models)} models
                  </span>
                )}
              </span>
              <span
                className="block truncate font-mono text-2xs text-ink-3"
                title={vendor.base_url ?? undefined}
              >
                {vendor.base_url?.replace("https://", "") ?? "every account has its own address"}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
