import { describe, expect, it } from "vitest";
import { highlight } from "./highlight";
import { typedBy } from "./TextEditor";
import { fromText, lineOf, toText } from "./text";

const yaml = `kind: Upstream
name: shop # the sample
spec:
  targets:
    - host: 127.0.0.1
      port: 80
    - host: "b:1"
  note: |
    # not a comment
    key: value
  on: true
`;
const kinds = (text: string, format: "yaml" | "json", line: number) =>
  highlight(text, format)
    [line - 1]?.filter((part) => part.text.trim() !== "")
    .map((part) => `${part.kind} ${part.text.trim()}`);

describe("a document as text", () => {
  it("says where it cannot be read", () => {
    const bad = fromText("a: 1\nb: [\n", "yaml", {});
    expect("mistake" in bad && bad.mistake.line).toBe(3);
    expect("mistake" in bad && bad.mistake.message).not.toContain("line");
    const json = fromText('{\n  "a": 1,\n}', "json", {});
    expect("mistake" in json && json.mistake.line).toBe(3);
    const fixed = fromText("name: b\nkind: Route\n", "yaml", { kind: "Upstream" });
    expect(fixed).toEqual({ mistake: { message: "`kind` must stay Upstream.", line: 2 } });
    expect(fromText("name: b\nspec: []\n", "yaml", {})).toEqual({
      mistake: { message: "`spec` is a mapping.", line: 2 },
    });
  });

  it("finds the line of what a pointer names, or of the nearest thing around it", () => {
    const places = [
      "",
      "/name",
      "/spec/targets/0/port",
      "/spec/targets/1",
      "/spec/targets/1/port",
      "/spec/none",
    ];
    expect(places.map((path) => lineOf(yaml, path))).toEqual([1, 2, 6, 7, 7, 3]);
    const body = { kind: "Route" as const, name: "a", spec: { "a/b": [{ c: 1 }] } };
    expect(lineOf(toText(body, "json"), "/spec/a~1b/0/c")).toBe(7);
  });
});

describe("colours", () => {
  it("tell keys from values", () => {
    expect(kinds(yaml, "yaml", 2)).toEqual(["key name", "mark :", "string shop", "comment # the sample"]);
    expect(kinds(yaml, "yaml", 5)).toEqual(["mark -", "key host", "mark :", "string 127.0.0.1"]);
    expect(kinds(yaml, "yaml", 6)).toEqual(["key port", "mark :", "number 80"]);
    expect(kinds(yaml, "yaml", 7)).toEqual(["mark -", "key host", "mark :", 'string "b:1"']);
    expect(kinds(yaml, "yaml", 9)).toEqual(["string # not a comment"]);
    expect(kinds(yaml, "yaml", 11)).toEqual(["key on", "mark :", "word true"]);
    expect(kinds('{ "a": ["b", 1, null] }', "json", 1)).toEqual([
      "mark {",
      'key "a"',
      "mark :",
      "mark [",
      'string "b"',
      "mark ,",
      "number 1",
      "mark ,",
      "word null",
      "mark ]",
      "mark }",
    ]);
  });

  it("change nothing of the text, whatever it is", () => {
    for (const text of [
      yaml,
      "a: [",
      "- - x: {y: 'z'} # c",
      "'",
      '"\\',
      "\t- a\n\n: b",
      toText({ kind: "Plan", name: "p", spec: {} }, "json"),
    ])
      for (const format of ["yaml", "json"] as const) {
        const whole = highlight(text, format)
          .map((parts) => parts.map((part) => part.text).join(""))
          .join("\n");
        expect(whole).toBe(text);
      }
  });
});

it("goes on as far in as the line, further behind a colon or a bracket", () => {
  expect(typedBy("Enter", "spec:\n  flow:")).toBe("\n    ");
  expect(typedBy("Enter", "spec:\n  name: a")).toBe("\n  ");
  expect(typedBy("Enter", "")).toBe("\n");
  expect(typedBy("Enter", '{"a": [')).toBe("\n  ");
  expect(typedBy("Tab", "a")).toBe("  ");
  expect(typedBy("x", "a")).toBeUndefined();
});
