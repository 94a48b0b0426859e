import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTitle } from "~/lib/hooks";
import { PageHeader, Tabs } from "~/ui/basics";
import { SystemPanel } from "./settings/SystemPanel";
import { TokensPanel } from "./settings/TokensPanel";
import { UsersPanel } from "./settings/UsersPanel";

export default function Settings(): ReactElement {
  useTitle("Settings");
  const { tab = "tokens" } = useSearch({ from: "/app/settings" });
  const navigate = useNavigate({ from: "/settings" });
  return (
    <>
      <PageHeader title="Settings" about="Your API tokens, the people, and the state of this installation." />
      <Tabs
        label="Settings"
        value={tab}
        options={[
          { value: "tokens", label: "API tokens" },
          { value: "users", label: "Users" },
          { value: "system", label: "System" },
        ]}
        onChange={(next) => void navigate({ search: next === "tokens" ? {} : { tab: next } })}
      />
      <div className="min-h-0 flex-1 overflow-y-auto">
        {tab === "users" ? <UsersPanel /> : tab === "system" ? <SystemPanel /> : <TokensPanel />}
      </div>
    </>
  );
}
