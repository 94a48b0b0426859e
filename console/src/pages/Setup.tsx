import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useState } from "react";
import { call, setCsrfToken } from "~/api/client";
import { sessionQuery, setupQuery } from "~/api/queries";
import type { Session } from "~/api/types";
import { useTitle } from "~/lib/hooks";
import { useProblems } from "~/lib/problems";
import { Button, buttonClass, CodeLine, Field, FormError } from "~/ui/basics";
import { AuthFrame } from "./AuthFrame";

export default function Setup(): ReactElement {
  useTitle("Set up");
  const { token } = useSearch({ from: "/setup" });
  const setup = useQuery(setupQuery);
  if (setup.data && !setup.data.needed) {
    return (
      <AuthFrame title="Set-up is done" about="This installation has its first administrator already.">
        <Link to="/login" className={`${buttonClass("primary")} w-full`}>
          Sign in
        </Link>
      </AuthFrame>
    );
  }
  if (!token) {
    return (
      <AuthFrame
        title="One step to go"
        about="Weir printed a one-time link when it started. Open that link to set the first administrator's password."
      >
        <CodeLine code={`${window.location.origin}/setup?token=…`} />
      </AuthFrame>
    );
  }
  return <SetupForm token={token} />;
}

function SetupForm({ token }: { token: string }): ReactElement {
  const client = useQueryClient();
  const navigate = useNavigate();
  const problems = useProblems();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    problems.clear();
    try {
      const answer = await call<Session>("POST", "/api/v1/setup", { body: { token, ...form } });
      setCsrfToken(answer.body.csrf_token ?? "");
      client.setQueryData(sessionQuery.queryKey, answer.body);
      client.setQueryData(setupQuery.queryKey, { needed: false });
      await navigate({ to: "/" });
    } catch (problem) {
      problems.take(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <AuthFrame title="Welcome to Weir" about="Make the first administrator of this installation.">
      <form onSubmit={submit} className="card flex flex-col gap-4 p-5">
        <Field label="Your name" htmlFor="name" error={problems.at("name")}>
          <input id="name" name="name" autoComplete="name" required className="input" />
        </Field>
        <Field label="Email address" htmlFor="email" error={problems.at("email")}>
          <input id="email" name="email" type="email" autoComplete="username" required className="input" />
        </Field>
        <Field
          label="Password"
          htmlFor="password"
          help="At least 12 characters. A sentence does well."
          error={problems.at("password")}
        >
          <input
            id="password"
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={12}
            required
            className="input"
          />
        </Field>
        <FormError text={problems.general(["name", "email", "password"])} />
        <Button type="submit" look="primary" disabled={busy}>
          Create and sign in
        </Button>
      </form>
    </AuthFrame>
  );
}
