import { Random } from './random.ts';

/** What is attacked while it runs. */
export const commands = ['init', 'apply', 'add-user', 'destroy', 'backup'] as const;

type TorturedCommand = (typeof commands)[number];

const services = ['postgres', 'synapse', 'traefik'] as const;

/** Something that goes wrong at once, as a whole. */
export type Fault =
  /** `kill -9` of matrix-deploy; what it has started goes on. */
  | { readonly kind: 'command' }
  /** A container's program is killed (the engine starts it again), the container is stopped for somebody, or removed. */
  | {
      readonly kind: 'container';
      readonly service: (typeof services)[number];
      readonly how: 'crash' | 'stop' | 'remove';
    }
  /** `kill -9` of the engine. */
  | { readonly kind: 'engine' }
  /** Nothing but so much is left on the disk, or where the backups are. */
  | { readonly kind: 'disk' | 'target'; readonly kilobytesLeft: number };

/** One run of the command, and what happens to it. */
export interface Attempt {
  readonly fault: Fault;
  readonly afterMilliseconds: number;
}

export interface Round {
  /** From 1 on. */
  readonly number: number;
  readonly command: TorturedCommand;
  /** Before `init`: what happens while the server that was there before is deleted. */
  readonly deletion: Attempt | undefined;
  readonly attempts: readonly Attempt[];
}

/** How long each command takes, in milliseconds, and a little more: some faults come when it has ended. */
const spans = {
  init: 14_000,
  apply: 9_000,
  'add-user': 4_000,
  destroy: 2_500,
  backup: 12_000,
  deletion: 3_500,
} as const;

/**
 * A round of torture. It follows from the seed and its number alone, and can be repeated without those before it; of
 * five rounds in a row from 1, 6, 11 and so on, each has another command.
 */
export function roundOf(seed: string, number: number): Round {
  const block = Math.floor((number - 1) / commands.length);
  const order = new Random(`${seed} block ${block}`).shuffle(commands);
  const command = order[(number - 1) % commands.length] ?? 'init';
  const random = new Random(`${seed} round ${number}`);
  const attempts = Array.from({ length: random.between(1, 3) }, () => attempt(random, command));
  return {
    number,
    command,
    deletion: command === 'init' ? attempt(random, 'deletion') : undefined,
    attempts,
  };
}

const kinds = ['command', 'command', 'container', 'engine', 'disk'] as const;

function attempt(random: Random, command: keyof typeof spans): Attempt {
  const afterMilliseconds = random.below(spans[command]);
  switch (random.pick(command === 'backup' ? ([...kinds, 'target', 'target'] as const) : kinds)) {
    case 'command':
      return { afterMilliseconds, fault: { kind: 'command' } };
    case 'container': {
      const how = random.pick(['crash', 'stop', 'remove'] as const);
      return { afterMilliseconds, fault: { kind: 'container', service: random.pick(services), how } };
    }
    case 'engine':
      return { afterMilliseconds, fault: { kind: 'engine' } };
    case 'disk':
      return {
        afterMilliseconds,
        fault: { kind: 'disk', kilobytesLeft: random.pick([0, 64, 4096, 65_536]) },
      };
    case 'target':
      return { afterMilliseconds, fault: { kind: 'target', kilobytesLeft: random.below(512) } };
  }
}

/** A round in words. */
export function describeRound({ command, deletion, attempts }: Round): string {
  const before = deletion === undefined ? '' : `destroy --delete-data: ${describeAttempt(deletion)}; then `;
  return `${before}${command}: ${attempts.map(describeAttempt).join(', ')}`;
}

function describeAttempt({ fault, afterMilliseconds }: Attempt): string {
  return `${describeFault(fault)} after ${(afterMilliseconds / 1000).toFixed(1)} s`;
}

function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'command':
      return 'command killed';
    case 'container':
      return `${fault.service} ${{ crash: 'killed', stop: 'stopped', remove: 'removed' }[fault.how]}`;
    case 'engine':
      return 'engine killed';
    case 'disk':
      return `disk full but for ${fault.kilobytesLeft} kB`;
    case 'target':
      return `target of backups full but for ${fault.kilobytesLeft} kB`;
  }
}
