import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { isScalar, parseDocument, type Scalar, visit } from 'yaml';
import { ConfigError } from '../../../src/errors.ts';
import { renderStack } from '../../../src/render/render.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { localConfigText, publicConfigText } from '../../fakes/configurations.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const valid = `${publicConfigText}
synapse:
  max_upload_size: 100M
  overrides:
    report_stats: true
    rc_login: { address: { per_second: 1, burst_count: 5 } }
    caches: { per_cache_factors: { get_users: 2 } }
`;

/** Either a configuration or a ConfigError whose lines say where; returns whether the former. */
function isAcceptedOrExplained(text: string): boolean {
  try {
    parseConfig(text);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { details } = error as ConfigError;
    expect(details.length).toBeGreaterThan(0);
    for (const line of details) {
      expect(line).toMatch(/^(?:matrix\.yaml(:[1-9][0-9]*)?: |and [1-9][0-9]* more$)/);
      expect(line).not.toMatch(/node_modules|\n +at /);
    }
    return false;
  }
}

/** A file with one of its keys or values, by position, replaced. */
function withScalar(text: string, position: number, value: unknown): string {
  const document = parseDocument(text);
  const scalars: Scalar[] = [];
  visit(document, { Scalar: (_key, node) => void scalars.push(node) });
  const chosen = scalars[position % scalars.length];
  if (isScalar(chosen)) {
    chosen.value = value;
    delete chosen.type;
  }
  return document.toString();
}

const text = fc.constantFrom(valid, localConfigText);
const anything = fc.anything({ maxDepth: 2, withNullPrototype: false, withBigInt: false });

test('whatever stands where a key or a value stood, it must be accepted or explained', () => {
  const value = fc.oneof(
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1e308,
      '',
      '~',
      'no',
      '10:00',
      '__proto__',
      'constructor',
      'toString',
      '\u0000',
    ),
    fc.string({ unit: 'grapheme' }),
    fc.double(),
  );
  fc.assert(
    fc.property(text, fc.nat(), value, (...mutation) => void isAcceptedOrExplained(withScalar(...mutation))),
  );
});

test('whatever characters are put into a file, it must be accepted or explained', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\t',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      ': ',
      '- ',
      '&a ',
      '*a',
      '!!set',
      '<<: ',
      '? ',
      '---\n',
      '%',
      '|',
      '\n',
    ),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(10), piece, (whole, at, removed, inserted) => {
      const start = at % whole.length;
      isAcceptedOrExplained(whole.slice(0, start) + inserted + whole.slice(start + removed));
    }),
  );
});

test('whatever an override is, it must be explained, or accepted and rendered', () => {
  const name = fc.constantFrom(
    'caches',
    'rc_login',
    'report_stats',
    'oidc_providers',
    'email',
    'listeners',
    '__proto__',
  );
  fc.assert(
    fc.property(name, anything, (option, value) => {
      const document = parseDocument(valid);
      document.setIn(['synapse', 'overrides', option], JSON.parse(JSON.stringify(value) ?? 'null'));
      const changed = document.toString();
      if (isAcceptedOrExplained(changed)) {
        renderStack(describeStack(parseConfig(changed), {}));
      }
    }),
  );
});

test('what is mutated is valid', () => {
  expect([valid, localConfigText].map(isAcceptedOrExplained)).toEqual([true, true]);
});
