import { type ReactElement, useEffect, useState } from "react";
import { parse, stringify } from "yaml";
import type { FieldError, Json } from "~/api/types";
import { Button, cx } from "~/ui/basics";
import { listed, shown } from "./flow";
import { useForm } from "./SchemaForm";
import { noteOf } from "./scalars";
import { lineOf, type Mistake, readError } from "./text";

interface Props {
  id: string;
  label: string;
  value: Json | undefined;
  path: string;
  /** Mistakes at places within the value. */
  inside: FieldError[];
  required: boolean;
  onChange: (value: Json | undefined) => void;
  onFold?: () => void;
}

/** Where the short form of a flow stands. */
const FLOW = "/spec/flow";

const toText = (value: Json | undefined, path: string): string =>
  value === undefined || value === null
    ? ""
    : stringify(path === FLOW ? shown(value) : value, { lineWidth: 110 }).trimEnd();

/** A small text area for a value; what cannot be read is said under it and changes nothing. */
export default function JsonArea(props: Props): ReactElement {
  const { id, label, value, path, inside, required, onChange, onFold } = props;
  const { onBroken } = useForm();
  const [text, setText] = useState(() => toText(value, path));
  const [mistake, setMistake] = useState<Mistake | null>(null);
  // What is shown no more is broken no more.
  useEffect(() => () => onBroken(path, false), [onBroken, path]);
  const take = (next: string) => {
    setText(next);
    let read: Json;
    try {
      read = (parse(next) ?? null) as Json;
    } catch (error) {
      setMistake(readError(error, next));
      onBroken(path, true);
      return;
    }
    setMistake(null);
    onBroken(path, false);
    onChange(read === null && !required ? undefined : path === FLOW ? listed(read) : read);
  };
  const rows = Math.min(16, Math.max(text.includes("\n") ? 4 : 1, text.split("\n").length));
  const notes = mistake
    ? [`Line ${mistake.line}: ${mistake.message}`]
    : inside.map((each) => `Line ${lineOf(text, each.path.slice(path.length))}: ${each.message}`);
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-1">
      <textarea
        id={id}
        aria-label={label}
        aria-invalid={notes.length > 0}
        aria-describedby={noteOf(id)}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        rows={rows}
        placeholder="YAML or JSON"
        value={text}
        onChange={(event) => take(event.target.value)}
        className={cx("input h-auto! resize-y py-1.5 font-mono text-xs!", notes.length > 0 && "border-bad!")}
      />
      {notes.length > 0 && (
        <ul role="alert" className="text-xs text-bad">
          {notes.slice(0, 8).map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {onFold && !mistake && (
        <div>
          <Button small look="quiet" onClick={onFold}>
            Fold it away
          </Button>
        </div>
      )}
    </div>
  );
}
