import fc from "fast-check";
import { expect, test } from "vitest";
import { pluginLink, pluginOf } from "../../../runtime/pixel/page/model/place.ts";

test("a link leads to its plugin, whatever that is called", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (name) => {
      expect(pluginOf(pluginLink(name))).toBe(name);
    }),
  );
});

test.each(["", "#", "#/", "#/plugins/", "#/plugins/%", "#/elsewhere/lamp"])("%j is no plugin", (hash) => {
  expect(pluginOf(hash)).toBeUndefined();
});
