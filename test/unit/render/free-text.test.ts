import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { components } from '../../../src/components/components.ts';
import { type Config, configSchema } from '../../../src/config/schema.ts';
import { ConfigError } from '../../../src/errors.ts';
import { renderStack } from '../../../src/render/render.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { publicConfigText } from '../../fakes/configurations.ts';
import { parseConfig } from '../../fakes/parse-config.ts';
import { randomTexts } from '../../fakes/texts.ts';

// Seconds of work on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const count = 10_000;
const seed = Date.now() % 2 ** 31;
const texts = randomTexts(count, seed).filter((text) => text !== '__proto__');

type Files = Record<'compose' | 'homeserver' | 'traefik', ReturnType<typeof parse>>;

function render(config: Config): Files {
  const { files } = renderStack(describeStack(config, {}));
  const read = (path: string) =>
    parse(files.find((file) => file.path === path)?.text ?? '', { version: '1.1', merge: true });
  return {
    compose: read('docker-compose.yml'),
    homeserver: read('synapse/homeserver.yaml'),
    traefik: read('traefik/traefik.yml'),
  };
}

interface Field {
  readonly path: readonly string[];
  readonly valid: string;
  /** Where it stands in what is rendered; absent where it is not rendered as it is. */
  read?(files: Files): unknown;
}

const acme = ({ traefik }: Files) => traefik.certificatesResolvers.acme.acme;
const fields: Field[] = [
  { path: ['server_name'], valid: 'example.org', read: ({ homeserver }) => homeserver.server_name },
  {
    path: ['host'],
    valid: 'matrix.example.org',
    read: ({ homeserver }) => homeserver.public_baseurl.slice('https://'.length, -1),
  },
  {
    path: ['postgres', 'image'],
    valid: 'postgres:17',
    read: ({ compose }) => compose.services.postgres.image,
  },
  { path: ['postgres', 'memory'], valid: '1g', read: ({ compose }) => compose.services.postgres.mem_limit },
  {
    path: ['synapse', 'max_upload_size'],
    valid: '50M',
    read: ({ homeserver }) => homeserver.max_upload_size,
  },
  { path: ['synapse', 'log_level'], valid: 'INFO' },
  { path: ['traefik', 'certificates', 'email'], valid: 'me@example.org', read: (files) => acme(files).email },
  {
    path: ['traefik', 'certificates', 'directory'],
    valid: 'https://acme.example.org/directory',
    read: (files) => acme(files).caServer,
  },
  { path: ['traefik', 'certificates', 'staging'], valid: 'https://acme.example.org/staging' },
  {
    path: ['traefik', 'certificates', 'roots'],
    valid: 'roots.pem',
    read: ({ compose }) =>
      compose.services.traefik.volumes
        .find(({ target }: { target: string }) => target.endsWith('roots.pem'))
        .source.slice('./'.length),
  },
  {
    path: ['traefik', 'publish', 'address'],
    valid: '10.0.0.1',
    read: ({ compose }) =>
      compose.services.traefik.ports[0].replace(/:\d+:\d+$/, '').replace(/^\[(.*)\]$/, '$1'),
  },
];

describe(`of ${count} random texts (seed ${seed})`, () => {
  test.each(fields)(
    'each must stay what it is as $path, or be refused by that name',
    ({ path, valid, read }) => {
      const accepted: string[] = [];
      const unexplained: string[] = [];
      for (const text of [
        valid,
        ...texts.slice(0, 100),
        ...texts.slice(0, 2000).map((each) => inserted(each, valid)),
      ]) {
        const { success, error } = configSchema(components).safeParse(withField(path, text));
        if (success) accepted.push(text);
        else if (!error.issues.some((issue) => issue.path.join('.') === path.join('.')))
          unexplained.push(text);
      }
      expect(unexplained).toEqual([]);
      expect(accepted).toContain(valid);
      for (const text of accepted.slice(0, 10)) {
        const config = configSchema(components).parse(parse(textOf(withField(path, text))));
        if (read !== undefined) expect(read(render(config))).toBe(text);
      }
    },
  );

  test('each must stay what it is inside an option of Synapse, as a value and as a name', () => {
    // Not all in one map: parsers compare each name with each.
    const names = Array.from({ length: count / 100 }, (_, index) =>
      Object.fromEntries(texts.slice(index * 100, (index + 1) * 100).map((text) => [text, 1])),
    );
    const module = { module: 'a.Module', config: { texts, names } };
    const config = parseConfig(textOf(withField(['synapse', 'overrides'], { modules: [module] })));
    expect(render(config).homeserver.modules).toEqual([module]);
  });

  test('the one that no object can have as a name must be refused', () => {
    const overrides = '{ modules: [{ module: a.Module, config: { "__proto__": 1 } }] }';
    expect(() => parseConfig(`${publicConfigText}synapse: { overrides: ${overrides} }`)).toThrow(ConfigError);
  });
});

/** The valid value with a text somewhere in it: nearer to what is accepted. */
function inserted(text: string, valid: string): string {
  const at = text.length % (valid.length + 1);
  return valid.slice(0, at) + text + valid.slice(at);
}

// JSON is YAML, and loses nothing: the library's own stringify makes of a space in a line alone no space
// (https://github.com/eemeli/yaml/issues/692).
const textOf = JSON.stringify;

const base = parse(publicConfigText);

function withField(path: readonly string[], value: unknown): Record<string, unknown> {
  const document = structuredClone(base);
  const parent = path.slice(0, -1).reduce((section, key) => (section[key] ??= {}), document);
  parent[path.at(-1) ?? ''] = value;
  return document;
}
