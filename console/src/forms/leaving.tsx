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

interface Place {
  pathname: string;
  search: object;
}

/** Whether another document, or another view of it, is shown there: all that an address tells but the chosen step. */
export function isElsewhere(current: Place, next: Place): boolean {
  const told = ({ search }: Place) =>
    JSON.stringify(
      Object.entries(search)
        .filter(([name, value]) => name !== "step" && value !== undefined)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  return current.pathname !== next.pathname || told(current) !== told(next);
}

/** Asks before one leaves what is not saved. */
export function useLeaving(dirty: boolean): Leaving {
  const allowed = useRef(false);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && !allowed.current && isElsewhere(current, next),
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
