import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type FormEvent, lazy, type ReactElement, Suspense, useState } from "react";
import { call, Problem } from "~/api/client";
import { bodyOf, schemaQuery } from "~/api/queries";
import type { DocumentBody, FieldError, Validation } from "~/api/types";
import { useHotkeys, useSettled } from "~/lib/hooks";
import { Button, cx, Dot, Lines, Segmented } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { useLeaving } from "./leaving";
import { MetaFields } from "./MetaFields";
import { ReviewDialog } from "./ReviewDialog";
import { SchemaForm } from "./SchemaForm";

const TextEditor = lazy(() => import("./TextEditor"));

interface Props {
  initial: DocumentBody;
  /** Absent: what stands in the store, to compare with; a new document has none. */
  stored: DocumentBody | null;
  /** Of a new document: the teams that may own it. */
  teams?: string[];
  onSave: (body: DocumentBody) => Promise<void>;
  onCancel: () => void;
}

/** A document as a form or as text; before it is saved, what changes is shown. */
export function DocumentForm({ initial, stored, teams, onSave, onCancel }: Props): ReactElement {
  const { data: schema } = useQuery(schemaQuery(initial.kind));
  const [body, setBody] = useState(initial);
  const [way, setWay] = useState<"form" | "text">("form");
  const [broken, setBroken] = useState(false);
  const [refused, setRefused] = useState<{ of: string; errors: FieldError[] } | null>(null);
  const [general, setGeneral] = useState("");
  const [reviewing, setReviewing] = useState(false);
  const [busy, setBusy] = useState(false);
  const clean = bodyOf(body);
  const checked = useChecked(clean, (stored !== null || way === "text" || refused !== null) && !broken);
  // What the server said of exactly this text; once it is changed, what the check says.
  const errors = refused?.of === JSON.stringify(clean) ? refused.errors : (checked.errors ?? []);
  const changed = stored === null || JSON.stringify(clean) !== JSON.stringify(bodyOf(stored));
  const leaving = useLeaving(changed && dirty(clean, initial));
  const save = async () => {
    leaving.allow(true);
    setBusy(true);
    setRefused(null);
    setGeneral("");
    try {
      await onSave(clean);
    } catch (error) {
      leaving.allow(false);
      const found = error instanceof Problem ? (error.body.errors ?? []) : [];
      setRefused({ of: JSON.stringify(clean), errors: found });
      setGeneral(found.length > 0 ? "" : messageOf(error));
    } finally {
      setBusy(false);
      setReviewing(false);
    }
  };
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (broken || busy || !changed) return;
    if (stored) setReviewing(true);
    else void save();
  };
  useHotkeys({
    "mod+s": (event) => {
      event.preventDefault();
      submit();
    },
  });
  if (!schema) return <Lines />;
  const fixed: Partial<DocumentBody> = stored
    ? { kind: initial.kind, name: initial.name, ...(initial.team ? { team: initial.team } : {}) }
    : { kind: initial.kind };
  return (
    <form onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className={cx("mx-auto p-5", teams ? "max-w-4xl" : "max-w-[1480px]")}>
          <div className="mb-4 flex items-center justify-between gap-3">
            <Segmented
              label="How to edit"
              value={way}
              options={[
                { value: "form", label: "Form" },
                { value: "text", label: "Text" },
              ]}
              onChange={(next) => !broken && setWay(next)}
            />
            <CheckState errors={errors} known={refused !== null || checked.errors !== undefined} />
          </div>
          <Problems errors={errors === refused?.errors ? errors : []} general={general} />
          {way === "text" ? (
            <Suspense fallback={<Lines />}>
              <TextEditor
                body={clean}
                fixed={fixed}
                onChange={setBody}
                onBroken={setBroken}
                errors={errors}
              />
            </Suspense>
          ) : (
            <div className={cx("grid items-start gap-4", !teams && "lg:grid-cols-[minmax(0,1fr)_300px]")}>
              {teams && (
                <section className="card p-4">
                  <MetaFields body={body} onChange={setBody} errors={errors} teams={teams} />
                </section>
              )}
              <section className="card px-4 py-2">
                <SchemaForm
                  schema={schema}
                  value={body.spec}
                  onChange={(spec) => setBody({ ...body, spec })}
                  errors={errors}
                  team={body.team ?? "default"}
                  onBroken={setBroken}
                />
              </section>
              {!teams && (
                <section className="card p-4">
                  <MetaFields body={body} onChange={setBody} errors={errors} />
                </section>
              )}
            </div>
          )}
        </div>
      </div>
      <div className="flex shrink-0 items-center justify-end gap-2 border-t border-line bg-panel px-5 py-2.5">
        <span className="mr-auto text-xs text-ink-3">
          {stored ? (changed ? "Changed, not saved" : "As stored") : "Not stored yet"}
        </span>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" hint="⌘S" disabled={!changed || broken || busy}>
          {stored ? "Review and save" : "Create"}
        </Button>
      </div>
      {leaving.dialog}
      {reviewing && (
        <ReviewDialog
          before={stored ? bodyOf(stored) : null}
          after={clean}
          busy={busy}
          onClose={() => setReviewing(false)}
          onSave={() => void save()}
        />
      )}
    </form>
  );
}

function dirty(body: DocumentBody, initial: DocumentBody): boolean {
  return JSON.stringify(body) !== JSON.stringify(bodyOf(initial));
}

/** Every mistake that saving would make, a moment after the last change. */
function useChecked(body: DocumentBody, enabled: boolean): { errors: FieldError[] | undefined } {
  const text = useSettled(JSON.stringify(body), 350);
  const { data } = useQuery({
    queryKey: ["validate", text],
    queryFn: async ({ signal }) => {
      const documents = [JSON.parse(text)];
      const answer = await call<Validation>("POST", "/api/v1/validate", { body: { documents }, signal });
      return answer.body.errors;
    },
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    retry: false,
  });
  return { errors: enabled ? data : undefined };
}

export function CheckState({ errors, known }: { errors: FieldError[]; known: boolean }): ReactElement {
  const text = !known
    ? "Checked against the live configuration when saved"
    : errors.length === 0
      ? "Fits the live configuration"
      : errors.length === 1
        ? "1 mistake"
        : `${errors.length} mistakes`;
  return (
    <span role="status" className="flex items-center gap-1.5 text-xs text-ink-3">
      {known && <Dot tone={errors.length === 0 ? "good" : "bad"} />}
      {text}
    </span>
  );
}

export function messageOf(error: unknown): string {
  if (error instanceof Problem && error.status === 412)
    return "Somebody else changed this meanwhile. Copy your text, load the page again, and put your change on top.";
  return error instanceof Error ? error.message : String(error);
}

/** Every mistake at once; each also stands at its field. */
export function Problems({
  errors,
  general,
}: {
  errors: FieldError[];
  general: string;
}): ReactElement | null {
  if (errors.length === 0 && general === "") return null;
  return (
    <div role="alert" className="mb-4 flex gap-3 rounded-lg border border-line bg-bad-soft px-4 py-3">
      <Icon name="warning" className="mt-0.5 text-bad" />
      <div>
        <p className="font-medium text-bad">
          {general || (errors.length === 1 ? "One thing is wrong" : `${errors.length} things are wrong`)}
        </p>
        <ul className="text-ink-2">
          {errors.map((error, index) => (
            <li key={index}>
              <span className="font-mono text-xs text-ink">{error.path || "/"}</span> {error.message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
