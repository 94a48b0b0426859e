import { useQuery } from "@tanstack/react-query";
import { type ReactElement, type ReactNode, useId } from "react";
import { get, query } from "~/api/client";
import type { DocumentView, Json, JsonObject, Kind, Page } from "~/api/types";
import { Button, cx } from "~/ui/basics";
import { Menu } from "~/ui/menu";
import { Node, type NodeProps, useErrorAt, useForm } from "./SchemaForm";
import {
  blankOf,
  choose,
  insideOf,
  isObject,
  labelOf,
  pointer,
  referencedKind,
  type Shape,
  shapeOf,
  showDefault,
  tagOf,
  withField,
} from "./schema";

type Of<T extends Shape["type"]> = NodeProps & { shape: Extract<Shape, { type: T }> };

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
function Row({ id, label, description, error, required, children, aside }: RowProps): ReactElement {
  const note = error ? (
    <p role="alert" className="mt-1 text-xs text-bad">
      {error}
    </p>
  ) : description ? (
    <p className="mt-1 text-xs text-ink-3">{plain(description)}</p>
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
    <div className="grid gap-x-4 gap-y-1 py-2 sm:grid-cols-[150px_minmax(0,1fr)]">
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

/** Descriptions come from Rust docs: the back ticks are left out. */
function plain(text: string): string {
  return text.replaceAll("`", "").replaceAll(/\[([^\]]+)\]/g, "$1");
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
  const secret = /\/secret\/value$/.test(path);
  const hidden = /\/sealed$/.test(path);
  const mono = shape.pattern !== undefined || /path|url|host|header|pattern|hash/.test(path);
  const shared = {
    id,
    value: text,
    "aria-invalid": error !== undefined,
    className: cx("input", mono && "font-mono text-xs!"),
    onChange: (event: { target: { value: string } }) => onChange(orAbsent(event.target.value, required)),
  };
  const long = text.includes("\n");
  return (
    <Row
      id={id}
      label={label}
      description={hidden ? "Kept. Choose value to set another." : shape.description}
      error={error}
      required={required}
    >
      {kind ? (
        <ReferenceInput kind={kind} {...shared} />
      ) : long ? (
        <textarea rows={4} {...shared} />
      ) : (
        <input
          type={secret ? "password" : "text"}
          autoComplete="off"
          spellCheck={false}
          readOnly={hidden}
          placeholder={showDefault(shape.default)}
          aria-label={label ?? path.split("/").at(-1)}
          {...shared}
        />
      )}
    </Row>
  );
}

/** A text field that offers the names of existing documents. */
function ReferenceInput({
  kind,
  ...rest
}: {
  kind: Kind;
  id: string;
  value: string;
  className: string;
  "aria-invalid": boolean;
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
  const names = (data?.items ?? []).filter((item) => item.team === team || item.team === "system");
  return (
    <>
      <input type="text" list={list} autoComplete="off" spellCheck={false} {...rest} />
      <datalist id={list}>
        {names.map((item) => (
          <option
            key={`${item.team}/${item.name}`}
            value={item.team === team ? item.name : `${item.team}::${item.name}`}
          >
            {item.title ?? ""}
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

export function ChoiceField(props: Of<"choice">): ReactElement {
  const { value, onChange, path, depth, required, label, shape } = props;
  const { root } = useForm();
  const id = useId();
  const error = useErrorAt(path);
  const tag = tagOf(value) ?? (value === undefined ? tagOf(shape.default) : undefined);
  const option = shape.options.find((entry) => entry.tag === tag);
  const pick = (next: string) => {
    const chosen = shape.options.find((entry) => entry.tag === next);
    if (!chosen) onChange(undefined);
    // The same tag again keeps what stands under it.
    else if (next !== tagOf(value)) onChange(choose(chosen, root));
  };
  const own = value === undefined;
  return (
    <div>
      <Row
        id={id}
        label={label}
        description={option?.description || shape.description}
        error={error}
        required={required}
      >
        <select
          id={id}
          className={cx("input", label === undefined ? "w-full" : "max-w-72")}
          aria-label={label ?? "Kind"}
          aria-invalid={error !== undefined}
          value={own && shape.default === undefined ? "" : (tag ?? "")}
          onChange={(event) => pick(event.target.value)}
        >
          {(!required || tag === undefined) && shape.default === undefined && (
            <option value="">{required ? "Choose…" : shape.nullable ? "None" : "By default"}</option>
          )}
          {shape.options
            .filter((entry) => entry.tag !== "sealed" || tag === "sealed")
            .map((entry) => (
              <option key={entry.tag} value={entry.tag}>
                {labelOf(entry.tag)}
              </option>
            ))}
        </select>
      </Row>
      {option?.schema && (
        <div
          className={cx(
            label !== undefined &&
              shapeOf(option.schema, root).type === "object" &&
              "ml-3 border-l border-line pl-4",
          )}
        >
          <Node
            schema={option.schema}
            value={insideOf(value)}
            onChange={(next) => onChange({ [option.tag]: next ?? blankOf(option.schema ?? {}, root) })}
            path={pointer(path, option.tag)}
            depth={depth + 1}
            required
            {...(shapeOf(option.schema, root).type === "object" ? {} : { label: labelOf(option.tag) })}
          />
        </div>
      )}
    </div>
  );
}

export function ArrayField({
  value,
  onChange,
  path,
  depth,
  label,
  shape,
  required,
}: Of<"array">): ReactElement {
  const { root } = useForm();
  const error = useErrorAt(path);
  const list = Array.isArray(value)
    ? value
    : value === undefined && Array.isArray(shape.default)
      ? shape.default
      : [];
  const item = shapeOf(shape.items, root);
  const set = (next: Json[]) =>
    onChange(next.length === 0 && !required && shape.default === undefined ? undefined : next);
  const add = (what: Json) => set([...list, what]);
  const simple = item.type === "string" || item.type === "number";
  const adder =
    item.type === "choice" ? (
      <Menu
        align="start"
        trigger={
          <Button small icon="plus">
            Add
          </Button>
        }
        items={item.options.map((option) => ({
          label: labelOf(option.tag),
          run: () => add(choose(option, root)),
        }))}
      />
    ) : (
      <Button small icon="plus" onClick={() => add(blankOf(shape.items, root))}>
        Add
      </Button>
    );
  return (
    <Row label={label} description={shape.description} error={error} required={required}>
      <div className="flex flex-col items-stretch gap-1.5">
        {list.map((entry, index) => (
          <div
            key={index}
            className={cx(
              "group/item flex items-start gap-1",
              !simple && "rounded-md border border-line bg-bg py-1 pr-1 pl-3",
            )}
          >
            <div className="min-w-0 flex-1">
              <Node
                schema={shape.items}
                value={entry}
                onChange={(next) =>
                  set(list.map((old, at) => (at === index ? (next ?? blankOf(shape.items, root)) : old)))
                }
                path={pointer(path, index)}
                depth={depth + 1}
                required
              />
            </div>
            <div className="flex shrink-0 pt-0.5">
              {list.length > 1 && (
                <Button
                  small
                  look="quiet"
                  icon="up"
                  aria-label="Move up"
                  title="Move up"
                  className={index === 0 ? "invisible" : ""}
                  onClick={() => set(moved(list, index))}
                />
              )}
              <Button
                small
                look="quiet"
                icon="close"
                aria-label="Remove"
                title="Remove"
                onClick={() => set(list.filter((_, at) => at !== index))}
              />
            </div>
          </div>
        ))}
        <div className="pt-0.5">{adder}</div>
      </div>
    </Row>
  );
}

function moved(list: Json[], index: number): Json[] {
  const copy = [...list];
  const [entry] = copy.splice(index, 1);
  if (entry !== undefined) copy.splice(index - 1, 0, entry);
  return copy;
}

export function MapField({ value, onChange, path, depth, label, shape, required }: Of<"map">): ReactElement {
  const { root } = useForm();
  const error = useErrorAt(path);
  const entries = isObject(value) ? Object.entries(value) : [];
  const set = (next: [string, Json][]) =>
    onChange(next.length === 0 && !required ? undefined : Object.fromEntries(next));
  return (
    <Row label={label} description={shape.description} error={error} required={required}>
      <div className="flex flex-col gap-1.5">
        {entries.map(([name, entry], index) => (
          <div key={index} className="flex items-start gap-1.5">
            <input
              className="input max-w-56 font-mono text-xs!"
              aria-label="Name"
              placeholder="name"
              value={name}
              onChange={(event) =>
                set(entries.map((old, at) => (at === index ? [event.target.value, entry] : old)))
              }
            />
            <Node
              schema={shape.values}
              value={entry}
              onChange={(next) => set(entries.map((old, at) => (at === index ? [name, next ?? ""] : old)))}
              path={pointer(path, name)}
              depth={depth + 1}
              required
            />
            <Button
              small
              look="quiet"
              icon="close"
              aria-label="Remove"
              onClick={() => set(entries.filter((_, at) => at !== index))}
            />
          </div>
        ))}
        <div>
          <Button
            small
            icon="plus"
            disabled={entries.some(([name]) => name === "")}
            onClick={() => set([...entries, ["", blankOf(shape.values, root)]])}
          >
            Add
          </Button>
        </div>
      </div>
    </Row>
  );
}

export function ObjectField({
  value,
  onChange,
  path,
  depth,
  label,
  shape,
  required,
}: Of<"object">): ReactElement {
  const { root } = useForm();
  const error = useErrorAt(path);
  const current: JsonObject = isObject(value) ? value : {};
  const fields = shape.fields.map((field) => (
    <Node
      key={field.name}
      schema={field.schema}
      value={current[field.name]}
      onChange={(next) => onChange(withField(current, field.name, next))}
      path={pointer(path, field.name)}
      depth={depth + 1}
      required={field.required}
      label={labelOf(field.name)}
    />
  ));
  if (label === undefined) {
    const compact =
      depth > 0 &&
      shape.fields.length <= 3 &&
      shape.fields.every((field) => ["string", "number"].includes(shapeOf(field.schema, root).type));
    return (
      <div className={cx(compact && "flex items-start gap-2")}>
        {compact
          ? shape.fields.map((field) => (
              <Compact
                key={field.name}
                name={field.name}
                schema={field.schema}
                required={field.required}
                value={current}
                onChange={onChange}
                path={path}
                depth={depth}
              />
            ))
          : fields}
        {error && (
          <p role="alert" className="py-1 text-xs text-bad">
            {error}
          </p>
        )}
        {fields.length === 0 && <p className="py-1 text-xs text-ink-3">Nothing to set.</p>}
      </div>
    );
  }
  const absent = value === undefined || value === null;
  return (
    <Row label={label} description={absent ? shape.description : ""} error={error} required={required}>
      {absent && !required ? (
        <Button
          small
          icon="plus"
          onClick={() =>
            onChange(
              blankOf(
                {
                  type: "object",
                  properties: Object.fromEntries(shape.fields.map((f) => [f.name, f.schema])),
                  required: shape.fields.filter((f) => f.required).map((f) => f.name),
                },
                root,
              ),
            )
          }
        >
          Set
        </Button>
      ) : (
        <div className="rounded-md border border-line bg-bg px-3 py-1">
          <div className="flex items-center justify-between gap-2">
            <p className="text-xs text-ink-3">{plain(shape.description)}</p>
            {!required && (
              <Button small look="quiet" onClick={() => onChange(undefined)}>
                Use the default
              </Button>
            )}
          </div>
          {fields}
        </div>
      )}
    </Row>
  );
}

/** Few short fields of a list's item stand side by side. */
function Compact({
  name,
  schema,
  required,
  value,
  onChange,
  path,
  depth,
}: {
  name: string;
  schema: NodeProps["schema"];
  required: boolean;
  value: JsonObject;
  onChange: (value: Json | undefined) => void;
  path: string;
  depth: number;
}): ReactElement {
  const { root } = useForm();
  const wide = shapeOf(schema, root).type === "string";
  return (
    <div className={cx("min-w-0 py-1", wide ? "flex-[2]" : "flex-1")}>
      <p className="label pb-0.5">{labelOf(name)}</p>
      <Node
        schema={schema}
        value={value[name]}
        onChange={(next) => onChange(withField(value, name, next))}
        path={pointer(path, name)}
        depth={depth + 1}
        required={required}
      />
    </div>
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
