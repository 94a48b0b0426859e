import { type KeyboardEvent, type ReactElement, useEffect, useRef, useState } from "react";
import type { DocumentBody, FieldError } from "~/api/types";
import { CopyButton, Segmented } from "~/ui/basics";
import { type Format, fromText, toText } from "./text";

interface Props {
  body: DocumentBody;
  fixed: Partial<DocumentBody>;
  onChange: (body: DocumentBody) => void;
  onBroken: (broken: boolean) => void;
  errors: FieldError[];
}

/** The whole document as text. What cannot be read is said and does not reach the form. */
export default function TextEditor({ body, fixed, onChange, onBroken, errors }: Props): ReactElement {
  const [format, setFormat] = useState<Format>("yaml");
  const [text, setText] = useState(() => toText(body, "yaml"));
  const [mistake, setMistake] = useState("");
  const gutter = useRef<HTMLPreElement>(null);
  useEffect(() => () => onBroken(false), [onBroken]);
  const take = (next: string) => {
    setText(next);
    const parsed = fromText(next, format, fixed);
    const broken = "mistake" in parsed;
    setMistake(broken ? parsed.mistake : "");
    onBroken(broken);
    if (!broken) onChange(parsed.body);
  };
  const turn = (next: Format) => {
    const parsed = fromText(text, format, fixed);
    if ("mistake" in parsed) return;
    setFormat(next);
    setText(toText(parsed.body, next));
  };
  // Tab indents; Escape leaves the field, so that the keyboard is not trapped.
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const area = event.currentTarget;
    if (event.key === "Escape") area.blur();
    if (event.key !== "Tab" || event.shiftKey) return;
    event.preventDefault();
    const at = area.selectionStart;
    take(`${text.slice(0, at)}  ${text.slice(area.selectionEnd)}`);
    requestAnimationFrame(() => area.setSelectionRange(at + 2, at + 2));
  };
  const lines = text.split("\n").length;
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
          {mistake || (errors[0] ? `${errors[0].path}: ${errors[0].message}` : "")}
        </p>
        <CopyButton text={text} what="document" />
      </div>
      <div className="flex overflow-hidden rounded-md border border-line-strong bg-panel focus-within:border-accent">
        <pre
          ref={gutter}
          aria-hidden="true"
          className="max-h-[64vh] overflow-hidden border-r border-line bg-sunken px-2 py-2 text-right font-mono text-xs leading-5 text-ink-3 select-none"
        >
          {Array.from({ length: lines }, (_, index) => index + 1).join("\n")}
        </pre>
        <textarea
          aria-label="Document text"
          aria-invalid={mistake !== ""}
          spellCheck={false}
          wrap="off"
          value={text}
          onKeyDown={onKey}
          onChange={(event) => take(event.target.value)}
          onScroll={(event) => gutter.current?.scrollTo(0, event.currentTarget.scrollTop)}
          className="max-h-[64vh] min-w-0 flex-1 resize-none overflow-auto bg-transparent p-2 font-mono text-xs leading-5 outline-none"
          rows={Math.max(16, lines + 1)}
        />
      </div>
    </div>
  );
}
