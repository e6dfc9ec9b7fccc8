import { describe, expect, test } from 'vitest';
import { localConfigValues } from '../../src/config/create.ts';
import type { Config } from '../../src/config/schema.ts';
import type { ObservedState } from '../../src/plan/observed-state.ts';
import { planToLines } from '../../src/plan/plan-text.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { createConfigText } from '../../src/render/new-config.ts';
import { elsewhereConfig, localConfig, publicConfig } from '../fakes/configurations.ts';
import { appliedHost, desiredOf, emptyHost, unrecorded } from '../fakes/observed.ts';
import { parseConfig } from '../fakes/parse-config.ts';

const planned = (config: Config, observed: ObservedState) =>
  planToLines(reconcile(desiredOf(config), observed));

/** The local configuration with other settings. */
const localWith = (settings: object) =>
  parseConfig(createConfigText({ ...localConfigValues('localhost', 8443), ...settings }));

/** A host to which the local configuration was applied, and whose Synapse has changed since. */
const appliedWithSynapse = (change: object): ObservedState => {
  const applied = appliedHost(localConfig);
  const containers = applied.containers.map((container) =>
    container.service === 'synapse' ? { ...container, ...change } : container,
  );
  return { ...applied, containers };
};

test('an empty host gets everything, each after what it needs', () => {
  expect(planned(localConfig, emptyHost(localConfig))).toMatchInlineSnapshot(`
    [
      "+ secrets/synapse_database_password   not there yet",
      "+ secrets/synapse_pg_service.conf     not there yet",
      "+ secrets/registration_shared_secret  not there yet",
      "+ secrets/macaroon_secret_key         not there yet",
      "+ secrets/form_secret                 not there yet",
      "+ secrets/signing.key                 not there yet",
      "+ secrets/local_ca.key                not there yet",
      "+ secrets/local_ca.pem                not there yet",
      "+ secrets/localhost.key               not there yet",
      "+ secrets/localhost.pem               not there yet",
      "+ data/postgres                       not there yet",
      "+ data/synapse                        not there yet",
      "+ docker-compose.yml                  not there yet",
      "+ postgres/pg_hba.conf                not there yet",
      "+ synapse/body_limits.py              not there yet",
      "+ synapse/callers.py                  not there yet",
      "+ synapse/drain.py                    not there yet",
      "+ synapse/held_bytes.py               not there yet",
      "+ synapse/homeserver.yaml             not there yet",
      "+ synapse/known_servers.py            not there yet",
      "+ synapse/log.config.yaml             not there yet",
      "+ synapse/only_one.py                 not there yet",
      "+ synapse/patient_synapse.py          not there yet",
      "+ synapse/stored_bytes.py             not there yet",
      "+ synapse/synapse_adjustments.py      not there yet",
      "+ synapse/turns.py                    not there yet",
      "+ synapse/untaken_answers.py          not there yet",
      "+ synapse/with_byte_code.py           not there yet",
      "+ traefik/dynamic/routes.yml          not there yet",
      "+ traefik/traefik.yml                 not there yet",
      "+ service postgres                    not there yet",
      "+ service synapse                     not there yet",
      "+ service traefik                     not there yet",
      "+ database synapse                    not there yet",
      "+ cache/synapse                       byte code of synapse, so that it starts faster",
    ]
  `);
});

test('an applied configuration needs nothing', () => {
  expect(planned(localConfig, appliedHost(localConfig))).toEqual([]);
  expect(planned(publicConfig, appliedHost(publicConfig))).toEqual([]);
});

test('a changed setting recreates exactly the service that reads it, and is named as the cause', () => {
  const changed = localWith({ synapse: { max_upload_size: '100M' } });
  expect(planned(changed, appliedHost(localConfig))).toMatchInlineSnapshot(`
    [
      "? configuration of synapse  checked before anything restarts",
      "~ docker-compose.yml        configuration files of a service changed",
      "~ synapse/homeserver.yaml   max_upload_size changed",
      "~ service synapse           synapse/homeserver.yaml: max_upload_size changed",
    ]
  `);
});

test('a changed limit recreates its service and names the part of its definition', () => {
  const changed = localWith({ synapse: { memory: '3g' } });
  expect(planned(changed, appliedHost(localConfig))).toMatchInlineSnapshot(`
    [
      "? configuration of synapse  checked before anything restarts",
      "~ docker-compose.yml        services.synapse.environment.UNTAKEN_ANSWER_BYTES, services.synapse.mem_limit changed",
      "~ service synapse           environment.UNTAKEN_ANSWER_BYTES, mem_limit changed",
    ]
  `);
});

