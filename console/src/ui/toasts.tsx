import type { ReactElement } from "react";
import { dismiss, useToasts } from "~/lib/toast";
import { Button, Dot } from "./basics";

export function Toasts(): ReactElement {
  const toasts = useToasts();
  return (
    <output
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-16 z-60 flex flex-col items-end gap-2"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className="pop pointer-events-auto flex min-h-9 max-w-md items-center gap-2.5 rounded-lg border border-line-strong bg-raised py-1.5 pr-2 pl-3 text-sm shadow-[0_8px_28px_var(--shadow)]"
        >
          <Dot tone={toast.tone === "plain" ? "accent" : toast.tone} />
          <span className="min-w-0 flex-1">{toast.text}</span>
          {toast.action && (
            <Button
              small
              onClick={() => {
                toast.action?.run();
                dismiss(toast.id);
              }}
            >
              {toast.action.label}
            </Button>
          )}
          <Button small look="quiet" icon="close" aria-label="Dismiss" onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </output>
  );
}
