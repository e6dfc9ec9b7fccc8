import { expect, test } from 'vitest';
import { components } from '../../../src/components/components.ts';
import { setImages } from '../../../src/config/set-images.ts';

const text = `version: 1
server_name: localhost
host: localhost # mine
synapse:
  # Who can register an account.
  registration: closed
traefik: { certificates: { issuer: local }, publish: { address: "127.0.0.1", https: 8443, http: null } }
`;
const image = 'matrixdotorg/synapse:v1.160.0';

test.each([
  [
    'a line that is there must be replaced, in the quotes that it has',
    text.replace('registration: closed', "image: 'matrixdotorg/synapse:v1.158.0' # pinned"),
    { synapse: image },
    text.replace('registration: closed', `image: '${image}' # pinned`),
  ],
  [
    'a line must be added below the name of its section, above comments',
    text,
    { synapse: image },
    text.replace('synapse:\n', `synapse:\n  image: "${image}"\n`),
  ],
  [
    'a section that is missing must be added at the end',
    text,
    { postgres: 'postgres:17.5' },
    `${text}postgres:\n  image: "postgres:17.5"\n`,
  ],
  [
    'a section in braces must stay in braces',
    text,
    { traefik: 'traefik:v3.7.14' },
    text.replace('traefik: { ', 'traefik: { image: "traefik:v3.7.14", '),
  ],
  [
    'an image that is named already must leave the text alone',
    text.replace('registration: closed', `image: '${image}'`),
    { synapse: image },
    text.replace('registration: closed', `image: '${image}'`),
  ],
])('%s', (_case, before, images, after) => {
  expect(setImages(before, images, components).text).toBe(after);
});

test('a version that is not run must be refused', () => {
  expect(() => setImages(text, { synapse: 'matrixdotorg/synapse:v1.100.0' }, components)).toThrow(
    expect.objectContaining({ code: 'config.invalid' }),
  );
});

test('a section that no line can be added to must be told of', () => {
  const empty = text.replace(/synapse:.*closed\n/s, 'synapse: {}\n');
  expect(() => setImages(empty, { synapse: image }, components)).toThrow(
    expect.objectContaining({ code: 'config.image-line' }),
  );
});
