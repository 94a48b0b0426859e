import {
  type ButtonHTMLAttributes,
  cloneElement,
  type InputHTMLAttributes,
  isValidElement,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useState,
} from "react";
import { Problem } from "~/api/client";
import { copyText } from "~/lib/toast";
import { Icon, type IconName } from "./icons";

export function cx(...parts: (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join(" ");
}

type Look = "primary" | "plain" | "quiet" | "danger";
const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-accent-ink border-transparent hover:brightness-110",
  plain: "bg-raised text-ink border-line-strong hover:bg-hover",
  quiet: "border-transparent text-ink-2 hover:bg-hover hover:text-ink",
  danger: "bg-raised text-bad border-line-strong hover:bg-bad-soft",
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: IconName;
  hint?: string | undefined;
  small?: boolean;
}

export function buttonClass(look: Look = "plain", small = false): string {
  return cx(
    "inline-flex select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium transition-colors",
    "disabled:pointer-events-none disabled:opacity-50",
    small ? "h-6.5 px-2 text-xs" : "h-7.5 px-2.5 text-sm",
    LOOKS[look],
  );
}

export function Button({
  look = "plain",
  icon,
  hint,
  small = false,
  children,
  className,
  ...rest
}: ButtonProps): ReactElement {
  return (
    <button
      type="button"
      {...rest}
      className={cx(buttonClass(look, small), !children && (small ? "w-6.5 px-0" : "w-7.5 px-0"), className)}
    >
      {icon && <Icon name={icon} size={small ? 13 : 14} />}
      {children}
      {hint && (
        <span className="inline-flex max-md:hidden">
          <Kbd>{keyName(hint)}</Kbd>
        </span>
      )}
    </button>
  );
}

const MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** `⌘K` as this machine's keyboard has it. */
export function keyName(keys: string): string {
  return MAC ? keys : keys.replace(/^⌘/, keys.length > 1 ? "Ctrl " : "Ctrl");
}

export function Kbd({ children }: { children: ReactNode }): ReactElement {
  return (
    <kbd className="ml-0.5 inline-flex h-4 min-w-4 items-center justify-center rounded-[4px] border border-current/20 px-1 font-sans text-[10px] leading-none">
      {children}
    </kbd>
  );
}

export type Tone = "neutral" | "good" | "warn" | "bad" | "accent";
const TONES: Record<Tone, string> = {
  neutral: "bg-hover text-ink-2",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
};

export function Badge({
  tone = "neutral",
  children,
  title,
}: {
  tone?: Tone;
  children: ReactNode;
  title?: string | undefined;
}): ReactElement {
  return (
    <span
      title={title}
      className={cx(
        "inline-flex h-5 items-center gap-1 whitespace-nowrap rounded px-1.5 text-2xs font-medium",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

export function Dot({ tone }: { tone: Tone }): ReactElement {
  const color = { neutral: "bg-ink-3", good: "bg-good", warn: "bg-warn", bad: "bg-bad", accent: "bg-accent" }[
    tone
  ];
  return <span aria-hidden="true" className={cx("inline-block size-1.5 shrink-0 rounded-full", color)} />;
}

export function statusTone(status: number | null | undefined): Tone {
  if (status === null || status === undefined || status === 0) return "bad";
  if (status >= 500) return "bad";
  if (status >= 400) return "warn";
  if (status >= 300) return "neutral";
  return "good";
}

export function Status({ status }: { status: number | null }): ReactElement {
  const tone = statusTone(status);
  const text = { neutral: "text-ink-2", good: "text-good", warn: "text-warn", bad: "text-bad", accent: "" }[
    tone
  ];
  return <span className={cx("font-medium", text)}>{status ?? "—"}</span>;
}

export function CopyButton({
  text,
  what,
  label,
}: {
  text: string;
  what: string;
  label?: string;
}): ReactElement {
  const [done, setDone] = useState(false);
  return (
    <Button
      small
      look="quiet"
      icon={done ? "check" : "copy"}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => {
        void copyText(text, what);
        setDone(true);
        setTimeout(() => setDone(false), 1200);
      }}
    >
      {label}
    </Button>
  );
}

/** A line for a shell, to copy. */
export function CodeLine({ code }: { code: string }): ReactElement {
  return (
    <div className="flex max-w-full items-center gap-2 rounded-md border border-line bg-sunken py-1 pr-1.5 pl-3 text-left">
      <pre className="min-w-0 flex-1 py-1 font-mono text-xs wrap-anywhere whitespace-pre-wrap text-ink-2">
        {code}
      </pre>
      <CopyButton text={code} what="command" />
    </div>
  );
}

export function Empty({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ReactNode;
}): ReactElement {
  return (
    <div className="mx-auto flex max-w-xl flex-col items-center gap-3 px-6 py-16 text-center">
      <div className="flex size-9 items-center justify-center rounded-lg border border-line bg-panel text-ink-3">
        <Icon name={icon} size={18} />
      </div>
      <h2 className="text-base font-semibold">{title}</h2>
      <div className="flex w-full flex-col items-center gap-3 text-sm text-ink-2">{children}</div>
    </div>
  );
}

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }): ReactElement {
  const status = error instanceof Problem ? error.status : 0;
  const message = error instanceof Error ? error.message : String(error);
  const id = error instanceof Problem ? error.body.request_id : undefined;
  return (
    <div
      role="alert"
      className="mx-auto my-10 flex max-w-lg items-start gap-3 rounded-lg border border-line bg-panel p-4"
    >
      <Icon name="warning" className="mt-0.5 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium">
          {status === 404
            ? "There is nothing here that you may see"
            : status === 403
              ? "You may not do this"
              : "That did not work"}
        </p>
        <p className="text-ink-2">{message}</p>
        {id && <p className="mt-1 font-mono text-2xs text-ink-3">request {id}</p>}
      </div>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

/** Grey lines in the shape of what comes; unseen for the first 200 ms. */
export function Lines({ rows = 8 }: { rows?: number }): ReactElement {
  return (
    <div className="late flex flex-col gap-3 p-5" aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="h-3 rounded bg-hover" style={{ width: `${88 - ((index * 17) % 45)}%` }} />
      ))}
    </div>
  );
}

