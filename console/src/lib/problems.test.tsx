import { act, renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Problem } from "~/api/client";
import { useProblems } from "./problems";

describe("problems", () => {
  it("stand at their fields, and what has no field is said besides", () => {
    const { result } = renderHook(() => useProblems());
    const errors = [
      { path: "/roles/0/team", message: "no such team" },
      { path: "/name", message: "too long" },
      { path: "/names", message: "unknown" },
    ];
    act(() => result.current.take(new Problem({ status: 422, detail: "there are 3 mistakes", errors })));
    expect(["roles", "name", "email"].map(result.current.at)).toEqual([
      "no such team",
      "too long",
      undefined,
    ]);
    expect(result.current.general(["roles", "name"])).toBe("unknown");
    act(() => result.current.take(new Problem({ status: 409, detail: "taken already" })));
    expect([result.current.at("name"), result.current.general(["name"])]).toEqual([
      undefined,
      "taken already",
    ]);
    act(() => result.current.clear());
    expect(result.current.general([])).toBeUndefined();
  });
});
