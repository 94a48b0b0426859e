import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./basics";
import { Icon, type IconName } from "./icons";

export interface MenuItem {
  label: string;
  icon?: IconName;
  run: () => void;
  danger?: boolean;
  hint?: string;
  checked?: boolean;
}

export function Menu({
  trigger,
  items,
  align = "end",
}: {
  trigger: ReactNode;
  items: (MenuItem | null)[];
  align?: "start" | "end";
}): ReactElement {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          className="pop z-50 min-w-44 rounded-lg border border-line-strong bg-raised p-1 shadow-[0_8px_28px_var(--shadow)]"
        >
          {items.map((item, index) =>
            item === null ? (
              <DropdownMenu.Separator key={index} className="my-1 h-px bg-line" />
            ) : (
              <DropdownMenu.Item
                key={item.label}
                onSelect={item.run}
                className={cx(
                  "flex h-7.5 items-center gap-2 rounded-md px-2 text-sm outline-none data-[highlighted]:bg-lift",
                  item.danger ? "text-bad" : "text-ink",
                )}
              >
                {item.icon && <Icon name={item.icon} size={14} className="text-ink-3" />}
                <span className="flex-1">{item.label}</span>
                {item.checked && <Icon name="check" size={14} className="text-accent" />}
                {item.hint && <span className="text-2xs text-ink-3">{item.hint}</span>}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
