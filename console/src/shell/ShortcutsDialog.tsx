import type { ReactElement } from "react";
import { Kbd, keyName } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";
import { NAV_ITEMS } from "./nav";

const GENERAL: [string[], string][] = [
  [["⌘", "K"], "Find and do anything"],
  [["/"], "Search on this page"],
  [["J"], "Next row"],
  [["K"], "Previous row"],
  [["↵"], "Open the row"],
  [["C"], "Create, on a list"],
  [["E"], "Edit, on a document"],
  [["⌘", "S"], "Save what is edited"],
  [["P"], "Pause the live tail"],
  [["?"], "This list"],
];

export function ShortcutsDialog({ open, onClose }: { open: boolean; onClose: () => void }): ReactElement {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts" wide>
      <div className="grid grid-cols-2 gap-x-10 pb-4">
        <ul>
          {GENERAL.map(([keys, what]) => (
            <Line key={what} keys={keys} what={what} />
          ))}
        </ul>
        <ul>
          {NAV_ITEMS.filter((item) => item.key).map((item) => (
            <Line key={item.to} keys={["G", (item.key ?? "").toUpperCase()]} what={`Go to ${item.label}`} />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function Line({ keys, what }: { keys: string[]; what: string }): ReactElement {
  return (
    <li className="flex h-8 items-center justify-between border-b border-line">
      <span className="text-ink-2">{what}</span>
      <span>
        {keys.map((key) => (
          <Kbd key={key}>{keyName(key)}</Kbd>
        ))}
      </span>
    </li>
  );
}
