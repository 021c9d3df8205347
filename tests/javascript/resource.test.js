import assert from "node:assert/strict";
import { test } from "node:test";

import { Resource } from "../../dashboard/components/shared/resource.js";

/**
 * @typedef {object} Request
 * @property {string} address
 * @property {(content: string) => void} resolve
 * @property {(error: Error) => void} reject
 */

/**
 * A resource whose requests are answered by hand.
 *
 * @param {boolean} isKept
 */
function prepare(isKept) {
  /** @type {Request[]} */
  const requests = [];
  /** @type {string[]} */
  const events = [];
  const resource = new Resource(
    (address) =>
      new Promise((resolve, reject) => {
        requests.push({ address, resolve, reject });
      }),
    {
      isKept,
      onArrival: () => events.push(`arrived: ${resource.content}`),
      onFailure: (error) => events.push(`failed: ${error.message}`),
    },
  );
  return { resource, requests, events };
}

function settle() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("an address is fetched once, and anew when it changes", async () => {
  const { resource, requests, events } = prepare(true);
  for (const address of ["/a?1", "/a?1", "/a?2", "/a?2"]) resource.load(address);
  assert.deepEqual(
    requests.map(({ address }) => address),
    ["/a?1", "/a?2"],
  );
  requests[1].resolve("two");
  await settle();
  assert.deepEqual(events, ["arrived: two"]);
});

test("an answer that comes too late is not taken, nor is its failure", async () => {
  const { resource, requests, events } = prepare(true);
  for (const address of ["/a?1", "/a?2", "/a?3"]) resource.load(address);
  requests[2].resolve("three");
  await settle();
  requests[0].resolve("one");
  requests[1].reject(new Error("two"));
  await settle();
  assert.deepEqual([resource.content, events], ["three", ["arrived: three"]]);
});

test("the former content serves until the new one is here, where it may", async () => {
  for (const isKept of [true, false]) {
    const { resource, requests } = prepare(isKept);
    resource.load("/a?1");
    requests[0].resolve("one");
    await settle();
    resource.load("/a?2");
    assert.equal(resource.content, isKept ? "one" : undefined);
  }
});

test("after a failure the same address is fetched again only when it was forgotten", async () => {
  const { resource, requests, events } = prepare(true);
  resource.load("/a");
  requests[0].reject(new Error("404"));
  await settle();
  resource.load("/a");
  assert.deepEqual([requests.length, events], [1, ["failed: 404"]]);
  resource.forget();
  resource.load("/a");
  assert.equal(requests.length, 2);
});
