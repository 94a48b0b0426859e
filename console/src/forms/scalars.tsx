import { useQuery } from "@tanstack/react-query";
import { type ReactElement, type ReactNode, useId, useState } from "react";
import { get, query } from "~/api/client";
import { KIND_INFO } from "~/api/kinds";
import type { DocumentView, Json, Kind, Page } from "~/api/types";
import { Button, CopyButton, cx } from "~/ui/basics";
import { type NodeProps, useErrorAt, useForm } from "./SchemaForm";
import { referencedKind, type Shape, showDefault } from "./schema";

export type Of<T extends Shape["type"]> = NodeProps & { shape: Extract<Shape, { type: T }> };

interface RowProps {
  id?: string;
  label: string | undefined;
  description: string;
  error?: string | undefined;
  required: boolean;
  children: ReactNode;
  aside?: ReactNode;
}

/** A label on the left, the field on the right, what it means below it. */
export function Row({ id, label, description, error, required, children, aside }: RowProps): ReactElement {
  const note = error ? (
    <p id={id && noteOf(id)} role="alert" className="mt-1 text-xs text-bad">
      {error}
    </p>
  ) : description && !echoes(description, label) ? (
    <p id={id && noteOf(id)} className="mt-1 text-xs text-ink-3">
      {plain(description)}
    </p>
  ) : null;
  if (label === undefined) {
    return (
      <div className="min-w-0 flex-1">
        {children}
        {error && note}
      </div>
    );
  }
  return (
    <div className="grid gap-x-4 gap-y-1 py-2 sm:grid-cols-[var(--label,150px)_minmax(0,1fr)]">
      <label htmlFor={id} className="pt-[5px] text-sm text-ink-2">
        {label}
        {required && (
          <span className="text-ink-3" title="Required">
            {" "}
            *
          </span>
        )}
      </label>
      <div className="min-w-0">
        <div className="flex items-center gap-2">
          <div className="min-w-0 flex-1">{children}</div>
          {aside}
        </div>
        {note}
      </div>
    </div>
  );
}

/** The id of what stands under a field, for `aria-describedby`. */
export const noteOf = (id: string): string => `${id}-note`;

/** "The service." under "Service" says nothing. */
function echoes(description: string, label: string | undefined): boolean {
  const said = plain(description)
    .toLowerCase()
    .replace(/^(the|an?) /, "")
    .replace(/\.$/, "");
  return said === label?.toLowerCase();
}

/** Descriptions come from Rust docs: the back ticks are left out. */
export function plain(text: string): string {
  return text.replaceAll("`", "").replaceAll(/\[([^\]]+)\]/g, "$1");
}

/** Texts that are quantities, with what they look like. */
const QUANTITIES: Record<string, string> = { Duration: "250ms, 10s, 5m", ByteSize: "64KiB, 10MB" };

/** A new key for a webhook: 32 bytes of chance, as Standard Webhooks writes them. */
function webhookKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** An emptied optional field is absent, not an empty text. */
const orAbsent = (text: string, required: boolean): Json | undefined =>
  text === "" && !required ? undefined : text;

export function StringField({ value, onChange, path, required, label, shape }: Of<"string">): ReactElement {
  const id = useId();
  const error = useErrorAt(path);
  const kind =
    shape.definition === "Reference" || shape.definition === "Name" ? referencedKind(path) : undefined;
  const text = typeof value === "string" ? value : "";
  const quantity = QUANTITIES[shape.definition ?? ""];
  const secret = /\/(old_)?secret\/value$/.test(path);
  const [made, setMade] = useState(false);
  const { root } = useForm();
  // A webhook's key has a form of its own; those of vendors come from them.
  const makes = path === "/spec/secret/value" && root.properties?.events !== undefined;
  const make = () => {
    setMade(true);
    onChange(webhookKey());
  };
  const zones = path.endsWith("/time_zone");
  const mono = shape.pattern !== undefined || /path|url|host|header|pattern|hash/.test(path);
  const shared = {
    id,
    value: text,
    "aria-invalid": error !== undefined,
    "aria-describedby": noteOf(id),
    className: cx("input", mono && "font-mono text-xs!", QUANTITIES[shape.definition ?? ""] && "max-w-44"),
    onChange: (event: { target: { value: string } }) => onChange(orAbsent(event.target.value, required)),
  };
  const long = text.includes("\n");
  return (
    <Row
      id={id}
      label={label}
      description={
        makes
          ? "whsec_ and base64 of 24 to 64 bytes: receivers verify with it what they get. Once saved it is not shown again."
          : shape.description
      }
      error={error}
      required={required}
      {...(makes
        ? {
            aside: (
              <>
                <Button onClick={make}>Make one</Button>
                {text !== "" && text !== "***" && <CopyButton text={text} what="secret" />}
              </>
            ),
          }
        : {})}
    >
      {kind ? (
        <ReferenceInput
          kind={kind}
          required={required}
          label={label ?? path.split("/").at(-2) ?? "name"}
          {...shared}
        />
      ) : long ? (
        <textarea rows={4} {...shared} />
      ) : (
        <input
          type={secret && !made ? "password" : "text"}
          {...(zones ? { list: `${id}-zones` } : {})}
          autoComplete="off"
          spellCheck={false}
          placeholder={showDefault(shape.default) || quantity}
          aria-label={label ?? path.split("/").at(-1)}
          {...shared}
        />
      )}
      {zones && (
        <datalist id={`${id}-zones`}>
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </datalist>
      )}
    </Row>
  );
}

