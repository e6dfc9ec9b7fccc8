// Builds the program with the toys in its registry, into a directory: `node program.mjs DIRECTORY`. Everything else in
// it is the program as it is published.
import { cp } from 'node:fs/promises';
import { join } from '../../packaging/join.mjs';

const root = new URL('../../', import.meta.url).pathname;
const [, , directory] = process.argv;

const withToys = {
  name: 'components with toys',
  setup({ onResolve }) {
    onResolve({ filter: /\/components\.ts$/ }, ({ importer }) =>
      importer === `${root}src/main.ts` ? { path: `${root}test/contract/registry.ts` } : undefined,
    );
  },
};

for (const name of ['bin', 'keys', 'templates', 'package.json']) {
  await cp(`${root}${name}`, `${directory}/${name}`, { recursive: true });
}
await join(`${root}src/main.ts`, `${directory}/dist`, [withToys]);
// The toys look for their templates beside their own code.
for (const name of ['config.yaml', 'index.html']) {
  await cp(`${root}test/contract/pages/${name}`, `${directory}/dist/${name}`);
}
