import { type ReactElement, useState } from "react";
import { Button } from "~/ui/basics";
import { Dialog } from "~/ui/dialog";

/** What is written most often: each with what it does. The whole of it, one after another, is a flow's steps. */
export const GLANCE: [string, string][] = [
  [
    "user: GET /shop/users/{inputs.user}",
    "A step: a call by its method and path. A reference in braces fills its place.",
  ],
  [
    "orders: GET /shop/users/{user.id}/orders?limit=3",
    "What refers to a step waits for it; all else runs at the same time.",
  ],
  [
    'placed:\n  call: POST /shop/orders\n  body: {user_id: "{user.id}", items: "{inputs.items}"}\n  headers: {Idempotency-Key: "{inputs.key}"}',
    "With a body and header fields. Values keep their types.",
  ],
  [
    'parcel: {call: "GET /shop/shipping/{placed.id}", optional: true, timeout: 2s}',
    "May be missing, and has two seconds.",
  ],
  ['stock: {call: "GET /shop/stock/prd-1", when: "inputs.user != \'\'"}', "Only if a condition (CEL) holds."],
  [
    "prices:\n  call: GET /shop/prices/{inputs.product}\n  for-each: {in: $inputs.products, as: product, on-error: skip}",
    "Once for each element of a list, at the same time.",
  ],
  [
    "again: {call: GET /shop/products/prd-1, retry: {attempts: 3, backoff: 100ms}}",
    "Tried again where it fails.",
  ],
  ['told: {event: {type: order.placed, data: {id: "{placed.id}"}}}', "An event to the team's webhooks."],
];

const RESPONSE = "response:\n  name: user.name\n  orders: orders.items\n  parcel: parcel.status";

/** The short form at a glance. */
export function FlowHelp(): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small look="quiet" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Help
      </Button>
      {open && (
        <Dialog
          open
          wide
          onClose={() => setOpen(false)}
          title="Flows at a glance"
          about="Steps of the short form. What else there is stands in docs/flows.md and docs/flow-extensions.md; Arazzo documents have all of it too."
        >
          <dl className="flex flex-col gap-3 pb-3">
            {GLANCE.map(([code, words]) => (
              <Entry key={code} code={code} words={words} />
            ))}
            <Entry
              code={RESPONSE}
              words="Beside the steps: what is answered, member by member, each as soon as its step is there."
            />
            <Entry
              code={"sources:\n  shop: {service: shop}"}
              words="In spec, beside the flow: which service of Weir's makes the calls. It is described by OpenAPI; with several, a call begins with the source's name: shop GET /…"
            />
          </dl>
        </Dialog>
      )}
    </>
  );
}

function Entry({ code, words }: { code: string; words: string }): ReactElement {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-x-4 gap-y-1 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <dt>
        <pre className="rounded-md bg-sunken wrap-anywhere whitespace-pre-wrap px-2.5 py-1.5 font-mono text-xs">
          {code}
        </pre>
      </dt>
      <dd className="py-1.5 text-ink-2">{words}</dd>
    </div>
  );
}
