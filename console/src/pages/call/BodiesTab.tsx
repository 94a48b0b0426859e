import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useMemo, useState } from "react";
import { Problem } from "~/api/client";
import { bodiesQuery } from "~/api/queries";
import type { CallBody, CallDetail } from "~/api/types";
import { highlight, type Part } from "~/forms/highlight";
import { bytes, duration } from "~/lib/format";
import { apiName } from "~/pages/providers/apis";
import { Badge, CodeLine, CopyButton, cx, ErrorNote, Lines, Segmented } from "~/ui/basics";
import { type BodyEvent, gistOf, kindOf, pretty, type Shown, shownOf } from "./body";

type Way = "pretty" | "raw";

/** Request and answer, each as the client and as the provider saw it. */
export function BodiesTab({ call }: { call: CallDetail }): ReactElement {
  const { data, error } = useQuery(bodiesQuery(call.id));
  const attempts = useMemo(
    () => [...new Set((data ?? []).flatMap((body) => (body.attempt === null ? [] : [body.attempt])))],
    [data],
  );
  const [chosen, setChosen] = useState<number | null>(null);
  const [way, setWay] = useState<Way>("pretty");
  if (error instanceof Problem && error.status === 403)
    return (
      <p className="px-5 py-4 text-ink-3">
        You may not read the bodies of calls: that is a right of its own.
      </p>
    );
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Lines rows={5} />;
  if (data.length === 0) return <NotKept call={call} />;
  const attempt = chosen ?? attempts.at(-1) ?? null;
  const part = (name: string, of: number | null) =>
    data.find((body) => body.part === name && body.attempt === of);
  const failed = call.attempts_detail.find((entry) => entry.number === attempt);
  const dialect = apiName(call.ai?.dialect);
  const sides = {
    request: part("request", null),
    sent: attempt === null ? undefined : part("sent", attempt),
    received: attempt === null ? undefined : part("received", attempt),
    answer: part("answer", null),
  };
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2">
        <Segmented
          label="How bodies are shown"
          value={way}
          options={[
            { value: "pretty", label: "Pretty" },
            { value: "raw", label: "Raw" },
          ]}
          onChange={setWay}
        />
        {attempts.length > 1 && (
          <Segmented
            label="Attempt"
            value={String(attempt)}
            options={attempts.map((number) => ({ value: String(number), label: `Attempt ${number}` }))}
            onChange={(value) => setChosen(Number(value))}
          />
        )}
        {attempts.length > 1 && failed && (
          <span className="text-xs text-ink-3">
            {failed.status ?? failed.error} from {failed.target}
          </span>
        )}
        {call.ai && call.ai.dropped.length > 0 && (
          <span className="flex flex-wrap items-center gap-1 text-xs text-ink-3">
            left out in translation:
            {call.ai.dropped.map((name) => (
              <Badge key={name} tone="warn">
                {name}
              </Badge>
            ))}
          </span>
        )}
        <span className="ml-auto text-2xs text-ink-3">Secrets are masked</span>
      </div>
      <div className="grid lg:grid-cols-2 lg:divide-x lg:divide-line">
        <Pane
          title="The client sent"
          note={`${call.method} ${call.host}${call.path}`}
          format={call.ai ? dialect : ""}
          body={sides.request}
          way={way}
        />
        {attempt === null ? (
          <Pane
            title="The client got"
            note={noteOf(call.status)}
            format={call.ai ? dialect : ""}
            body={sides.answer}
            way={way}
          />
        ) : (
          <Pane
            title="Weir sent to the provider"
            note={`POST ${sides.sent?.to ?? ""}`}
            format={apiName(sides.sent?.format)}
            body={sides.sent}
            way={way}
            same={sides.sent?.text !== null && sides.sent?.text === sides.request?.text}
          />
        )}
      </div>
      {attempt !== null && (
        <div className="grid border-t border-line lg:grid-cols-2 lg:divide-x lg:divide-line">
          <Pane
            title="The client got"
            note={noteOf(call.status)}
            format={call.ai ? dialect : ""}
            body={sides.answer}
            way={way}
            same={sides.answer?.text !== null && sides.answer?.text === sides.received?.text}
            className="max-lg:order-2"
          />
          <Pane
            title="The provider answered"
            note={noteOf(failed?.status)}
            format={apiName(sides.received?.format)}
            body={sides.received}
            way={way}
          />
        </div>
      )}
    </div>
  );
}

