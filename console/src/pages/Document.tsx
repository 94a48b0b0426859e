import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useState } from "react";
import { call } from "~/api/client";
import { KIND_INFO, kindOfPlural } from "~/api/kinds";
import {
  bodyOf,
  collectionPath,
  documentPath,
  documentQuery,
  type Loaded,
  sessionQuery,
} from "~/api/queries";
import type { DocumentBody, DocumentRef, DocumentView, Kind } from "~/api/types";
import { DocumentForm } from "~/forms/DocumentForm";
import { useHotkeys, useTitle } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { Button, ErrorNote, Lines, PageHeader, Tabs } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { Menu } from "~/ui/menu";
import { HistoryTab } from "./documents/HistoryTab";
import { SummaryTab } from "./documents/SummaryTab";
import { NotFound } from "./Fallbacks";
import { Published } from "./flows/Published";

/** The graph comes with the first flow that is opened. */
const FlowEditor = lazy(() => import("./flows/FlowEditor"));

export default function Document(): ReactElement {
  const { plural, team, name } = useParams({ from: "/app/$plural/$team/$name" });
  const { environment } = useSearch({ from: "/app/$plural/$team/$name" });
  const kind = kindOfPlural(plural);
  if (!kind) return <NotFound />;
  const key = `${kind}/${team}/${environment ?? ""}/${name}`;
  return <DocumentPage key={key} wanted={{ kind, team, name, environment }} />;
}

function DocumentPage({ wanted }: { wanted: DocumentRef }): ReactElement {
  const { data, error, refetch } = useQuery(documentQuery(wanted));
  useTitle(data?.document.title ?? wanted.name);
  if (data) return <LoadedDocument loaded={data} />;
  return (
    <>
      <PageHeader
        back={<Back kind={wanted.kind} />}
        title={wanted.name}
        about={`${KIND_INFO[wanted.kind].one} ${wanted.team}/${wanted.name}`}
      />
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : <Lines />}
    </>
  );
}

const listOf = (kind: Kind) => (kind === "ModelAlias" ? "/models" : `/${KIND_INFO[kind].plural}`);

function Back({ kind }: { kind: Kind }): ReactElement {
  return (
    <Link
      to={listOf(kind)}
      aria-label={`Back to ${KIND_INFO[kind].title}`}
      className="rounded-md p-1 text-ink-3 hover:bg-hover hover:text-ink"
    >
      <Icon name="chevron" className="rotate-180" />
    </Link>
  );
}

function LoadedDocument({ loaded }: { loaded: Loaded }): ReactElement {
  const { document, etag } = loaded;
  const info = KIND_INFO[document.kind];
  const { tab = "summary", step } = useSearch({ from: "/app/$plural/$team/$name" });
  const navigate = useNavigate({ from: "/$plural/$team/$name" });
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const [deleting, setDeleting] = useState(false);
  const go = (next: "summary" | "edit" | "history") =>
    void navigate({ search: (old) => ({ ...old, tab: next === "summary" ? undefined : next }) });
  const may = session?.permissions[document.team]?.includes("documents_write") ?? true;
  useHotkeys({ e: () => may && go("edit") });
  const refresh = async () => {
    await Promise.all(
      ["document", "documents", "history", "health"].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    );
  };
  const save = async (body: DocumentBody) => {
    await call("PUT", documentPath(document), {
      body,
      headers: { "if-match": etag },
    });
    await refresh();
    toast("Saved: live on every gateway within a second", "good");
    go("summary");
  };
  return (
    <>
      <PageHeader
        back={<Back kind={document.kind} />}
        title={document.title ?? document.name}
        about={`${info.one} ${document.team}/${document.name}${document.environment === "default" ? "" : ` in ${document.environment}`} · revision ${document.revision}`}
      >
        {document.kind === "Flow" && <Published flow={document} may={may} />}
        {may && tab !== "edit" && document.kind !== "Flow" && (
          <Button hint="E" onClick={() => go("edit")}>
            Edit
          </Button>
        )}
        {may && (
          <Menu
            trigger={<Button icon="more" aria-label="More" />}
            items={[{ label: "Delete…", icon: "trash", danger: true, run: () => setDeleting(true) }]}
          />
        )}
      </PageHeader>
      <Tabs
        label="Views"
        value={tab}
        options={[
          { value: "summary", label: document.kind === "Flow" ? "Flow" : "Summary" },
          ...(may ? [{ value: "edit" as const, label: document.kind === "Flow" ? "Form" : "Edit" }] : []),
          { value: "history", label: "History" },
        ]}
        onChange={go}
      />
      {tab === "edit" && may ? (
        <DocumentForm
          key={etag}
          initial={bodyOf(document)}
          stored={document}
          onSave={save}
          onCancel={() => go("summary")}
        />
      ) : tab === "summary" && document.kind === "Flow" ? (
        <Suspense fallback={<Lines />}>
          <FlowEditor
            key={etag}
            loaded={loaded}
            initial={document}
            may={may}
            step={step}
            onStep={(next) => void navigate({ search: (old) => ({ ...old, step: next }), replace: true })}
          />
        </Suspense>
      ) : (
        <div className="min-h-0 flex-1 overflow-y-auto">
          {tab === "history" ? (
            <HistoryTab loaded={loaded} may={may} onDone={refresh} />
          ) : (
            <SummaryTab document={document} />
          )}
        </div>
      )}
      <DeleteDialog
        document={document}
        etag={etag}
        open={deleting}
        onClose={() => setDeleting(false)}
        onDone={() => void navigate({ to: listOf(document.kind) } as never)}
      />
    </>
  );
}

function DeleteDialog({
  document,
  etag,
  open,
  onClose,
  onDone,
}: {
  document: DocumentView;
  etag: string;
  open: boolean;
  onClose: () => void;
  onDone: () => void;
}): ReactElement {
  const client = useQueryClient();
  const path = documentPath(document);
  const info = KIND_INFO[document.kind];
  const run = async () => {
    try {
      await call("DELETE", path, { headers: { "if-match": etag } });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
      return;
    } finally {
      onClose();
    }
    onDone();
    await client.invalidateQueries({ queryKey: ["documents"] });
    const sealed = JSON.stringify(document.spec).includes('"***"');
    // A secret is not read out, so that a document with one cannot be put back from here.
    const undo = {
      label: "Undo",
      run: () =>
        void call("POST", collectionPath(document.kind, document.team), { body: bodyOf(document) })
          .then(() => client.invalidateQueries({ queryKey: ["documents"] }))
          .catch((error: Error) => toast(error.message, "bad")),
    };
    toast(`${document.title ?? document.name} deleted`, "plain", sealed ? undefined : undo);
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Delete ${info.one} ${document.name}?`}
      about="It stops counting at once. Its history stays."
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" onClick={() => void run()}>
            Delete
          </Button>
        </>
      }
    />
  );
}
