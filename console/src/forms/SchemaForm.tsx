import { createContext, type ReactElement, useCallback, useContext, useMemo, useRef } from "react";
import type { FieldError, Json, JsonObject, Schema } from "~/api/types";
import { ArrayField, ChoiceField, MapField, ObjectField } from "./composites";
import { JsonField } from "./json";
import { NumberField, StringField, SwitchField, UnknownField } from "./scalars";
import { shapeOf } from "./schema";

export interface FormContext {
  root: Schema;
  errors: FieldError[];
  /** Team whose documents are offered where another document is named. */
  team: string;
  /** Whether the text at a place cannot be read; what was read before stays the value until it can. */
  onBroken: (path: string, broken: boolean) => void;
}

const Context = createContext<FormContext>({ root: {}, errors: [], team: "default", onBroken: () => {} });

export function useForm(): FormContext {
  return useContext(Context);
}

/** The message for exactly this place. */
export function useErrorAt(path: string): string | undefined {
  const { errors } = useForm();
  const found = errors.filter((error) => error.path === path).map((error) => error.message);
  return found.length > 0 ? found.join("; ") : undefined;
}

interface Props {
  schema: Schema;
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  errors: FieldError[];
  team: string;
  onBroken?: (broken: boolean) => void;
}

/** A form made from a spec's schema. Errors show at the field that their path names. */
export function SchemaForm({ schema, value, onChange, errors, team, onBroken }: Props): ReactElement {
  const places = useRef(new Set<string>());
  const mark = useCallback(
    (path: string, broken: boolean) => {
      if (broken) places.current.add(path);
      else places.current.delete(path);
      onBroken?.(places.current.size > 0);
    },
    [onBroken],
  );
  const context = useMemo(
    () => ({ root: schema, errors, team, onBroken: mark }),
    [schema, errors, team, mark],
  );
  return (
    <Context value={context}>
      <Node
        schema={schema}
        value={value}
        onChange={(next) => onChange((next ?? {}) as JsonObject)}
        path="/spec"
        depth={0}
        required
        {...(shapeOf(schema, schema).type === "choice" ? { label: "Kind" } : {})}
      />
    </Context>
  );
}

export interface NodeProps {
  schema: Schema;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  path: string;
  depth: number;
  required: boolean;
  label?: string;
}

/** The field of one place in the document, whatever its shape. */
export function Node(props: NodeProps): ReactElement {
  const { root } = useForm();
  const shape = shapeOf(props.schema, root);
  switch (shape.type) {
    case "string":
      return <StringField {...props} shape={shape} />;
    case "number":
      return <NumberField {...props} shape={shape} />;
    case "boolean":
      return <SwitchField {...props} shape={shape} />;
    case "choice":
      return <ChoiceField {...props} shape={shape} />;
    case "array":
      return <ArrayField {...props} shape={shape} />;
    case "map":
      return <MapField {...props} shape={shape} />;
    case "object":
      return <ObjectField {...props} shape={shape} />;
    case "json":
      return <JsonField {...props} shape={shape} />;
    default:
      return <UnknownField {...props} />;
  }
}
