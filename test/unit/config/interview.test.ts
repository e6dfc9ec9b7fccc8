import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Answers } from '../../../src/config/answers.ts';
import { publicConfigValues } from '../../../src/config/create.ts';
import type { KnownTraefik } from '../../../src/config/edge-question.ts';
import {
  answeredByOffers,
  beginInterview,
  type Interview,
  nextQuestion,
  offerOf,
  positionOf,
  reopened,
  steppedBack,
  withAnswer,
} from '../../../src/config/interview.ts';
import type { Lead, NameSight } from '../../../src/config/name-sight.ts';
import {
  answerIssues,
  domainOf,
  problemOf,
  type Question,
  questions,
} from '../../../src/config/questions.ts';
import { createConfigText } from '../../../src/render/new-config.ts';
import { offeredAnswers } from '../../fakes/answers.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const question = (name: Question['name']) => questions.find((one) => one.name === name) as Question;

describe('an answer', () => {
  test.each<[Question['name'], string, Answers, string | undefined]>([
    ['server_name', 'example.org', {}, undefined],
    [
      'server_name',
      'localhost',
      {},
      'is a name that no CA issues certificates for: use a name of your domain',
    ],
    ['server_name', 'localhost', { local: true }, undefined],
    [
      'server_name',
      '@me:Example.org',
      {},
      expect.stringMatching(/such as example\.org: did you mean example\.org\?$/),
    ],
    ['server_name', 'https://example.org:8448/x', {}, expect.stringMatching(/did you mean example\.org\?$/)],
    ['server_name', 'exämple.org', {}, expect.stringMatching(/did you mean xn--exmple-cua\.org\?$/)],
    ['delegation', 'none', { server_name: 'a.org' }, undefined],
    ['delegation', 'none', { server_name: 'a.org', host: 'b.org' }, 'does not go with the host b.org'],
    ['delegation', 'well-known', { local: true }, 'is not for a local server'],
    [
      'host',
      'a.org',
      { server_name: 'a.org', delegation: 'well-known' },
      expect.stringMatching(/^is the server name/),
    ],
    [
      'host',
      'a.org',
      { server_name: 'a.org', delegation: 'elsewhere' },
      expect.stringMatching(/^is the server name/),
    ],
    ['host', 'a.org', { server_name: 'a.org', delegation: 'none' }, undefined],
    ['email', 'none', {}, undefined],
    ['email', 'me@example.org', {}, undefined],
    ['email', 'me', {}, 'must be an email address, or none'],
    ['admin', 'alice', {}, undefined],
    ['admin', '_alice', {}, 'must not begin with _, which bridges use'],
    ['admin', '@Alice:example.org', {}, expect.stringMatching(/did you mean alice\?$/)],
  ])('to %s, %j with %j before it: %j', (name, value, soFar, problem) => {
    expect(problemOf(question(name), value, soFar)).toEqual(problem);
  });
});

describe('the domain of a machine', () => {
  test.each([
    [['example.org'], 'example.org'],
    [['matrix', 'matrix.example.org'], 'example.org'],
    [['matrix.example.co.uk'], 'example.co.uk'],
    [['localhost'], undefined],
    [['server'], undefined],
    [['matrix.local'], undefined],
    [['box.lan', 'matrix.home.arpa'], undefined],
    // Its provider's: nobody may accept that permanently with Enter.
    [['vps-1a2b.vps.provider.net'], undefined],
  ])('called %j must be %j', (names, domain) => {
    expect(domainOf(names, {})).toBe(domain);
  });

  test.each([
    [['matrix.example.test'], 'example.test'],
    [['box.lan'], 'box.lan'],
    [['localhost.localdomain'], undefined],
    [['server'], undefined],
  ])('called %j must be %j with a CA of its own', (names, domain) => {
    expect(domainOf(names, { acme_roots: '/etc/ssl/own.pem' })).toBe(domain);
  });
});

const here: Partial<NameSight> = { addresses: ['203.0.113.9'], destination: 'here' };
const away: Partial<NameSight> = { addresses: ['203.0.113.9'], destination: 'elsewhere' };
const site: Partial<NameSight> = { ...away, answers: true };
const routed: Partial<NameSight> = { addresses: ['203.0.113.9'], destination: 'unclear' };
const ours: Lead = { host: 'matrix.example.org', destination: 'here' };
const planned: Lead = { host: 'matrix.example.org', destination: 'nowhere' };
const other: Lead = { host: 'old.example.net', destination: 'elsewhere' };

type Front = Parameters<typeof beginInterview>[3];

const traefik: KnownTraefik = {
  container: 'proxy-traefik-1',
  networks: ['proxy'],
  entryPoints: ['web', 'secure'],
  resolvers: ['le'],
  network: 'proxy',
  entryPoint: 'secure',
  resolver: 'le',
};

