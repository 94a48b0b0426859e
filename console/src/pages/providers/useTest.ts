import { useState } from "react";
import { call } from "~/api/client";
import { documentPath } from "~/api/queries";
import type { DocumentRef, ProviderTest } from "~/api/types";

export interface Test {
  running: boolean;
  result: ProviderTest | null;
  error: unknown;
  /** Tries the provider; without a model, with one that an alias leads to or that the vendor lists. */
  run: (model?: string) => void;
  forget: () => void;
}

/** Tries a provider with its stored key, by the gateway's own client. */
export function useTest(provider: Omit<DocumentRef, "kind">): Test {
  const [running, setRunning] = useState(false);
  const [result, setResult] = useState<ProviderTest | null>(null);
  const [error, setError] = useState<unknown>(null);
  const run = (model?: string) => {
    setRunning(true);
    setError(null);
    const body = model ? { model } : {};
    call<ProviderTest>("POST", documentPath({ kind: "Provider", ...provider }, "/test"), { body })
      .then((answer) => setResult(answer.body))
      .catch(setError)
      .finally(() => setRunning(false));
  };
  return {
    running,
    result,
    error,
    run,
    forget: () => {
      setResult(null);
      setError(null);
    },
  };
}
