import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { KIND_INFO } from "~/api/kinds";
import type { StepPlan } from "~/api/types";
import { duration } from "~/lib/format";
import { Button } from "~/ui/basics";
import { assumed } from "./FlowGraph";

interface Props {
  step: StepPlan;
  timed: boolean;
  /** Goes to a place of the text, by its JSON Pointer. */
  onShow: (path: string) => void;
  onSelect: (step: string | undefined) => void;
}

/** Where the time that a step is expected to take is from. */
const SOURCES: Record<string, string> = {
  given: "as given",
  recorded: "half of its route's calls of the last day took at most that",
  assumed: "assumed: its route has no calls in the log",
  workflow: "the plan of its workflow",
};

/** The chosen step: what it calls, what it waits for and why. */
export function StepFacts({ step, timed, onShow, onSelect }: Props): ReactElement {
  const { call } = step;
  return (
    <div className="max-h-[45%] shrink-0 overflow-y-auto border-t border-line bg-panel px-4 py-3 text-xs">
      <div className="flex items-center gap-2 pb-1.5">
        <h2 className="min-w-0 flex-1 truncate text-sm font-semibold">{step.id}</h2>
        <Button small onClick={() => onShow(step.path)}>
          Show in the text
        </Button>
        <Button
          small
          look="quiet"
          icon="close"
          aria-label="Close the step"
          onClick={() => onSelect(undefined)}
        />
      </div>
      {step.description && <p className="pb-1.5 text-ink-2">{step.description}</p>}
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        <Fact name="Does">
          <span className="font-mono break-all">{step.does}</span>
        </Fact>
        {call && (
          <Fact name="At">
            service <DocumentLink id={call.service} />
            {call.route ? (
              <>
                , route <DocumentLink id={call.route} />
              </>
            ) : (
              <span className="text-warn">, no route that you may see takes this call</span>
            )}
          </Fact>
        )}
        {step.marks.length > 0 && <Fact name="With">{step.marks.join(", ")}</Fact>}
        {timed && (
          <Fact name="Expected">
            {assumed(step)}
            {duration(step.expected_us)}, from {duration(step.begins_us)} on ({SOURCES[step.latency]})
          </Fact>
        )}
        {timed && (
          <Fact name="Slack">
            {step.slack_us === 0 ? "none: the whole waits for it" : duration(step.slack_us)}
          </Fact>
        )}
        <Fact name="Waits for">
          {step.waits.length === 0 && "nothing"}
          <ul>
            {step.waits.map((wait, index) => (
              <li key={index}>
                <button
                  type="button"
                  className="font-medium text-accent hover:underline"
                  onClick={() => onSelect(wait.on)}
                >
                  {wait.on}
                </button>
                {": "}
                {wait.path === null ? (
                  wait.text
                ) : (
                  <button
                    type="button"
                    title="Show in the text"
                    className="text-left font-mono break-all hover:underline"
                    onClick={() => onShow(wait.path ?? "")}
                  >
                    {wait.text}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}

/** A link to a document by its id, `team/environment/Kind/name`. */
export function DocumentLink({ id }: { id: string }): ReactElement {
  const [team = "", environment = "", kind = "", ...rest] = id.split("/");
  const name = rest.join("/");
  const info = Object.values(KIND_INFO).find((one) => one.kind === kind);
  if (!info) return <span>{id}</span>;
  return (
    <Link
      to="/$plural/$team/$name"
      params={{ plural: info.plural, team, name }}
      search={environment === "default" ? {} : { environment }}
      className="text-accent hover:underline"
    >
      {name}
    </Link>
  );
}
