import type { ReactElement } from "react";
import type { DocumentBody, FieldError } from "~/api/types";
import { Button, cx, Field } from "~/ui/basics";

interface Props {
  body: DocumentBody;
  onChange: (body: DocumentBody) => void;
  errors: FieldError[];
  /** Of a new document: the teams that may own it, and the name to be given. */
  teams?: string[] | undefined;
}

/** What a document says of itself to people, and at its creation its name and team. */
export function MetaFields({ body, onChange, errors, teams }: Props): ReactElement {
  const errorOf = (path: string) => errors.find((error) => error.path === path)?.message;
  const labels = Object.entries(body.labels ?? {});
  const setLabels = (next: [string, string][]) => onChange({ ...body, labels: Object.fromEntries(next) });
  return (
    <div className={cx("grid gap-4", teams && "sm:grid-cols-2")}>
      {teams && (
        <Field
          label="Name"
          htmlFor="doc-name"
          error={errorOf("/name")}
          help="In addresses and references; it cannot change later."
        >
          <input
            id="doc-name"
            // biome-ignore lint/a11y/noAutofocus: the first thing to fill in on a page that was asked for
            autoFocus
            className="input font-mono text-xs!"
            required
            autoComplete="off"
            spellCheck={false}
            value={body.name}
            aria-invalid={errorOf("/name") !== undefined}
            onChange={(event) =>
              onChange({
                ...body,
                name: event.target.value,
                ...(body.kind === "Team" ? { team: event.target.value } : {}),
              })
            }
          />
        </Field>
      )}
      {teams && body.kind !== "Team" && (
        <Field label="Team" htmlFor="doc-team" error={errorOf("/team")}>
          <select
            id="doc-team"
            className="input"
            value={body.team}
            onChange={(event) => onChange({ ...body, team: event.target.value })}
          >
            {teams.map((team) => (
              <option key={team}>{team}</option>
            ))}
          </select>
        </Field>
      )}
      <Field label="Title" htmlFor="doc-title" error={errorOf("/title")}>
        <input
          id="doc-title"
          className="input"
          value={body.title ?? ""}
          onChange={(event) => onChange({ ...body, title: event.target.value })}
        />
      </Field>
      <div className={teams && "sm:col-span-2"}>
        <Field label="Description" htmlFor="doc-description" error={errorOf("/description")} help="Markdown.">
          <textarea
            id="doc-description"
            rows={teams ? 2 : 3}
            className="input"
            value={body.description ?? ""}
            onChange={(event) => onChange({ ...body, description: event.target.value })}
          />
        </Field>
      </div>
      <Field label="Labels">
        <div className="flex flex-col gap-1.5">
          {labels.map(([name, value], index) => (
            <div key={index} className="flex gap-1.5">
              <input
                aria-label="Label"
                className="input"
                value={name}
                onChange={(event) =>
                  setLabels(labels.map((old, at) => (at === index ? [event.target.value, value] : old)))
                }
              />
              <input
                aria-label="Value"
                className="input"
                value={value}
                onChange={(event) =>
                  setLabels(labels.map((old, at) => (at === index ? [name, event.target.value] : old)))
                }
              />
              <Button
                look="quiet"
                small
                icon="close"
                aria-label="Remove"
                onClick={() => setLabels(labels.filter((_, at) => at !== index))}
              />
            </div>
          ))}
          <div>
            <Button
              small
              icon="plus"
              disabled={labels.some(([name]) => name === "")}
              onClick={() => setLabels([...labels, ["", ""]])}
            >
              Add
            </Button>
          </div>
        </div>
      </Field>
    </div>
  );
}
