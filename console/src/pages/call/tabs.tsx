import type { ReactElement } from "react";
import { type AiDetail, type CallDetail, PHASES } from "~/api/types";
import { bytes, duration, exact, money, operationOf, words } from "~/lib/format";
import { apiName } from "~/pages/providers/apis";
import { Badge, CopyButton, Status } from "~/ui/basics";
import { PHASE_INFO } from "~/waterfall/phases";
import { gapsOf } from "./body";
import { hasCalls } from "./within";

/** What identifies the call, and such headers as its record holds. */
export function DetailsTab({ call }: { call: CallDetail }): ReactElement {
  const [, , parent] = (call.traceparent ?? "").split("-");
  return (
    <div className="grid lg:grid-cols-2 lg:divide-x lg:divide-line">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] content-start gap-x-6 gap-y-1.5 px-5 py-3.5">
        <Pair name="Call id" value={call.id} mono copy />
        <Pair name="Trace id" value={call.trace_id} mono copy />
        <Pair name="Span id" value={parent} mono />
        <Pair name="GraphQL" value={operationOf(call) || null} />
        <Pair name="Host" value={call.host} mono />
        <Pair name="Protocol" value={`${call.protocol ?? "–"}${call.tls ? " over TLS" : ""}`} />
        <Pair name="Client" value={call.client} mono />
        <Pair name="Key" value={call.credential} />
        <Pair name="Plan" value={call.plan} />
        <Pair name="First byte after" value={duration(call.first_byte_us)} />
        <Pair name="Body in, out" value={`${bytes(call.bytes_in)}, ${bytes(call.bytes_out)}`} />
      </dl>
      <div className="max-lg:border-t max-lg:border-line">
        <Headers title="Request headers" headers={call.request_headers} />
        {call.response_headers.length > 0 && (
          <Headers title="Response headers" headers={call.response_headers} />
        )}
        <p className="px-5 pb-3.5 text-xs text-ink-3">
          Records hold no secrets: of headers, only what is safe to keep.
        </p>
      </div>
    </div>
  );
}

