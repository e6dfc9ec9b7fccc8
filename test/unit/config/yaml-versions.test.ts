import { describe, expect, test } from 'vitest';
import { parseAnswers } from '../../../src/config/answers.ts';
import { answerIssues } from '../../../src/config/questions.ts';
import { publicConfigText } from '../../fakes/configurations.ts';
import { issuesOf } from '../../fakes/issues.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

/** What is wrong with the overrides, a line each, without file and line. */
function issuesIn(overrides: string): string[] {
  return issuesOf(() => parseConfig(`${publicConfigText}synapse: { overrides: ${overrides} }`)).map((line) =>
    line.replace(/^matrix\.yaml:\d+: synapse\.overrides\.?/, ''),
  );
}

const readings = (source: string, theirs: string, ours: string) =>
  `YAML 1.1, which Synapse's documentation uses, reads ${source} as ${theirs}, this file's YAML 1.2 reads it as ${ours}`;

describe('where the type is known, the advice must be what can be meant', () => {
  test.each([
    [
      '{ enable_search: no }',
      `enable_search must be true or false, not "no": ${readings('no', 'false', 'text')}: write false`,
    ],
    [
      '{ push: { enabled: off } }',
      `push.enabled must be true or false, not "off": ${readings('off', 'false', 'text')}: write false`,
    ],
    [
      '{ oidc_providers: [{ idp_id: a, discover: yes }] }',
      `oidc_providers.0.discover must be true or false, not "yes": ${readings('yes', 'true', 'text')}: write true`,
    ],
    [
      '{ email: { smtp_port: 1_025 } }',
      `email.smtp_port must be a whole number, not "1_025": ${readings('1_025', 'the number 1025', 'text')}: write 1025`,
    ],
    [
      '{ admin_contact: no }',
      `admin_contact is read differently by the two versions of YAML: ${readings('no', 'false', 'text')}: write "no"`,
    ],
    [
      '{ experimental_features: { msc4388_mode: off } }',
      `experimental_features.msc4388_mode is read differently by the two versions of YAML: ${readings('off', 'false', 'text')}: write "off"`,
    ],
    [
      '{ caches: { global_factor: 1e1 } }',
      `caches.global_factor is read differently by the two versions of YAML: ${readings('1e1', 'text', 'the number 10')}: write 10`,
    ],
    ['{ rc_message: { per_second: off } }', 'rc_message.per_second must be a number above 0, not "off"'],
  ])('%s', (overrides, issue) => {
    expect(issuesIn(overrides)).toEqual([issue]);
  });
});

describe('where the type is not known, both readings must be shown', () => {
  test.each([
    ['no', 'false', 'text', '"no" or false'],
    ['0755', 'the number 493', 'the number 755', '755 or 493'],
    ['0o17', 'text', 'the number 15', '15 or "0o17"'],
    ['1_000', 'the number 1000', 'text', '"1_000" or 1000'],
    ['12:30', 'the number 750', 'text', '"12:30" or 750'],
    ['2026-01-01', 'a date', 'text', '"2026-01-01"'],
    ['=', 'an error', 'text', '"="'],
    [
      '12345678901234567890',
      'the number 12345678901234567890',
      'the number 12345678901234567000',
      '"12345678901234567890"',
    ],
  ])('%s', (source, theirs, ours, advice) => {
    expect(issuesIn(`{ modules: [{ module: a.B, config: { deep: [{ x: ${source} }] } }] }`)).toEqual([
      `modules.0.config.deep.0.x is read differently by the two versions of YAML: ${readings(source, theirs, ours)}: write ${advice}`,
    ]);
  });
});

test('what both versions read alike must pass', () => {
  const alike =
    'a: y, b: 1, c: 1.5, d: true, e: ~, f: "no", g: \'0755\', h: !!str on, i: +1, j: 0x1F, k: 1.5e+3, l: .5';
  expect(issuesIn(`{ modules: [{ module: a.B, config: { ${alike} } }] }`)).toEqual([]);
  expect(issuesIn('{ password_config: { enabled: only_for_reauth } }')).toEqual([]);
});

test.each([
  ['{ modules: [{ module: a.B, config: { on: 1 } }] }', 'modules.0.config.on is not text for every reader'],
  [
    '{ caches: { per_cache_factors: { 12: 1 } } }',
    'caches.per_cache_factors.12 is not text for every reader',
  ],
  ['{ modules: [{ module: a.B, config: { ~: 1 } }] }', 'modules.0.config.~ is not text for every reader'],
  [
    '{ modules: [{ module: a.B, config: { <<: { a: 1 } } }] }',
    'modules.0.config.<< merges maps in YAML 1.1 only',
  ],
  ['{ modules: [{ module: a.B, config: { [a]: 1 } }] }', 'modules.0.config has a name that is not text'],
  ['{ modules: [{ module: a.B, config: !!set { a } }] }', 'modules.0.config has a tag'],
  ['{ enable_search: !!bool "no" }', 'enable_search has a tag'],
  ['{ caches: { global_factor: .inf } }', 'caches.global_factor is not a finite number'],
  ['{ enable_search: "no" }', 'enable_search must be true or false, not "no"'],
])('%s must be refused', (overrides, start) => {
  const issues = issuesIn(overrides);
  expect(issues).toHaveLength(1);
  expect(issues[0]?.slice(0, start.length)).toBe(start);
});

test('a secret must not be shown by its readings', () => {
  const issues = issuesIn(
    '{ turn_shared_secret: 12_34, modules: [{ module: a.B, config: { password: 12_34 } }] }',
  );
  expect(issues).toHaveLength(2);
  expect(issues.join()).not.toMatch(/12_?34/);
});

test('what an alias repeats must be told of at both places', () => {
  expect(
    issuesIn('{ enable_search: &a no, enable_metrics: *a }').map((issue) => issue.split(' ')[0]),
  ).toEqual(['enable_search', 'enable_metrics']);
});

test('a setting of ours must be looked at too', () => {
  expect(issuesOf(() => parseConfig(`${publicConfigText}synapse: { presence: on }`))).toEqual([
    `matrix.yaml:7: synapse.presence must be true or false, not "on": ${readings('on', 'true', 'text')}: write true`,
  ]);
});

test('a file that says it is YAML 1.1 must be refused', () => {
  expect(issuesOf(() => parseConfig(`%YAML 1.1\n---\n${publicConfigText}`))).toEqual([
    'matrix.yaml:1: a line says %YAML 1.1, and this file is read as YAML 1.2: leave the line out',
  ]);
});

test.each([
  ['start: no', '1: start must be true or false, not "no"'],
  ['admin: on', '1: admin is read differently by the two versions of YAML'],
  ['local: yes', '1: local must be true or false, not "yes"'],
])('an answers file with %s must be refused', (text, start) => {
  const issues = issuesOf(() => parseAnswers(text, 'answers.yaml', answerIssues));
  expect(issues).toHaveLength(1);
  expect(issues[0]).toContain(`answers.yaml:${start}`);
});
