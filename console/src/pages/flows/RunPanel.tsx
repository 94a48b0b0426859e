import { Link } from "@tanstack/react-router";
import { type FormEvent, lazy, type ReactElement, Suspense, useState } from "react";
import { call, Problem } from "~/api/client";
import type { DocumentBody, FieldError, FlowPlan, FlowRun, Json, JsonObject, Schema } from "~/api/types";
import { SchemaForm } from "~/forms/SchemaForm";
import { blankOf, isObject } from "~/forms/schema";
import { duration } from "~/lib/format";
import { Badge, Button, CopyButton, cx, Lines } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { FlowBars } from "~/waterfall/FlowBars";

const JsonArea = lazy(() => import("~/forms/JsonArea"));

interface Props {
  body: DocumentBody;
  plan: FlowPlan | undefined;
  /** Why it cannot be run; empty: it can. */
  blocked: string;
}

/** What is on its way, or has come of it. */
type Came = { run: FlowRun; dry: boolean } | { error: unknown } | undefined;

/** Runs exactly what stands in the text, with inputs by the workflow's own schema. */
export function RunPanel({ body, plan, blocked }: Props): ReactElement {
  const workflow = plan?.workflows.find((one) => one.id === plan.workflow);
  const [given, setGiven] = useState<JsonObject | undefined>();
  const [unread, setUnread] = useState(false);
  const [busy, setBusy] = useState<"run" | "dry" | undefined>();
  const [came, setCame] = useState<Came>();
  const [asking, setAsking] = useState(false);
  const schema = workflow?.inputs ?? null;
  const inputs = given ?? startOf(schema);
  // An empty text is a text, and hardly ever meant: the first time one is asked.
  const [warned, setWarned] = useState<string[]>([]);
  const empty = emptyOf(schema, inputs);
  const changing = workflow?.steps.filter((step) => !step.safe).map((step) => step.id) ?? [];
  const send = async (dry: boolean) => {
    setAsking(false);
    if (empty.some((name) => !warned.includes(name))) return setWarned(empty);
    setBusy(dry ? "dry" : "run");
    try {
      const answer = await call<FlowRun>("POST", "/api/v1/flows/run", {
        body: { document: body, inputs, dry_run: dry },
      });
      setCame({ run: answer.body, dry });
    } catch (error) {
      setCame({ error });
    } finally {
      setBusy(undefined);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (blocked !== "" || unread || busy) return;
    if (changing.length > 0 && empty.every((name) => warned.includes(name))) setAsking(true);
    else void send(false);
  };
  const errors = came && "error" in came ? errorsOf(came.error) : [];
  const notes = warned
    .filter((name) => empty.includes(name))
    .map((name) => ({ path: `/inputs/${name}`, message: "It is empty. Run it once more if that is meant." }));
  const stopped = blocked !== "" || unread || busy !== undefined || !workflow;
  return (
    <section aria-label="Run" className="card">
      <header className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-2">
        <h2 className="text-xs font-medium text-ink-2">Run</h2>
        <p className={cx("min-w-0 flex-1 text-xs text-ink-3", blocked === "" && "max-sm:sr-only")}>
          {blocked ||
            "What stands in the text is run through the gateway: policies and limits of the routes hold, and each call is recorded."}
        </p>
        <Button
          className="ml-auto"
          disabled={stopped}
          onClick={() => void send(true)}
          title="Nothing is sent"
        >
          {busy === "dry" ? "Looking…" : "Dry run"}
        </Button>
        <Button type="submit" form="flow-run" look="primary" icon="play" disabled={stopped}>
          {busy === "run" ? "Running…" : "Run"}
        </Button>
      </header>
      <form id="flow-run" onSubmit={submit} className="px-4 py-2">
        {workflow && (
          <Inputs
            schema={schema}
            value={inputs}
            errors={[...notes, ...errors.filter((error) => error.path.startsWith("/inputs"))]}
            team={body.team ?? "default"}
            onChange={setGiven}
            onBroken={setUnread}
          />
        )}
      </form>
      <div aria-live="polite">
        {came && "error" in came && <Refused error={came.error} errors={errors} />}
        {came && "run" in came && (came.dry ? <DryRun run={came.run} /> : <Result run={came.run} />)}
      </div>
      {asking && (
        <Dialog
          open
          onClose={() => setAsking(false)}
          title="Run it for real?"
          about={`${changing.join(", ")} ${changing.length === 1 ? "changes" : "change"} something at the services behind the gateway.`}
          footer={
            <>
              <Button onClick={() => setAsking(false)}>Not now</Button>
              <Button look="primary" onClick={() => void send(false)}>
                Run it
              </Button>
            </>
          }
        />
      )}
    </section>
  );
}

/** A schema that a form can be made of. */
function formSchema(schema: Json): Schema | undefined {
  if (!isObject(schema) || !isObject(schema.properties)) return undefined;
  return JSON.stringify(schema).includes('"$ref"') ? undefined : (schema as unknown as Schema);
}

/** The texts that must be there and are empty. */
function emptyOf(schema: Json, inputs: JsonObject): string[] {
  if (!isObject(schema) || !Array.isArray(schema.required)) return [];
  return schema.required.filter((name): name is string => typeof name === "string" && inputs[name] === "");
}

function startOf(schema: Json): JsonObject {
  const known = formSchema(schema);
  const value = known && blankOf({ ...known, type: "object" }, known);
  return isObject(value) ? value : {};
}

function Inputs({
  schema,
  value,
  errors,
  team,
  onChange,
  onBroken,
}: {
  schema: Json;
  value: JsonObject;
  errors: FieldError[];
  team: string;
  onChange: (value: JsonObject) => void;
  onBroken: (broken: boolean) => void;
}): ReactElement {
  const known = formSchema(schema);
  if (schema === null) return <p className="py-1 text-xs text-ink-3">This workflow takes no inputs.</p>;
  if (known)
    return (
      <div className="max-w-3xl">
        <SchemaForm
          schema={{ ...known, type: "object" }}
          value={value}
          onChange={onChange}
          errors={errors.map((error) => ({ ...error, path: error.path.replace(/^\/inputs/, "/spec") }))}
          team={team}
          onBroken={onBroken}
        />
      </div>
    );
  return (
    <Suspense fallback={<Lines rows={3} />}>
      <JsonArea
        id="flow-inputs"
        label="Inputs"
        value={value}
        path="/inputs"
        inside={errors}
        required
        onChange={(next) => onChange(isObject(next) ? next : {})}
      />
    </Suspense>
  );
}

const errorsOf = (error: unknown): FieldError[] =>
  error instanceof Problem ? (error.body.errors ?? []) : [];

function Refused({ error, errors }: { error: unknown; errors: FieldError[] }): ReactElement {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div role="alert" className="border-t border-line bg-bad-soft px-4 py-2.5 text-sm">
      <p className="font-medium text-bad">It was not run</p>
      {errors.length === 0 ? (
        <p className="text-ink-2">{message}</p>
      ) : (
        errors.map((each) => (
          <p key={each.path + each.message} className="text-ink-2">
            <span className="font-mono text-xs text-ink">{each.path}</span> {each.message}
          </p>
        ))
      )}
    </div>
  );
}

