import { useState } from "react";
import { Problem } from "~/api/client";
import type { FieldError } from "~/api/types";

export interface Problems {
  /** What is wrong at a property of what was sent, or within it. */
  at: (name: string) => string | undefined;
  /** What is wrong besides: what has no field of its own in this form is said here too. */
  general: (fields: readonly string[]) => string | undefined;
  take: (problem: unknown) => void;
  clear: () => void;
}

/** The mistakes that the API names, each for the field that its path (a JSON Pointer) leads to. */
export function useProblems(): Problems {
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [message, setMessage] = useState("");
  const within = (error: FieldError, name: string) =>
    error.path === `/${name}` || error.path.startsWith(`/${name}/`);
  const join = (list: FieldError[]) => list.map((error) => error.message).join("; ") || undefined;
  return {
    at: (name) => join(errors.filter((error) => within(error, name))),
    general: (fields) =>
      message || join(errors.filter((error) => !fields.some((name) => within(error, name)))),
    take: (problem) => {
      const found = problem instanceof Problem ? (problem.body.errors ?? []) : [];
      setErrors(found);
      setMessage(found.length > 0 ? "" : problem instanceof Error ? problem.message : String(problem));
    },
    clear: () => {
      setErrors([]);
      setMessage("");
    },
  };
}
