import { type KeyboardEvent, type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import type { StepPlan, WorkflowPlan } from "~/api/types";
import { duration } from "~/lib/format";
import { useSize } from "~/lib/hooks";
import { Button, cx } from "~/ui/basics";
import { beside, CARD, type Card, type Edge, layoutOf } from "./layout";

/** What is told on the card itself; the rest stands with the facts of the step. */
const ON_CARDS = ["optional", "for each"];

interface Props {
  plan: WorkflowPlan;
  selected: string | undefined;
  onSelect: (step: string | undefined) => void;
}

const SCALES = [0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1, 1.2];
const LEAST = 0.1;
/** Smaller than this names cannot be read: one scrolls then. */
const READABLE = 0.7;

/** The steps of a workflow by their levels, with what waits for what. */
export function FlowGraph({ plan, selected, onSelect }: Props): ReactElement {
  const graph = useMemo(() => layoutOf(plan.steps, plan.critical), [plan]);
  const [box, size] = useSize<HTMLDivElement>();
  const [chosen, setChosen] = useState<number | undefined>();
  const inner = useRef<HTMLDivElement>(null);
  // One card takes Tab, the arrows move among them.
  const [current, setCurrent] = useState(selected);
  const entry = graph.cards.some((card) => card.step.id === current) ? current : graph.cards[0]?.step.id;
  const fits = Math.max(READABLE, Math.min(1, (size.width - 2) / graph.width || 1));
  const scale = chosen ?? fits;
  const whole = Math.min((size.width - 2) / graph.width, (size.height - 2) / graph.height);
  const fitting = Math.max(LEAST, Math.min(1, whole || 1));
  const zoom = (by: 1 | -1) => {
    const steps = by > 0 ? SCALES : [...SCALES].reverse();
    setChosen(steps.find((one) => (by > 0 ? one > scale + 0.01 : one < scale - 0.01)) ?? scale);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" && selected !== undefined) {
      event.stopPropagation();
      return onSelect(undefined);
    }
    const focused = (event.target as HTMLElement).dataset.step ?? "";
    const next = beside(graph, focused, event.key);
    if (next === undefined) return;
    event.preventDefault();
    [...(inner.current?.querySelectorAll<HTMLElement>("[data-step]") ?? [])]
      .find((one) => one.dataset.step === next)
      ?.focus();
  };
  // Who comes with a step chosen sees it.
  useEffect(() => {
    inner.current
      ?.querySelector<HTMLElement>("[data-step][aria-pressed=true]")
      ?.scrollIntoView?.({ block: "nearest", inline: "center" });
  }, []);
  const near = (edge: Edge) => selected !== undefined && (edge.from === selected || edge.to === selected);
  // What is chosen lies over the rest.
  const edges = [...graph.edges].sort(
    (a, b) => Number(a.critical) - Number(b.critical) || Number(near(a)) - Number(near(b)),
  );
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <div ref={box} className="scroll-shade flex min-h-0 flex-1 overflow-auto">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys between the buttons in it */}
        <div
          ref={inner}
          className="relative m-auto shrink-0"
          style={{ width: graph.width * scale, height: graph.height * scale }}
          onKeyDown={onKey}
        >
          <div
            className="absolute top-0 left-0 origin-top-left"
            style={{ width: graph.width, height: graph.height, transform: `scale(${scale})` }}
          >
            <svg aria-hidden="true" width={graph.width} height={graph.height} className="absolute inset-0">
              {edges.map((edge) => (
                <g key={`${edge.from} ${edge.to}`} className="group">
                  <path
                    d={edge.d}
                    fill="none"
                    strokeWidth={near(edge) || edge.critical ? 2.5 : 1.5}
                    className={cx(
                      "group-hover:stroke-accent",
                      near(edge) ? "stroke-accent" : edge.critical ? "stroke-ink-2" : "stroke-ink-3/80",
                    )}
                  />
                  <path d={edge.d} fill="none" stroke="transparent" strokeWidth={12}>
                    <title>{`${edge.to} waits for ${edge.from}: ${edge.why}`}</title>
                  </path>
                </g>
              ))}
            </svg>
            {graph.cards.map((card) => (
              <StepCard
                key={card.step.id}
                card={card}
                timed={plan.timed}
                selected={card.step.id === selected}
                entry={card.step.id === entry}
                onFocus={() => setCurrent(card.step.id)}
                onSelect={() => onSelect(card.step.id === selected ? undefined : card.step.id)}
              />
            ))}
          </div>
        </div>
      </div>
      <div className="absolute right-2 bottom-2 flex gap-0.5 rounded-md border border-line bg-panel p-0.5">
        <Button small look="quiet" aria-label="Smaller" disabled={scale <= LEAST} onClick={() => zoom(-1)}>
          −
        </Button>
        {chosen === fitting && fitting !== fits ? (
          <Button small look="quiet" title="As large as can be read" onClick={() => setChosen(undefined)}>
            Read
          </Button>
        ) : (
          <Button small look="quiet" title="The whole graph at a glance" onClick={() => setChosen(fitting)}>
            Fit
          </Button>
        )}
        <Button small look="quiet" aria-label="Larger" disabled={scale >= 1.2} onClick={() => zoom(1)}>
          +
        </Button>
      </div>
    </div>
  );
}

