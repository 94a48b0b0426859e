import { type ReactElement, useId } from "react";
import type { Json, JsonObject } from "~/api/types";
import { METHODS } from "~/lib/http";
import { Button, cx } from "~/ui/basics";
import { Menu } from "~/ui/menu";
import { Node, type NodeProps, useErrorAt, useForm } from "./SchemaForm";
import { noteOf, type Of, plain, Row } from "./scalars";
import { blankOf, choose, insideOf, isObject, labelOf, pointer, shapeOf, tagOf, withField } from "./schema";

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
        description={
          tag === "sealed"
            ? "Encrypted and kept as it is; it is never read out. Choose another kind to replace it."
            : option?.description || shape.description
        }
        error={error}
        required={required}
      >
        <select
          id={id}
          className={cx("input", label === undefined ? "w-full" : "max-w-72")}
          aria-label={label ?? "Kind"}
          aria-invalid={error !== undefined}
          aria-describedby={noteOf(id)}
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
      {option?.schema && tag !== "sealed" && (
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
  if (path.endsWith("/methods") && item.type === "string")
    return (
      <Row label={label} description={shape.description} error={error} required={required}>
        <Methods list={list} onChange={set} label={label ?? "Methods"} />
      </Row>
    );
  const what = label ? `Add to ${label.toLowerCase()}` : undefined;
  const simple = item.type === "string" || item.type === "number";
  const adder =
    item.type === "choice" ? (
      <Menu
        align="start"
        trigger={
          <Button small icon="plus" aria-label={what}>
            Add
          </Button>
        }
        items={item.options.map((option) => ({
          label: labelOf(option.tag),
          run: () => add(choose(option, root)),
        }))}
      />
    ) : (
      <Button small icon="plus" aria-label={what} onClick={() => add(blankOf(shape.items, root))}>
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
              !simple && "rounded-md border border-line bg-bg py-1 pr-1 pl-3 [--label:120px]",
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

/** HTTP methods to tick; others that are set already stay. */
function Methods({
  list,
  onChange,
  label,
}: {
  list: Json[];
  onChange: (next: Json[]) => void;
  label: string;
}): ReactElement {
  const all = [...METHODS, ...list.filter((name) => !METHODS.includes(name as (typeof METHODS)[number]))];
  return (
    <fieldset aria-label={label} className="flex flex-wrap gap-1.5">
      {all.map((name) => {
        const on = list.includes(name);
        return (
          <button
            key={String(name)}
            type="button"
            aria-pressed={on}
            onClick={() => onChange(all.filter((each) => (each === name ? !on : list.includes(each))))}
            className={cx(
              "h-7.5 rounded-md border px-2.5 font-mono text-xs",
              on
                ? "border-accent bg-accent-soft font-semibold text-accent"
                : "border-line-strong text-ink-2 hover:bg-hover",
            )}
          >
            {String(name)}
          </button>
        );
      })}
    </fieldset>
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
      <div className={cx(compact && "flex flex-wrap items-start gap-2")}>
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
        <div className="rounded-md border border-line bg-bg px-3 py-1 [--label:120px]">
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
    <div className={cx("py-1", wide ? "min-w-32 flex-[2]" : "min-w-16 flex-1")}>
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