/** The names of existing documents to choose from; where there are too many for that, a text field that offers them. */
function ReferenceInput({
  kind,
  required,
  label,
  ...rest
}: {
  kind: Kind;
  required: boolean;
  label: string;
  id: string;
  value: string;
  className: string;
  "aria-invalid": boolean;
  "aria-describedby": string;
  onChange: (event: { target: { value: string } }) => void;
}): ReactElement {
  const list = useId();
  const { team } = useForm();
  const { data } = useQuery({
    queryKey: ["names", kind],
    queryFn: ({ signal }) =>
      get<Page<DocumentView>>(`/api/v1/documents${query({ kind, limit: 200 })}`, signal),
    staleTime: 30_000,
  });
  const names = (data?.items ?? [])
    .filter((item) => item.team === team || item.team === "system")
    .map((item) => ({
      value: item.team === team ? item.name : `${item.team}::${item.name}`,
      title: item.title ?? "",
    }));
  if (data && !data.next_cursor && names.length > 0) {
    const known = rest.value === "" || names.some((name) => name.value === rest.value);
    return (
      <select aria-label={label} {...rest} className={cx(rest.className, "max-w-md")}>
        <option value="">{required ? `Choose a ${KIND_INFO[kind].one}…` : "None"}</option>
        {!known && <option value={rest.value}>{rest.value}: not there</option>}
        {names.map((name) => (
          <option key={name.value} value={name.value}>
            {name.title && name.title !== name.value ? `${name.value} · ${name.title}` : name.value}
          </option>
        ))}
      </select>
    );
  }
  return (
    <>
      <input type="text" list={list} autoComplete="off" spellCheck={false} aria-label={label} {...rest} />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name.value} value={name.value}>
            {name.title}
          </option>
        ))}
      </datalist>
    </>
  );
}

export function NumberField({ value, onChange, path, required, label, shape }: Of<"number">): ReactElement {
  const id = useId();
  const error = useErrorAt(path);
  return (
    <Row id={id} label={label} description={shape.description} error={error} required={required}>
      <input
        id={id}
        type="number"
        className="input max-w-44"
        aria-label={label ?? path.split("/").at(-1)}
        aria-invalid={error !== undefined}
        aria-describedby={noteOf(id)}
        step={shape.integer ? 1 : "any"}
        min={shape.minimum}
        max={shape.maximum}
        placeholder={showDefault(shape.default)}
        value={typeof value === "number" ? value : ""}
        onChange={(event) => onChange(event.target.value === "" ? undefined : Number(event.target.value))}
      />
    </Row>
  );
}

export function SwitchField({ value, onChange, path, label, shape, required }: Of<"boolean">): ReactElement {
  const id = useId();
  const error = useErrorAt(path);
  const on = typeof value === "boolean" ? value : shape.default === true;
  return (
    <Row id={id} label={label} description={shape.description} error={error} required={required}>
      <button
        id={id}
        type="button"
        role="switch"
        aria-checked={on}
        aria-label={label}
        aria-describedby={noteOf(id)}
        onClick={() => onChange(!on === (shape.default ?? false) && !required ? undefined : !on)}
        className={cx(
          "my-1.5 flex h-4.5 w-8 items-center rounded-full p-0.5 transition-colors",
          on ? "bg-accent" : "bg-line-strong",
        )}
      >
        <span
          className={cx("size-3.5 rounded-full bg-white transition-transform", on && "translate-x-3.5")}
        />
      </button>
    </Row>
  );
}

/** A shape that the form has no field for is edited in the text tab. */
export function UnknownField({ value, label, path }: NodeProps): ReactElement {
  const error = useErrorAt(path);
  return (
    <Row label={label} description="Edit this in the text tab." error={error} required={false}>
      <pre className="overflow-x-auto rounded-md bg-sunken p-2 font-mono text-xs">
        {JSON.stringify(value ?? null, null, 2)}
      </pre>
    </Row>
  );
}
