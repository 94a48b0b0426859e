import { expect, it } from "vitest";
import { isElsewhere } from "./leaving";

const at = (search: object, pathname = "/flows/default/page") => ({ pathname, search });

it("tells another document or view from another step of the same one", () => {
  expect(isElsewhere(at({}), at({ step: "cart" }))).toBe(false);
  expect(isElsewhere(at({ environment: "test", step: "a" }), at({ step: "b", environment: "test" }))).toBe(
    false,
  );
  expect(isElsewhere(at({ tab: undefined }), at({}))).toBe(false);
  expect(isElsewhere(at({}), at({ tab: "edit" }))).toBe(true);
  expect(isElsewhere(at({}), at({ environment: "test" }))).toBe(true);
  expect(isElsewhere(at({ team: "a" }, "/flows/new"), at({ team: "b" }, "/flows/new"))).toBe(true);
  expect(isElsewhere(at({}), at({}, "/flows/default/other"))).toBe(true);
});
