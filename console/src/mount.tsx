/** For tests: pages among routes, in a browser as far as they ask for one. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";

/** Shows what stands at `at` of these routes, each with its path, below the route of the app as in the real tree. */
export function mount(pages: Record<string, () => ReactNode>, at = "/"): void {
  const root = createRootRoute({ component: Outlet });
  const app = createRoute({ getParentRoute: () => root, id: "app", component: Outlet });
  const routes = Object.entries(pages).map(([path, component]) =>
    createRoute({ getParentRoute: () => app, path, component }),
  );
  const routeTree = root.addChildren([app.addChildren(routes)]);
  const router = createRouter({ routeTree, history: createMemoryHistory({ initialEntries: [at] }) });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
}

/** What pages ask of a browser that is not there in tests; `answer` is asked instead of the network. */
export function browser(answer: (path: string, init?: RequestInit) => Promise<Response>): void {
  vi.stubGlobal("fetch", answer);
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
}
