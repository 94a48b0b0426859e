// The vendors' packages, from the folder that they were installed in: the first word of the command.
import { createRequire } from "node:module";
import { join } from "node:path";

export const load = createRequire(join(process.argv[2], "package.json"));
