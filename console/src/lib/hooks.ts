import { type RefObject, useEffect, useRef, useState } from "react";

/** The value, once it has not changed for a while. */
export function useSettled<T>(value: T, delayMs = 200): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

/** The time now, moving on every so often, for "4 min ago". */
export function useNow(everyMs = 15_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

export type Hotkeys = Record<string, (event: KeyboardEvent) => void>;

const LEADER = "g";

/**
 * Single-key shortcuts, `mod+k` for ⌘K or Ctrl+K, and two keys in a row such as `g o`.
 * None fires while something is typed, except those with `mod`, nor under an open dialog.
 */
export function useHotkeys(keys: Hotkeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    let first = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const mod = event.metaKey || event.ctrlKey;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (mod) {
        latest.current[`mod+${key}`]?.(event);
        return;
      }
      if (isTyping(event.target) || document.querySelector("[role=dialog][data-state=open]")) return;
      const pair = latest.current[`${first} ${key}`];
      const single = latest.current[key];
      clearTimeout(timer);
      if (first !== "" && pair) {
        first = "";
        event.preventDefault();
        pair(event);
        return;
      }
      // After `g` the key belongs to a pair, which another hook may hold.
      if (single && first !== LEADER) {
        event.preventDefault();
        single(event);
        return;
      }
      first = key;
      timer = setTimeout(() => {
        first = "";
      }, 900);
    };
    window.addEventListener("keydown", onKey);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", onKey);
    };
  }, []);
}

/** The width and height of an element, as it changes. */
export function useSize<T extends HTMLElement>(): [RefObject<T | null>, { width: number; height: number }] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Weir" : `${title} · Weir`;
  }, [title]);
}
