import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useEffect, useState } from "react";
import { call } from "~/api/client";
import { sessionQuery } from "~/api/queries";
import { useHotkeys } from "~/lib/hooks";
import { setTheme, useTheme } from "~/lib/theme";
import { Button, cx, Kbd, keyName } from "~/ui/basics";
import { Icon, Logo } from "~/ui/icons";
import { Menu } from "~/ui/menu";
import { Toasts } from "~/ui/toasts";
import { NAV, NAV_ITEMS } from "./nav";
import { ShortcutsDialog } from "./ShortcutsDialog";

const Palette = lazy(() => import("./Palette"));

/** What stands around every page: navigation, the palette, the shortcuts. */
export function Shell(): ReactElement {
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const [shortcuts, setShortcuts] = useState(false);
  const [drawer, setDrawer] = useState(false);
  useHotkeys({
    "mod+k": (event) => {
      event.preventDefault();
      setPalette((open) => !open);
    },
    "?": () => setShortcuts(true),
    "/": () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
    ...Object.fromEntries(
      NAV_ITEMS.filter((item) => item.key).map((item) => [
        `g ${item.key}`,
        () => void navigate({ to: item.to }),
      ]),
    ),
  });
  return (
    <div className="flex h-full max-md:flex-col">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:p-2"
      >
        Skip to content
      </a>
      <TopBar onPalette={() => setPalette(true)} onMenu={() => setDrawer(true)} />
      <Sidebar
        open={drawer}
        onClose={() => setDrawer(false)}
        onPalette={() => setPalette(true)}
        onShortcuts={() => setShortcuts(true)}
      />
      <main id="main" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col focus:outline-none">
        <Outlet />
      </main>
      {palette && (
        <Suspense>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
      <ShortcutsDialog open={shortcuts} onClose={() => setShortcuts(false)} />
      <Toasts />
    </div>
  );
}

/** On a narrow screen, in the place of the navigation. */
function TopBar({ onPalette, onMenu }: { onPalette: () => void; onMenu: () => void }): ReactElement {
  return (
    <div className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-sunken px-3 md:hidden">
      <Button look="quiet" icon="menu" aria-label="Navigation" onClick={onMenu} />
      <Logo size={22} />
      <span className="flex-1 text-base font-semibold tracking-tight">Weir</span>
      <Button look="quiet" icon="search" aria-label="Search" onClick={onPalette} />
    </div>
  );
}

/** What is hidden while the navigation is a rail of icons; in a drawer there is room for it. */
const WORDS = "md:max-lg:hidden";

function Sidebar({
  open,
  onClose,
  onPalette,
  onShortcuts,
}: {
  open: boolean;
  onClose: () => void;
  onPalette: () => void;
  onShortcuts: () => void;
}): ReactElement {
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(onClose, [path]);
  useHotkeys(open ? { Escape: onClose } : {});
  return (
    <>
      {open && (
        <button
          type="button"
          aria-label="Close the navigation"
          className="pop fixed inset-0 z-30 bg-black/35 md:hidden"
          onClick={onClose}
        />
      )}
      <nav
        aria-label="Main"
        className={cx(
          "flex w-[212px] shrink-0 flex-col border-r border-line bg-sunken md:max-lg:w-[52px]",
          open ? "max-md:fixed max-md:inset-y-0 max-md:left-0 max-md:z-40 max-md:w-[260px]" : "max-md:hidden",
        )}
      >
        <div className="flex h-13 items-center gap-2 px-4 md:max-lg:px-3.5">
          <Logo size={22} />
          <span className={cx("text-base font-semibold tracking-tight", WORDS)}>Weir</span>
        </div>
        <button
          type="button"
          onClick={onPalette}
          aria-label="Search"
          aria-keyshortcuts="Meta+K Control+K"
          className="mx-2.5 mb-2 flex h-7.5 items-center gap-2 rounded-md border border-line bg-panel px-2 text-ink-3 hover:border-line-strong"
        >
          <Icon name="search" size={14} />
          <span className={cx("flex-1 text-left", WORDS)}>Search</span>
          <span className={WORDS}>
            <Kbd>{keyName("⌘K")}</Kbd>
          </span>
        </button>
        <div className="flex-1 overflow-y-auto px-2.5 pb-2">
          {NAV.map((group) => (
            <div key={group.label} className="mb-2">
              {group.label && (
                <p className={cx("px-2 pt-2 pb-1 text-2xs font-medium text-ink-3", WORDS)}>{group.label}</p>
              )}
              {group.items.map((item) => {
                const active = isActive(path, item.to);
                return (
                  <Link
                    key={item.to}
                    to={item.to}
                    title={item.key ? `${item.label} (g ${item.key})` : item.label}
                    aria-current={active ? "page" : undefined}
                    className={cx(
                      "flex h-7 items-center gap-2 rounded-md px-2 text-sm",
                      active
                        ? "bg-hover font-medium text-ink shadow-[inset_0_0_0_1px_var(--line)]"
                        : "text-ink-2 hover:bg-hover hover:text-ink",
                    )}
                  >
                    <Icon name={item.icon} size={15} className={active ? "text-accent" : "text-ink-3"} />
                    <span className="md:max-lg:sr-only">{item.label}</span>
                  </Link>
                );
              })}
            </div>
          ))}
        </div>
        <Account onShortcuts={onShortcuts} />
      </nav>
    </>
  );
}

function isActive(path: string, to: string): boolean {
  if (to === "/") return path === "/";
  if (to === "/models" && path.startsWith("/model-aliases")) return true;
  if (to === "/applications" && path.startsWith("/credentials")) return true;
  return path === to || path.startsWith(`${to}/`);
}

function Account({ onShortcuts }: { onShortcuts: () => void }): ReactElement {
  const { data: session } = useQuery(sessionQuery);
  const theme = useTheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    await call("DELETE", "/api/v1/session").catch(() => undefined);
    client.clear();
    await navigate({ to: "/login" });
  };
  return (
    <div className="border-t border-line p-2.5">
      <Menu
        align="start"
        trigger={
          <button
            type="button"
            className="flex h-9 w-full items-center gap-2 rounded-md px-1.5 text-left hover:bg-hover data-[state=open]:bg-hover"
            aria-label="Account"
          >
            <span className="flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-2xs font-semibold text-accent">
              {(session?.user.name || session?.user.email || "?").charAt(0).toUpperCase()}
            </span>
            <span className={cx("min-w-0 flex-1", WORDS)}>
              <span className="block truncate text-xs leading-4 font-medium">{session?.user.name ?? ""}</span>
              <span className="block truncate text-2xs leading-3.5 text-ink-3">
                Weir {session?.version ?? ""}
              </span>
            </span>
          </button>
        }
        items={[
          {
            label: "System theme",
            icon: "screen",
            checked: theme === "system",
            run: () => setTheme("system"),
          },
          { label: "Light theme", icon: "sun", checked: theme === "light", run: () => setTheme("light") },
          { label: "Dark theme", icon: "moon", checked: theme === "dark", run: () => setTheme("dark") },
          null,
          { label: "Keyboard shortcuts", icon: "info", hint: "?", run: onShortcuts },
          { label: "Settings", icon: "settings", run: () => void navigate({ to: "/settings" }) },
          null,
          { label: "Sign out", icon: "logout", run: () => void signOut() },
        ]}
      />
    </div>
  );
}
