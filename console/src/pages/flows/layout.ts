import type { StepPlan } from "~/api/types";

/** The graph of a workflow in the plane: a column for each level, so that time goes to the right. */

export const CARD = { width: 180, height: 66 };
const GAP = { x: 44, y: 14 };
/** What an edge takes of a column that it only passes. */
const PASS = 10;
const EDGE = 16;
/** Sweeps to and fro that lessen crossings. */
const SWEEPS = 6;

export interface Card {
  step: StepPlan;
  x: number;
  y: number;
}

export interface Edge {
  from: string;
  to: string;
  /** The path of its curve. */
  d: string;
  /** Why, in words: each reason once. */
  why: string;
  critical: boolean;
}

export interface Graph {
  cards: Card[];
  edges: Edge[];
  width: number;
  height: number;
}

/** A card, or a place where an edge passes a column. */
interface Slot {
  id: string;
  level: number;
  height: number;
  before: Slot[];
  behind: Slot[];
  at: number;
  y: number;
}

interface Way {
  from: string;
  to: string;
  why: string;
  /** All slots from end to end. */
  through: Slot[];
}

/** Cards and edges of steps whose levels are known. What follows from other waits anyway is not drawn. */
export function layoutOf(steps: StepPlan[], critical: string[]): Graph {
  const columns: Slot[][] = [];
  const put = (slot: Slot) => {
    const column = columns[slot.level] ?? [];
    columns[slot.level] = column;
    slot.at = column.length;
    column.push(slot);
    return slot;
  };
  const cards = new Map<string, Slot>();
  for (const step of steps) cards.set(step.id, put(slotOf(step.id, step.level, CARD.height)));
  const ways = waysOf(steps, cards, put);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) arrange(columns, sweep % 2 === 0);
  const height = stack(columns);
  const onPath = new Set(critical.slice(1).map((id, index) => `${critical[index]} ${id}`));
  return {
    cards: steps.flatMap((step) => {
      const slot = cards.get(step.id);
      return slot ? [{ step, x: leftOf(slot), y: slot.y }] : [];
    }),
    edges: ways.map((way) => ({
      from: way.from,
      to: way.to,
      why: way.why,
      d: curve(way.through),
      critical: onPath.has(`${way.from} ${way.to}`),
    })),
    width: EDGE * 2 + columns.length * CARD.width + Math.max(0, columns.length - 1) * GAP.x,
    height,
  };
}

const slotOf = (id: string, level: number, height: number): Slot => ({
  id,
  level,
  height,
  before: [],
  behind: [],
  at: 0,
  y: 0,
});

const leftOf = (slot: Slot): number => EDGE + slot.level * (CARD.width + GAP.x);

/** The edges, each with a slot in every column that it passes. */
function waysOf(steps: StepPlan[], cards: Map<string, Slot>, put: (slot: Slot) => Slot): Way[] {
  const reasons = new Map(steps.map((step) => [step.id, reasonsOf(step)]));
  const implied = impliedBy(steps);
  const ways: Way[] = [];
  for (const step of steps) {
    for (const [on, why] of reasons.get(step.id) ?? []) {
      const [from, to] = [cards.get(on), cards.get(step.id)];
      if (!from || !to || implied(on, step.id)) continue;
      const through = [from];
      for (let level = from.level + 1; level < to.level; level += 1)
        through.push(put(slotOf(`${on} ${step.id}`, level, PASS)));
      through.push(to);
      through.slice(1).forEach((slot, index) => {
        const before = through[index];
        if (!before) return;
        before.behind.push(slot);
        slot.before.push(before);
      });
      ways.push({ from: on, to: step.id, why, through });
    }
  }
  return ways;
}

/** What a step waits for, with every reason. */
function reasonsOf(step: StepPlan): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const wait of step.waits) {
    const known = reasons.get(wait.on);
    reasons.set(wait.on, known ? `${known}; ${wait.text}` : wait.text);
  }
  return reasons;
}

/** Whether a step waits for one anyway, by way of another that it waits for. */
function impliedBy(steps: StepPlan[]): (on: string, by: string) => boolean {
  const waits = new Map(steps.map((step) => [step.id, [...new Set(step.waits.map((wait) => wait.on))]]));
  const all = new Map<string, Set<string>>();
  const order = [...steps].sort((a, b) => a.level - b.level);
  for (const step of order) {
    const own = new Set<string>();
    for (const on of waits.get(step.id) ?? []) {
      own.add(on);
      for (const far of all.get(on) ?? []) own.add(far);
    }
    all.set(step.id, own);
  }
  return (on, by) => (waits.get(by) ?? []).some((other) => other !== on && all.get(other)?.has(on) === true);
}

/** Puts each column in the order of the middles of its neighbours on one side. */
function arrange(columns: Slot[][], forward: boolean): void {
  for (const column of forward ? columns : [...columns].reverse()) {
    const wish = new Map(
      column.map((slot) => {
        const near = forward ? slot.before : slot.behind;
        const middle = near.reduce((sum, other) => sum + other.at, 0) / near.length;
        return [slot, near.length > 0 ? middle : slot.at];
      }),
    );
    column.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || a.at - b.at);
    column.forEach((slot, index) => {
      slot.at = index;
    });
  }
}

/** Gives every slot its height in its column, columns about one middle line; answers how high the whole is. */
function stack(columns: Slot[][]): number {
  const heightOf = (column: Slot[]) =>
    column.reduce((sum, slot) => sum + slot.height, 0) + Math.max(0, column.length - 1) * GAP.y;
  const highest = Math.max(CARD.height, ...columns.map(heightOf));
  for (const column of columns) {
    let y = EDGE + (highest - heightOf(column)) / 2;
    for (const slot of column) {
      slot.y = y;
      y += slot.height + GAP.y;
    }
  }
  return highest + EDGE * 2;
}

/** A smooth line from the right side of the first slot to the left side of the last. */
function curve(through: Slot[]): string {
  const middle = (slot: Slot) => slot.y + slot.height / 2;
  const [first] = through;
  if (!first) return "";
  let d = `M${leftOf(first) + CARD.width} ${middle(first)}`;
  through.slice(1).forEach((slot, index) => {
    const before = through[index] ?? first;
    const [x, y] = [leftOf(slot), middle(slot)];
    const half = x - GAP.x / 2;
    d += `C${half} ${middle(before)} ${half} ${y} ${x} ${y}`;
    // A column that is only passed is crossed straight.
    if (index < through.length - 2) d += `H${x + CARD.width}`;
  });
  return d;
}

/** The card that an arrow key leads to from another. */
export function beside(graph: Graph, id: string, key: string): string | undefined {
  const from = graph.cards.find((card) => card.step.id === id);
  if (!from) return graph.cards[0]?.step.id;
  const sides: Record<string, (card: Card) => boolean> = {
    ArrowLeft: (card) => card.x < from.x,
    ArrowRight: (card) => card.x > from.x,
    ArrowUp: (card) => card.x === from.x && card.y < from.y,
    ArrowDown: (card) => card.x === from.x && card.y > from.y,
  };
  const side = sides[key];
  if (!side) return undefined;
  const far = (card: Card) => Math.abs(card.x - from.x) * 8 + Math.abs(card.y - from.y);
  return graph.cards.filter(side).sort((a, b) => far(a) - far(b))[0]?.step.id;
}
