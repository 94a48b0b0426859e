import { Link } from "@tanstack/react-router";
import { type ReactElement, useId, useState } from "react";
import { PHASES, type ProviderTest, type ProviderView } from "~/api/types";
import { duration, exact, money } from "~/lib/format";
import { Badge, Button, cx, statusTone } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { PHASE_INFO } from "~/waterfall/phases";
import type { Test } from "./useTest";

/** What came of trying a provider: the answer, or what failed and the way out; and where the time went. */
export function TestResult({ provider, test }: { provider: ProviderView; test: Test }): ReactElement | null {
  const { result, error, running } = test;
  if (!result && !error && !running) return null;
  return (
    <section
      aria-label={`Test of ${provider.name}`}
      aria-live="polite"
      className={cx("border-t border-line bg-sunken px-4 py-3", running && "opacity-70")}
    >
      {result ? (
        <Shown result={result} provider={provider} test={test} />
      ) : error ? (
        <p className="flex items-start gap-2 text-bad">
          <Icon name="warning" size={14} className="mt-[3px] shrink-0" />
          <span className="min-w-0">{error instanceof Error ? error.message : String(error)}</span>
        </p>
      ) : (
        <p className="late text-ink-3">A tiny chat is on its way; it may take half a minute.</p>
      )}
    </section>
  );
}

function Shown({
  result,
  provider,
  test,
}: {
  result: ProviderTest;
  provider: ProviderView;
  test: Test;
}): ReactElement {
  return (
    <div className="flex flex-col gap-3">
      <div className="flex items-start gap-2.5">
        <Icon
          name={result.ok ? "check" : "warning"}
          size={15}
          className={cx("mt-[3px] shrink-0", result.ok ? "text-good" : "text-bad")}
        />
        <div className="min-w-0 flex-1">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
            <span className="min-w-0 wrap-anywhere">{headline(result)}</span>
            {result.status !== null && <Badge tone={statusTone(result.status)}>{result.status}</Badge>}
          </p>
          {result.answer && <Answer answer={result.answer} />}
          {result.failure && (
            <>
              <p className="mt-1 font-mono text-xs wrap-anywhere text-ink-2">{result.failure.message}</p>
              <p className="mt-1.5">
                <Advice text={result.failure.advice} />
              </p>
            </>
          )}
        </div>
        <Button small look="quiet" icon="close" aria-label="Close the test" onClick={test.forget} />
      </div>
      <Phases result={result} />
      <Again result={result} provider={provider} test={test} />
    </div>
  );
}

/** What stands in backticks is code. */
function Advice({ text }: { text: string }): ReactElement {
  return (
    <>
      {text.split("`").map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          <code key={index} className="rounded bg-hover px-1 font-mono text-xs">
            {part}
          </code>
        ),
      )}
    </>
  );
}

function headline(result: ProviderTest): string {
  const who = result.model ?? result.target;
  if (result.ok) return `${who} answered in ${duration(result.duration_us)}`;
  const step = result.failure?.step ?? "";
  const where: Record<string, string> = {
    request: "The request could not be made",
    dns: `The name of ${result.target} is not known`,
    connect: `No connection to ${result.target}`,
    tls: `No encryption with ${result.target}`,
    queued: `${result.target} takes no request`,
    send: `${result.target} takes no request`,
    wait: `${who} gave no answer in ${duration(result.duration_us)}`,
    receive: "The answer broke off",
    status: `${result.target} answered with an error`,
    answer: "What was answered cannot be read",
  };
  return where[step] ?? "It failed";
}

function Answer({ answer }: { answer: NonNullable<ProviderTest["answer"]> }): ReactElement {
  const { input_tokens, output_tokens, cost_micros, finish_reason } = answer;
  const facts = [
    `${exact(input_tokens)} tokens in, ${exact(output_tokens)} out`,
    cost_micros === null ? "cost unknown" : money(cost_micros),
    ...(finish_reason ? [`finished by ${finish_reason}`] : []),
  ];
  return (
    <>
      <p className="mt-0.5 wrap-anywhere text-ink-2">
        {answer.text === "" ? <span className="text-ink-3">It said nothing.</span> : `“${answer.text}”`}
      </p>
      <p className="mt-0.5 text-xs text-ink-3">{facts.join(" · ")}</p>
    </>
  );
}

/** The phases side by side, as wide as they were long. */
function Phases({ result }: { result: ProviderTest }): ReactElement | null {
  const phases = PHASES.flatMap((phase) => {
    const us = result.phases[phase];
    return us ? [{ phase, us }] : [];
  });
  const sum = phases.reduce((total, { us }) => total + us, 0);
  if (sum === 0) return null;
  return (
    <div>
      <div className="flex h-2 overflow-hidden rounded-full bg-hover" aria-hidden="true">
        {phases.map(({ phase, us }) => (
          <span
            key={phase}
            className={cx(phase === "queued" && "hatched")}
            style={{ width: `${(us / sum) * 100}%`, backgroundColor: `var(--ph-${phase})` }}
          />
        ))}
      </div>
      <ul className="mt-1.5 flex flex-wrap gap-x-5 gap-y-1 text-xs">
        {phases.map(({ phase, us }) => (
          <li key={phase} className="flex items-center gap-1.5">
            <span className="size-2 rounded-[2px]" style={{ backgroundColor: `var(--ph-${phase})` }} />
            <span className="text-ink-2">{PHASE_INFO[phase].label}</span>
            <span className="font-medium">{duration(us)}</span>
          </li>
        ))}
        {result.peer && <li className="font-mono text-2xs text-ink-3">{result.peer}</li>}
      </ul>
    </div>
  );
}

/** The models that the vendor lists, to try another of them or to name it for callers. */
function Again({
  result,
  provider,
  test,
}: {
  result: ProviderTest;
  provider: ProviderView;
  test: Test;
}): ReactElement {
  const [model, setModel] = useState(result.model ?? "");
  const id = useId();
  const models = result.models ?? [];
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        test.run(model);
      }}
    >
      <input
        className="input w-72 max-w-full font-mono text-xs!"
        list={id}
        aria-label="Model to test"
        placeholder="A model, as the vendor calls it"
        value={model}
        onChange={(event) => setModel(event.target.value)}
      />
      <datalist id={id}>
        {models.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Button type="submit" disabled={test.running}>
        Test this model
      </Button>
      <span className="text-xs text-ink-3">
        {result.models === null
          ? "The vendor lists no models."
          : `${exact(models.length)} ${models.length === 1 ? "model" : "models"} listed for this key.`}
      </span>
      {result.ok && model !== "" && (
        <Link
          to="/$plural/new"
          params={{ plural: "model-aliases" }}
          search={{ from: model, as: "model", provider: provider.name, team: provider.team }}
          className="ml-auto text-xs text-accent hover:underline"
        >
          Name it for callers
        </Link>
      )}
    </form>
  );
}
