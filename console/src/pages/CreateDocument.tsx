import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useMemo } from "react";
import { call, get } from "~/api/client";
import { environmentOf, KIND_INFO, kindOfPlural, linkTo } from "~/api/kinds";
import {
  collectionPath,
  documentPath,
  documentsQuery,
  schemaQuery,
  sessionQuery,
  vendorsQuery,
} from "~/api/queries";
import type { DocumentBody, DocumentView, FlowPlan, JsonObject, Kind, Vendor } from "~/api/types";
import { DocumentForm } from "~/forms/DocumentForm";
import { blankOf } from "~/forms/schema";
import { useTitle } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { ErrorNote, Lines, PageHeader } from "~/ui/basics";
import { NotFound } from "./Fallbacks";
import { routeOf, scheduleOf } from "./flows/publish";
import { starter } from "./flows/starter";
import { OWN, VendorPicker } from "./providers/VendorPicker";

/** The graph comes with the first flow that is opened. */
const FlowEditor = lazy(() => import("./flows/FlowEditor"));

export default function CreateDocument(): ReactElement {
  const { plural } = useParams({ from: "/app/$plural/new" });
  const kind = kindOfPlural(plural);
  const { vendor } = useSearch({ from: "/app/$plural/new" });
  if (!kind) return <NotFound />;
  if (kind === "Flow") return <NewFlow />;
  return kind === "Provider" && vendor === undefined ? <VendorPicker /> : <Create kind={kind} />;
}

/** A flow is written as text beside its graph from the beginning. */
function NewFlow(): ReactElement {
  const info = KIND_INFO.Flow;
  useTitle(`New ${info.one}`);
  const team = useTeam();
  const { environment } = useSearch({ from: "/app/$plural/new" });
  const services = useInfiniteQuery({
    ...documentsQuery("Service", { team, environment: environment ?? "default" }),
    placeholderData: undefined,
  });
  const found = services.data?.pages.flatMap((page) => page.items);
  // It begins once: what comes later does not change what somebody writes.
  const initial = useMemo(
    () => found && { ...starter(found, team), ...environmentOf(environment) },
    [found === undefined, team, environment],
  );
  return (
    <>
      <PageHeader title={titleOf("Flow", environment)} about={info.about} />
      {services.error && !found && <ErrorNote error={services.error} retry={() => void services.refetch()} />}
      {initial ? (
        <Suspense fallback={<Lines />}>
          <FlowEditor key={`${team}/${environment ?? ""}`} loaded={null} initial={initial} may />
        </Suspense>
      ) : (
        !services.error && <Lines />
      )}
    </>
  );
}

/** The team that is asked for, else the first in which one may write; `system` comes last. */
function useTeam(): string {
  const search = useSearch({ from: "/app/$plural/new" });
  const teams = useTeams();
  return search.team ?? teams.find((name) => name !== "system") ?? teams[0] ?? "default";
}

/** `New route in test`. */
function titleOf(kind: Kind, environment: string | undefined): string {
  const of = environmentOf(environment).environment;
  return `New ${KIND_INFO[kind].one}${of === undefined ? "" : ` in ${of}`}`;
}

/** The teams in which one may write. */
function useTeams(): string[] {
  const { data: session } = useQuery(sessionQuery);
  return (session?.teams ?? []).filter(
    (team) => session?.permissions[team]?.includes("documents_write") ?? true,
  );
}

function Create({ kind }: { kind: Kind }): ReactElement {
  const info = KIND_INFO[kind];
  useTitle(`New ${info.one}`);
  const search = useSearch({ from: "/app/$plural/new" });
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const { data: schema } = useQuery(schemaQuery(kind));
  const { data: vendors } = useQuery({ ...vendorsQuery, enabled: search.vendor !== undefined });
  const vendor = vendors?.find((entry) => entry.id === search.vendor);
  const teams = useTeams();
  const team = useTeam();
  const flow = useFlow(kind, team, search.environment);
  const waits =
    (search.vendor !== undefined && search.vendor !== OWN && vendors === undefined) || flow.isLoading;
  const initial = useMemo<DocumentBody | null>(
    () =>
      schema && !waits
        ? {
            kind,
            team,
            ...environmentOf(search.environment),
            ...(flow.data ? { name: flow.data.name } : ofVendor(vendor)),
            spec: { ...prefilled(blankOf(schema, schema), search, vendor), ...flow.data?.spec },
          }
        : null,
    [
      schema,
      kind,
      team,
      search.environment,
      search.from,
      search.as,
      search.provider,
      vendor,
      waits,
      flow.data,
    ],
  );
  const save = async (body: DocumentBody) => {
    const answer = await call<DocumentView>("POST", collectionPath(kind, body.team ?? team), { body });
    await client.invalidateQueries({ queryKey: ["documents"] });
    if (kind.startsWith("Provider")) await client.invalidateQueries({ queryKey: ["providers"] });
    if (kind === "Team") await client.invalidateQueries({ queryKey: ["session"] });
    toast(`${answer.body.title ?? answer.body.name} created`, "good");
    await navigate(linkTo(answer.body));
  };
  return (
    <>
      <PageHeader title={titleOf(kind, search.environment)} about={info.about} />
      {initial ? (
        <DocumentForm
          key={`${team}/${search.environment ?? ""}`}
          initial={initial}
          stored={null}
          teams={teams}
          onSave={save}
          onCancel={() => router.history.back()}
        />
      ) : (
        <Lines />
      )}
    </>
  );
}

/** What is known of a new route or schedule from the flow from whose page one came here. */
function useFlow(kind: Kind, team: string, wanted: string | undefined) {
  const { from = "", as } = useSearch({ from: "/app/$plural/new" });
  return useQuery({
    queryKey: ["flow-publish", kind, team, wanted, from],
    queryFn: async ({ signal }) => {
      const document = await get<DocumentView>(
        documentPath({ kind: "Flow", team, environment: wanted, name: from }),
        signal,
      );
      const { team: of, environment, name } = document;
      const body = { id: `${of}/${environment}/Flow/${name}` };
      // Without a plan there is less to begin with.
      const plan = await call<FlowPlan>("POST", "/api/v1/flows/plan", { body, signal }).catch(
        () => undefined,
      );
      const spec = kind === "Route" ? routeOf(document, plan?.body) : scheduleOf(document, plan?.body);
      return { name, spec };
    },
    enabled: as === "flow" && from !== "" && (kind === "Route" || kind === "Schedule"),
    retry: false,
  });
}

/** A vendor's provider is called after it. */
function ofVendor(vendor: Vendor | undefined): { name: string; title?: string } {
  if (!vendor) return { name: "" };
  return { name: (vendor.vendor ?? vendor.api ?? "").replaceAll("_", "-"), title: vendor.title };
}

/** `from` names the document or the model from which one came here, `as` the property that names it. */
function prefilled(
  blank: unknown,
  { from, as, provider = "" }: { from?: string; as?: string; provider?: string },
  vendor?: Vendor,
): JsonObject {
  const spec = (blank ?? {}) as JsonObject;
  if (vendor)
    return {
      ...spec,
      ...(vendor.vendor ? { vendor: vendor.vendor } : { api: vendor.api }),
      ...(vendor.base_url ? { base_url: vendor.base_url } : {}),
    };
  if (from === undefined || as === undefined) return spec;
  if (as === "backend") return { ...spec, backend: { upstream: { name: from } } };
  if (as === "model") return { ...spec, targets: [{ provider, model: from }] };
  return { ...spec, [as]: from };
}
