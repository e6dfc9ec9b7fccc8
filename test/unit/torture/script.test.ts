import { describe, expect, test } from 'vitest';
import { commands, describeRound, roundOf } from '../../torture/script.ts';

const rounds = (seed: string, count: number) =>
  Array.from({ length: count }, (_, index) => roundOf(seed, index + 1));

describe('rounds of torture', () => {
  test('must be the same for the same seed, and others for another', () => {
    expect(rounds('a', 40)).toEqual(rounds('a', 40));
    expect(rounds('a', 40)).not.toEqual(rounds('b', 40));
  });

  test('must have every command once in each five', () => {
    const all = rounds('a', 40).map(({ command }) => command);
    for (let start = 0; start < 40; start += commands.length) {
      expect(all.slice(start, start + commands.length).sort()).toEqual([...commands].sort());
    }
  });

  test('must have every fault, at moments that differ', () => {
    const attempts = rounds('a', 100).flatMap((round) => round.attempts);
    const faults = new Set(attempts.map(({ fault }) => ('how' in fault ? fault.how : fault.kind)));
    expect([...faults].sort()).toEqual(['command', 'crash', 'disk', 'engine', 'remove', 'stop', 'target']);
    expect(new Set(attempts.map(({ afterMilliseconds }) => afterMilliseconds)).size).toBeGreaterThan(90);
  });

  test('must delete the server before init, and only then', () => {
    for (const { command, deletion } of rounds('a', 40)) {
      expect(deletion !== undefined).toBe(command === 'init');
    }
  });

  test('must be told in words', () => {
    expect(
      describeRound({
        number: 7,
        command: 'init',
        deletion: { fault: { kind: 'command' }, afterMilliseconds: 1200 },
        attempts: [
          { fault: { kind: 'container', service: 'synapse', how: 'remove' }, afterMilliseconds: 0 },
          { fault: { kind: 'disk', kilobytesLeft: 64 }, afterMilliseconds: 50 },
          { fault: { kind: 'engine' }, afterMilliseconds: 1000 },
          { fault: { kind: 'target', kilobytesLeft: 9 }, afterMilliseconds: 0 },
        ],
      }),
    ).toBe(
      'destroy --delete-data: command killed after 1.2 s; then init: synapse removed after 0.0 s, disk full but for 64 kB after 0.1 s, engine killed after 1.0 s, target of backups full but for 9 kB after 0.0 s',
    );
  });
});
