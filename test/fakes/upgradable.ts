import type { Exec } from '../../src/components/service.ts';
import type { Engine, ExecResult } from '../../src/docker/engine.ts';
import { installedHost } from './host.ts';
import type { FakeWorld } from './world.ts';

/** A release after which the one that runs cannot use the database any more. */
export const next = '1.164.0';

interface FakeDatabase {
  /** What tells it from all others. */
  identity: string;
  schema: number;
  events: number;
}

const ran = (stdout: string): ExecResult => ({ exitCode: 0, stdout, stderr: '' });

/** A server that runs, on a host where it can be upgraded to `next`: with databases that can be copied and change places. */
export async function upgradableHost() {
  const host = await installedHost();
  return { ...host, databases: makeUpgradable(host.world) };
}

/** Lets the databases of a server that runs be copied and change places. @returns those databases, by name */
export function makeUpgradable(world: FakeWorld): Map<string, FakeDatabase> {
  const databases = new Map<string, FakeDatabase>([['synapse', { identity: '7/7', schema: 94, events: 5 }]]);
  world.registry.set(`matrixdotorg/synapse:v${next}`, 'sha256:0d');
  const { exec, start } = world.engine;
  let made = 100;

  /** What it answers to a question of an upgrade; `undefined` where that is none. */
  const answered = (asked: string): string | undefined => {
    const { schema, events } = databases.get('synapse') ?? {};
    const lines = (line: (name: string, database: FakeDatabase) => string) =>
      [...databases].map(([name, database]) => `${line(name, database)}\n`).join('');
    if (asked.includes('FROM schema_version')) return `schema ${schema}\ncompat ${schema}\n`;
    if (asked.includes("'rows events '")) return `rows events ${events}\n`;
    if (asked.includes('SELECT datname ||')) return lines((name, { identity }) => `${name}\t${identity}`);
    return asked.includes("SELECT 'database ' || datname")
      ? lines(
          (name, { identity }) =>
            `database ${name}\t${identity}\t${world.verifiers.get(name) ?? world.verifiers.get('synapse')}`,
        )
      : undefined;
  };
  /** Does what an upgrade wants done to databases. @returns whether that was it */
  const changed = (asked: string): boolean => {
    const all = [...databases];
    const renamed = [...asked.matchAll(/\(\d+, '(\d+\/\d+)', '(\w+)'\)/g)].flatMap(([, identity, to = '']) =>
      all.filter(([, one]) => one.identity === identity).map(([name, one]) => ({ name, to, one })),
    );
    const dropped = [...asked.matchAll(/DROP DATABASE IF EXISTS "(\w+)"/g)].map(([, name = '']) => name);
    const copied = [...asked.matchAll(/CREATE DATABASE "(\w+)" OWNER "\w+" TEMPLATE "(\w+)"/g)];
    for (const name of [...dropped, ...renamed.map((one) => one.name)]) databases.delete(name);
    for (const { to, one } of renamed) databases.set(to, one);
    for (const [, copy = '', of = ''] of copied) {
      made += 1;
      databases.set(copy, { ...(databases.get(of) as FakeDatabase), identity: `7/${made}` });
    }
    return renamed.length + dropped.length + copied.length > 0;
  };
  const psql = (asked: string) => answered(asked) ?? (changed(asked) ? '' : undefined);

  Object.assign(world.engine, {
    async exec(id, asked) {
      const [program] = asked.command;
      if (program === 'curl' && asked.command.includes('--config')) {
        world.log.push('use synapse inside');
        return ran(await fetched(`http://${world.homeserver.address}:8008`, asked));
      }
      const answer = program === 'psql' ? psql([...asked.command, asked.input].join('\n')) : undefined;
      return answer === undefined ? exec(id, asked) : ran(answer);
    },
    async start(id) {
      await start(id);
      const { service, image } = world.containers.get(id) ?? {};
      if (service !== 'synapse') return;
      const isNext = image?.includes(next) ?? false;
      world.homeserver.usage.version = isNext ? next : '1.163.2';
      const database = databases.get('synapse');
      if (database !== undefined && isNext) database.schema = 95;
    },
    async follow({ image }, session) {
      const [version, schema] = image.includes(next) ? [next, 95] : ['1.163.2', 94];
      for (const line of [`version ${version}`, `schema ${schema}`, `compat ${schema}`]) {
        session?.onLine?.(line, 'stdout');
      }
      return { exitCode: 0 };
    },
  } satisfies Partial<Engine>);
  return databases;
}

/** What curl would get, with its settings in the standard input. */
async function fetched(origin: string, { input = '' }: Exec): Promise<string> {
  const settings = [...input.matchAll(/^([\w-]+) = "(.*)"$/gm)].map(
    ([, name, value = '']) => [name, value.replace(/\\(.)/g, '$1')] as const,
  );
  const of = (name: string) => settings.filter(([one]) => one === name).map(([, value]) => value);
  const headers = of('header').map((header) => header.split(': ') as [string, string]);
  const [body] = of('data-raw');
  const { pathname, search } = new URL(String(of('url')[0]));
  const response = await fetch(`${origin}${pathname}${search}`, {
    method: String(of('request')[0]),
    headers: [...headers, ['x-matrix-deploy-key', 'not needed from inside']],
    ...(body === undefined ? {} : { body }),
  });
  return `${await response.text()}\n${response.status}`;
}