test('a site elsewhere on the server name is a change like any other, and so is the way back', () => {
  expect(planned(elsewhereConfig, appliedHost(publicConfig))).toMatchInlineSnapshot(`
    [
      "? configuration of synapse    checked before anything restarts",
      "~ docker-compose.yml          services.synapse.environment.FEDERATION_ADDRESS changed",
      "~ traefik/dynamic/routes.yml  http.routers.synapse-server-name changed",
      "~ service synapse             environment.FEDERATION_ADDRESS changed",
      "~ service traefik             traefik/dynamic/routes.yml: http.routers.synapse-server-name changed",
    ]
  `);
  const back = planned(publicConfig, appliedHost(elsewhereConfig));
  expect(back.map((line) => line.split('  ')[0])).toEqual(
    planned(elsewhereConfig, appliedHost(publicConfig)).map((line) => line.split('  ')[0]),
  );
});

test('a missing image is pulled before anything else', () => {
  const observed = { ...appliedHost(localConfig), images: new Set(['postgres:17', 'traefik:v3.7.15']) };
  expect(planned(localConfig, observed)).toEqual(['+ image matrixdotorg/synapse:v1.163.2  not on this host']);
});

test('a stopped service is started and nothing else', () => {
  expect(planned(localConfig, appliedWithSynapse({ state: 'exited' }))).toEqual([
    '~ service synapse  the container has stopped',
  ]);
});

test('a container that a run made and did not start is judged and started as a new one', () => {
  expect(planned(localConfig, appliedWithSynapse({ state: 'created' }))).toEqual([
    '? configuration of synapse  checked before anything restarts',
    '+ service synapse           it was never started',
  ]);
});

test('a run that died between writing the files and recreating the service continues', () => {
  expect(planned(localConfig, appliedWithSynapse({ digest: 'older' }))).toEqual([
    '? configuration of synapse  checked before anything restarts',
    '~ service synapse           it runs an older configuration',
  ]);
});

test('a file that was edited by hand is marked, with what was edited', () => {
  const applied = appliedHost(localConfig);
  const path = 'synapse/log.config.yaml';
  const files = {
    ...applied.files,
    [path]: applied.files[path]?.replace('root:\n  level: "INFO"', 'root:\n  level: DEBUG') ?? '',
  };
  const lines = planned(localConfig, { ...applied, files });
  expect(lines[0]).toBe('! synapse/log.config.yaml  edited by hand: root.level changed');
  expect(lines.filter((line) => /^ {4}[+-] /.test(line))).toEqual([
    '    -  level: "INFO"',
    '    +  level: DEBUG',
  ]);
});

test('a file that we wrote before is not an edit, whichever of the two last texts it has', () => {
  const changed = localWith({ synapse: { log_level: 'DEBUG' } });
  const applied = appliedHost(localConfig);
  const observed = { ...applied, written: appliedHost(changed).written };
  const both = {
    ...applied.written,
    'synapse/log.config.yaml': `${observed.written['synapse/log.config.yaml']} ${applied.written['synapse/log.config.yaml']}`,
  };
  expect(planned(changed, { ...applied, written: both })).toContain(
    '~ synapse/log.config.yaml   root.level changed',
  );
});

test('a strict file of the wrong mode is repaired', () => {
  const observed = { ...appliedHost(publicConfig), strictModes: { 'data/acme/acme.json': 0o644 } };
  expect(planned(publicConfig, observed)).toEqual([
    '~ data/acme/acme.json  mode 0644, and traefik reads it only with 0600',
  ]);
});

test('what an interrupted recreation left is removed, and so is what is not part of the stack', () => {
  const applied = appliedHost(localConfig);
  const [postgres] = applied.containers;
  if (postgres === undefined) {
    throw new Error('the stack has no container');
  }
  const containers = [
    { ...postgres, id: 'half', digest: 'older' },
    ...applied.containers,
    { ...postgres, id: 'other', service: 'turn' },
  ];
  expect(planned(localConfig, { ...applied, containers })).toEqual([
    '- container of postgres  left over from an interrupted run',
    '- container of turn      not part of the stack',
  ]);
});

test('a missing secret is made, and those that exist are never replaced', () => {
  const empty = emptyHost(localConfig);
  const secrets = new Set([...appliedHost(localConfig).secrets].filter((name) => name !== 'form_secret'));
  const lines = planned(localConfig, { ...empty, secrets }).filter((line) => line.includes('secrets/'));
  expect(lines).toEqual(['+ secrets/form_secret             not there yet']);
});