function StepCard({
  card,
  timed,
  selected,
  entry,
  onFocus,
  onSelect,
}: {
  card: Card;
  timed: boolean;
  selected: boolean;
  /** Tab leads to it. */
  entry: boolean;
  onFocus: () => void;
  onSelect: () => void;
}): ReactElement {
  const { step } = card;
  const waits = [...new Set(step.waits.map((wait) => wait.on))];
  const words = [
    `level ${step.level + 1}`,
    step.critical ? "on the critical path" : "",
    step.safe ? "" : "changes something",
    step.barrier ? "barrier" : "",
    ...step.marks,
    waits.length > 0 ? `waits for ${waits.join(", ")}` : "waits for nothing",
  ];
  return (
    <button
      type="button"
      data-step={step.id}
      aria-pressed={selected}
      tabIndex={entry ? 0 : -1}
      onFocus={onFocus}
      aria-label={`${step.id}: ${step.does}; ${words.filter(Boolean).join("; ")}`}
      title={`${step.id}\n${step.does}`}
      onClick={onSelect}
      className={cx(
        "absolute flex flex-col justify-between overflow-hidden rounded-lg border bg-panel px-2.5 py-1.5 text-left shadow-xs",
        selected ? "border-accent bg-selected" : step.critical ? "border-ink-2" : "border-line-strong",
        !selected && "hover:bg-hover",
      )}
      style={{ left: card.x, top: card.y, width: CARD.width, height: CARD.height }}
    >
      {step.critical && <span className="absolute inset-y-0 left-0 w-[3px] bg-ink-2" />}
      <span className="flex w-full items-center gap-1.5">
        <span className="min-w-0 flex-1 truncate text-sm font-medium">{step.id}</span>
        {step.marks
          .filter((mark) => ON_CARDS.includes(mark))
          .map((mark) => (
            <span key={mark} className="rounded bg-hover px-1 text-[10px] leading-4 font-medium text-ink-2">
              {mark}
            </span>
          ))}
        {!step.safe && (
          <span
            title="It changes something, and keeps its place among others that do"
            className="rounded bg-warn-soft px-1 text-[10px] leading-4 font-medium text-warn"
          >
            changes
          </span>
        )}
        {step.barrier && (
          <span
            title="It may end the workflow or go elsewhere: later steps wait for it"
            className="rounded bg-accent-soft px-1 text-[10px] leading-4 font-medium text-accent"
          >
            barrier
          </span>
        )}
      </span>
      <span className="w-full truncate font-mono text-[11px] leading-4 text-ink-2">{step.does}</span>
      <span className="flex w-full justify-between gap-2 text-[11px] leading-4 text-ink-3">
        {timed ? <span>{`${assumed(step)}${duration(step.expected_us)}`}</span> : <span />}
        {timed && step.slack_us > 0 && (
          <span className="truncate" title="It may take so much longer without the whole taking longer">
            {`slack ${duration(step.slack_us)}`}
          </span>
        )}
      </span>
    </button>
  );
}

/** What nobody has measured is marked. */
export function assumed(step: StepPlan): string {
  return step.latency === "assumed" ? "≈ " : "";
}
