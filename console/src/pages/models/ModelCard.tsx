import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { CatalogueModel } from "~/api/types";
import { exact, words } from "~/lib/format";
import { Badge, Button, buttonClass, CopyButton } from "~/ui/basics";
import { type Override, pricesOf, priceText, unitOf } from "./prices";

/** One model with all its prices, and the way to name it for callers. */
export function ModelCard({
  model,
  overrides,
  providers,
  onClose,
}: {
  model: CatalogueModel;
  overrides: Override[];
  /** The providers through which it can be reached. */
  providers: string[];
  onClose: () => void;
}): ReactElement {
  return (
    <aside
      aria-label={model.id}
      className="flex shrink-0 flex-col overflow-y-auto border-line bg-panel max-lg:max-h-[55%] max-lg:border-t lg:w-80 lg:border-l"
    >
      <header className="flex items-start gap-2 border-b border-line px-4 py-3">
        <div className="min-w-0 flex-1">
          <h2 className="font-mono text-sm font-semibold wrap-anywhere">{model.id}</h2>
          <p className="text-xs text-ink-3">
            {model.provider} · {words(model.mode)}
          </p>
        </div>
        <CopyButton text={model.id} what="model name" />
        <Button small look="quiet" icon="close" aria-label="Close" onClick={onClose} />
      </header>
      <div className="flex flex-col gap-4 px-4 py-3">
        <Link
          to="/$plural/new"
          params={{ plural: "model-aliases" }}
          search={{ from: model.id, as: "model", ...(providers[0] ? { provider: providers[0] } : {}) }}
          className={buttonClass("primary")}
        >
          Use as alias
        </Link>
        {providers.length === 0 && (
          <p className="text-xs text-ink-3">
            No provider of {model.provider} is set up yet:{" "}
            <Link to="/$plural/new" params={{ plural: "providers" }} className="text-accent hover:underline">
              add one
            </Link>
            .
          </p>
        )}
        {model.deprecated && (
          <p>
            <Badge tone="warn">taken away on {model.deprecated}</Badge>
          </p>
        )}
        <dl className="grid grid-cols-[1fr_auto] gap-x-4 gap-y-1">
          <dt className="text-ink-3">Longest prompt</dt>
          <dd className="text-right">{tokens(model.max_input_tokens)}</dd>
          <dt className="text-ink-3">Longest answer</dt>
          <dd className="text-right">{tokens(model.max_output_tokens)}</dd>
        </dl>
        <section>
          <h3 className="label mb-1">List prices</h3>
          <table className="w-full">
            <tbody>
              {pricesOf(model).map((price) => (
                <tr key={price.key} className="border-t border-line">
                  <td className="py-1 text-ink-2">{price.label}</td>
                  <td className="text-right font-medium whitespace-nowrap">
                    {price.micros === null ? (
                      <span className="font-normal text-warn" title="Calls have no cost in the records">
                        unknown
                      </span>
                    ) : (
                      priceText(price)
                    )}
                  </td>
                  <td className="w-0 pl-1.5 text-2xs whitespace-nowrap text-ink-3">/ {price.unit}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        {overrides.map((override) => (
          <section key={`${override.team}/${override.alias}`}>
            <h3 className="label mb-1 flex items-center gap-1.5">
              <Badge tone="accent">own price</Badge> set by{" "}
              <Link
                to="/$plural/$team/$name"
                params={{ plural: "model-aliases", team: override.team, name: override.alias }}
                className="text-accent hover:underline"
              >
                {override.alias}
              </Link>
            </h3>
            <table className="w-full">
              <tbody>
                {Object.entries(override.dollars).map(([name, dollars]) => (
                  <tr key={name} className="border-t border-line">
                    <td className="py-1 text-ink-2">{words(name)}</td>
                    <td className="text-right font-medium">
                      {priceText({ micros: dollars * 1e6, unit: "1M tokens" })}
                    </td>
                    <td className="w-0 pl-1.5 text-2xs whitespace-nowrap text-ink-3">/ {unitOf(name)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        ))}
        <section>
          <h3 className="label mb-1.5">Capabilities</h3>
          {model.capabilities.length === 0 ? (
            <p className="text-ink-3">none are known</p>
          ) : (
            <ul className="flex flex-wrap gap-1">
              {model.capabilities.map((name) => (
                <li key={name}>
                  <Badge>{name.replaceAll("_", " ")}</Badge>
                </li>
              ))}
            </ul>
          )}
        </section>
      </div>
    </aside>
  );
}

function tokens(value: number | null): string {
  return value === null ? "unknown" : `${exact(value)} tokens`;
}
