import { useBlocker } from "@tanstack/react-router";
import { type ReactElement, useCallback, useRef } from "react";
import { Button } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";

interface Leaving {
  /** Lets one leave without being asked, as after saving. */
  allow: (on: boolean) => void;
  /** The question, while one is about to leave. */
  dialog: ReactElement | null;
}

const tabOf = (search: object): unknown => ("tab" in search ? search.tab : undefined);

/** Asks before one leaves what is not saved. */
export function useLeaving(dirty: boolean): Leaving {
  const allowed = useRef(false);
  const blocker = useBlocker({
    // The same view of the same page is not left, whatever else its address tells.
    shouldBlockFn: ({ current, next }) =>
      dirty &&
      !allowed.current &&
      (current.pathname !== next.pathname || tabOf(current.search) !== tabOf(next.search)),
    enableBeforeUnload: () => dirty && !allowed.current,
    withResolver: true,
  });
  const allow = useCallback((on: boolean) => {
    allowed.current = on;
  }, []);
  const dialog =
    blocker.status === "blocked" ? (
      <Dialog
        open
        onClose={blocker.reset}
        title="Leave without saving?"
        about="What you changed here is lost."
        footer={
          <>
            <Button onClick={blocker.reset}>Stay</Button>
            <Button look="danger" onClick={blocker.proceed}>
              Leave
            </Button>
          </>
        }
      />
    ) : null;
  return { allow, dialog };
}
