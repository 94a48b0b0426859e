import { Dialog as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { Button, cx } from "./basics";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  about?: string | undefined;
  wide?: boolean;
  children?: ReactNode;
  footer?: ReactNode;
}

export function Dialog({
  open,
  onClose,
  title,
  about,
  wide = false,
  children,
  footer,
}: DialogProps): ReactElement {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="pop fixed inset-0 z-40 bg-black/35" />
        <Radix.Content
          {...(about ? {} : { "aria-describedby": undefined })}
          className={cx(
            "pop fixed top-[10vh] left-1/2 z-50 flex max-h-[80vh] w-[calc(100vw-32px)] -translate-x-1/2 flex-col rounded-xl border border-line-strong bg-raised shadow-[0_16px_48px_var(--shadow)]",
            wide ? "max-w-4xl" : "max-w-lg",
          )}
        >
          <div className="flex items-start gap-3 px-5 pt-4 pb-2">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {about && <Radix.Description className="mt-0.5 text-sm text-ink-2">{about}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button look="quiet" icon="close" small aria-label="Close" />
            </Radix.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-auto px-5 py-2">{children}</div>
          {footer && (
            <div className="flex items-center justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