function Result({ run }: { run: FlowRun }): ReactElement {
  const { failure } = run;
  const times = run.steps.reduce((sum, step) => sum + (step.within === null ? step.duration_us : 0), 0);
  return (
    <div className="border-t border-line">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
        <Badge tone={failure ? "bad" : "good"}>{failure ? "Failed" : "Complete"}</Badge>
        <span>
          in <span className="font-medium">{duration(run.duration_us)}</span>
        </span>
        {times > run.duration_us && <span className="text-ink-3">its calls together {duration(times)}</span>}
        {run.trace_id && (
          <Link to="/calls" search={{ q: run.trace_id }} className="text-xs text-accent hover:underline">
            Its calls
          </Link>
        )}
      </p>
      {failure && (
        <p role="alert" className="px-4 pb-2.5 text-sm text-bad">
          {failure.step ? <span className="font-medium">{failure.step}</span> : "The run"}: {failure.detail}
          {failure.attempts > 1 && ` (tried ${failure.attempts} times)`}
        </p>
      )}
      {run.absent.length > 0 && (
        <p className="px-4 pb-2.5 text-sm text-warn">
          Missing: {run.absent.map((one) => `${one.step} (${one.detail})`).join(", ")}
        </p>
      )}
      {run.steps.length > 0 && (
        <div className="px-4 pb-3">
          <FlowBars steps={run.steps} total={run.duration_us} />
        </div>
      )}
      {!failure && <Outputs outputs={run.outputs} />}
    </div>
  );
}

function Outputs({ outputs }: { outputs: JsonObject | null }): ReactElement {
  if (outputs === null)
    return (
      <p className="px-4 pb-3 text-xs text-ink-3">The outputs are longer than 1 MiB and are not shown.</p>
    );
  const text = JSON.stringify(outputs, null, 2);
  return (
    <div className="px-4 pb-3">
      <div className="flex items-center justify-between">
        <h3 className="text-xs font-medium text-ink-2">Outputs</h3>
        <CopyButton text={text} what="outputs" />
      </div>
      <pre className="max-h-80 overflow-auto rounded-md border border-line bg-sunken p-2 font-mono text-xs">
        {text}
      </pre>
    </div>
  );
}

function toWrite(requests: number): string {
  if (requests === 0) return "No request can be written yet.";
  return `${requests === 1 ? "One request" : `${requests} requests`} can be written already; the others wait for answers.`;
}

function DryRun({ run }: { run: FlowRun }): ReactElement {
  return (
    <div className="border-t border-line px-4 py-3 text-sm">
      <p className="pb-2 text-ink-2">{`Nothing was sent. ${toWrite(run.requests.length)}`}</p>
      {run.failure && (
        <p role="alert" className="pb-2 text-bad">
          It would fail at once: <span className="font-medium">{run.failure.step}</span>: {run.failure.detail}
        </p>
      )}
      <ul className="flex flex-col gap-2">
        {run.requests.map((request) => (
          <li key={request.step} className="rounded-md border border-line bg-sunken p-2">
            <p className="flex flex-wrap items-baseline gap-x-3">
              <span className="text-xs font-medium">{request.step}</span>
              <span className="font-mono text-xs break-all">
                {request.method} {request.target}
              </span>
            </p>
            {request.headers.map(([name, value]) => (
              <p key={name} className="font-mono text-xs break-all text-ink-2">
                {name}: {value}
              </p>
            ))}
            {request.body && (
              <pre className="mt-1 max-h-40 overflow-auto font-mono text-xs text-ink-2">{request.body}</pre>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
