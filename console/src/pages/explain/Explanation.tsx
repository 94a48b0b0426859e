import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { KIND_INFO, linkTo } from "~/api/kinds";
import { documentsQuery } from "~/api/queries";
import type { Explanation as Data, DocumentView, Json, Kind } from "~/api/types";
import { insideOf, isObject, labelOf } from "~/forms/schema";
import { words } from "~/lib/format";
import { policyWords } from "~/pages/documents/columns";
import { Leaf } from "~/pages/documents/Tree";
import type { ExplainSearch } from "~/router";
import { Badge, cx } from "~/ui/basics";
import { Icon, type IconName } from "~/ui/icons";
import { type Caller, callerOf, parseId } from "./caller";

const ACCESS: Record<string, string> = {
  subscription: "applications with an active subscription",
  application: "any application with a valid key",
  public: "everyone",
};

/** The request's way through the gateway, from the route to the target. */
export function Explanation({ found, search }: { found: Data; search: ExplainSearch }): ReactElement {
  const caller = useCaller(found, search.application);
  if (found.refused || !found.matched) {
    return (
      <Way>
        <Refusal
          reason={found.refused?.reason ?? "no_route"}
          detail={found.refused?.detail ?? "no route matches"}
        />
      </Way>
    );
  }
  const refused = caller?.refused;
  return (
    <Way>
      <RouteStep found={found} />
      <Step icon="key" title="Who may call" tone={refused ? "bad" : undefined}>
        <p>
          <span className="capitalize">{found.access}</span>
          {found.access && <span className="text-ink-3"> · {ACCESS[found.access] ?? found.access}</span>}
        </p>
        {caller && !refused && <CallerLine caller={caller} />}
      </Step>
      {refused ? (
        <Refusal reason={refused.reason} detail={refused.detail} />
      ) : (
        <>
          <PolicyStep found={found} caller={caller} />
          <TargetStep found={found} />
        </>
      )}
    </Way>
  );
}

/** The caller's share, once an application is chosen. */
function useCaller(found: Data, wanted: string | undefined): Caller | undefined {
  const enabled = wanted !== undefined && found.service !== null;
  const applications = useInfiniteQuery({ ...documentsQuery("Application"), enabled });
  const subscriptions = useInfiniteQuery({ ...documentsQuery("Subscription"), enabled });
  const plans = useInfiniteQuery({ ...documentsQuery("Plan"), enabled });
  const all = (result: { data?: { pages: { items: DocumentView[] }[] } | undefined }) =>
    result.data?.pages.flatMap((page) => page.items) ?? [];
  const application = all(applications).find((item) => `${item.team}/${item.name}` === wanted);
  if (!enabled || !application || !subscriptions.data || !plans.data || !found.service) return undefined;
  return callerOf({
    application,
    service: found.service,
    access: found.access ?? "",
    subscriptions: all(subscriptions),
    plans: all(plans),
  });
}

function CallerLine({ caller }: { caller: Caller }): ReactElement {
  const { subscription } = caller;
  return (
    <p className="flex flex-wrap items-center gap-1.5 pt-1">
      <Badge tone="good">Allowed</Badge>
      {subscription && (
        <span className="text-ink-3">
          by <DocumentLink document={subscription} />, plan {String(subscription.spec.plan)}
        </span>
      )}
    </p>
  );
}

function RouteStep({ found }: { found: Data }): ReactElement {
  const params = Object.entries(found.path_params);
  return (
    <Step icon="route" title="Route">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <IdLink id={found.route} />
        {found.pattern && <span className="font-mono text-xs text-ink-2">{found.pattern}</span>}
        {found.service && (
          <span className="text-ink-3">
            to the service <IdLink id={found.service} />
          </span>
        )}
      </p>
      {params.length > 0 && (
        <p className="pt-1 font-mono text-xs text-ink-2">
          {params.map(([name, value]) => `{${name}} = ${value}`).join("   ")}
        </p>
      )}
      {found.shadowed.length > 0 && (
        <p className="pt-1 text-ink-3">
          Goes before{" "}
          {found.shadowed.map((id, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <IdLink id={id} />
            </span>
          ))}
          , which would match too.
        </p>
      )}
    </Step>
  );
}

interface Line {
  stage: string;
  scope: string;
  source: ReactNode;
  settings: Json;
}

function PolicyStep({ found, caller }: { found: Data; caller: Caller | undefined }): ReactElement {
  const lines: Line[] = [
    ...found.chain.map((link) => ({ ...link, source: <IdLink id={link.source} /> })),
    ...(caller?.adds ?? []).map(({ scope, source, use }) => ({
      stage: isObject(use) ? (Object.keys(use)[0] ?? "") : "",
      scope,
      source: <DocumentLink document={source} />,
      settings: use,
    })),
  ];
  return (
    <Step icon="policy" title={`Policies, outermost first`} count={lines.length}>
      {lines.length === 0 && <p className="text-ink-3">None.</p>}
      <ol className="flex flex-col divide-y divide-line">
        {lines.map((line, index) => (
          <li
            key={index}
            className="grid items-baseline gap-x-3 gap-y-0.5 py-1.5 first:pt-0 sm:grid-cols-[20px_120px_minmax(0,1fr)_minmax(0,200px)]"
          >
            <span className="text-2xs text-ink-3 max-sm:hidden">{index + 1}</span>
            <span>
              <Badge>{labelOf(line.stage)}</Badge>
            </span>
            <Settings line={line} />
            <span className="truncate text-ink-3">
              {line.scope} {line.source}
            </span>
          </li>
        ))}
      </ol>
      {!caller && (
        <p className="pt-1.5 text-xs text-ink-3">
          Plan and application add theirs: choose an application to see them.
        </p>
      )}
    </Step>
  );
}

