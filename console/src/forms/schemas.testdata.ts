import type { Schema } from "~/api/types";
import document from "../../../docs/schema/weir.schema.json";

/** Each kind's schema as the admin API gives it, taken from the committed schema of all documents. */
export const schemas: Record<string, Schema> = Object.fromEntries(
  (document.oneOf as unknown as Schema[]).map((kind) => [
    String(kind.properties?.kind?.const),
    { ...kind.properties?.spec, $defs: document.$defs as unknown as Record<string, Schema> },
  ]),
);