/** What was found on example.org. */
const seen = (different: Partial<NameSight>): NameSight => ({
  name: 'example.org',
  addresses: [],
  destination: 'nowhere',
  answers: false,
  hasHomeserver: false,
  failure: undefined,
  ...different,
});

describe('an interview', () => {
  const answered = (interview: Interview) => answeredByOffers(interview).interview;
  const begin = (given: Answers = {}, offered: Answers = {}, front: Front = {}) =>
    beginInterview(given, offered, 'example.org', front);

  test.each([
    ['nothing', {}, 6],
    ['nginx', { proxy: 'nginx' }, 6],
    ['a Traefik', { traefik }, 10],
  ])('must ask no more than is needed beside %s', (_title, front, count) => {
    const asked = (interview: Interview): number => {
      const question = nextQuestion(interview);
      return question === undefined
        ? 0
        : 1 + asked(withAnswer(interview, question, offer(question, interview)));
    };
    expect(asked(begin({}, {}, front))).toBe(count);
  });

  test.each<[Question['name'], Answers, Front, object]>([
    ['server_name', {}, {}, { place: 1, total: 6, isCertain: false }],
    ['server_name', {}, { proxy: 'nginx' }, { place: 1, total: 6, isCertain: false }],
    ['server_name', {}, { traefik }, { place: 1, total: 10, isCertain: false }],
    ['delegation', {}, { traefik }, { place: 2, total: 10, isCertain: false }],
    ['host', {}, { traefik }, { place: 3, total: 10, isCertain: true }],
    ['host', { delegation: 'well-known' }, {}, { place: 3, total: 6, isCertain: false }],
    ['challenge', { delegation: 'none' }, {}, { place: 3, total: 5, isCertain: false }],
    ['dns_server', { challenge: 'dns-update' }, {}, { place: 5, total: 9, isCertain: true }],
    ['start', {}, {}, { place: 6, total: 6, isCertain: true }],
    ['server_name', { local: true }, {}, { place: 1, total: 3, isCertain: true }],
  ])('must count the questions, at %s with %j beside %j: %j', (name, given, front, progress) => {
    let interview = begin(given, {}, front);
    for (let open = nextQuestion(interview); open?.name !== name; open = nextQuestion(interview)) {
      if (open === undefined) throw new Error(`${name} was not asked`);
      interview = withAnswer(interview, open, offer(open, interview));
    }
    expect(positionOf(interview, question(name))).toEqual(progress);
  });

  test('must count the same on a machine without a domain', () => {
    const interview = beginInterview({}, {}, undefined);
    expect(positionOf(interview, question('server_name')).total).toBe(6);
  });

  test('must be right about the number of questions once that is certain, whatever is chosen', () => {
    const fronts = fc.constantFrom<Front>({}, { proxy: 'nginx' }, { traefik });
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), fronts, (picks, front) => {
        let interview = begin({}, {}, front);
        const certain = new Set<number>();
        let count = 0;
        for (let open = nextQuestion(interview); open !== undefined; open = nextQuestion(interview)) {
          count += 1;
          const { place, total, isCertain } = positionOf(interview, open);
          expect(place).toBe(count);
          if (isCertain) certain.add(total);
          interview = withAnswer(interview, open, anyAnswer(open, interview, picks.next().value));
        }
        expect([...certain]).toEqual([count]);
      }),
    );
  });

  test('must let a proxy that has the ports stay in front, and order no certificates then', () => {
    const { answers } = answered(begin({}, {}, { proxy: 'nginx' }));
    expect(answers).toMatchObject({ edge: 'host-proxy' });
    expect(answers).not.toHaveProperty('challenge');
    expect(answered(begin({ edge: 'own' }, {}, { proxy: 'nginx' })).answers).toHaveProperty('challenge');
    expect(answered(begin({ local: true }, {}, { proxy: 'nginx' })).answers).not.toHaveProperty('edge');
  });

  test('must let a Traefik that runs serve it too, by what was found of it', () => {
    const { answers } = answered(begin({}, {}, { traefik }));
    expect(answers).toMatchObject({ edge: 'traefik', traefik_network: 'proxy', traefik_resolver: 'le' });
    expect(answers).not.toHaveProperty('challenge');
    expect(parse(createConfigText(publicConfigValues(answers))).traefik).toEqual({
      edge: {
        kind: 'traefik',
        network: 'proxy',
        entry_point: 'secure',
        certificate_resolver: 'le',
        middlewares: [],
      },
    });
  });

  test('must be answered by what is offered', () => {
    expect(answered(begin()).answers).toEqual(offeredAnswers);
  });

  test('must ask for an email address where the CA is another one', () => {
    const { answers } = answered(begin({ acme_directory: 'https://ca.example.org/directory' }));
    expect(answers).toMatchObject({ email: 'none' });
  });

  test('about a local server must ask less', () => {
    expect(answered(begin({ local: true })).answers).toEqual({
      local: true,
      server_name: 'localhost',
      admin: 'admin',
      start: true,
    });
  });

  test('must know no server name on a machine without a domain', () => {
    const { missing } = answeredByOffers(beginInterview({}, {}, undefined));
    expect(missing.map(({ name }) => name)).toEqual(['server_name']);
  });

  test('must not ask for a host where the server name is one', () => {
    const { answers } = answered(begin({ delegation: 'none' }));
    expect(answers).not.toHaveProperty('host');
    expect(publicConfigValues(answers)).toMatchObject({ host: 'example.org', delegation: 'none' });
  });

  test('must drop a host of an earlier time that belonged to another server name', () => {
    const offered: Answers = {
      server_name: 'example.org',
      delegation: 'well-known',
      host: 'chat.example.org',
      admin: 'alice',
    };
    expect(answered(begin({ server_name: 'example.com' }, offered)).answers).toMatchObject({
      host: 'matrix.example.com',
      admin: 'alice',
    });
    expect(answered(begin({}, offered)).answers).toMatchObject({ host: 'chat.example.org' });
  });

  test('must ask again what depends on an answer that is changed, and keep what was given', () => {
    const open = (given: Answers) => reopened(answered(begin(given)), question('server_name'));
    expect(open({}).answers).not.toHaveProperty('host');
    expect(open({ host: 'm.example.org' }).answers).toHaveProperty('host', 'm.example.org');
  });

  test.each<[string, Partial<NameSight>, string]>([
    ['a web site on another machine', { ...site }, 'elsewhere'],
    ['this machine', { ...here }, 'well-known'],
    ['this machine, and SRV records', { ...here, records: other }, 'srv'],
    ['this machine, and a homeserver on 8448', { ...here, hasHomeserver: true }, 'port-8448'],
    ['this machine, records and 8448', { ...here, records: ours, hasHomeserver: true }, 'srv'],
    ['this machine, and a document', { ...here, document: ours, hasHomeserver: true }, 'well-known'],
    ['a web site, and records that lead away', { ...site, records: other }, 'elsewhere'],
    ['a web site, and records that lead here', { ...site, records: ours }, 'srv'],
    ['a web site with a document', { ...site, document: ours, records: ours }, 'elsewhere'],
    ['a web site, and a homeserver on 8448', { ...site, hasHomeserver: true }, 'elsewhere'],
    ['a web site, and records that lead to a name without an address', { ...site, records: planned }, 'srv'],
    ['a machine where nothing answers', { ...away }, 'well-known'],
    ['a router that may lead here', { ...routed }, 'well-known'],
    ['a router that may lead here, and a web site', { ...routed, answers: true }, 'elsewhere'],
    ['no address', {}, 'well-known'],
    ['what another name has', { ...site, name: 'example.com' }, 'well-known'],
  ])('must propose, where the server name has %s, %j: %s', (_, different, way) => {
    const interview = { ...begin({ server_name: 'example.org' }), sight: seen(different) };
    expect(offerOf(question('delegation'), interview)).toBe(way);
  });

  test('must not tell somebody behind a router to change a record that may be right', () => {
    const { help } = question('delegation');
    const said = (different: Partial<NameSight>) =>
      help({ server_name: 'example.org' }, { domain: undefined, sight: seen(different) });
    expect(said(away)).toContain('let its DNS record lead');
    expect(said(routed)).not.toContain('let its DNS record lead');
    expect(said({ ...routed, records: { ...other, destination: 'unclear' } })).not.toContain('must change');
  });

  test('must close ways beside a proxy that cannot take part in them, and propose no closed one', () => {
    const led = { sight: seen({ ...site, records: ours }), answers: { server_name: 'example.org' } };
    const closed = (front: Front, interview: object) =>
      question('delegation')
        .choices?.({ server_name: 'example.org' }, { ...begin({}, {}, front), ...interview })
        .flatMap(({ value, unavailable }) => (unavailable === undefined ? [] : [value]));
    expect(closed({}, led)).toEqual([]);
    expect(closed({ proxy: 'nginx' }, {})).toEqual(['port-8448']);
    expect(closed({ traefik }, led)).toEqual(['srv', 'port-8448']);
    expect(offerOf(question('delegation'), { ...begin({}, {}, { traefik }), ...led })).toBe('elsewhere');
  });

  test('must offer the homeserver to which others are led already', () => {
    const interview = begin({ server_name: 'example.org', delegation: 'elsewhere' });
    const host = (sight: NameSight) => offerOf(question('host'), { ...interview, sight });
    expect(host(seen({ ...site, document: { host: 'chat.example.org', destination: 'here' } }))).toBe(
      'chat.example.org',
    );
    expect(host(seen({ ...site, document: other }))).toBe('matrix.example.org');
  });

  test('must want a record in the DNS where nobody can be let prove the server name otherwise', () => {
    const given: Answers = { server_name: 'example.org', delegation: 'srv' };
    const led = { ...begin(given), sight: seen({ ...site, records: ours }) };
    expect(offerOf(question('challenge'), led)).toBe('dns-update');
    expect(offerOf(question('challenge'), { ...begin(given), sight: seen(routed) })).toBe('tls-alpn');
    expect(offerOf(question('challenge'), begin(given))).toBe('tls-alpn');
    const { missing } = answeredByOffers(led);
    expect(missing.map(({ name }) => name)).toEqual(['dns_server', 'dns_secret_file']);
  });

  test.each<[Answers, object]>([
    [{ challenge: 'http' }, { challenge: 'http' }],
    [
      { challenge: 'dns-update', dns_server: 'ns1.example.org', dns_secret_file: '/root/key' },
      {
        challenge: 'dns',
        dns: {
          by: 'update',
          server: 'ns1.example.org',
          key: 'matrix.example.org',
          secret: { from_secret: 'dns_update' },
        },
      },
    ],
    [{ challenge: 'dns-program' }, { challenge: 'dns', dns: { by: 'program', program: 'set-record' } }],
  ])('with %j must come to certificates with %j', (given, settings) => {
    const { answers } = answered(begin(given));
    const { traefik } = parse(createConfigText(publicConfigValues(answers)));
    expect(traefik.certificates).toEqual({ issuer: 'acme', ...settings });
    expect(answers.start).toBe(given.challenge !== 'dns-program');
  });

  test('cannot go back to what was given', () => {
    const interview = begin({ server_name: 'example.org' });
    expect(steppedBack(interview)).toBe(interview);
  });

  test('must come to a valid configuration, whatever somebody answers, goes back to or changes', () => {
    const move = fc.oneof(fc.constantFrom('enter', 'other', 'back'), fc.constantFrom(...questions));
    const fronts = fc.constantFrom({}, { proxy: 'nginx' }, { traefik });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), fronts, fc.boolean(), (moves, front, isIpv6Only) => {
        const { answers } = completed(moves.reduce(moved, begin({}, {}, front)));
        expect(answerIssues(answers)).toEqual([]);
        const { traefik } = parseConfig(createConfigText(publicConfigValues(answers, { isIpv6Only })));
        expect(traefik.publish.ipv6_network).toBe(isIpv6Only);
      }),
    );
  });
});

