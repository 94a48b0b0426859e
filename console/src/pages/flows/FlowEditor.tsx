import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { call, Problem } from "~/api/client";
import { linkTo } from "~/api/kinds";
import { bodyOf, collectionPath, documentPath, type Loaded } from "~/api/queries";
import type {
  DocumentBody,
  DocumentView,
  FieldError,
  FlowPlan,
  FlowTurned,
  JsonObject,
  WorkflowPlan,
} from "~/api/types";
import { CheckState, messageOf, Problems } from "~/forms/DocumentForm";
import { sentFlow } from "~/forms/flow";
import { useLeaving } from "~/forms/leaving";
import { ReviewDialog } from "~/forms/ReviewDialog";
import TextEditor from "~/forms/TextEditor";
import { count, duration } from "~/lib/format";
import { useHotkeys, useSettled } from "~/lib/hooks";
import { toast } from "~/lib/toast";
import { Related } from "~/pages/documents/Related";
import { Button, cx, Empty, Segmented } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { FlowGraph } from "./FlowGraph";
import { FlowHelp } from "./FlowHelp";
import { RunPanel } from "./RunPanel";
import { StepFacts } from "./StepFacts";
import { Traffic } from "./Traffic";

interface Props {
  /** What is stored; a new flow has nothing. */
  loaded: Loaded | null;
  /** Where writing begins. */
  initial: DocumentBody;
  may: boolean;
  /** The step that is chosen at first. */
  step?: string | undefined;
  /** Told which is chosen, so that a link can lead there. */
  onStep?: (step: string | undefined) => void;
}

/** A flow as text and as a graph, side by side; below, what a run of exactly this text does. */
export default function FlowEditor({ loaded, initial, may, step, onStep }: Props): ReactElement {
  const stored = sentFlow(bodyOf(initial));
  const [body, setBody] = useState<DocumentBody>(stored);
  const [broken, setBroken] = useState(false);
  const [goTo, setGoTo] = useState<{ path: string } | undefined>();
  /** How often the text was written anew from without. */
  const [written, setWritten] = useState(0);
  const [wide, setWide] = useState(false);
  const clean = bodyOf(body);
  const { plan, errors, failed, current } = usePlan(clean, !broken);
  const changed = loaded === null || JSON.stringify(clean) !== JSON.stringify(stored);
  const { kind, team, name } = initial;
  const take = (next: DocumentBody) => {
    setBody(next);
    setWritten(written + 1);
  };
  return (
    <div className="relative min-h-0 flex-1 overflow-y-auto">
      <div className="flex flex-col gap-4 p-5">
        <Problems errors={errors.filter((error) => error.document)} general={failed} />
        <div
          className={cx(
            "grid items-start gap-4",
            wide ? "[&>section:last-child]:-order-1" : "lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]",
          )}
        >
          <section aria-label="Document" className="flex min-w-0 flex-col gap-2">
            <TextEditor
              key={written}
              body={clean}
              fixed={loaded ? { kind, name, ...(team ? { team } : {}) } : { kind }}
              onChange={setBody}
              onBroken={setBroken}
              errors={errors}
              goTo={goTo}
              listed
              extra={
                <>
                  <FlowHelp />
                  <Turn body={clean} blocked={broken || errors.length > 0} onTurned={take} />
                </>
              }
            />
            <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
              {broken ? (
                <span className="text-xs text-bad">The text cannot be read</span>
              ) : (
                <CheckState errors={errors} known={current} />
              )}
              {may && (
                <Save
                  loaded={loaded}
                  body={clean}
                  changed={changed}
                  started={JSON.stringify(clean) !== JSON.stringify(stored)}
                  blocked={
                    broken ? "The text cannot be read" : errors.length > 0 ? "Mend the mistakes first" : ""
                  }
                />
              )}
            </div>
          </section>
          <PlanView
            plan={plan}
            stale={broken || errors.length > 0}
            wide={wide}
            onWide={setWide}
            first={step}
            onSelected={onStep}
            onShow={(path) => setGoTo({ path })}
          />
        </div>
        {may ? (
          <RunPanel
            body={clean}
            plan={plan}
            blocked={broken ? "The text cannot be read" : errors.length > 0 ? "Mend the mistakes first" : ""}
          />
        ) : (
          <p className="text-xs text-ink-3">To run flows one needs the right to write documents.</p>
        )}
        {loaded && <Traffic flow={loaded.document} />}
        {loaded && <Related document={loaded.document} />}
      </div>
    </div>
  );
}

