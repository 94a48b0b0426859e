import {
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { DocumentBody, FieldError } from "~/api/types";
import { CopyButton, cx, Segmented } from "~/ui/basics";
import { highlight, type Part } from "./highlight";
import { type Format, fromText, lineOf, type Mistake, toText } from "./text";

interface Props {
  body: DocumentBody;
  fixed: Partial<DocumentBody>;
  onChange: (body: DocumentBody) => void;
  onBroken: (broken: boolean) => void;
  errors: FieldError[];
  /** A place to go to, by its JSON Pointer; each new object leads there anew. */
  goTo?: { path: string } | undefined;
  /** What else stands above the text. */
  extra?: ReactNode;
}

/** The whole document as text, with what is wrong at its line. What cannot be read does not reach the form. */
export default function TextEditor({
  body,
  fixed,
  onChange,
  onBroken,
  errors,
  goTo,
  extra,
}: Props): ReactElement {
  const [format, setFormat] = useState<Format>("yaml");
  const [text, setText] = useState(() => toText(body, "yaml"));
  const [mistake, setMistake] = useState<Mistake | null>(null);
  useEffect(() => () => onBroken(false), [onBroken]);
  const take = (next: string) => {
    setText(next);
    const parsed = fromText(next, format, fixed);
    const broken = "mistake" in parsed;
    setMistake(broken ? parsed.mistake : null);
    onBroken(broken);
    if (!broken) onChange(parsed.body);
  };
  const turn = (next: Format) => {
    const parsed = fromText(text, format, fixed);
    if ("mistake" in parsed) return;
    setFormat(next);
    setText(toText(parsed.body, next));
  };
  const notes = useMemo(() => notesOf(text, mistake, errors), [text, mistake, errors]);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-center gap-2">
        <Segmented
          label="Format"
          value={format}
          options={[
            { value: "yaml", label: "YAML" },
            { value: "json", label: "JSON" },
          ]}
          onChange={turn}
        />
        <p className="min-w-0 flex-1 truncate text-xs text-bad" role="status">
          {mistake && `Line ${mistake.line}: ${mistake.message}`}
        </p>
        {extra}
        <CopyButton text={text} what="document" />
      </div>
      <Code
        text={text}
        format={format}
        notes={notes}
        broken={mistake !== null}
        onText={take}
        line={goTo && { of: goTo, number: lineOf(text, goTo.path) }}
      />
    </div>
  );
}

/** Messages by line. Where the text cannot be read, the mistakes of its last readable state would stand at wrong lines. */
function notesOf(text: string, mistake: Mistake | null, errors: FieldError[]): Map<number, string> {
  const notes = new Map<number, string>();
  if (mistake) return notes.set(mistake.line, mistake.message);
  for (const error of errors) {
    const line = lineOf(text, error.path);
    const before = notes.get(line);
    notes.set(line, before ? `${before}; ${error.message}` : error.message);
  }
  return notes;
}

const COLORS: Record<Part["kind"], string | undefined> = {
  key: "text-code-key",
  string: "text-code-string",
  number: "text-code-number",
  word: "text-code-number",
  comment: "text-ink-3 italic",
  mark: "text-ink-3",
  plain: undefined,
};

interface CodeProps {
  text: string;
  format: Format;
  notes: Map<number, string>;
  broken: boolean;
  onText: (text: string) => void;
  /** The line to go to, once for each `of`. */
  line: { of: object; number: number } | undefined;
}

/** The height of a line in pixels. */
const LINE = 20;

/** A text field whose letters are unseen, over the same letters in colour: the browser's own editing stays whole. */
function Code({ text, format, notes, broken, onText, line }: CodeProps): ReactElement {
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = useMemo(() => highlight(text, format), [text, format]);
  const scroller = useRef<HTMLDivElement>(null);
  const wanted = line?.of;
  useEffect(() => {
    const field = area.current;
    if (!wanted || !line || !field) return;
    const start =
      text
        .split("\n")
        .slice(0, line.number - 1)
        .join("\n").length + (line.number > 1 ? 1 : 0);
    const end = text.indexOf("\n", start);
    field.focus({ preventScroll: true });
    field.setSelectionRange(start, end < 0 ? text.length : end);
    const box = scroller.current;
    if (!box) return;
    box.scrollIntoView?.({ block: "nearest" });
    box.scrollTop = Math.max(0, (line.number - 4) * LINE);
    box.scrollLeft = 0;
    // Only a new place leads there, not each change of the text.
  }, [wanted]);
  // Tab indents; Escape leaves the field, so that the keyboard is not trapped.
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") event.currentTarget.blur();
    if (event.key !== "Tab" || event.shiftKey) return;
    event.preventDefault();
    const { selectionStart: at, selectionEnd: end } = event.currentTarget;
    onText(`${text.slice(0, at)}  ${text.slice(end)}`);
    requestAnimationFrame(() => area.current?.setSelectionRange(at + 2, at + 2));
  };
  return (
    <div
      ref={scroller}
      className="max-h-[68vh] min-h-80 overflow-auto rounded-md border border-line-strong bg-panel font-mono text-xs leading-5 focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)]"
    >
      <div className="relative min-h-full w-max min-w-full py-2">
        <div aria-hidden="true">
          {lines.map((parts, index) => (
            <Line key={index} number={index + 1} parts={parts} note={notes.get(index + 1)} />
          ))}
        </div>
        <textarea
          ref={area}
          aria-label="Document text"
          aria-invalid={broken || notes.size > 0}
          aria-describedby="document-text-help"
          autoCapitalize="off"
          autoComplete="off"
          spellCheck={false}
          wrap="off"
          value={text}
          onKeyDown={onKey}
          onChange={(event) => onText(event.target.value)}
          className="absolute inset-0 size-full resize-none overflow-hidden bg-transparent selection:bg-accent/25 selection:text-transparent py-2 pr-3 pl-[60px] text-transparent caret-(--ink) outline-none"
        />
      </div>
      <p id="document-text-help" className="sr-only">
        Tab indents. Escape leaves the field.
        {[...notes].map(([line, note]) => ` Line ${line}: ${note}.`)}
      </p>
    </div>
  );
}

function Line({
  number,
  parts,
  note,
}: {
  number: number;
  parts: Part[];
  note: string | undefined;
}): ReactElement {
  return (
    <div className={cx("flex h-5 whitespace-pre", note !== undefined && "bg-bad-soft")}>
      <span
        className={cx(
          "sticky left-0 w-12 shrink-0 border-r border-line bg-sunken pr-2 text-right select-none",
          note === undefined ? "text-ink-3" : "font-semibold text-bad",
        )}
      >
        {number}
      </span>
      <span className="pr-4 pl-3">
        {parts.map((part, index) => (
          <span key={index} className={COLORS[part.kind]}>
            {part.text}
          </span>
        ))}
      </span>
      {note !== undefined && <span className="pr-4 font-sans text-bad">{note}</span>}
    </div>
  );
}
