import { expect, test } from 'vitest';
import { foreignComposeFiles } from '../../../src/state/foreign-compose-files.ts';

test('every file that Compose reads beside ours or in its place must be found by its name', () => {
  const foreign = [
    'compose.override.yaml',
    'compose.override.yml',
    'compose.yaml',
    'compose.yml',
    'docker-compose.override.yaml',
    'docker-compose.override.yml',
  ];
  const harmless = [
    'docker-compose.yml',
    'docker-compose.yml.new',
    'matrix.yaml',
    'docker-compose.override.yml.off',
  ];
  expect(foreignComposeFiles([...harmless, ...foreign])).toEqual(foreign);
  expect(foreignComposeFiles(harmless)).toEqual([]);
});
