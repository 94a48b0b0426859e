import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { call } from "~/api/client";
import { sessionQuery, tokensQuery } from "~/api/queries";
import { type ApiToken, type MadeApiToken, PERMISSIONS } from "~/api/types";
import { ago, dateTime, words } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { useProblems } from "~/lib/problems";
import { toast } from "~/lib/toast";
import { Badge, Button, CodeLine, CopyButton, Empty, ErrorNote, Field, FormError, Lines } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { List } from "~/ui/list";

/** One's own tokens for the admin API. */
export function TokensPanel(): ReactElement {
  const { data, error } = useQuery(tokensQuery);
  const client = useQueryClient();
  const now = useNow();
  const [making, setMaking] = useState(false);
  const revoke = async (token: ApiToken) => {
    try {
      await call("DELETE", `/api/v1/tokens/${encodeURIComponent(token.id)}`);
      await client.invalidateQueries({ queryKey: ["tokens"] });
      toast(`${token.name} no longer works`, "good");
    } catch (problem) {
      toast(problem instanceof Error ? problem.message : String(problem), "bad");
    }
  };
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Lines />;
  return (
    <>
      <div className="flex h-12 items-center justify-between px-5">
        <p className="text-ink-3">Tokens speak to the admin API in your name, within their scopes.</p>
        <Button look="primary" icon="plus" onClick={() => setMaking(true)}>
          New token
        </Button>
      </div>
      {data.items.length === 0 ? (
        <Empty icon="key" title="No tokens yet">
          <p>With one, scripts and deployments can do what you can here.</p>
          <CodeLine
            code={`curl ${window.location.origin}/api/v1/documents?kind=Service \\\n  -H 'authorization: Bearer weir_at_…'`}
          />
        </Empty>
      ) : (
        <List
          label="API tokens"
          rows={data.items}
          rowKey={(token) => token.id}
          columns={[
            {
              key: "name",
              title: "Name",
              width: "minmax(0,1fr)",
              cell: (token) => <span className="font-medium">{token.name}</span>,
            },
            {
              key: "scopes",
              title: "Scopes",
              width: "minmax(0,2fr)",
              cell: (token) => (
                <span className="flex gap-1">
                  {token.scopes.map((scope) => (
                    <Badge key={scope}>{words(scope)}</Badge>
                  ))}
                </span>
              ),
            },
            {
              key: "team",
              title: "Team",
              width: "100px",
              cell: (token) => <span className="text-ink-2">{token.team ?? "all yours"}</span>,
            },
            {
              key: "used",
              title: "Last used",
              width: "100px",
              cell: (token) => (
                <span className="text-ink-3">
                  {token.last_used_at ? ago(token.last_used_at, now) : "never"}
                </span>
              ),
            },
            {
              key: "ends",
              title: "Ends",
              width: "150px",
              cell: (token) => (
                <span className="text-ink-3">{token.expires_at ? dateTime(token.expires_at) : "never"}</span>
              ),
            },
            {
              key: "act",
              title: "",
              width: "80px",
              right: true,
              cell: (token) => (
                <Button small look="danger" onClick={() => void revoke(token)}>
                  Revoke
                </Button>
              ),
            },
          ]}
        />
      )}
      {making && <TokenDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function TokenDialog({ onClose }: { onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const [made, setMade] = useState<MadeApiToken | null>(null);
  const problems = useProblems();
  const [unscoped, setUnscoped] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const days = Number(form.get("days"));
    const team = String(form.get("team") ?? "");
    const body = {
      name: String(form.get("name") ?? "").trim(),
      scopes: form.getAll("scope"),
      team: team || null,
      expires_at: days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : null,
    };
    problems.clear();
    setUnscoped(body.scopes.length === 0);
    if (body.scopes.length === 0) return;
    try {
      const answer = await call<MadeApiToken>("POST", "/api/v1/tokens", { body });
      setMade(answer.body);
      await client.invalidateQueries({ queryKey: ["tokens"] });
    } catch (problem) {
      problems.take(problem);
    }
  };
  if (made) {
    return (
      <Dialog
        open
        onClose={onClose}
        title="The token"
        about="It is shown this once: only its hash is kept."
        footer={
          <Button look="primary" onClick={onClose}>
            I have it
          </Button>
        }
      >
        <div className="mb-3 flex items-center gap-2 rounded-md border border-line-strong bg-sunken py-2 pr-2 pl-3">
          <code className="min-w-0 flex-1 font-mono text-xs break-all">{made.token}</code>
          <CopyButton text={made.token} what="token" label="Copy" />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="New API token"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="new-token">
            Create token
          </Button>
        </>
      }
    >
      <form id="new-token" onSubmit={submit} className="flex flex-col gap-4 pb-3">
        <Field label="Name" htmlFor="token-name" error={problems.at("name")}>
          <input
            id="token-name"
            name="name"
            required
            autoComplete="off"
            className="input"
            placeholder="deploys from CI"
          />
        </Field>
        <fieldset>
          <legend className="pb-1 text-xs font-medium text-ink-2">Scopes</legend>
          <div className="grid grid-cols-2 gap-1">
            {PERMISSIONS.map((scope) => (
              <label key={scope} className="flex items-center gap-2 text-sm">
                <input type="checkbox" name="scope" value={scope} className="accent-(--accent)" />{" "}
                {words(scope)}
              </label>
            ))}
          </div>
          {(unscoped || problems.at("scopes")) && (
            <p role="alert" className="pt-1 text-xs text-bad">
              {unscoped ? "Choose at least one scope." : problems.at("scopes")}
            </p>
          )}
        </fieldset>
        <div className="grid grid-cols-2 gap-4">
          <Field label="Team" htmlFor="token-team" error={problems.at("team")}>
            <select id="token-team" name="team" className="input">
              <option value="">All of mine</option>
              {(session?.teams ?? []).map((team) => (
                <option key={team}>{team}</option>
              ))}
            </select>
          </Field>
          <Field label="Ends" htmlFor="token-days" error={problems.at("expires_at")}>
            <select id="token-days" name="days" className="input" defaultValue="90">
              <option value="30">After 30 days</option>
              <option value="90">After 90 days</option>
              <option value="365">After a year</option>
              <option value="0">Never</option>
            </select>
          </Field>
        </div>
        <FormError text={problems.general(["name", "scopes", "team", "expires_at"])} />
      </form>
    </Dialog>
  );
}
