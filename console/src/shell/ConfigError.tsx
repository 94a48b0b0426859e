import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { systemQuery } from "~/api/queries";
import { Icon } from "~/ui/icons";

/** Says that a configuration was refused, and why; the one before is still served. */
export function ConfigError({ text }: { text: string | null }): ReactElement | null {
  if (!text) return null;
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-bad/30 bg-bad-soft px-4 py-3">
      <Icon name="warning" className="mt-0.5 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-bad">The last configuration was refused; the one before is served</p>
        <pre className="max-h-40 overflow-y-auto font-mono text-xs wrap-anywhere whitespace-pre-wrap text-ink-2">
          {text}
        </pre>
      </div>
    </div>
  );
}

/** The same where it is looked for first. Who may not see the installation's state sees nothing of it. */
export function ConfigErrorBanner(): ReactElement | null {
  const { data } = useQuery({ ...systemQuery, retry: false });
  return <ConfigError text={data?.last_config_error ?? null} />;
}