function NotKept({ call }: { call: CallDetail }): ReactElement {
  return (
    <div className="flex max-w-2xl flex-col gap-3 px-5 py-4">
      <p className="text-ink-2">
        No bodies of this call are kept. They are where a <code className="font-mono text-xs">record</code>{" "}
        policy asks for them, on a team, service, route, plan or application, for some days; secrets are
        masked.
      </p>
      <CodeLine code={"policies:\n  - record: { bodies: all, body_max: 64KiB }"} />
      {call.service && (
        <p>
          <Link
            to="/$plural/$team/$name"
            params={{ plural: "services", team: call.team ?? "default", name: call.service }}
            search={{ tab: "edit" }}
            className="text-accent hover:underline"
          >
            Add it to the service {call.service}
          </Link>
        </p>
      )}
    </div>
  );
}

function noteOf(status: number | null | undefined): string {
  return status === null || status === undefined ? "no status" : `status ${status}`;
}

function Pane({
  title,
  note,
  format,
  body,
  way,
  same = false,
  className,
}: {
  title: string;
  note: string;
  format: string;
  body: CallBody | undefined;
  way: Way;
  same?: boolean;
  className?: string;
}): ReactElement {
  const shown = useMemo(() => (body ? shownOf(body) : null), [body]);
  const cut = body !== undefined && body.kept_bytes < body.bytes;
  return (
    <section
      aria-label={title}
      className={cx("flex min-w-0 flex-col max-lg:border-t max-lg:border-line", className)}
    >
      <header className="flex min-h-9 flex-wrap items-center gap-x-2 gap-y-0.5 px-4 py-1">
        <h3 className="text-xs leading-[26px] font-semibold whitespace-nowrap">{title}</h3>
        {format !== "" && format !== "–" && <Badge>{format}</Badge>}
        {same && <Badge tone="good">unchanged</Badge>}
        {cut && (
          <Badge tone="warn" title="More of it with `body_max` in the record policy">
            first {bytes(body.kept_bytes)}
          </Badge>
        )}
        {body && (
          <span className="ml-auto flex items-center gap-1 text-2xs whitespace-nowrap text-ink-3">
            {shown?.kind === "events" && `${shown.events.length} events · `}
            {bytes(body.bytes)}
            {body.text !== null && <CopyButton text={body.text} what={title.toLowerCase()} />}
          </span>
        )}
        <p className="w-full truncate font-mono text-2xs text-ink-3" title={note}>
          {note}
        </p>
      </header>
      <div className="max-h-[520px] flex-1 overflow-auto border-t border-line bg-sunken">
        {!body || !shown ? (
          <p className="px-4 py-3 text-xs text-ink-3">
            Nothing was {title.includes("sent") ? "sent" : "received"}.
          </p>
        ) : way === "raw" && body.text !== null ? (
          <Code lines={body.text.split("\n").map((line) => [{ text: line, kind: "plain" }])} />
        ) : (
          <Content shown={shown} body={body} />
        )}
      </div>
    </section>
  );
}