/** In a few words where there are some, else what is set. */
function Settings({ line }: { line: Line }): ReactElement {
  const said = policyWords(line.settings);
  const inside = insideOf(line.settings);
  if (said !== labelOf(line.stage)) return <span title={JSON.stringify(inside)}>{said}</span>;
  return <Leaf value={inside ?? line.settings} path="" team="" />;
}

/** Targets that are answered by calls made inside, or by what is kept of them. */
const WITHIN: Record<string, string> = { flow: "Flow", batch: "Batch", jobs: "Jobs", graphql: "GraphQL" };

function TargetStep({ found }: { found: Data }): ReactElement {
  const { target } = found;
  if (!target)
    return (
      <Step icon="upstream" title="Target">
        –
      </Step>
    );
  if (target.kind === "ai") {
    const team = found.team ?? "default";
    return (
      <Step icon="model" title="Target" last>
        <p className="flex flex-wrap gap-x-2">
          <Badge tone="accent">AI</Badge>
          {target.aliases.length === 0 && "the model alias that the body names, of all the team's"}
          {target.aliases.map((alias) => (
            <IdLink key={alias} id={alias.includes("/") ? alias : `${team}/default/ModelAlias/${alias}`} />
          ))}
        </p>
      </Step>
    );
  }
  const within = WITHIN[target.kind];
  if (within) {
    return (
      <Step icon={target.kind === "flow" ? "flow" : "upstream"} title="Target" last>
        <p className="flex flex-wrap items-baseline gap-x-2">
          <Badge tone="accent">{within}</Badge>
          {target.names.map((name) => (
            <IdLink key={name} id={name} />
          ))}
        </p>
        <ul className="pt-1 text-xs text-ink-2">
          {target.targets.map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      </Step>
    );
  }
  return (
    <Step icon="upstream" title="Target" last>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <IdLink id={target.upstream} />
        <span className="text-ink-3">sees</span>
        <span className="font-mono text-xs">{target.path ?? "/"}</span>
      </p>
      <ul className="pt-1 font-mono text-xs text-ink-2">
        {target.targets.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </Step>
  );
}

function Way({ children }: { children: ReactNode }): ReactElement {
  return <div className="mx-auto flex max-w-4xl flex-col p-5">{children}</div>;
}

function Step({
  icon,
  title,
  count,
  tone,
  last = false,
  children,
}: {
  icon: IconName;
  title: string;
  count?: number;
  tone?: "bad" | undefined;
  last?: boolean;
  children: ReactNode;
}): ReactElement {
  return (
    <section className="flex gap-3.5">
      <div className="flex flex-col items-center" aria-hidden="true">
        <span
          className={cx(
            "flex size-8 shrink-0 items-center justify-center rounded-lg border border-line bg-panel",
            tone === "bad" ? "text-bad" : "text-accent",
          )}
        >
          <Icon name={icon} />
        </span>
        {!last && <span className="w-px flex-1 bg-line-strong" />}
      </div>
      <div className="card mb-3.5 min-w-0 flex-1 px-4 py-2.5">
        <h2 className="pb-1 text-xs font-medium text-ink-2">
          {title} {count !== undefined && <span className="text-ink-3">{count}</span>}
        </h2>
        {children}
      </div>
    </section>
  );
}

function Refusal({ reason, detail }: { reason: string; detail: string }): ReactElement {
  return (
    <Step icon="warning" title="Refused" tone="bad" last>
      <p className="flex flex-wrap items-baseline gap-2">
        <Badge tone="bad">{words(reason)}</Badge>
        <span>{detail}</span>
        <Link to="/calls" search={{ reason }} className="ml-auto text-xs text-accent hover:underline">
          Calls refused so
        </Link>
      </p>
    </Step>
  );
}

function DocumentLink({ document }: { document: DocumentView }): ReactElement {
  return <IdLink id={`${document.team}/${document.environment}/${document.kind}/${document.name}`} />;
}

/** A document by its id, `team/environment/Kind/name`. */
function IdLink({ id }: { id: string | null }): ReactElement {
  const parts = id === null ? undefined : parseId(id);
  if (!parts || !(parts.kind in KIND_INFO)) return <span>{id ?? "–"}</span>;
  return (
    <Link className="text-accent hover:underline" {...linkTo({ ...parts, kind: parts.kind as Kind })}>
      {parts.name}
    </Link>
  );
}
