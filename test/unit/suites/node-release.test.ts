import { expect, it } from 'vitest';
import { findNode } from '../../suites/node-release.ts';

it.each([
  ['its version', process.versions.node],
  ['its major version', process.versions.node.split('.')[0] ?? ''],
])('the Node that runs must be found by %s', async (_, release) => {
  expect(await findNode(release)).toBe(process.execPath);
});