export function PageHeader({
  title,
  about,
  children,
  back,
}: {
  title: ReactNode;
  about?: ReactNode;
  children?: ReactNode;
  back?: ReactNode;
}): ReactElement {
  return (
    <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-5 py-2">
      {back}
      <div className="min-w-48 flex-1">
        <h1 className="truncate text-base font-semibold">{title}</h1>
        {about && <p className="truncate text-xs text-ink-3">{about}</p>}
      </div>
      <div className="flex max-w-full items-center gap-2">{children}</div>
    </header>
  );
}

export function Field({
  label,
  help,
  error,
  children,
  htmlFor,
}: {
  label: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
  children: ReactNode;
  htmlFor?: string;
}): ReactElement {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={htmlFor} className="text-xs font-medium text-ink-2">
        {label}
      </label>
      {described(children, htmlFor, error)}
      {error ? (
        <p id={htmlFor && `${htmlFor}-note`} role="alert" className="text-xs text-bad">
          {error}
        </p>
      ) : help ? (
        <p id={htmlFor && `${htmlFor}-note`} className="text-xs text-ink-3">
          {help}
        </p>
      ) : null}
    </div>
  );
}

/** What is wrong with a form as a whole. */
export function FormError({ text }: { text: string | undefined }): ReactElement | null {
  if (!text) return null;
  return (
    <p role="alert" className="text-xs text-bad">
      {text}
    </p>
  );
}

/** A lone input is tied to what stands under it. */
function described(children: ReactNode, id: string | undefined, error: string | undefined): ReactNode {
  if (!id || !isValidElement(children) || typeof children.type !== "string") return children;
  return cloneElement(children as ReactElement<InputHTMLAttributes<HTMLInputElement>>, {
    "aria-describedby": `${id}-note`,
    ...(error ? { "aria-invalid": true } : {}),
  });
}

/** Arrow keys, Home and End among choices of which only the chosen one takes Tab. */
function choosing<T extends string>(
  options: readonly { value: T }[],
  value: T,
  onChange: (value: T) => void,
): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    const at = options.findIndex((option) => option.value === value);
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: options.length - 1,
    };
    const wanted = steps[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const index = (wanted + options.length) % options.length;
    const next = options[index];
    if (!next) return;
    onChange(next.value);
    event.currentTarget.querySelectorAll<HTMLElement>("button")[index]?.focus();
  };
}

/** A small set of choices, one of which holds. */
export function Segmented<T extends string>({
  value,
  options,
  onChange,
  label,
}: {
  value: T;
  options: readonly { value: T; label: ReactNode; title?: string }[];
  onChange: (value: T) => void;
  label: string;
}): ReactElement {
  return (
    <div
      role="radiogroup"
      aria-label={label}
      onKeyDown={choosing(options, value, onChange)}
      className="inline-flex h-7.5 max-w-full items-center overflow-x-auto rounded-md border border-line bg-sunken p-0.5 [scrollbar-width:none]"
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: a radio input cannot hold the look of a segment
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          title={option.title}
          onClick={() => onChange(option.value)}
          className={cx(
            "inline-flex h-6 shrink-0 items-center rounded-[5px] px-2 text-xs font-medium focus-visible:outline-offset-[-1px]",
            option.value === value
              ? "bg-raised text-ink shadow-[0_0_0_1px_var(--line-strong)]"
              : "text-ink-3 hover:text-ink",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function Tabs<T extends string>({
  value,
  options,
  onChange,
  label,
}: {
  value: T;
  options: readonly { value: T; label: ReactNode; count?: number | undefined }[];
  onChange: (value: T) => void;
  label: string;
}): ReactElement {
  return (
    <div
      role="tablist"
      aria-label={label}
      onKeyDown={choosing(options, value, onChange)}
      className="flex shrink-0 gap-4 overflow-x-auto border-b border-line px-5 [scrollbar-width:none]"
    >
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="tab"
          aria-selected={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
          className={cx(
            "flex h-9 shrink-0 items-center gap-1.5 border-b-2 text-sm font-medium whitespace-nowrap focus-visible:outline-offset-[-2px]",
            option.value === value
              ? "border-accent text-ink"
              : "border-transparent text-ink-3 hover:text-ink",
          )}
        >
          {option.label}
          {option.count !== undefined && (
            <span className="rounded bg-hover px-1 text-2xs text-ink-3">{option.count}</span>
          )}
        </button>
      ))}
    </div>
  );
}