function Content({ shown, body }: { shown: Shown; body: CallBody }): ReactElement {
  switch (shown.kind) {
    case "empty":
      return <p className="px-4 py-3 text-xs text-ink-3">Empty.</p>;
    case "binary":
      return (
        <p className="px-4 py-3 text-xs text-ink-3">
          {bytes(body.kept_bytes)} of {body.media_type ?? "an unknown type"}, which is no text.
        </p>
      );
    case "events":
      return <Events events={shown.events} />;
    case "text":
      return <Code lines={shown.text.split("\n").map((line) => [{ text: line, kind: "plain" }])} />;
    case "json":
      return <Code lines={highlight(shown.text, "json")} />;
  }
}

const COLORS: Partial<Record<Part["kind"], string>> = {
  key: "text-code-key",
  string: "text-code-string",
  number: "text-code-number",
  word: "text-code-number",
  mark: "text-ink-3",
};

/** So many lines are drawn at once. */
const MANY = 600;

function Code({ lines }: { lines: Part[][] }): ReactElement {
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(0, MANY);
  return (
    <pre className="px-4 py-2.5 font-mono text-xs leading-[18px] wrap-anywhere whitespace-pre-wrap">
      {shown.map((line, index) => (
        <div key={index} className="min-h-[18px]">
          {line.map((part, at) => (
            <span key={at} className={COLORS[part.kind]}>
              {part.text}
            </span>
          ))}
        </div>
      ))}
      {shown.length < lines.length && (
        <button
          type="button"
          className="pt-2 font-sans text-accent hover:underline"
          onClick={() => setAll(true)}
        >
          {lines.length - shown.length} more lines
        </button>
      )}
    </pre>
  );
}

const EVENTS = 300;

/** What an event brings where that is text, and the beginning of its data. */
function Gist({ event }: { event: BodyEvent }): ReactElement {
  const gist = gistOf(event);
  return (
    <span className="min-w-0 flex-1 truncate text-ink-3">
      {gist !== null && <span className="pr-2.5 text-code-string">{JSON.stringify(gist.slice(0, 120))}</span>}
      {event.data.slice(0, 400)}
    </span>
  );
}

/** Each event with the time at which it was whole; one opens to see its data on many lines. */
function Events({ events }: { events: BodyEvent[] }): ReactElement {
  const [all, setAll] = useState(false);
  const shown = all ? events : events.slice(0, EVENTS);
  return (
    <ol className="py-1 font-mono text-xs">
      {shown.map((event, index) => {
        const before = events[index - 1]?.at_us ?? null;
        const gap = event.at_us !== null && before !== null ? event.at_us - before : null;
        return (
          <li key={index}>
            <details className="group/event px-4 open:bg-hover">
              <summary className="flex cursor-default list-none items-center gap-2.5 py-0.5 hover:text-ink">
                <span
                  className="w-[62px] shrink-0 text-right text-2xs text-ink-3"
                  title={
                    event.at_us === null ? undefined : `${duration(event.at_us)} after the start of the call`
                  }
                >
                  {gap === null
                    ? event.at_us === null
                      ? ""
                      : duration(event.at_us)
                    : gap === 0
                      ? "·"
                      : `+${duration(gap)}`}
                </span>
                {kindOf(event) !== "" && <span className="shrink-0 text-code-key">{kindOf(event)}</span>}
                <Gist event={event} />
              </summary>
              <pre className="pb-2 pl-[72px] leading-[18px] wrap-anywhere whitespace-pre-wrap">
                {(pretty(event.data) === null
                  ? [[{ text: event.data, kind: "plain" as const }]]
                  : highlight(pretty(event.data) ?? "", "json")
                ).map((line, at) => (
                  <div key={at}>
                    {line.map((part, place) => (
                      <span key={place} className={COLORS[part.kind]}>
                        {part.text}
                      </span>
                    ))}
                  </div>
                ))}
              </pre>
            </details>
          </li>
        );
      })}
      {shown.length < events.length && (
        <li>
          <button
            type="button"
            className="px-4 py-1 font-sans text-accent hover:underline"
            onClick={() => setAll(true)}
          >
            {events.length - shown.length} more events
          </button>
        </li>
      )}
    </ol>
  );
}
