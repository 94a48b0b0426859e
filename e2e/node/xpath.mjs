// Evaluates XPath by fontoxpath. Standard input: {documents: {NAME: XML}, show: EXPRESSION, asked: [{document, expression, prefixes}]},
// where `show` writes `$all` as a text; standard output: a list of {is} or {error}.
import { readFileSync } from "node:fs";
import { load } from "./packages.mjs";

const { evaluateXPathToString, registerXQueryModule } = load("fontoxpath");
const { parseXmlDocument } = load("slimdom");
const { documents, show, asked } = JSON.parse(readFileSync(0, "utf8"));
const parsed = Object.fromEntries(Object.entries(documents).map(([name, xml]) => [name, parseXmlDocument(xml)]));
const own = {
  xs: "http://www.w3.org/2001/XMLSchema", fn: "http://www.w3.org/2005/xpath-functions", math: "http://www.w3.org/2005/xpath-functions/math",
  map: "http://www.w3.org/2005/xpath-functions/map", array: "http://www.w3.org/2005/xpath-functions/array", err: "http://www.w3.org/2005/xqt-errors",
};

// What `fn:trace` writes.
console.log = () => {};

registerXQueryModule(`module namespace own = "urn:own"; declare %public function own:show($all as item()*) as xs:string { ${show} };`);

function evaluate({ document, expression, prefixes }) {
  const namespaceResolver = (prefix) => (prefix === "" ? null : (prefixes[prefix] ?? own[prefix] ?? null));
  try {
    return { is: evaluateXPathToString(`own:show((${expression}))`, parsed[document], null, {}, { namespaceResolver, moduleImports: { own: "urn:own" } }) };
  } catch (error) {
    const text = String(error.message ?? error);
    return { error: /\b[A-Z]{4}\d{4}\b/.exec(text)?.[0] ?? "unknown", text: text.slice(0, 400) };
  }
}

process.stdout.write(JSON.stringify(asked.map(evaluate)));