/** One move of somebody who is asked; a question stands for the wish to change its answer, in the review. */
function moved(interview: Interview, move: string | Question): Interview {
  const asked = nextQuestion(interview);
  if (move === 'back') {
    return steppedBack(interview);
  }
  if (asked === undefined) {
    return typeof move === 'string' ? interview : reopened(interview, move);
  }
  return withAnswer(
    interview,
    asked,
    move === 'other' ? otherThan(asked, interview) : offer(asked, interview),
  );
}

const offer = (asked: Question, interview: Interview) =>
  offerOf(asked, interview) ?? otherThan(asked, interview);

/** One of the answers that can be chosen, or what is offered where nothing is chosen. */
function anyAnswer(asked: Question, interview: Interview, pick: number) {
  const choices = asked
    .choices?.(interview.answers, interview)
    .filter((one) => one.unavailable === undefined);
  return choices?.[pick % choices.length]?.value ?? offer(asked, interview);
}

/** With what is offered, and anything good where nothing is. */
function completed(interview: Interview): Interview {
  const asked = nextQuestion(interview);
  return asked === undefined ? interview : completed(withAnswer(interview, asked, offer(asked, interview)));
}

/** Another good answer than what is offered. */
function otherThan(asked: Question, interview: Interview) {
  const others = {
    server_name: ['example.com', 'example.net'],
    delegation: ['none', 'elsewhere', 'well-known', 'srv'],
    host: ['chat.example.com', 'm.example.org'],
    edge: ['own', 'host-proxy'],
    traefik_network: ['other', 'web'],
    traefik_entry_point: ['websecure', 'https'],
    traefik_resolver: ['none', 'other'],
    traefik_middlewares: ['none', 'limits@file,headers@docker'],
    challenge: ['http', 'dns-update', 'dns-program'],
    dns_server: ['192.0.2.53:5353', 'ns1.example.org'],
    dns_key: ['key.', 'other'],
    dns_secret_file: ['/root/key', 'key'],
    dns_program: ['set-record', 'other.sh'],
    email: ['me@example.org', 'none'],
    admin: ['alice', 'bob'],
    start: [false, true],
  }[asked.name];
  return others.find((value) => value !== offerOf(asked, interview)) ?? '';
}
