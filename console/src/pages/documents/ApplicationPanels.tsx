import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useState } from "react";
import { call } from "~/api/client";
import { useGateway } from "~/api/gateway";
import { bodyOf, documentPath, documentsQuery } from "~/api/queries";
import type { DocumentView, IssuedKey } from "~/api/types";
import { dateTime } from "~/lib/format";
import { useProblems } from "~/lib/problems";
import { toast } from "~/lib/toast";
import { Badge, Button, buttonClass, CodeLine, CopyButton, cx, Field, FormError } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { Icon } from "~/ui/icons";
import { RelatedRows } from "./Related";
import { TrafficPanel } from "./TrafficPanel";

/** An application's traffic, keys and subscriptions. */
export function ApplicationPanels({ document }: { document: DocumentView }): ReactElement {
  const subscriptions = useInfiniteQuery(documentsQuery("Subscription", { team: document.team }));
  const rows = (subscriptions.data?.pages[0]?.items ?? []).filter(
    (other) => other.spec.application === document.name,
  );
  return (
    <>
      <TrafficPanel filter={{ application: document.name, team: document.team }} />
      <Keys document={document} />
      <section className="card overflow-hidden">
        <header className="flex h-10 items-center justify-between border-b border-line pr-2 pl-4">
          <h2 className="text-xs font-medium text-ink-2">Subscriptions</h2>
          <Link
            to="/$plural/new"
            params={{ plural: "subscriptions" }}
            search={{ team: document.team, from: document.name, as: "application" }}
            className={buttonClass("quiet", true)}
          >
            <Icon name="plus" size={13} /> Subscribe
          </Link>
        </header>
        {!subscriptions.data ? (
          <p className="px-4 py-3 text-ink-3">{subscriptions.error?.message ?? "…"}</p>
        ) : rows.length === 0 ? (
          <p className="px-4 py-3 text-ink-3">
            None: this application may call only what is open to every application.
          </p>
        ) : (
          <RelatedRows kind="Subscription" rows={rows} omit="Application" />
        )}
      </section>
    </>
  );
}

function Keys({ document }: { document: DocumentView }): ReactElement {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const found = useInfiniteQuery(documentsQuery("Credential", { team: document.team }));
  const keys = (found.data?.pages[0]?.items ?? []).filter(
    (other) => other.spec.application === document.name,
  );
  const revoke = async (key: DocumentView, revoked: boolean) => {
    try {
      const body = bodyOf({ ...key, spec: { ...key.spec, revoked } });
      await call("PUT", documentPath(key), {
        body,
        headers: { "if-match": `"${key.revision}"` },
      });
      await client.invalidateQueries({ queryKey: ["documents", "Credential"] });
      toast(revoked ? `${key.name} no longer works` : `${key.name} works again`, "good");
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    }
  };
  return (
    <section className="card overflow-hidden">
      <header className="flex h-10 items-center justify-between border-b border-line pr-2 pl-4">
        <h2 className="text-xs font-medium text-ink-2">Keys</h2>
        <Button small look="quiet" icon="plus" onClick={() => setAsking(true)}>
          New key
        </Button>
      </header>
      {!found.data && <p className="px-4 py-3 text-ink-3">{found.error?.message ?? "…"}</p>}
      {found.data && keys.length === 0 && (
        <p className="px-4 py-3 text-ink-3">None yet. Without a key its calls are not known as its own.</p>
      )}
      {keys.map((key) => {
        const revoked = key.spec.revoked === true;
        const expires = typeof key.spec.expires === "string" ? key.spec.expires : undefined;
        const ended = expires !== undefined && Date.parse(expires) < Date.now();
        return (
          <div
            key={key.name}
            className={cx(
              "grid min-h-10 items-center gap-3 border-b border-line px-4 last:border-0 max-md:grid-cols-[minmax(0,1fr)_auto_auto] md:grid-cols-[minmax(0,1fr)_130px_90px_minmax(0,1fr)_88px]",
              (revoked || ended) && "opacity-60",
            )}
          >
            <span className="truncate font-medium">{key.title ?? key.name}</span>
            <span className="font-mono text-xs text-ink-2 max-md:hidden">
              {typeof key.spec.hint === "string" ? `${key.spec.hint}…` : ""}
            </span>
            <span>
              <Badge tone={revoked || ended ? "bad" : "good"}>
                {revoked ? "Revoked" : ended ? "Ended" : "Active"}
              </Badge>
            </span>
            <span className="truncate text-xs text-ink-3 max-md:hidden">
              {expires ? `until ${dateTime(expires)}` : "no end"}
            </span>
            <span className="text-right">
              <Button small look={revoked ? "plain" : "danger"} onClick={() => void revoke(key, !revoked)}>
                {revoked ? "Restore" : "Revoke"}
              </Button>
            </span>
          </div>
        );
      })}
      {asking && <KeyDialog document={document} onClose={() => setAsking(false)} />}
    </section>
  );
}

/** Asks for a name, then shows the key this once. */
function KeyDialog({ document, onClose }: { document: DocumentView; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const gateway = useGateway();
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const problems = useProblems();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get("name") ?? "").trim();
    const days = Number(form.get("days"));
    const expires = days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : undefined;
    problems.clear();
    try {
      const path = documentPath(document, "/keys");
      const answer = await call<IssuedKey>("POST", path, {
        body: { ...(name ? { name } : {}), ...(expires ? { expires } : {}) },
      });
      setIssued(answer.body);
      await client.invalidateQueries({ queryKey: ["documents", "Credential"] });
    } catch (problem) {
      problems.take(problem);
    }
  };
  if (issued) {
    return (
      <Dialog
        open
        onClose={onClose}
        title="The key"
        about="It is shown this once: only its hash is kept."
        footer={
          <Button look="primary" onClick={onClose}>
            I have it
          </Button>
        }
      >
        <div className="flex flex-col gap-4 pb-3">
          <div className="flex items-center gap-2 rounded-md border border-line-strong bg-sunken py-2 pr-2 pl-3">
            <code className="min-w-0 flex-1 font-mono text-xs break-all">{issued.key}</code>
            <CopyButton text={issued.key} what="key" label="Copy" />
          </div>
          <CodeLine code={`curl -i ${gateway}/ \\\n  -H 'authorization: Bearer ${issued.key}'`} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={`New key for ${document.title ?? document.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="new-key">
            Create key
          </Button>
        </>
      }
    >
      <form id="new-key" onSubmit={submit} className="flex flex-col gap-4 pb-3">
        <Field
          label="Name"
          htmlFor="key-name"
          help="To tell keys apart; may be left empty."
          error={problems.at("name")}
        >
          <input
            id="key-name"
            name="name"
            autoComplete="off"
            className="input"
            placeholder={`${document.name}-${new Date().getFullYear()}`}
          />
        </Field>
        <Field label="Ends" htmlFor="key-days" error={problems.at("expires")}>
          <select id="key-days" name="days" className="input" defaultValue="0">
            <option value="0">Never</option>
            <option value="30">After 30 days</option>
            <option value="90">After 90 days</option>
            <option value="365">After a year</option>
          </select>
        </Field>
        <FormError text={problems.general(["name", "expires"])} />
      </form>
    </Dialog>
  );
}
