// What became of a webhook's events, as the admin API tells it.

const DAY = 86_400_000;
const at = (ago) => new Date(Date.now() - ago).toISOString();
const id = (n) => `msg_019aa5c17d3e7c4b9f1e${(0x6f001234 + n * 7919).toString(16)}`;

function delivery(n, type, state, attempts, last, ago, due = null) {
  const [last_status, last_detail] = last ?? [null, null];
  return {
    event: id(n),
    type,
    state,
    attempts,
    began: at(ago),
    due,
    last_at: last ? at(Math.max(0, ago - attempts * 4_000)) : null,
    last_status,
    last_detail,
  };
}

/** Newest first. */
export function deliveries(off) {
  const items = [
    delivery(1, "order.created", off ? "dead" : "waiting", 0, null, 400, off ? null : at(-1_000)),
    delivery(2, "order.created", "waiting", 3, [503, "it answered 503"], 31_000, at(-46_000)),
    delivery(3, "invoice.paid", "waiting", 6, [null, "its server cannot be reached"], 190_000, at(-400_000)),
  ];
  const types = ["order.created", "order.shipped", "invoice.paid", "customer.subscription.renewed"];
  for (let n = 4; n < 44; n += 1) {
    const dead = n % 9 === 0;
    const state = dead ? "dead" : "delivered";
    const last = dead
      ? n % 2
        ? [400, "it answered 400"]
        : [null, "there was no answer within 20s"]
      : [204, "it answered 204"];
    items.push(
      delivery(
        n,
        types[n % types.length],
        state,
        dead ? 104 : n % 7 === 0 ? 2 : 1,
        last,
        dead ? DAY + n * 60_000 : n * 97_000,
      ),
    );
  }
  if (!off) return items;
  return items.map((item) => (item.state === "waiting" ? { ...item, state: "dead", due: null } : item));
}
