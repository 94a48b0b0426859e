import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Problem } from "./api/client";
import { makeRouter } from "./router";
import "./styles.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
  },
  queryCache: new QueryCache({
    // A session that ended shows at the first answer: back to the log-in, and then to where one was.
    onError: (error) => {
      if (!(error instanceof Problem) || error.status !== 401) return;
      const { pathname, href } = router.state.location;
      if (pathname === "/login" || pathname === "/setup") return;
      client.removeQueries({ queryKey: ["session"] });
      void router.navigate({ to: "/login", search: { next: href } });
    },
  }),
});
const router = makeRouter(client);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