function Headers({ title, headers }: { title: string; headers: [string, string][] }): ReactElement {
  return (
    <div className="min-w-0 px-5 py-3">
      <div className="mb-1 flex items-center justify-between">
        <h3 className="text-xs font-medium text-ink-2">{title}</h3>
        {headers.length > 0 && (
          <CopyButton
            text={headers.map(([name, value]) => `${name}: ${value}`).join("\n")}
            what={title.toLowerCase()}
          />
        )}
      </div>
      {headers.length === 0 && <p className="text-ink-3">None were recorded.</p>}
      <dl className="font-mono text-xs">
        {headers.map(([name, value], index) => (
          <div
            key={`${name}-${index}`}
            className="grid grid-cols-[minmax(120px,34%)_1fr] gap-3 border-t border-line py-1"
          >
            <dt className="truncate text-ink-3" title={name}>
              {name}
            </dt>
            <dd className="break-all">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const PARTS: Record<string, string> = {
  input: "Input",
  output: "Output",
  cache_read: "of which read from cache",
  cache_write: "of which written to cache",
  reasoning: "of which reasoning",
};

const PIECES: Record<string, string> = {
  images: "Images",
  millis: "Seconds of speech",
  characters: "Characters spoken",
  queries: "Queries",
};

const SOURCES: Record<string, string> = {
  reported: "As the provider reports it",
  computed: "Computed from prices",
};

export function TokensTab({ ai, pieces }: { ai: AiDetail; pieces: number[] }): ReactElement {
  const gaps = gapsOf(pieces);
  const usage = ai.usage;
  // What is zero and rarely is not, is left out.
  const rows = (["input", "cache_read", "cache_write", "output", "reasoning"] as const).filter(
    (name) => name === "input" || name === "output" || usage[name] > 0,
  );
  const counted = (["images", "millis", "characters", "queries"] as const).filter(
    (name) => ai.pieces[name] > 0,
  );
  return (
    <div className="grid gap-6 px-5 py-4 lg:grid-cols-2">
      <table className="w-full self-start text-left">
        <thead className="text-xs text-ink-3">
          <tr>
            <th className="pb-1 font-normal">
              Tokens {usage.estimated && <Badge tone="warn">estimated</Badge>}
            </th>
            <th className="pb-1 text-right font-normal">Count</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((name) => (
            <tr key={name} className="border-t border-line">
              <td className={PARTS[name]?.startsWith("of") ? "py-1.5 pl-4 text-ink-2" : "py-1.5"}>
                {PARTS[name]}
              </td>
              <td className="text-right">{exact(usage[name])}</td>
            </tr>
          ))}
          <tr className="border-t border-line-strong font-medium">
            <td className="py-1.5">In all</td>
            <td className="text-right">{exact(ai.usage.input + ai.usage.output)}</td>
          </tr>
          {counted.map((name) => (
            <tr key={name} className="border-t border-line">
              <td className="py-1.5">{PIECES[name]}</td>
              <td className="text-right">
                {name === "millis" ? exact(Math.round(ai.pieces.millis / 1000)) : exact(ai.pieces[name])}
              </td>
            </tr>
          ))}
          <tr className="border-t border-line font-medium">
            <td className="py-1.5">
              Cost {ai.cost_source === "reported" && <Badge tone="neutral">reported</Badge>}
            </td>
            <td className="text-right">
              {ai.cost_micros === null ? (
                <span title="Neither the catalogue nor a document knows a price">unknown</span>
              ) : (
                <span title={SOURCES[ai.cost_source]}>{money(ai.cost_micros)}</span>
              )}
            </td>
          </tr>
        </tbody>
      </table>
      <dl className="grid grid-cols-[auto_1fr] content-start gap-x-6 gap-y-1.5 text-sm">
        <Pair name="Asked for" value={ai.alias} />
        <Pair name="Answered by" value={[ai.model, ai.provider].filter(Boolean).join(" at ")} />
        <Pair name="Dialect" value={ai.dialect ? apiName(ai.dialect) : null} />
        {ai.ttft_us !== null && <Pair name="First token after" value={duration(ai.ttft_us)} />}
        {ai.inter_token_p50_us !== null && (
          <Pair name="Between tokens, p50" value={duration(ai.inter_token_p50_us)} />
        )}
        {gaps && (
          <Pair
            name="Between pieces, p95 and longest"
            value={`${duration(gaps.p95)}, ${duration(gaps.max)}`}
          />
        )}
        <Pair name="Finished by" value={ai.finish_reason} />
        {ai.dropped && ai.dropped.length > 0 && (
          <>
            <dt className="text-ink-3" title="What the provider's format has no word for">
              Left out in translation
            </dt>
            <dd className="flex flex-wrap gap-1">
              {ai.dropped.map((name) => (
                <Badge key={name} tone="warn">
                  {name}
                </Badge>
              ))}
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

function Pair({
  name,
  value,
  mono = false,
  copy = false,
}: {
  name: string;
  value: string | null | undefined;
  mono?: boolean;
  copy?: boolean;
}): ReactElement {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="flex h-5 min-w-0 items-center gap-1">
        <span className={mono ? "truncate font-mono text-xs" : "truncate font-medium"}>{value || "–"}</span>
        {copy && value && <CopyButton text={value} what={name.toLowerCase()} />}
      </dd>
    </>
  );
}

export function AttemptsTab({ call }: { call: CallDetail }): ReactElement {
  const attempts = call.attempts_detail;
  if (attempts.length === 0)
    return (
      <p className="px-5 py-4 text-ink-3">
        {call.steps.length > 0 || hasCalls(call)
          ? "Calls within answered: each is a call of its own, with its attempts there."
          : `No upstream was asked: ${call.reason ? words(call.reason).toLowerCase() : "the gateway answered"}.`}
      </p>
    );
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-[960px] text-left whitespace-nowrap">
        <thead className="text-xs text-ink-3">
          <tr className="*:px-2 *:py-2 *:font-normal">
            <th className="pl-5!">#</th>
            <th>Target</th>
            <th>Why</th>
            <th>Outcome</th>
            <th>Connection</th>
            {PHASES.map((phase) => (
              <th key={phase} className="text-right">
                {PHASE_INFO[phase].label}
              </th>
            ))}
            <th className="text-right">Up</th>
            <th className="pr-5! text-right">Down</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <tr key={attempt.number} className="border-t border-line *:px-2 *:py-2">
              <td className="pl-5! text-ink-3">{attempt.number}</td>
              <td>{attempt.target ?? "–"}</td>
              <td className="text-ink-2">
                {attempt.reason ? words(attempt.reason) : <span className="text-ink-3">first</span>}
              </td>
              <td>
                {attempt.error ? (
                  <span className="text-bad">{words(attempt.error)}</span>
                ) : (
                  <Status status={attempt.status} />
                )}
              </td>
              <td className="text-ink-2">
                {attempt.reused ? "reused" : "new"} {attempt.protocol}
              </td>
              {PHASES.map((phase) => (
                <td key={phase} className="text-right text-ink-2">
                  {attempt.phases[phase] === null || attempt.phases[phase] === undefined ? (
                    <span className="text-ink-3">–</span>
                  ) : (
                    duration(attempt.phases[phase])
                  )}
                </td>
              ))}
              <td className="text-right text-ink-3">{bytes(attempt.bytes_up)}</td>
              <td className="pr-5! text-right text-ink-3">{bytes(attempt.bytes_down)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
