import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { call, Problem } from "~/api/client";
import { sessionQuery, usersQuery } from "~/api/queries";
import type { Role, RoleIn, User } from "~/api/types";
import { ago, words } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import { useProblems } from "~/lib/problems";
import { toast } from "~/lib/toast";
import { Badge, Button, Empty, ErrorNote, Field, FormError, Lines } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { List } from "~/ui/list";

const ROLES: Role[] = ["viewer", "editor", "admin"];

/** The people of this installation and their roles in each team. */
export function UsersPanel(): ReactElement {
  const { data, error } = useQuery(usersQuery);
  const now = useNow();
  const [editing, setEditing] = useState<User | "new" | null>(null);
  if (error instanceof Problem && (error.status === 403 || error.status === 404)) {
    return (
      <Empty icon="team" title="Users are looked after by administrators">
        <p>Ask one of them for another role or another account.</p>
      </Empty>
    );
  }
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Lines />;
  return (
    <>
      <div className="flex h-12 items-center justify-between px-5">
        <p className="text-ink-3">A role in the team system holds in every team.</p>
        <Button look="primary" icon="plus" onClick={() => setEditing("new")}>
          New user
        </Button>
      </div>
      <List
        label="Users"
        rows={data.items}
        rowKey={(user) => user.id}
        onOpen={setEditing}
        dim={(user) => user.disabled}
        columns={[
          {
            key: "name",
            title: "Name",
            width: "minmax(0,1fr)",
            cell: (user) => <span className="font-medium">{user.name}</span>,
          },
          {
            key: "email",
            title: "Email",
            width: "minmax(0,1.2fr)",
            cell: (user) => <span className="text-ink-2">{user.email}</span>,
          },
          {
            key: "roles",
            title: "Roles",
            width: "minmax(0,1.6fr)",
            cell: (user) => <Roles roles={user.roles} />,
          },
          {
            key: "state",
            title: "State",
            width: "90px",
            cell: (user) => (
              <Badge tone={user.disabled ? "bad" : "good"}>{user.disabled ? "Disabled" : "Active"}</Badge>
            ),
          },
          {
            key: "since",
            title: "Since",
            width: "100px",
            right: true,
            cell: (user) => <span className="text-ink-3">{ago(user.created_at, now)}</span>,
          },
        ]}
      />
      {editing && (
        <UserDialog
          key={editing === "new" ? "new" : editing.id}
          user={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}

function Roles({ roles }: { roles: RoleIn[] }): ReactElement {
  return (
    <span className="flex gap-1">
      {roles.map((role) => (
        <Badge key={role.team} tone={role.role === "admin" ? "accent" : "neutral"}>
          {role.team === "system" ? "everywhere" : role.team}: {role.role}
        </Badge>
      ))}
    </span>
  );
}

function UserDialog({ user, onClose }: { user: User | null; onClose: () => void }): ReactElement {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const [roles, setRoles] = useState<RoleIn[]>(
    user?.roles ?? [{ team: session?.teams.find((team) => team !== "system") ?? "default", role: "viewer" }],
  );
  const problems = useProblems();
  const teams = [...new Set(["system", ...(session?.teams ?? [])])];
  const done = async (text: string) => {
    await client.invalidateQueries({ queryKey: ["users"] });
    toast(text, "good");
    onClose();
  };
  const attempt = async (what: () => Promise<void>) => {
    problems.clear();
    try {
      await what();
    } catch (problem) {
      problems.take(problem);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get("password") ?? "");
    const body = {
      email: form.get("email"),
      name: form.get("name"),
      roles,
      disabled: form.get("disabled") === "on",
      password: password || null,
    };
    void attempt(async () => {
      if (user) await call("PUT", `/api/v1/users/${encodeURIComponent(user.id)}`, { body });
      else await call("POST", "/api/v1/users", { body });
      await done(user ? "Saved" : "User created");
    });
  };
  const remove = () =>
    void attempt(async () => {
      if (user) await call("DELETE", `/api/v1/users/${encodeURIComponent(user.id)}`);
      await done("User deleted");
    });
  return (
    <Dialog
      open
      onClose={onClose}
      title={user ? user.name : "New user"}
      footer={
        <>
          {user && user.id !== session?.user.id && (
            <Button look="danger" className="mr-auto" onClick={remove}>
              Delete
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="user">
            {user ? "Save" : "Create user"}
          </Button>
        </>
      }
    >
      <form id="user" onSubmit={submit} className="flex flex-col gap-4 pb-3">
        <div className="grid grid-cols-2 gap-4">
          <Field label="Name" htmlFor="user-name" error={problems.at("name")}>
            <input
              id="user-name"
              name="name"
              required
              className="input"
              defaultValue={user?.name}
              autoComplete="off"
            />
          </Field>
          <Field label="Email address" htmlFor="user-email" error={problems.at("email")}>
            <input
              id="user-email"
              name="email"
              type="email"
              required
              className="input"
              defaultValue={user?.email}
              autoComplete="off"
            />
          </Field>
        </div>
        <Field
          label={user ? "New password" : "Password"}
          htmlFor="user-password"
          help={user ? "Left empty, the old one stays." : "At least 12 characters."}
          error={problems.at("password")}
        >
          <input
            id="user-password"
            name="password"
            type="password"
            minLength={12}
            required={!user}
            className="input"
            autoComplete="new-password"
          />
        </Field>
        <Field label="Roles" error={problems.at("roles")}>
          <div className="flex flex-col gap-1.5">
            {roles.map((role, index) => (
              <div key={index} className="flex gap-1.5">
                <select
                  aria-label="Team"
                  className="input"
                  value={role.team}
                  onChange={(event) =>
                    setRoles(
                      roles.map((old, at) => (at === index ? { ...old, team: event.target.value } : old)),
                    )
                  }
                >
                  {teams.map((team) => (
                    <option key={team} value={team}>
                      {team === "system" ? "every team (system)" : team}
                    </option>
                  ))}
                </select>
                <select
                  aria-label="Role"
                  className="input"
                  value={role.role}
                  onChange={(event) =>
                    setRoles(
                      roles.map((old, at) =>
                        at === index ? { ...old, role: event.target.value as Role } : old,
                      ),
                    )
                  }
                >
                  {ROLES.map((name) => (
                    <option key={name} value={name}>
                      {words(name)}
                    </option>
                  ))}
                </select>
                <Button
                  look="quiet"
                  small
                  icon="close"
                  aria-label="Remove"
                  onClick={() => setRoles(roles.filter((_, at) => at !== index))}
                />
              </div>
            ))}
            <div>
              <Button
                small
                icon="plus"
                onClick={() =>
                  setRoles([
                    ...roles,
                    {
                      team: teams.find((team) => !roles.some((role) => role.team === team)) ?? "default",
                      role: "viewer",
                    },
                  ])
                }
              >
                Add
              </Button>
            </div>
          </div>
        </Field>
        {user && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              name="disabled"
              defaultChecked={user.disabled}
              className="accent-(--accent)"
            />{" "}
            Disabled: may not sign in
          </label>
        )}
        <FormError text={problems.general(["name", "email", "password", "roles"])} />
      </form>
    </Dialog>
  );
}
