import {
  type InfiniteData,
  type QueryKey,
  type UseInfiniteQueryOptions,
  useInfiniteQuery,
} from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { Page } from "./types";

export interface Pages<T> {
  /** What has come so far; absent before the first page. */
  items: T[] | undefined;
  /** Whether these are all, others are on their way, or others could not be had or are too many. */
  known: "all" | "not yet" | "part";
  error: Error | null;
  refetch: () => unknown;
}

/** A list with all its pages, one after the other, up to so many. */
export function usePages<T, K extends QueryKey>(
  options: UseInfiniteQueryOptions<Page<T>, Error, InfiniteData<Page<T>>, K, string>,
  most: number,
): Pages<T> {
  const { data, error, hasNextPage, isFetching, fetchNextPage, refetch } = useInfiniteQuery(options);
  const got = data?.pages.length ?? 0;
  const goesOn = hasNextPage && !isFetching && !error && got < most;
  useEffect(() => {
    // Several may ask for the same list at once: none breaks off what another began.
    if (goesOn) void fetchNextPage({ cancelRefetch: false });
  }, [goesOn, got, fetchNextPage]);
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const known = data && !hasNextPage ? "all" : error || got >= most ? "part" : "not yet";
  return { items, known, error, refetch };
}