/** The same flow in the other form, in place of the text; nothing is stored by that. */
function Turn({
  body,
  blocked,
  onTurned,
}: {
  body: DocumentBody;
  blocked: boolean;
  onTurned: (body: DocumentBody) => void;
}): ReactElement {
  const [busy, setBusy] = useState(false);
  const isShort = body.spec.flow !== undefined;
  const turn = async () => {
    setBusy(true);
    try {
      const answer = await call<FlowTurned>("POST", "/api/v1/flows/turn", { body: { document: body } });
      const { flow, arazzo } = answer.body.spec;
      const { flow: _, arazzo: __, ...rest } = body.spec;
      const form: JsonObject = isShort ? { arazzo: arazzo ?? null } : { flow: flow ?? null };
      onTurned({ ...body, spec: { ...form, ...rest } });
    } catch (error) {
      toast(messageOf(error), "bad");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      small
      disabled={blocked || busy}
      title={
        blocked
          ? "Mend the mistakes first"
          : "Writes the text anew in the other form; it is stored when you save"
      }
      onClick={() => void turn()}
    >
      {isShort ? "As Arazzo" : "In short form"}
    </Button>
  );
}

interface Planned {
  plan: FlowPlan | undefined;
  errors: FieldError[];
  /** Why there is no answer, where it is not the document's fault. */
  failed: string;
  /** Whether the answer is known. */
  current: boolean;
}

/** The plan of the text, a moment after its last change; the last good one stays while it has mistakes. */
function usePlan(body: DocumentBody, enabled: boolean): Planned {
  const text = useSettled(JSON.stringify(body), 300);
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["flow-plan", text],
    queryFn: async ({ signal }) => {
      const document = JSON.parse(text);
      try {
        const answer = await call<FlowPlan>("POST", "/api/v1/flows/plan", { body: { document }, signal });
        return { plan: answer.body, errors: [] };
      } catch (caught) {
        if (caught instanceof Problem && caught.status === 422)
          return { plan: undefined, errors: caught.body.errors ?? [] };
        throw caught;
      }
    },
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  });
  const [good, setGood] = useState<FlowPlan | undefined>();
  if (data?.plan && data.plan !== good) setGood(data.plan);
  return {
    plan: data?.plan ?? good,
    errors: data?.errors ?? [],
    failed: error ? messageOf(error) : "",
    current: data !== undefined && !isPlaceholderData,
  };
}

function Save({
  loaded,
  body,
  changed,
  started,
  blocked,
}: {
  loaded: Loaded | null;
  body: DocumentBody;
  changed: boolean;
  /** Something was written that leaving would lose. */
  started: boolean;
  /** Why it cannot be stored. */
  blocked: string;
}): ReactElement {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [reviewing, setReviewing] = useState(false);
  const [busy, setBusy] = useState(false);
  const leaving = useLeaving(started);
  const review = () => {
    if (!changed || blocked !== "" || busy) return;
    if (loaded) setReviewing(true);
    else void create();
  };
  useHotkeys({
    "mod+s": (event) => {
      event.preventDefault();
      review();
    },
  });
  const store = async (what: () => Promise<void>) => {
    setBusy(true);
    try {
      await what();
    } catch (error) {
      leaving.allow(false);
      toast(messageOf(error), "bad");
    } finally {
      setBusy(false);
      setReviewing(false);
    }
  };
  const save = (old: Loaded) =>
    store(async () => {
      await call("PUT", documentPath(old.document), { body, headers: { "if-match": old.etag } });
      await Promise.all(
        ["document", "documents", "history"].map((key) => client.invalidateQueries({ queryKey: [key] })),
      );
      toast("Saved: live on every gateway within a second", "good");
    });
  const create = () =>
    store(async () => {
      const path = collectionPath("Flow", body.team ?? "default");
      const answer = await call<DocumentView>("POST", path, { body });
      leaving.allow(true);
      await client.invalidateQueries({ queryKey: ["documents"] });
      toast(`${answer.body.title ?? answer.body.name} created`, "good");
      await navigate(linkTo(answer.body));
    });
  return (
    <>
      <span className="ml-auto text-xs text-ink-3">
        {loaded === null ? "Not stored yet" : changed ? "Changed, not saved" : "As stored"}
      </span>
      <Button
        look="primary"
        hint="⌘S"
        title={blocked || undefined}
        disabled={!changed || blocked !== "" || busy}
        onClick={review}
      >
        {loaded ? "Review and save" : "Create"}
      </Button>
      {leaving.dialog}
      {reviewing && loaded && (
        <ReviewDialog
          before={bodyOf(loaded.document)}
          after={body}
          busy={busy}
          onClose={() => setReviewing(false)}
          onSave={() => void save(loaded)}
        />
      )}
    </>
  );
}

