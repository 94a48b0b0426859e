import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useState } from "react";
import { call, Problem, setCsrfToken } from "~/api/client";
import { sessionQuery } from "~/api/queries";
import type { Session } from "~/api/types";
import { useTitle } from "~/lib/hooks";
import { Button, Field } from "~/ui/basics";
import { AuthFrame } from "./AuthFrame";

export default function Login(): ReactElement {
  useTitle("Sign in");
  const { next } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError("");
    try {
      const body = { email: form.get("email"), password: form.get("password") };
      const answer = await call<Session>("POST", "/api/v1/session", { body });
      setCsrfToken(answer.body.csrf_token ?? "");
      client.setQueryData(sessionQuery.queryKey, answer.body);
      // Only a path of this console: a link must not lead elsewhere after log-in.
      if (next?.startsWith("/") && !next.startsWith("//")) router.history.push(next);
      else await navigate({ to: "/" });
    } catch (problem) {
      setError(messageOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <AuthFrame title="Sign in to Weir" about="The console of this gateway">
      <form onSubmit={submit} className="card flex flex-col gap-4 p-5">
        <Field label="Email address" htmlFor="email">
          <input id="email" name="email" type="email" autoComplete="username" required className="input" />
        </Field>
        <Field label="Password" htmlFor="password" error={error || undefined}>
          <input
            id="password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
            className="input"
            aria-invalid={error !== ""}
          />
        </Field>
        <Button type="submit" look="primary" disabled={busy}>
          Sign in
        </Button>
      </form>
    </AuthFrame>
  );
}

function messageOf(problem: unknown): string {
  if (problem instanceof Problem && problem.status === 401) return "The address or the password is wrong.";
  if (problem instanceof Problem && problem.status === 429)
    return "Too many attempts. Wait a little, then try again.";
  return problem instanceof Error ? problem.message : String(problem);
}
