import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useEffect, useState } from "react";
import { documentsQuery, explainQuery } from "~/api/queries";
import { useTitle } from "~/lib/hooks";
import { METHODS } from "~/lib/http";
import type { ExplainSearch } from "~/router";
import { Button, Empty, ErrorNote, Lines, PageHeader } from "~/ui/basics";
import { Explanation } from "./explain/Explanation";

/** What would happen to a request, and why: nothing is sent. */
export default function Explain(): ReactElement {
  useTitle("Explain");
  const search = useSearch({ from: "/app/explain" });
  const asked = search.path !== undefined;
  const found = useQuery({ ...explainQuery(search), enabled: asked });
  return (
    <>
      <PageHeader
        title="Explain a request"
        about="The route, the policies in order and the target, from the live configuration. Nothing is sent."
      />
      <RequestForm search={search} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        {!asked ? (
          <Empty icon="explain" title="What would happen to a request?">
            <p>
              Give a method and a path, or paste a whole address. With an application, its plan and limits are
              counted in.
            </p>
          </Empty>
        ) : found.error ? (
          <ErrorNote error={found.error} retry={() => void found.refetch()} />
        ) : found.data ? (
          <Explanation found={found.data} search={search} />
        ) : (
          <Lines />
        )}
      </div>
    </>
  );
}

/** A pasted address in its parts; undefined where it is a path. */
export function partsOf(typed: string): { host: string; path: string } | undefined {
  if (!/^https?:\/\//i.test(typed)) return undefined;
  try {
    const url = new URL(typed);
    return { host: url.host, path: url.pathname + url.search };
  } catch {
    return undefined;
  }
}

function RequestForm({ search }: { search: ExplainSearch }): ReactElement {
  const navigate = useNavigate({ from: "/explain" });
  const applications = useInfiniteQuery(documentsQuery("Application"));
  const [method, setMethod] = useState(search.method ?? "GET");
  const [host, setHost] = useState(search.host ?? "");
  const [path, setPath] = useState(search.path ?? "");
  useEffect(() => {
    setMethod(search.method ?? "GET");
    setHost(search.host ?? "");
    setPath(search.path ?? "");
  }, [search.method, search.host, search.path]);
  const ask = (change: Partial<ExplainSearch>) =>
    void navigate({
      search: (old) => ({
        ...old,
        method: method === "GET" ? undefined : method,
        host: host || undefined,
        ...change,
      }),
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const typed = path.trim();
    const parts = partsOf(typed);
    if (parts) ask(parts);
    else ask({ path: typed.startsWith("/") ? typed : `/${typed}` });
  };
  const items = applications.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <form
      onSubmit={submit}
      className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-5 py-1.5"
    >
      <select
        aria-label="Method"
        className="input w-auto"
        value={method}
        onChange={(event) => setMethod(event.target.value)}
      >
        {METHODS.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <input
        aria-label="Host"
        placeholder="any host"
        className="input w-44 font-mono text-xs!"
        autoComplete="off"
        spellCheck={false}
        value={host}
        onChange={(event) => setHost(event.target.value.trim())}
      />
      <input
        data-search=""
        aria-label="Path or address"
        placeholder="/path, or a whole address"
        className="input min-w-40 flex-1 font-mono text-xs! max-sm:order-first max-sm:basis-full"
        autoComplete="off"
        spellCheck={false}
        required
        value={path}
        onChange={(event) => setPath(event.target.value)}
      />
      <select
        aria-label="Application"
        className="input w-auto max-w-52"
        value={search.application ?? ""}
        onChange={(event) =>
          void navigate({ search: (old) => ({ ...old, application: event.target.value || undefined }) })
        }
      >
        <option value="">Any application</option>
        {items.map((item) => (
          <option key={`${item.team}/${item.name}`} value={`${item.team}/${item.name}`}>
            {item.title ?? item.name}
          </option>
        ))}
      </select>
      <Button type="submit" look="primary">
        Explain
      </Button>
    </form>
  );
}
