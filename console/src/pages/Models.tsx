import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { KIND_INFO } from "~/api/kinds";
import { useHotkeys, useTitle } from "~/lib/hooks";
import { buttonClass, PageHeader, Tabs } from "~/ui/basics";
import { Icon } from "~/ui/icons";
import { DocumentList } from "./Documents";
import { Catalogue } from "./models/Catalogue";

export default function Models(): ReactElement {
  useTitle("Models");
  const { tab = "aliases" } = useSearch({ from: "/app/models" });
  const navigate = useNavigate({ from: "/models" });
  useHotkeys({ c: () => void navigate({ to: "/$plural/new", params: { plural: "model-aliases" } }) });
  return (
    <>
      <PageHeader title="Models" about={KIND_INFO.ModelAlias.about}>
        <Link to="/$plural/new" params={{ plural: "model-aliases" }} className={buttonClass("primary")}>
          <Icon name="plus" size={14} /> New model alias
        </Link>
      </PageHeader>
      <Tabs
        label="Models"
        value={tab}
        options={[
          { value: "aliases", label: "Aliases" },
          { value: "catalogue", label: "Catalogue" },
        ]}
        onChange={(next) => void navigate({ search: next === "catalogue" ? { tab: next } : {} })}
      />
      {tab === "catalogue" ? <Catalogue /> : <DocumentList kind="ModelAlias" />}
    </>
  );
}
