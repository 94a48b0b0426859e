// Puts the built console where the binary takes it from, each text file also compressed with Brotli and gzip,
// so that the server never compresses. Files that would hardly shrink are left alone.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const from = fileURLToPath(new URL("../dist", import.meta.url));
const to = fileURLToPath(new URL("../../crates/console/dist", import.meta.url));
const TEXT = new Set([".css", ".html", ".js", ".json", ".map", ".svg", ".txt"]);
const BUDGET = 250 * 1024;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

mkdirSync(to, { recursive: true });
for (const name of readdirSync(to)) {
  if (name !== ".gitkeep") rmSync(join(to, name), { recursive: true });
}
cpSync(from, to, { recursive: true });

const sizes = new Map();
for (const path of files(to)) {
  const body = readFileSync(path);
  if (!TEXT.has(extname(path)) || body.length < 512) continue;
  const gzip = gzipSync(body, { level: 9 });
  const brotli = brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
  if (gzip.length < body.length * 0.9) writeFileSync(`${path}.gz`, gzip);
  if (brotli.length < body.length * 0.9) writeFileSync(`${path}.br`, brotli);
  sizes.set(relative(to, path), gzip.length);
}

// The first load is what index.html names: the entry and what it preloads.
const index = readFileSync(join(from, "index.html"), "utf8");
const first = [...index.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((match) => match[1]);
const total = first.reduce((sum, name) => sum + (sizes.get(name) ?? statSync(join(from, name)).size), 0);
console.log(
  `embedded ${files(from).length} files; first load ${(total / 1024).toFixed(1)} KiB of compressed JavaScript`,
);
if (total > BUDGET) {
  console.error(`the first load is over its budget of ${BUDGET / 1024} KiB: load something lazily`);
  process.exit(1);
}
