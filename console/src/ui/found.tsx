import type { ReactElement, ReactNode } from "react";
import { Button, ErrorNote, Lines } from "./basics";

/** What a list that comes in parts has found, as far as this page asks. */
interface Listing {
  error: unknown;
  isPending: boolean;
  hasNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

interface FoundProps {
  found: Listing;
  count: number;
  /** What stands there if nothing was found. */
  empty: ReactElement;
  children: ReactNode;
}

/** The body of a page with a list: its rows, or why there are none, and the way to more of them. */
export function Found({ found, count, empty, children }: FoundProps): ReactElement {
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {found.error && count === 0 ? (
        <ErrorNote error={found.error} retry={() => void found.refetch()} />
      ) : found.isPending ? (
        <Lines />
      ) : count === 0 ? (
        empty
      ) : (
        children
      )}
      {found.hasNextPage && (
        <div className="p-4 text-center">
          <Button onClick={() => void found.fetchNextPage()}>Show more</Button>
        </div>
      )}
    </div>
  );
}
