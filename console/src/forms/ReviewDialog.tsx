import { lazy, type ReactElement, Suspense } from "react";
import type { DocumentBody } from "~/api/types";
import { Button, Lines } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";

const DiffView = lazy(() => import("./DiffView"));

interface Props {
  /** What is stored; a new document has nothing. */
  before: DocumentBody | null;
  after: DocumentBody;
  busy: boolean;
  onClose: () => void;
  onSave: () => void;
}

/** What a change of a document does, before it is saved. */
export function ReviewDialog({ before, after, busy, onClose, onSave }: Props): ReactElement {
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="What changes"
      about="It is live on every gateway within a second, and can be rolled back from the history."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button look="primary" disabled={busy} onClick={onSave}>
            Save
          </Button>
        </>
      }
    >
      <Suspense fallback={<Lines rows={4} />}>
        <DiffView before={before} after={after} />
      </Suspense>
    </Dialog>
  );
}