function PlanView({
  plan,
  stale,
  wide,
  onWide,
  first,
  onSelected,
  onShow,
}: {
  plan: FlowPlan | undefined;
  stale: boolean;
  /** The graph has the whole width, above the text. */
  wide: boolean;
  onWide: (wide: boolean) => void;
  first: string | undefined;
  onSelected: ((step: string | undefined) => void) | undefined;
  onShow: (path: string) => void;
}): ReactElement {
  const [asked, setAsked] = useState<string | undefined>();
  const [selected, select] = useState(first);
  const setSelected = (next: string | undefined) => {
    select(next);
    onSelected?.(next);
  };
  const shown =
    plan?.workflows.find((one) => one.id === (asked ?? plan.workflow)) ??
    plan?.workflows.find((one) => one.id === plan.workflow);
  const step = shown?.steps.find((one) => one.id === selected);
  return (
    <section aria-label="Graph" className="flex min-w-0 flex-col gap-2">
      <div className="flex min-h-7.5 flex-wrap items-center gap-x-3 gap-y-1">
        {plan && plan.workflows.length > 1 && plan.workflows.length <= 4 && shown ? (
          <Segmented
            label="Workflow"
            value={shown.id}
            options={plan.workflows.map((one) => ({ value: one.id, label: one.id }))}
            onChange={setAsked}
          />
        ) : (
          plan &&
          plan.workflows.length > 4 && (
            <select
              aria-label="Workflow"
              className="input w-auto max-w-56"
              value={shown?.id}
              onChange={(event) => setAsked(event.target.value)}
            >
              {plan.workflows.map((one) => (
                <option key={one.id}>{one.id}</option>
              ))}
            </select>
          )
        )}
        {shown && <Facts workflow={shown} />}
        {shown && (
          <span className="ml-auto max-lg:hidden">
            <Button
              small
              look={wide ? "plain" : "quiet"}
              aria-pressed={wide}
              title={wide ? "The graph goes back beside the text" : "The graph goes above the text"}
              onClick={() => onWide(!wide)}
            >
              Whole width
            </Button>
          </span>
        )}
      </div>
      <div
        className={cx(
          "relative flex h-[min(68vh,620px)] min-h-80 flex-col max-sm:h-80 overflow-hidden rounded-md border border-line-strong bg-sunken",
          stale && plan && "border-dashed [&>*:not(p)]:opacity-55",
        )}
      >
        {plan && stale && (
          <p className="absolute top-2 right-2 z-10 rounded bg-warn-soft px-2 text-xs text-warn">
            Of the last text without mistakes
          </p>
        )}
        {shown ? (
          <FlowGraph key={shown.id} plan={shown} selected={step?.id} onSelect={setSelected} />
        ) : (
          <Empty icon="flow" title={stale ? "No graph yet" : "Planning…"}>
            {stale && <p>It is drawn once the document has no mistakes.</p>}
          </Empty>
        )}
        {shown && step && (
          <StepFacts step={step} timed={shown.timed} onShow={onShow} onSelect={setSelected} />
        )}
      </div>
      {shown && shown.remarks.length > 0 && (
        <div className="max-h-28 overflow-y-auto">
          {shown.remarks.map((remark) => (
            <p key={remark.path + remark.message} className="flex items-center gap-1.5 text-xs text-ink-2">
              <Icon name="info" size={13} className="text-ink-3" />
              <span className="min-w-0 flex-1">{remark.message}</span>
              <Button small look="quiet" onClick={() => onShow(remark.path)}>
                Show
              </Button>
            </p>
          ))}
        </div>
      )}
    </section>
  );
}

/** A workflow in a line: how much runs at once, and what that is worth. */
function Facts({ workflow }: { workflow: WorkflowPlan }): ReactElement {
  const plural = (many: number, word: string) => `${count(many)} ${word}${many === 1 ? "" : "s"}`;
  const times = workflow.sequential_us / Math.max(1, workflow.total_us);
  return (
    <p className="min-w-0 text-xs text-ink-3" title={`Critical path: ${workflow.critical.join(" → ")}`}>
      {plural(workflow.steps.length, "step")} on {plural(workflow.levels, "level")}
      {workflow.timed ? (
        <>
          {" · "}
          <span className="font-medium text-ink">{duration(workflow.total_us)}</span> expected,{" "}
          {times < 1.05
            ? "nothing runs at the same time"
            : `${duration(workflow.sequential_us)} one after the other (${times.toFixed(1)} times sooner)`}
        </>
      ) : (
        <> · {plural(workflow.critical.length, "call")} in a row; times are not recorded yet</>
      )}
    </p>
  );
}
