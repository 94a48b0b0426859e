import type { ReactElement } from "react";
import type { Attention } from "~/api/types";
import { cx } from "~/ui/basics";
import { Icon } from "~/ui/icons";

const LOOK = {
  critical: { icon: "warning", color: "text-bad" },
  warning: { icon: "warning", color: "text-warn" },
  info: { icon: "info", color: "text-ink-3" },
} as const;

/** What needs a person, the worst first. */
export function AttentionList({ items }: { items: Attention[] }): ReactElement {
  return (
    <section aria-label="Needs attention" className="card divide-y divide-line overflow-hidden">
      {items.map((item) => {
        const look = LOOK[item.severity];
        const inside = (
          <>
            <Icon name={look.icon} size={15} className={look.color} />
            <span className="font-medium whitespace-nowrap">{item.title}</span>
            <span className="min-w-0 flex-1 truncate text-ink-3">{item.detail}</span>
          </>
        );
        const shape = "flex h-9 items-center gap-2.5 px-3.5";
        // Links come from the server: only paths of this console are followed.
        return item.link?.startsWith("/") && !item.link.startsWith("//") ? (
          <a key={item.code + item.title} href={item.link} className={cx(shape, "group hover:bg-hover")}>
            {inside}
            <Icon name="chevron" size={13} className="text-ink-3" />
          </a>
        ) : (
          <div key={item.code + item.title} className={shape}>
            {inside}
          </div>
        );
      })}
    </section>
  );
}
