import { lazy, type ReactElement, Suspense, useId, useState } from "react";
import type { Json } from "~/api/types";
import { Button, Lines } from "~/ui/basics";
import { useErrorAt, useForm } from "./SchemaForm";
import { type Of, Row } from "./scalars";

/** The YAML reader comes with the first field that needs it. */
const JsonArea = lazy(() => import("./JsonArea"));

/** What is longer than this (as JSON) stands behind a button. */
const LARGE = 600;

/** A place that takes any JSON, written as YAML or JSON. */
export function JsonField({ value, onChange, path, required, label, shape }: Of<"json">): ReactElement {
  const id = useId();
  const { errors } = useForm();
  const error = useErrorAt(path);
  const [opened, setOpened] = useState(false);
  const inside = errors.filter((each) => each.path.startsWith(`${path}/`));
  const absent = value === undefined || value === null;
  const large = !absent && JSON.stringify(value).length > LARGE;
  const open = opened || (!absent && !large);
  return (
    <Row
      {...(open ? { id } : {})}
      label={label}
      description={shape.description}
      error={error}
      required={required}
    >
      {open ? (
        <Suspense fallback={<Lines rows={3} />}>
          <JsonArea
            id={id}
            label={label ?? path.split("/").at(-1) ?? "value"}
            value={value}
            path={path}
            inside={inside}
            required={required}
            onChange={onChange}
            {...(large ? { onFold: () => setOpened(false) } : {})}
          />
        </Suspense>
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <Button small {...(absent ? { icon: "plus" } : {})} onClick={() => setOpened(true)}>
            {absent ? "Write it" : "Show and edit"}
          </Button>
          {!absent && <span className="text-xs text-ink-3">{summary(value)}</span>}
          {inside.length > 0 && (
            <span role="alert" className="text-xs text-bad">
              {inside.length === 1
                ? `${inside[0]?.path}: ${inside[0]?.message}`
                : `${inside.length} mistakes in it`}
            </span>
          )}
        </div>
      )}
    </Row>
  );
}

/** What a folded value is: its size, and the names at its top. */
function summary(value: Json): string {
  const size = `${(JSON.stringify(value).length / 1000).toFixed(1)} kB`;
  if (value === null || typeof value !== "object") return size;
  if (Array.isArray(value)) return `${size}, ${value.length} entries`;
  const names = Object.keys(value);
  return `${size}: ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}`;
}
