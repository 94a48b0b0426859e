import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  tone: "plain" | "good" | "bad";
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

let toasts: Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function publish(list: Toast[]): void {
  toasts = list;
  for (const listener of listeners) listener();
}

/** Says something at the corner of the page for a few seconds. */
export function toast(text: string, tone: Toast["tone"] = "plain", action?: Toast["action"]): void {
  const id = next;
  next += 1;
  publish([...toasts.slice(-3), { id, tone, text, action }]);
  setTimeout(() => dismiss(id), action ? 9000 : 4500);
}

export function dismiss(id: number): void {
  publish(toasts.filter((entry) => entry.id !== id));
}

export function useToasts(): Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    toast("the browser did not allow copying", "bad");
  }
}
