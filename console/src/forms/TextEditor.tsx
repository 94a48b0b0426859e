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
  /** Lists the mistakes below the text too, each leading to its line. */
  listed?: boolean;
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
  listed = false,
}: Props): ReactElement {
  const [shown, setShown] = useState<{ path: string } | undefined>();
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
  // Who asked last, the page or the list below the text, is followed.
  const asked = useRef<{ path: string } | undefined>(undefined);
  const before = useRef({ goTo, shown });
  if (before.current.goTo !== goTo) asked.current = goTo;
  if (before.current.shown !== shown) asked.current = shown;
  before.current = { goTo, shown };
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
        line={asked.current && { of: asked.current, number: lineOf(text, asked.current.path) }}
      />
      {listed && !mistake && <Mistakes text={text} errors={errors} onShow={(path) => setShown({ path })} />}
    </div>
  );
}

/** Every mistake in this document in the order of the lines; each leads to its own. */
function Mistakes({
  text,
  errors,
  onShow,
}: {
  text: string;
  errors: FieldError[];
  onShow: (path: string) => void;
}): ReactElement | null {
  const own = errors
    .filter((error) => !error.document)
    .map((error) => ({ ...error, line: lineOf(text, error.path) }))
    .sort((a, b) => a.line - b.line);
  if (own.length === 0) return null;
  return (
    <ul aria-live="polite" aria-label="Mistakes" className="flex max-h-40 flex-col overflow-y-auto text-xs">
      {own.map((error) => (
        <li key={error.path + error.message}>
          <button
            type="button"
            title="Show in the text"
            className="flex w-full gap-2 rounded px-1.5 py-0.5 text-left text-bad hover:bg-bad-soft"
            onClick={() => onShow(error.path)}
          >
            <span className="w-16 shrink-0 text-ink-3">Line {error.line}: </span>
            <span className="min-w-0 wrap-anywhere">{error.message}</span>
          </button>
        </li>
      ))}
    </ul>
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

/** What a key writes of its own: Tab indents, Enter goes on as far in as the line, or further behind a colon or bracket. */
export function typedBy(key: string, before: string): string | undefined {
  if (key === "Tab") return "  ";
  if (key !== "Enter") return undefined;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const indent = /^ */.exec(line)?.[0] ?? "";
  return `\n${indent}${/[:{[]\s*$/.test(line) ? "  " : ""}`;
}

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
    const { selectionStart: at, selectionEnd: end } = event.currentTarget;
    const plain = !(event.shiftKey || event.altKey || event.ctrlKey || event.metaKey);
    const typed = plain ? typedBy(event.key, text.slice(0, at)) : undefined;
    if (typed === undefined || event.nativeEvent.isComposing) return;
    event.preventDefault();
    // As if it were typed, so that the browser can take it back.
    if (document.execCommand?.("insertText", false, typed)) return;
    onText(`${text.slice(0, at)}${typed}${text.slice(end)}`);
    requestAnimationFrame(() => area.current?.setSelectionRange(at + typed.length, at + typed.length));
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