test('nothing that serves is touched before every check has passed', () => {
  const changed = localWith({ synapse: { max_upload_size: '100M' } });
  const plan = reconcile(desiredOf(changed), appliedHost(localConfig));
  const touching = plan.filter(({ kind }) => kind === 'write-file' || kind === 'start-service');
  expect(touching.length).toBeGreaterThan(0);
  for (const { after } of touching) {
    expect(after).toContain('check-configuration configuration of synapse');
  }
});

test('where nothing has served yet, nothing is checked beforehand: the program that starts is the check', () => {
  const killed = { ...appliedWithSynapse({ digest: 'older' }), isInstalled: false, identity: unrecorded };
  expect(planned(localConfig, killed)).toEqual(['~ service synapse  it runs an older configuration']);
});

test('what the deployment had and is gone must not be recreated', () => {
  const applied = appliedHost(localConfig);
  const lost = (observed: ObservedState) => () => planned(localConfig, observed);
  expect(lost({ ...applied, data: new Set(['data/synapse']) })).toThrow('data/postgres is gone');
  const secrets = new Set([...applied.secrets].filter((name) => name !== 'signing.key'));
  expect(lost({ ...applied, secrets })).toThrow('secrets/signing.key is gone');
});

test('what a run that never came to its end had not made yet is made', () => {
  const killed = {
    ...appliedHost(localConfig),
    isInstalled: false,
    identity: unrecorded,
    data: new Set(['data/synapse']),
  };
  expect(planned(localConfig, killed)).toEqual(['+ data/postgres  not there yet']);
});

test('a directory that was moved recreates its containers', () => {
  const moved = { ...appliedHost(localConfig), directory: '/srv/matrix' };
  expect(planned(localConfig, moved).slice(1)).toEqual([
    '~ service postgres          it was started from /opt/matrix',
    '~ service synapse           it was started from /opt/matrix',
    '~ service traefik           it was started from /opt/matrix',
  ]);
});

test('another server name is refused for a deployment that exists', () => {
  const renamed = parseConfig(createConfigText(localConfigValues('other.localhost', 8443)));
  expect(() => planned(renamed, { ...appliedHost(localConfig), containers: [] })).toThrow(
    'server_name is permanent: it is localhost, and cannot become other.localhost',
  );
});

describe('a cache', () => {
  const filling = (observed: ObservedState, config = localConfig) => {
    const plan = reconcile(desiredOf(config), observed);
    const operation = plan.find(({ kind }) => kind === 'fill-cache');
    const kindsAfter = plan
      .filter(({ after }) => after.includes(operation?.id ?? ''))
      .map(({ kind }) => kind);
    return { operation, kindsAfter, kindsBefore: operation?.after.map((id) => id.split(' ')[0]) };
  };
  const without = (observed: ObservedState): ObservedState => ({ ...observed, caches: new Set() });

  test('must be filled in a first installation when the service works, and keep nothing waiting', () => {
    expect(filling(emptyHost(localConfig))).toMatchObject({
      operation: { when: 'after' },
      kindsBefore: ['probe'],
      kindsAfter: [],
    });
  });

  test('must be filled before its service is checked and recreated', () => {
    const { operation, kindsAfter } = filling(without(appliedWithSynapse({ digest: 'older' })));
    expect(operation).toMatchObject({ when: 'before' });
    expect(kindsAfter).toEqual(expect.arrayContaining(['check-configuration', 'start-service']));
  });

  test('must be filled at once where nothing else is to be done', () => {
    const { operation } = filling(without(appliedHost(localConfig)));
    expect(operation).toMatchObject({ when: 'before' });
  });

  test('must keep nobody waiting who changes another service', () => {
    const applied = without(appliedHost(localConfig));
    const containers = applied.containers.filter(({ service }) => service !== 'traefik');
    expect(filling({ ...applied, containers }).operation).toMatchObject({ when: 'after' });
  });

  test('must not be filled again', () => {
    expect(filling(appliedWithSynapse({ digest: 'older' })).operation).toBeUndefined();
  });
});

test('the copy of a certificate that no service reads must be removed, after what may still read it', () => {
  const applied = appliedWithSynapse({ digest: 'before' });
  const plan = reconcile(desiredOf(localConfig), {
    ...applied,
    unreadCopies: ['secrets/certificate/served.pem'],
  });
  expect(planToLines(plan)).toContainEqual(
    expect.stringMatching(/^- secrets\/certificate\/served\.pem +nothing reads it any more$/),
  );
  expect(plan.at(-1)).toMatchObject({
    kind: 'remove-certificate',
    after: expect.arrayContaining(['start-service service synapse']),
  });
});
