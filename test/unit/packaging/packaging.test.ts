import { expect, test } from 'vitest';
import { joinedPaths, licencesOf } from '../../../packaging/joined.ts';
import { publishedManifest } from '../../../packaging/manifest.ts';
import { sbomOf } from '../../../packaging/sbom.ts';
import { publishedPaths } from '../../../src/package.ts';

const output = (inputs: Record<string, number>) => ({
  bytes: 0,
  imports: [],
  exports: [],
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }]),
  ),
});

test('a package is joined when a byte of it is in a file', () => {
  const outputs = {
    'dist/a.js': output({ 'build/main.js': 9, 'node_modules/a/x.js': 1, 'node_modules/a/y.js': 2 }),
    'dist/b.js': output({ 'node_modules/unused/x.js': 0, 'node_modules/@b/c/node_modules/d/lib/x.js': 3 }),
  };
  expect(joinedPaths({ outputs })).toEqual(['node_modules/@b/c/node_modules/d', 'node_modules/a']);
});

test('the licences stand below the package that they are of', () => {
  const packages = [
    { name: 'a', version: '1.0.0', license: 'MIT', texts: ['Do as you like.\n'] },
    { name: 'b', version: '2.0.0', license: 'ISC', texts: [] },
  ];
  const line = '-'.repeat(80);
  expect(licencesOf(packages)).toBe(`a 1.0.0: MIT\n\nDo as you like.\n\n${line}\n\nb 2.0.0: ISC\n`);
});

test('what is published needs nothing and runs nothing', () => {
  const manifest = {
    name: 'x',
    version: '1.0.0',
    dependencies: { a: '1' },
    scripts: { prepare: 'y' },
    private: true,
  };
  expect(JSON.parse(JSON.stringify(publishedManifest(manifest)))).toEqual({ name: 'x', version: '1.0.0' });
});

test('what is published brings the keys and templates that the program reads', () => {
  expect(publishedPaths()).toEqual(
    expect.arrayContaining(['bin', 'dist', 'keys', 'templates', 'package.json']),
  );
});

test('the bill of materials names what is joined, and is the same for the same build', () => {
  const component = (name: string) => ({ 'bom-ref': `${name}@1`, name, version: '1' });
  const installed = {
    serialNumber: 'urn:uuid:random',
    metadata: { timestamp: 'now', component: component('directory') },
    components: [component('a'), component('left-out')],
    dependencies: [
      { ref: 'directory@1', dependsOn: ['a@1', 'left-out@1'] },
      { ref: 'left-out@1', dependsOn: [] },
    ],
  };
  const joined = [{ name: 'a', version: '1', license: 'MIT', texts: [] }];
  expect(sbomOf(installed, 'matrix-deploy', joined)).toEqual({
    metadata: { component: { ...component('directory'), name: 'matrix-deploy' } },
    components: [component('a')],
    dependencies: [{ ref: 'directory@1', dependsOn: ['a@1'] }],
  });
});
