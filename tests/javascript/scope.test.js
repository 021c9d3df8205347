// All modules of a component share one scope in the browser (dashboard/components/shared/bundling.py).

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import globals from "globals";

const FOLDER = new URL("../../dashboard/components/", import.meta.url);
const DECLARATION = /^(?:export )?(?:default )?(?:async )?(?:function\*?|class|const|let) (\w+)/gm;

test("no name at the top level hides one of the browser's from other files", () => {
  const files = readdirSync(FOLDER, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".js"));
  const names = files.flatMap((file) => {
    const text = readFileSync(new URL(file, FOLDER), "utf-8");
    return [...text.matchAll(DECLARATION)].map(([, name]) => name);
  });
  assert.ok(names.includes("element") && names.includes("FIRST_CAMERA"));
  assert.deepEqual(
    names.filter((name) => name in globals.browser || name in globals.builtin),
    [],
  );
});
