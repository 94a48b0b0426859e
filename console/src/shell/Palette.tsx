import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { type ReactElement, useState } from "react";
import { get, query } from "~/api/client";
import { KIND_INFO, linkTo } from "~/api/kinds";
import { sessionQuery, teamOfJobQuery } from "~/api/queries";
import type { DocumentView, Kind, Page } from "~/api/types";
import { useSettled } from "~/lib/hooks";
import { setTheme } from "~/lib/theme";
import { Icon, type IconName } from "~/ui/icons";
import { NAV_ITEMS } from "./nav";

const SEARCHED: Kind[] = [
  "Service",
  "Route",
  "Flow",
  "Schedule",
  "Webhook",
  "Upstream",
  "Application",
  "ModelAlias",
  "Provider",
  "Plan",
  "Policy",
];
/** What calls and jobs are known by. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ITEM = "flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm data-[selected=true]:bg-lift";

/** ⌘K: pages, documents by name, calls by id, and things to do. */
export default function Palette({ onClose }: { onClose: () => void }): ReactElement {
  const [typed, setTyped] = useState("");
  const wanted = useSettled(typed.trim(), 120);
  const navigate = useNavigate();
  const client = useQueryClient();
  const found = useQueries({
    queries: SEARCHED.map((kind) => ({
      queryKey: ["palette", kind, wanted],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        get<Page<DocumentView>>(`/api/v1/documents${query({ kind, q: wanted, limit: 6 })}`, signal),
      enabled: wanted.length > 0,
      staleTime: 30_000,
    })),
    combine: (results) => results.flatMap((result) => result.data?.items ?? []),
  });
  const { data: session } = useQuery(sessionQuery);
  const isId = UUID.test(wanted);
  const job = useQuery({ ...teamOfJobQuery(session?.teams ?? [], wanted), enabled: isId });
  const run = (what: () => unknown) => {
    onClose();
    void what();
  };
  const go = (to: string, params?: Record<string, string>) =>
    run(() => navigate({ to, ...(params ? { params } : {}) } as never));
  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label="Find and do"
      overlayClassName="pop fixed inset-0 z-40 bg-black/35"
      contentClassName="pop fixed top-[14vh] left-1/2 z-50 w-[calc(100vw-32px)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border border-line-strong bg-raised shadow-[0_16px_48px_var(--shadow)]"
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Icon name="search" className="text-ink-3" />
        <Command.Input
          value={typed}
          onValueChange={setTyped}
          placeholder="Go to a page, a service, a flow, a call or job by its id…"
          className="h-11 flex-1 bg-transparent text-base outline-none"
        />
      </div>
      <Command.List className="max-h-[50vh] overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-ink-3">
        <Command.Empty className="p-6 text-center text-ink-3">Nothing of that name.</Command.Empty>
        {found.length > 0 && (
          <Command.Group heading="Documents">
            {found.map((document) => (
              <Command.Item
                key={`${document.kind}/${document.team}/${document.environment}/${document.name}`}
                value={`${document.kind} ${document.team} ${document.name} ${document.title ?? ""}`}
                className={ITEM}
                onSelect={() => run(() => navigate(linkTo(document)))}
              >
                <Icon name={iconOf(document.kind)} className="text-ink-3" />
                <span className="truncate">{document.title ?? document.name}</span>
                <span className="truncate font-mono text-2xs text-ink-3">
                  {document.team}/{document.name}
                </span>
                <span className="ml-auto text-2xs text-ink-3">{KIND_INFO[document.kind].one}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {isId && (
          <Command.Group heading="By its id">
            <Command.Item
              value={`call ${wanted}`}
              className={ITEM}
              onSelect={() => go("/calls/$id", { id: wanted })}
            >
              <Icon name="calls" className="text-ink-3" /> Call {wanted}
            </Command.Item>
            {job.data && (
              <Command.Item
                value={`job ${wanted}`}
                className={ITEM}
                onSelect={() => go("/jobs/$team/$id", { team: job.data ?? "", id: wanted })}
              >
                <Icon name="history" className="text-ink-3" /> Job {wanted}
                <span className="ml-auto text-2xs text-ink-3">{job.data}</span>
              </Command.Item>
            )}
          </Command.Group>
        )}
        {wanted.length > 3 && (
          <Command.Group heading="Calls">
            <Command.Item
              value={`calls ${wanted}`}
              className={ITEM}
              onSelect={() => run(() => navigate({ to: "/calls", search: { q: wanted } }))}
            >
              <Icon name="calls" className="text-ink-3" />
              Calls whose path, id or trace contains “{wanted}”
            </Command.Item>
          </Command.Group>
        )}
        <Command.Group heading="Go to">
          {NAV_ITEMS.map((item) => (
            <Command.Item key={item.to} value={item.label} className={ITEM} onSelect={() => go(item.to)}>
              <Icon name={item.icon} className="text-ink-3" />
              {item.label}
              {item.key && <span className="ml-auto text-2xs text-ink-3">g {item.key}</span>}
            </Command.Item>
          ))}
        </Command.Group>
        <Command.Group heading="Do">
          {SEARCHED.map((kind) => (
            <Command.Item
              key={kind}
              value={`create new ${KIND_INFO[kind].one}`}
              className={ITEM}
              onSelect={() => go("/$plural/new", { plural: KIND_INFO[kind].plural })}
            >
              <Icon name="plus" className="text-ink-3" />
              Create {KIND_INFO[kind].one}
            </Command.Item>
          ))}
          <Command.Item value="theme light" className={ITEM} onSelect={() => run(() => setTheme("light"))}>
            <Icon name="sun" className="text-ink-3" /> Light theme
          </Command.Item>
          <Command.Item value="theme dark" className={ITEM} onSelect={() => run(() => setTheme("dark"))}>
            <Icon name="moon" className="text-ink-3" /> Dark theme
          </Command.Item>
          <Command.Item
            value="refresh reload data"
            className={ITEM}
            onSelect={() => run(() => client.invalidateQueries())}
          >
            <Icon name="history" className="text-ink-3" /> Fetch everything anew
          </Command.Item>
        </Command.Group>
      </Command.List>
    </Command.Dialog>
  );
}

function iconOf(kind: Kind): IconName {
  return NAV_ITEMS.find((item) => item.kind === kind)?.icon ?? "service";
}
